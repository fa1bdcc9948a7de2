"""`calc compare`: cases or scenarios side by side, and what explains their difference."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from calc.cli.facts import Gpus
from calc.cli.options import FORMATS, argument, option, quantity_names, scenario_names
from calc.cli.studies import deliver_study, study_options
from calc.errors import CalcError, quote
from calc.text import and_list, did_you_mean, or_list

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.errors import Problems
    from calc.importers.focus import Charge
    from calc.scenario.document import Loaded
    from calc.scenario.resolve import Options, Scenario
    from calc.scenario.studies import Studied
    from calc.study.change import Counting, Month, PlannedLine
    from calc.study.compare import SideFile
    from calc.study.results import Answer, CaseAnswer


Sides = Annotated[
    list[str], argument("SCENARIO...", "A scenario and cases of it, or several scenarios.", scenario_names)
]


def compare(scenario: list[str], **given: Any) -> int:
    """Compare cases of a scenario, or several scenarios, or a plan with a bill: differences and what explains them."""
    if given["actual"]:
        return compare_actual(_one(scenario), given)
    _refuse_without_bill(given)
    from calc.cli.answering import loaded_with_notice, options_of
    from calc.report.output import format_of, refuse_on_screen
    from calc.study.compare import compare_files, side_files

    chosen = format_of(given["form"], given["output"], FORMATS["compare"])
    refuse_on_screen(chosen, given["output"])
    folders, wanted = given["allow_folder"] or (), options_of({**given, "case": None})
    named = [(name, partial(loaded_with_notice, name, folders=folders)) for name in scenario]
    if given["git"]:
        named.insert(0, (f"{_one(scenario)}@{given['git']}", partial(_of_revision, _one(scenario), given["git"])))
    files = side_files(named, given["case"] or [])
    resolved, study = compare_files(files, given["figure"] or (), wanted)
    if chosen == "markdown" and len(files) == 2:
        return _comment(files, resolved, study, wanted, given)
    return deliver_study("compare", resolved, study, chosen, given["output"], force=given["force"])


def _of_revision(name: str, revision: str, problems: Problems) -> Loaded:
    """Load a scenario as it stands in a revision of the repository around it, with the files of its folder.

    Raises CalcError.
    """
    import io
    import subprocess
    import tarfile
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from calc.errors import CalcError, quote, quote_path
    from calc.scenario.load import load_file

    path = Path(name)
    if revision.startswith("-") or not path.name or not path.parent.is_dir():
        raise CalcError(
            "E-GIT", f"there is no file {quote_path(name)} in {quote(revision)}", hint="give a path and a revision"
        )
    command = ["git", "archive", "--format=tar", revision, "."]
    try:
        done = subprocess.run(command, cwd=path.parent, capture_output=True, check=False)  # noqa: S603  # a revision that is no option
    except FileNotFoundError:
        raise CalcError("E-GIT", "`git` is not installed", hint="compare two files instead") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
        hint = "name a branch, a tag or a commit that this clone has"
        raise CalcError("E-GIT", f"git does not give {quote(revision)}: {said}", hint=hint)
    with TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        old = Path(folder, path.name)
        if not old.is_file():
            raise CalcError("E-GIT", f"{quote(revision)} has no {quote_path(name)}", hint="it is new since then")
        return load_file(old, f"{name}@{revision}", f"{name}@{revision}", problems)


def _comment(files: list[SideFile], resolved: Scenario, study: Studied, wanted: Options, given: dict[str, Any]) -> int:
    """Write the comparison of two scenarios as a comment on a pull request."""
    from calc.cli import FINE
    from calc.report.json import studies_dict
    from calc.report.markdown import comment, render
    from calc.report.output import deliver
    from calc.report.report import study_report

    body = studies_dict(resolved, study)["compare"]
    before, after = (_failing(file, wanted) for file in files)
    broken = [words for words in after if words not in before]
    details = render(study_report("compare", resolved, body))
    deliver(comment(files[1].name, body, resolved.catalogue, broken, details), given["output"], force=given["force"])
    return FINE


def _failing(file: SideFile, wanted: Options) -> dict[str, None]:
    """Return the checks and promises of a scenario that fail, each with its case, in order."""
    from calc.errors import Problems
    from calc.scenario.case import BASE
    from calc.study.answer import answer, resolved

    chosen = wanted._replace(show=(), cases=tuple(file.picked), studies=(), alone=True)
    found = answer(resolved(file.loaded, chosen, Problems()))
    words: dict[str, None] = {}
    for case in found.columns:
        where = "" if case.label == BASE else f" ({case.label})"
        for check in case.checks:
            if not check.passed:
                words[f"{check.meaning or check.condition.text}{where}"] = None
        words.update((f"promise for {each.promise.name}{where}", None) for each in case.broken)
    return words


def _one(scenarios: list[str]) -> str:
    """Return the plan that a bill is compared with; raises CalcError where there are several."""
    from calc.errors import CalcError

    if len(scenarios) > 1:
        hint = "name one plan; `--case` names a case of it"
        raise CalcError("E-USAGE", "a bill is compared with one plan", hint=hint)
    return scenarios[0]


def _refuse_without_bill(given: dict[str, Any]) -> None:
    """Refuse options that say how a bill is read where there is none; raises CalcError."""
    from calc.errors import CalcError

    for name in _ACTUAL:
        if given[name]:
            hint = "add `--actual FILE`"
            raise CalcError("E-USAGE", f"`--{name}` says how a bill is read, and there is none", hint=hint)


_ACTUAL: dict[str, Any] = {
    "actual": Annotated[
        list[str] | None, option("--actual", "FILE", "Compare with a bill in FOCUS columns; may be repeated.")
    ],
    "month": Annotated[
        list[str] | None, option("--month", "MONTH", "Only this month of the bill, as in 2026-09; may be repeated.")
    ],
    "cost": Annotated[
        str | None, option("--cost", "COST", "billed (the default: what was paid) or effective (what ran).")
    ],
    "line": Annotated[
        list[str] | None,
        option("--line", "PART=WORDS", "Charges that hold these words are of this part; may be repeated."),
    ],
    "price": Annotated[str | None, option("--price", "NAME", "The price of an hour in the plan.", quantity_names)],
    "gpus": Gpus,
}
_GIT = {
    "git": Annotated[str | None, option("--git", "REV", "Compare with the scenario as it stands in this revision.")],
}
compare.__signature__ = study_options("compare", Sides, {**_GIT, **_ACTUAL})  # type: ignore[attr-defined]  # of any function

# ---------------------------------------------------------------- a plan against a bill

# The price of an hour of a line, the first that the plan has.
PRICES = ("gpu_hour_price_paid", "gpu_hour_price", "instance_price")
COSTS = ("billed", "effective")
PLAN = "plan"
_DECIMALS = 6


def compare_actual(scenario: str, given: dict[str, Any]) -> int:
    """Compare the monthly cost of a plan with bills in FOCUS columns, month by month."""
    from calc.cli import FINE
    from calc.cli.answering import answered, options_of
    from calc.cli.facts import gpus_of, text_of
    from calc.cli.options import FORMATS
    from calc.cli.studies import write
    from calc.importers.base import Imported
    from calc.importers.focus import charges
    from calc.report.output import format_of, refuse_on_screen

    form = format_of(given["form"], given["output"], FORMATS["compare"])
    refuse_on_screen(form, given["output"])
    figures = given["figure"] or []
    if len(figures) > 1:
        raise CalcError("E-USAGE", "a bill is compared with one figure", hint="give one `--figure`")
    cost = given["cost"] or COSTS[0]
    if cost not in COSTS:
        raise CalcError("E-USAGE", f"`--cost` is {quote(cost)}", hint=f"it is {or_list(COSTS)}")
    told = Imported()
    rows = [row for name in given["actual"] for row in charges(text_of(name), told)]
    rows = _chosen(rows, given["month"])
    wanted = options_of({**given, "show": ",".join(figures)})
    answer = answered(scenario, wanted)
    if len(answer.cases) > 1:
        names = [case.case.name for case in answer.cases]
        hint = f"name one, as in `--case {quote(names[0]).strip('`')!r}`"
        raise CalcError("E-USAGE", f"the plan has {len(names)} cases", hint=hint)
    plan = _Plan(answer, figures[0] if figures else None, given["price"])
    counting = plan.counting(rows, given["line"] or [], gpus_of(given["gpus"]), is_billed=cost == COSTS[0])
    notes = told.told()
    body = plan.body(rows, counting, notes)
    write("compare", answer.scenario, body, form, given["output"], force=given["force"])
    return FINE


def _chosen(rows: list[Charge], months: list[str] | None) -> list[Charge]:
    known = sorted({row.month for row in rows})
    for month in months or []:
        if month not in known:
            hint = did_you_mean(month, known) or f"it has {', '.join(known)}"
            raise CalcError("E-USAGE", f"the bill has no month {quote(month)}", hint=hint)
    return [row for row in rows if not months or row.month in months]


class _Plan:
    """The lines of a plan: its parts, or the whole of it; figures in dollars a month."""

    def __init__(self, answer: Answer, figure: str | None, price: str | None) -> None:
        """Find the figure to compare, and the price of an hour; raises CalcError."""
        from calc.units import parse_unit

        self.answer, self.month = answer, parse_unit("USD/month")
        [case] = answer.cases
        self.case = case
        self.columns: list[CaseAnswer] = case.parts or [case]
        self.figure: str = figure or self._first_cost()
        quantity = answer.scenario.catalogue[self.figure]
        if quantity.unit.dimension != self.month.dimension:
            hint = "compare a figure of money by month, as in `--figure renting_cost_per_month`"
            raise CalcError("E-DIMENSION", f"`{self.figure}` is {quantity.unit.dimension.describe()}", hint=hint)
        self.quantity = quantity
        if price is not None and not any(price in each.figures for each in self.columns):
            meant = did_you_mean(price, {name for each in self.columns for name in each.figures})
            raise CalcError(
                "E-NAME", f"`{self.figure}` needs no {quote(price)}", hint=meant or "name a price that it needs"
            )
        names: tuple[str, ...] = PRICES if price is None else (price,)
        self.price = next((name for name in names if any(name in each.figures for each in self.columns)), None)

    def _first_cost(self) -> str:
        names = [name for each in (*self.columns, self.case) for name in each.shown]
        for name in names:
            if self.answer.scenario.catalogue[name].unit.dimension == self.month.dimension:
                return name
        hint = "name one, as in `--figure renting_cost_per_month`"
        raise CalcError("E-USAGE", "the plan shows no figure of money by month", hint=hint)

    def lines(self, month: str) -> list[PlannedLine]:
        """Return the lines of the plan in a month; raises CalcError where it has no such year, or no value."""
        from calc.study.change import PlannedLine

        columns = [each for each in self.columns if self.figure in each.figures] or [self.case]
        found = []
        for each in columns:
            cost = self._at(each, self.figure, month)
            if cost is None:
                hint = "the plan has to have a value for every month that is compared"
                raise CalcError("E-NOTHING", f"`{self.figure}` has no value in {month}", hint=hint)
            price = self._at(each, self.price, month) if self.price else None
            name = each.case.name if self.case.parts and each is not self.case else PLAN
            found.append(PlannedLine(name, cost / self.month.factor, None if price is None else price / self._per_hour))
        return found

    @property
    def _per_hour(self) -> float:
        """The price of an hour of its thing in base units, when it is $1."""
        return 1 / 3600

    def _at(self, column: CaseAnswer, name: str, month: str) -> float | None:
        from calc.engine.figures import Series, at_year

        figure, years = column.figures.get(name), self.answer.years
        if isinstance(figure, Series):
            if int(month[:4]) not in years:
                hint = f"it looks at {years[0]} to {years[-1]}; `--month` chooses months of the bill"
                raise CalcError("E-YEARS", f"the plan says nothing of {month}", hint=hint)
            figure = at_year(figure, years.index(int(month[:4])))
        return float(figure) if isinstance(figure, float | int) else None

    def counting(
        self, rows: list[Charge], given: list[str], gpus: dict[str, float] | None, *, is_billed: bool
    ) -> Counting:
        """Return how the bill is read: which charges are of which line, and how their hours are counted."""
        from calc.study.change import Counting

        names = [each.case.name for each in self.columns] if self.case.parts else [PLAN]
        words = _words(given, names)
        per_gpu = self.price is not None and "gpu" in dict(
            self.answer.scenario.catalogue[self.price].unit.dimension.exponents
        )
        any_hours = any(row.hours for row in rows)

        def line_of(row: Charge) -> str | None:
            text = " ".join((row.service, row.region, row.instance)).casefold()
            for name in names:
                if name in words and all(word in text for word in words[name]):
                    return name
            if self.case.parts or words:
                return None
            # An instance without a GPU is none that a price of a GPU-hour plans.
            is_planned = row.hours and not (per_gpu and gpus and gpus.get(row.instance) == 0)
            return PLAN if row.category == "Usage" and (is_planned or not any_hours) else None

        def hours_of(row: Charge) -> float | None:
            if not per_gpu:
                return row.hours
            return row.hours * gpus[row.instance] if gpus and row.instance in gpus else None if row.hours else 0.0

        rates = {each: self._rate(each) for each in {row.currency for row in rows}}
        return Counting(
            line_of,
            hours_of,
            lambda row, amount: amount / rates[row.currency],
            "GPU" if per_gpu else "server",
            is_billed,
        )

    def _rate(self, currency: str) -> float:
        """Return what a dollar is in the currency of the bill; raises CalcError."""
        if currency == "USD":
            return 1.0
        name = f"{currency.lower()}_per_usd"
        value = self.case.case.values.get(name)
        if value is None or value.point <= 0:
            hint = f"give `{name}` in the plan, or `facts: [fx]`"
            raise CalcError("E-CURRENCY", f"the bill is in {currency}, the plan in USD", hint=hint)
        return value.point

    # ------------------------------------------------------------ result

    def body(self, rows: list[Charge], counting: Counting, notes: list[str]) -> dict[str, Any]:
        """Return the comparison in the shape of `calc.compare/1`, a pair a month."""
        from calc.study.change import compare_month

        months = sorted({row.month for row in rows})
        found = [
            compare_month(month, self.lines(month), [row for row in rows if row.month == month], counting)
            for month in months
        ]
        figures = [
            _month_row(self.figure, self.quantity, self.month.factor, each, paired=len(found) > 1) for each in found
        ]
        planned, actual = sum(each.planned for each in found), sum(each.actual for each in found)
        what = "paid" if counting.is_billed else "used"
        span = months[0] if len(months) == 1 else f"{len(months)} months, {months[0]} to {months[-1]}"
        total = f"{span}: planned {planned:,.2f} USD, {what} {actual:,.2f} USD, {actual - planned:+,.2f} USD"
        told = [total, *self._spread(found), *self._unknown(rows, counting), *notes]
        return {"cases": [PLAN, "actual"], "figures": figures, "notes": told}

    def _unknown(self, rows: list[Charge], counting: Counting) -> list[str]:
        """Return which instances nobody knows the GPUs of, so that use and price cannot be told apart."""
        lacking = {row.instance for row in rows if counting.line_of(row) and counting.hours_of(row) is None}
        if not lacking:
            return []
        verb = "has" if len(lacking) == 1 else "have"
        return [f"`--gpus FILE`, columns instance_type and gpus, says how many GPUs {and_list(sorted(lacking))} {verb}"]

    def _spread(self, found: list[Month]) -> list[str]:
        """Return where what was paid lies within the range of an uncertain plan."""
        statistics = self.case.statistics(self.figure) if self.figure in self.case.figures else None
        if not statistics:
            return []
        low, high = statistics["p10"] / self.month.factor, statistics["p90"] / self.month.factor
        inside = sum(low <= each.actual <= high for each in found)
        where = f"{inside} of {len(found)} months lie" if len(found) > 1 else "it lies" if inside else "it does not lie"
        return [f"the plan's 80 % range is {low:,.2f} to {high:,.2f} USD a month; {where} within"]


def _words(given: list[str], names: list[str]) -> dict[str, list[str]]:
    """Return the words that charges of each line hold: those given as `LINE=WORDS`, or else the name of the part."""
    found = {name: [name.casefold()] for name in names if name != PLAN}
    for text in given:
        name, mark, words = text.rpartition("=")
        name = name.strip() if mark else PLAN
        if name not in names:
            hint = did_you_mean(name, names) or f"lines are {or_list(names)}"
            raise CalcError("E-USAGE", f"the plan has no line {quote(name)}", hint=hint)
        found[name] = words.casefold().split()
    return found


def _month_row(figure: str, quantity: Quantity, month: float, found: Month, *, paired: bool) -> dict[str, Any]:
    """Return one month as a figure of a comparison; numbers are in the declared unit, and steps add up as written."""
    scale = month / quantity.unit.factor

    def number(amount: float) -> float:
        return round(amount * scale, _DECIMALS) + 0.0

    from calc.engine.explain import figure_text

    start, end = number(found.planned), number(found.actual)
    steps, before, total = [], start, found.planned
    for at, step in enumerate(found.steps):
        total += step.change
        after = end if at == len(found.steps) - 1 else number(total)
        change = float(Decimal(repr(after)) - Decimal(repr(before)))
        inputs = [{"name": step.words, "from": step.before or "", "to": step.after or ""}]
        steps.append({"inputs": inputs, "cause": step.kind, "change": change, "after": after})
        before = after
    values = [
        {"value": each, "unit": quantity.unit_text, "text": figure_text(each * quantity.unit.factor, quantity)}
        for each in (start, end)
    ]
    difference = float(Decimal(repr(end)) - Decimal(repr(start)))
    waterfall = {"from": start, "to": end, "method": "price_volume_mix", "steps": steps, "reason": None}
    to_first = [
        {
            "case": "actual",
            "difference": difference,
            "ratio": end / start if start else None,
            "samples": None,
            "waterfall": waterfall if steps else None,
        }
    ]
    dated = {"pair": found.month} if paired else {}
    return {
        "name": figure,
        **dated,
        "unit": quantity.unit_text,
        "month": found.month,
        "values": values,
        "to_first": to_first,
    }
