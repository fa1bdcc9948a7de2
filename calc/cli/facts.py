"""`calc facts`: what there is, whether a file of one's own is right, a template, what is old, what would change."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from calc.cli.options import (
    FORMATS,
    Command,
    Facts,
    FactsOf,
    Force,
    Group,
    Output,
    argument,
    fact_quantities,
    format_option,
    one_of,
    option,
    quantity_names,
    scenario_names,
)
from calc.importers import IMPORTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.errors import SourceText
    from calc.facts import FactBook
    from calc.importers.base import Imported
    from calc.report.report import Report
    from calc.scenario.own_facts import OwnFile


app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    help="Tell what facts there are, how old and how sure; check, begin and compare files of your own.",
)
Form = Annotated[str | None, format_option("facts")]
File = Annotated[str, argument("FILE", "A CSV with facts of your own.")]
Files = Annotated[list[str], argument("FILE...", "CSV files with facts of your own.")]
Quantities = Annotated[list[str], argument("QUANTITY...", "Quantities.", quantity_names)]
Looked = Annotated[
    list[str] | None,
    argument(
        "[SCENARIO]...", "Scenarios to look at; without any, those that ship and those in this folder.", scenario_names
    ),
]
_TEMPLATE = ("subject", "quantity", "value", "low", "high", "unit", "source", "as_of", "status", "note")
_PRICE = 365
# So many warnings are read.
_TOLD = 50


@app.callback(invoke_without_command=True)
def summary(
    context: typer.Context,
    facts: Facts = None,
    scenario: FactsOf = None,
    form: Form = None,
    output: Output = None,
    force: Force = False,
) -> int | None:
    """Tell what facts there are, how old and how sure they are; of your own those of `calc.toml` and `--facts`."""
    from calc.errors import CalcError
    from calc.report import facts as report
    from calc.study.remarks import today

    if context.invoked_subcommand is not None:
        if facts or scenario or form or output or force:
            hint = f"as in `calc facts {context.invoked_subcommand} ...`"
            raise CalcError("E-USAGE", "options stand behind the word that says what to do", hint=hint)
        return None
    with book_at_hand(facts, scenario) as book:
        found = report.summary(book, today())
    _deliver(found, report.SUMMARY_COLUMNS, found["files"], report.summary_report(found), form, output, force=force)
    return 0


@app.command(cls=Command)
def check(files: Files) -> int:
    """Check files of facts: columns, units, dates, numbers; print nothing when all is well."""
    from calc.engine.catalogue import known_catalogue
    from calc.errors import CalcError, CalcErrors, Problems, say, warn
    from calc.scenario.facts_files import read_file
    from calc.scenario.own_facts import OwnFile
    from calc.scenario.yaml_reader import decode

    problems, warnings = Problems(), list[str]()
    for name in files:
        try:
            source = decode(read_file(Path(name), name), name, kind="CSV")
        except CalcError as error:
            problems.add(error)
            continue
        warnings += _doubts(OwnFile(source, known_catalogue().quantities, problems, warnings))
    told = list(dict.fromkeys(warnings))
    for warning in told[:_TOLD]:
        warn(warning)
    if len(told) > _TOLD:
        say(f"warning: {len(told) - _TOLD:,} more of the kind")
    if problems.errors:
        raise CalcErrors(problems.errors)
    return 0


def _doubts(found: OwnFile) -> list[str]:
    """Return what should be looked at again in a file that can be read."""
    from calc.facts.book import read_period
    from calc.scenario.fact_values import doubt, fact_value
    from calc.scenario.facts_files import no_price
    from calc.study.remarks import is_price, today

    told = []
    for fact in found.facts:
        quantity, period = found.quantities.get(fact.quantity), read_period(fact.as_of)
        value = fact_value(fact, quantity, fact.quantity, [], None)
        text = doubt(quantity, [(each.point, None) for each in value.moments]) if quantity else None
        text = no_price(fact) or text
        told += [f"{fact.file}: {text}"] if text else []
        if period and period.first > today():
            told.append(f"{fact.file}: {fact.as_of} lies in the future")
        elif period and quantity and is_price(quantity.unit) and (today() - period.middle).days > _PRICE:
            told.append(f"{fact.file}: a price of more than a year ago, {fact.as_of}")
    told += [
        f"{found.name}: `{name}` is no quantity of a model; a scenario may take it for a name of its own"
        for name in found.strange
    ]
    return told


@app.command(cls=Command)
def new(quantities: Quantities, output: Output = None, force: Force = False) -> int:
    """Print a file of facts to fill in, a line a quantity, with units."""
    from calc.engine.catalogue import known_catalogue
    from calc.errors import CalcError, quote
    from calc.report.csv import table
    from calc.report.output import deliver
    from calc.text import did_you_mean

    known, rows = known_catalogue().quantities, []
    for name in quantities:
        if name not in known:
            hint = did_you_mean(name, known) or "`calc list quantities WORD` finds names"
            raise CalcError("E-NAME", f"{quote(name)} is no quantity", hint=hint)
        rows.append({"quantity": name, "unit": known[name].unit_text, "note": known[name].text.rstrip(".")})
    deliver(table(_TEMPLATE, rows), output, force=force)
    return 0


@app.command(cls=Command)
def stale(
    older: Annotated[str, option("--older", "AGE", "Older than this, as in `6 months` or `2 years`.")] = "1 year",
    quantity: Annotated[
        str | None, option("--quantity", "NAME", "Facts of this quantity only.", fact_quantities)
    ] = None,
    facts: Facts = None,
    scenario: FactsOf = None,
    form: Form = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """List the facts that are to be brought up to date, your own first, then the oldest."""
    from calc.report import facts as report
    from calc.study.remarks import today

    days = _days(older)
    with book_at_hand(facts, scenario) as book:
        rows = report.stale(book, today(), days, quantity)
        told = report.stale_report(rows, book)
    found = {"schema": "calc.facts-stale/1", "facts": rows}
    _deliver(found, report.STALE_COLUMNS, rows, told, form, output, force=force)
    return 0


def _days(text: str) -> float:
    from calc.errors import CalcError, quote
    from calc.scenario.amount import AmountError, parse_amount
    from calc.units import parse_unit

    day = parse_unit("day")
    try:
        found = parse_amount(text)
    except AmountError as error:
        raise CalcError("E-USAGE", f"`--older`: {error.message}", hint=error.hint) from None
    if found.unit is None or found.unit.dimension != day.dimension or found.number < 0:
        raise CalcError("E-USAGE", f"`--older` is {quote(text)}, which is no time", hint='as in `--older "6 months"`')
    return found.base / day.factor


@app.command(cls=Command)
def diff(file: File, scenarios: Looked = None, form: Form = None, output: Output = None, force: Force = False) -> int:
    """Show what a file of facts would change: which facts, and which figures of which scenarios by how much."""
    from calc.report import facts as report
    from calc.scenario.facts_files import own_book

    before, after = own_book(None), own_book([file])
    given = [fact for fact in after.by_id.values() if fact.file.startswith(f"{file}:")]
    changed = report.changes(before, after, given)
    moved, notes = _moved(file, {row["fact"] for row in changed}, scenarios)
    found = {"schema": "calc.facts-diff/1", "facts": changed, "figures": moved, "notes": notes}
    rows = [{**row, "kind": "fact"} for row in changed] + [{**row, "kind": "figure"} for row in moved]
    columns = tuple(dict.fromkeys(("kind", *report.CHANGE_COLUMNS, *report.MOVE_COLUMNS)))
    _deliver(found, columns, rows, report.diff_report(changed, moved, notes), form, output, force=force)
    return 0


def _moved(file: str, changed: set[str], named: list[str] | None) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the figures of scenarios that a file of facts moves, and what could not be looked at."""
    from calc.errors import CalcError
    from calc.scenario.load import shipped_scenarios

    here = sorted(str(path) for path in (*Path().glob("*.yaml"), *Path().glob("*.yml")))
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for name in named or [*here, *shipped_scenarios()]:
        try:
            moves, told = _moves_of(name, file, changed)
            rows += moves
            notes += told
        except CalcError as error:
            if named:
                raise
            notes.append(f"{name} is not looked at: {error.message}")
    return rows, notes


def _moves_of(name: str, file: str, changed: set[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the figures of one scenario that differ when the file is laid over its facts, and what to know."""
    from calc.cli.answering import answered, options
    from calc.engine.explain import figure_text
    from calc.report.json import number
    from calc.scenario.facts_files import file_of, read_file

    chosen = options(samples="1")
    first = answered(name, chosen)
    data = read_file(Path(file), file)
    same = [each.shown for each in first.scenario.origin.options.read_facts or () if each.data == data]
    if same:
        told = [each for each in first.warnings if each.startswith(tuple(f"{shown}:" for shown in same))]
        values = (value for each in first.columns for value in each.case.values.values())
        used = any(file_of(value.file) in same for value in values)
        told = [f"{name}: {each}" for each in told]
        return [], [f"{name} uses it already", *told] if used else told or [f"{name} names it, but uses none of it"]
    taken = {
        str(each.fact).partition("@")[0] for case in first.columns for each in case.case.values.values() if each.fact
    }
    if not changed & taken:
        return [], []
    second = answered(name, chosen._replace(facts=(file,)))
    rows = []
    for case, other in zip(first.columns, second.columns, strict=True):
        for figure in case.shown:
            quantity, one, two = first.scenario.catalogue[figure], case.figures[figure], other.figures.get(figure)
            if (
                not isinstance(one, float | int)
                or not isinstance(two, float | int)
                or abs(one - two) <= 1e-12 * abs(one)
            ):
                continue
            texts = {"before_text": figure_text(one, quantity), "after_text": figure_text(two, quantity)}
            rows.append({
                "scenario": name, "case": case.label, "figure": figure, "before": number(one, quantity.unit),
                "after": number(two, quantity.unit), "unit": quantity.unit_text, **texts,
                "change": two / one - 1 if one else None,
            })  # fmt: skip
    passed = [each for each in second.warnings if each.startswith(f"{file}:") and " is not used: " in each]
    return rows, [f"{name}: {each}" for each in passed]


@contextmanager
def book_at_hand(given: list[str] | None, scenario: str | None = None) -> Iterator[FactBook]:
    """Yield the facts that ship and one's own: of files, of a scenario, of the `calc.toml` above it or this folder.

    Inside, the counts of the scenario's own are known as units. Raises CalcErrors.
    """
    if scenario is None:
        from calc.scenario.facts_files import own_book

        yield own_book(given)
        return
    from calc.engine.catalogue import known_catalogue
    from calc.errors import Problems
    from calc.scenario.facts_files import book_of, files_of
    from calc.scenario.load import load
    from calc.units import own_counts

    problems = Problems()
    loaded = load(scenario, problems)
    with own_counts(loaded.document.units):
        files = files_of(loaded, tuple(given or ()), problems)
        book = book_of(files, known_catalogue().quantities, problems, [])
        problems.raise_if_any()
        yield book


def _deliver(
    whole: dict[str, Any],
    columns: tuple[str, ...],
    rows: list[dict[str, Any]],
    told: Report,
    form: str | None,
    output: str | None,
    *,
    force: bool,
) -> None:
    from calc.report.csv import table
    from calc.report.output import deliver_found, format_of

    chosen = format_of(form, output, FORMATS["facts"])
    deliver_found(chosen, output, lambda: told, lambda: whole, lambda: table(columns, rows), force=force)


# ---------------------------------------------------------------- files of other programs

# Bills are larger than scenarios.
MAX_BYTES = 64_000_000

Kind = Annotated[str, argument("KIND", f"What the files are: {', '.join(IMPORTERS)}.", one_of(IMPORTERS))]
OtherFiles = Annotated[list[str], argument("FILE...", "Files to read.")]
AsOf = Annotated[str | None, option("--as-of", "DATE", "When the figures held, of a file that has no date.")]
Source = Annotated[str | None, option("--source", "TEXT", "Where they come from, instead of the name of the file.")]
Subject = Annotated[str | None, option("--subject", "NAME", "What the facts are about: how their names begin.")]
Only = Annotated[
    list[str] | None, option("--only", "WORD", "Only what holds this word, as a region or a model; may be repeated.")
]
Gpus = Annotated[
    str | None, option("--gpus", "FILE", "A CSV with the GPUs of each `instance_type`: columns instance_type, gpus.")
]
Capacity = Annotated[str | None, option("--capacity", "N", "How many GPUs there are in all, for utilisation.")]


def import_files(  # each is an option of the command line
    kind: Kind,
    files: OtherFiles,
    as_of: AsOf = None,
    source: Source = None,
    subject: Subject = None,
    only: Only = None,
    gpus: Gpus = None,
    capacity: Capacity = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Turn files of other programs into a CSV of facts: price lists, bills, accounting, measurements."""
    import sys
    from importlib import import_module

    from calc.errors import CalcError, quote
    from calc.importers.base import COLUMNS, Asked
    from calc.report.csv import table
    from calc.report.output import deliver
    from calc.text import did_you_mean, escape

    if kind not in IMPORTERS:
        hint = did_you_mean(kind, IMPORTERS) or f"kinds are {', '.join(IMPORTERS)}"
        raise CalcError("E-USAGE", f"there is no import of {quote(kind)}", hint=hint)
    asked = Asked(as_of, source, subject, tuple(only or ()), gpus_of(gpus), _capacity(capacity))
    read = import_module(f"calc.importers.{kind.replace('-', '_')}").read
    found: Imported = read([text_of(name) for name in files], asked)
    _keep_what_fits(found)
    for note in found.told():
        print(escape(note), file=sys.stderr)
    if not found.facts:
        raise CalcError("E-NOTHING", "these files give no fact", hint="the lines above say why, if rows were left out")
    deliver(table(COLUMNS, found.facts), output, force=force)
    return 0


def text_of(name: str) -> SourceText:
    """Return the text of a file that another program wrote; raises CalcError."""
    from pathlib import Path

    from calc.scenario.facts_files import read_file
    from calc.scenario.yaml_reader import decode

    return decode(read_file(Path(name), name, MAX_BYTES), name, kind="CSV or JSON", limit=MAX_BYTES)


def gpus_of(name: str | None) -> dict[str, float] | None:
    """Return the GPUs of instances by type, from a file that a line names; raises CalcError."""
    if name is None:
        return None
    from calc.errors import CalcError, Problems, quote
    from calc.importers.base import Imported, Table

    table, problems, found = (
        Table(text_of(name), ("instance_type", "gpus"), (), Imported(), "GPUs of instances"),
        Problems(),
        {},
    )
    for row in table.rows(problems):
        gpus = table.number(row, "gpus")
        if gpus is None or gpus < 0:
            message = f"{quote(row['instance_type'])} has no number of GPUs"
            raise CalcError("E-VALUE", message, place=table.place(row[""], "gpus"), hint="as in `8`, or `0`")
        found[row["instance_type"]] = gpus
    problems.raise_if_any()
    return found


def _capacity(text: str | None) -> float | None:
    from calc.errors import CalcError, quote
    from calc.facts.delimited import plain_number

    found = None if text is None else plain_number(text.replace(",", ""))
    if text is not None and (found is None or found <= 0):
        raise CalcError("E-USAGE", f"`--capacity` is {quote(text)}, no number of GPUs", hint="as in `--capacity 512`")
    return found


def _keep_what_fits(found: Imported) -> None:
    """Leave out facts that no scenario could take, such as a price beyond all bounds."""
    from calc.engine.catalogue import known_catalogue
    from calc.errors import Problems, SourceText
    from calc.importers.base import COLUMNS
    from calc.report.csv import table
    from calc.scenario.own_facts import OwnFile

    if not found.facts:
        return
    problems = Problems()
    OwnFile(SourceText("facts", table(COLUMNS, found.facts)), known_catalogue().quantities, problems, [])
    wrong = {error.place.line - 2: error for error in problems.errors if error.place}
    for at, error in wrong.items():
        found.leave_out(error.message, found.facts[at]["subject"])
    found.facts = [fact for at, fact in enumerate(found.facts) if at not in wrong]
