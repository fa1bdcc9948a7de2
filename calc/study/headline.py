"""What a report leads with: the headline of a figure, and the models' verdicts in words."""

from __future__ import annotations

import itertools
import math
from string import Formatter
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.explain import figure_text
from calc.engine.figures import Figure, Series, Single, at_year
from calc.errors import CalcError
from calc.records import replace
from calc.scenario.conditions import MEDIAN, read_condition
from calc.scenario.display import plan_of_values
from calc.scenario.requested import names_of
from calc.scenario.years import refuse_missing_years
from calc.study.checks import sampled_sides
from calc.study.points import compute
from calc.study.results import CaseAnswer, Told
from calc.units.format import GIVEN_DIGITS, RESULT_DIGITS, percent_text, range_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from calc.declarations import Verdict
    from calc.engine.catalogue import Quantity
    from calc.scenario.conditions import Condition
    from calc.scenario.resolve import Scenario


# A figure at the likely values of all inputs need not be likely itself; `off_median` tells where among the samples it
# is.

# The likely value may be so far from the median, as a share of the range from p10 to p90, before a report says so.
APART = 0.1
# A mean that samples leave this unsure, as a share of it, is shown with its sampling error.
UNSURE = 0.05
_NOISE = 1e-9
_SPREAD_DIGITS = 3


def headline(found: CaseAnswer, name: str) -> Figure:
    """Return the median of a figure in base units, of a yearly one that of each year; the figure where it is certain.

    Samples that have no value are left out; where these are half of them or more there is no median, and it is the
    figure at the likely values.
    """
    return median_of(found.figures[name], found.yearly_statistics(name))


def median_of(figure: Figure, statistics: Sequence[dict[str, float] | None]) -> Figure:
    """Return the median of a figure, as `headline` does; statistics: those of every year, empty without any."""
    if not any(statistics):
        return figure
    singles = [each["p50"] if each else at_year(figure, at) for at, each in enumerate(statistics)]
    return Series(tuple(singles)) if isinstance(figure, Series) else singles[0]


def headline_text(found: CaseAnswer, name: str, quantity: Quantity, year: int | None = None) -> str:
    """Return the headline of a figure in words, such as `$4.6M ($3.9M to $5.8M)`.

    year: the position of the one year that is wanted of a yearly figure, None for its first and its last year.
    """
    statistics, without = found.yearly_statistics(name), found.yearly_shares_without_value(name)
    return text_of(headline(found, name), statistics, quantity, year, without=without)


def text_of(
    figure: Figure,
    statistics: Sequence[dict[str, float] | None],
    quantity: Quantity,
    year: int | None = None,
    *,
    digits: int = RESULT_DIGITS,
    without: Sequence[float] = (),
) -> str:
    """Return a headline in words, as `headline_text` does; statistics: those of every year, empty without any.

    without: the share of samples that have no value, of every year, empty without samples. digits: of the median.
    """
    texts = [
        _single_text(each, statistics[at] if statistics else None, quantity, digits, without[at] if without else 0.0)
        for at, each in enumerate(figure.values if isinstance(figure, Series) else (figure,))
    ]
    if not isinstance(figure, Series):
        return texts[0]
    if year is not None:
        return texts[year]
    same = len(set(texts)) == 1
    return f"{texts[0]} every year" if same else f"{texts[0]} in the first year, {texts[-1]} in the last"


def _single_text(
    figure: Single, statistics: dict[str, float] | None, quantity: Quantity, digits: int, without: float
) -> str:
    text = figure_text(figure, quantity, digits=digits)
    if without and not statistics and isinstance(figure, float | int):
        # What is there at the likely values alone is no headline.
        return f"no value in {percent_text(without)} of the samples, {text} at the likely values"
    lost = f", no value in {percent_text(without)} of the samples" if without and statistics else ""
    if not statistics or statistics["p10"] == statistics["p90"]:
        # A range that is one point says nothing beside its median.
        return f"{text}{lost}"
    p10, p90 = statistics["p10"], statistics["p90"]
    ends = range_texts(p10, p90, quantity.unit, share=quantity.is_share, digits=_SPREAD_DIGITS)
    return f"{text} ({' to '.join(ends)}){lost}"


def off_median(found: CaseAnswer, name: str) -> list[float | None]:
    """Return for every year which share of the samples lies below the likely value; None where that is the median.

    That is, where the two differ by no more than a tenth of the range from p10 to p90. Samples that are equal to the
    likely value count half. Of more samples than are kept, the first ones tell. Empty where there is no uncertainty.
    """
    found_shares: list[float | None] = []
    for at, statistics in enumerate(found.yearly_statistics(name)):
        point = at_year(found.figures[name], at)
        found_shares.append(share_off_median(found.samples[name][:, at], point, statistics))
    return found_shares


def share_off_median(values: Any, point: Single, statistics: dict[str, float] | None) -> float | None:
    """Return the same of samples of one year, shape (samples,), with their statistics."""
    if statistics is None or not isinstance(point, float | int):
        return None
    apart = abs(statistics["p50"] - point)
    width = statistics["p90"] - statistics["p10"]
    if apart <= max(APART * width, _NOISE * max(abs(statistics["p50"]), abs(point))):
        return None
    below, up_to = np.count_nonzero(values < point), np.count_nonzero(values <= point)
    return float(below + up_to) / (2 * np.count_nonzero(~np.isnan(values)))


def percentile_text(share: float) -> str:
    """Return where a share of the samples lies below, as in `p20`; `< p1` and `> p99` at the ends."""
    rank = round(share * 100)
    return "< p1" if rank < 1 else "> p99" if rank > 99 else f"p{rank}"


def percentile_words(share: float) -> str:
    """Return the same in words, as in `at the 20th percentile`."""
    rank = round(share * 100)
    if not 1 <= rank <= 99:
        return "below the 1st percentile" if rank < 1 else "above the 99th percentile"
    ending = "th" if rank // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"at the {rank}{ending} percentile"


def error_of_mean(found: CaseAnswer, name: str, mean: float) -> float:
    """Return the sampling error of the mean of a figure that is the same every year, as a share of it, if it is large.

    0 where it is not large, or where there is none.
    """
    limit = UNSURE * abs(mean)
    # No points are worse than those of chance, whose error takes no further draws.
    with np.errstate(all="ignore"):
        most = float(np.nanstd(found.samples[name])) / math.sqrt(len(found.samples[name]))
    error = found.sampling_error(name, "mean") if most > limit else 0.0
    return error / abs(mean) if error > limit > 0 else 0.0


# ---------------- verdicts


def compute_for_verdicts(scenario: Scenario, cases: Iterable[CaseAnswer]) -> None:
    """Compute the figures that the models' verdicts about what is asked of cases and parts need.

    Nobody has asked for a verdict: where a figure that it names cannot be computed, there is none, and no error.
    """
    for whole in cases:
        for found in (*whole.parts, whole):
            names: list[str] = []
            for _, verdict in _about(scenario, found):
                fresh = names_of(verdict, scenario.catalogue)
                if _is_computed(scenario, found, [*names, *fresh], whole.case.totals):
                    names += fresh


def verdict_names(scenario: Scenario, found: CaseAnswer) -> list[str]:
    """Return the names that the verdicts about a case or part are about."""
    return [name for _, verdict in _about(scenario, found) for name in names_of(verdict, scenario.catalogue)]


def _about(scenario: Scenario, found: CaseAnswer) -> list[tuple[str, Verdict]]:
    verdicts = scenario.catalogue.verdicts
    return [(name, each) for name, each in verdicts.items() if not set(each.about).isdisjoint(found.case.wanted)]


def tell(scenario: Scenario, found: CaseAnswer) -> None:
    """Add the models' verdicts about what is asked of a case or part, where the figures that they need are there."""
    replaced: set[str] = set()
    # Those that stand instead of others first, and of these what stands instead of most.
    for name, verdict in sorted(_about(scenario, found), key=lambda each: -len(each[1].instead_of)):
        if name in replaced:
            continue
        conditions = [read_condition(each, scenario.catalogue, None) if each else None for each in verdict.sentences]
        if not all(each in found.figures for each in names_of(verdict, scenario.catalogue)):
            continue
        branches = _branches(found, conditions, scenario.years)
        if None not in branches:
            agreed = _agreed(found, conditions, branches, scenario.years)
            texts = _texts(scenario, found, verdict, [each for each in branches if each is not None], agreed)
            probability = None if agreed is None else float(agreed.all(axis=-1).mean())
            replaced.update(verdict.instead_of)
            found.verdicts.append(Told(name, tuple(texts), probability))


def _is_computed(scenario: Scenario, found: CaseAnswer, names: list[str], totals: Mapping[str, str]) -> bool:
    """Compute the figures beside those that were asked for, which they then stand with; False where that fails."""
    case = found.case
    trial = replace(found, figures=dict(found.figures))
    try:
        plan = plan_of_values(scenario.catalogue, [*case.asked, *names], case.values, case.use, set(totals))
        if plan.missing or (plan.over_years and not scenario.years):
            return False
        for name in plan.leaves:
            refuse_missing_years(name, case.values[name], scenario.years)
        compute(scenario, trial, plan)
    except CalcError:
        return False
    found.plan, found.figures = plan, trial.figures
    return True


def _branches(found: CaseAnswer, conditions: list[Condition | None], years: Sequence[int]) -> list[int | None]:
    """Return which condition decides in each year, None where a figure has no value; one entry if years are alike.

    Conditions on uncertain figures hold where they do in at least half of the samples, as checks do.
    """
    held: list[list[bool | None]] = [_held(found, each, years) if each else [True] for each in conditions]
    return [_branch(held, at) for at in range(max(map(len, held)))]


def _held(found: CaseAnswer, condition: Condition, years: Sequence[int]) -> list[bool | None]:
    """Return whether a condition holds in each year, None without values; one entry where years are alike."""
    margins = condition.margins(*condition.sides(found.figures, years))
    drawn = sampled_sides(condition, found, found.samples, years)
    if drawn is None:
        return [None if margin == -math.inf else margin >= 0 for margin in margins]
    shares = condition.op.held(*drawn).mean(axis=0).tolist()
    wide = shares if len(shares) == len(margins) else shares * len(margins)
    return [None if margin == -math.inf else share >= MEDIAN for margin, share in zip(margins, wide, strict=True)]


def _branch(held: list[list[bool | None]], year: int) -> int | None:
    for at, each in enumerate(held):
        now = each[year if len(each) > 1 else 0]
        if now is None:
            return None
        if now:
            return at
    return None


def _texts(scenario: Scenario, found: CaseAnswer, verdict: Verdict, branches: list[int], agreed: Any) -> list[str]:
    """Return the sentence that holds, or one for each run of years in which another does.

    agreed: in which samples and years the same conditions decide, None without uncertainty. Each of several sentences
    says in which share of the samples it is so: that of all together may be small where each is likely.
    """
    sentences = list(verdict.sentences.values())
    runs = [list(group) for _, group in itertools.groupby(range(len(branches)), key=branches.__getitem__)]
    told = []
    for run in runs:
        sentence = sentences[branches[run[0]]]
        names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
        filled = sentence.format(**_spans(scenario, found, names, run))
        first, last = (scenario.years[run[end]] for end in (0, -1)) if len(runs) > 1 else ("", "")
        when = f"{first}: " if first == last else f"{first} to {last}: "
        share = "" if agreed is None else f" (in {percent_text(agreed[:, run].all(axis=-1).mean())} of the samples)"
        told.append(f"{when}{filled}{share}" if len(runs) > 1 else filled)
    return told


def _spans(scenario: Scenario, found: CaseAnswer, names: list[str], run: list[int]) -> dict[str, str]:
    """Return figures in words, with the digits that tell one from another: a sentence may say which is greater."""
    figures = {tuple(at_year(found.figures[name], at) for at in (run[0], run[-1])) for name in names}
    for digits in range(RESULT_DIGITS, GIVEN_DIGITS + 1):
        spans = {name: _span(scenario, found, name, run, digits) for name in names}
        if len(set(spans.values())) >= len(figures):
            break
    return spans


def _span(scenario: Scenario, found: CaseAnswer, name: str, run: list[int], digits: int) -> str:
    """Return a figure in words: its headline, or that of the first and the last year of a run."""
    quantity = scenario.catalogue[name]
    # In which samples it is so, also of those without a value, is said at the end.
    figure, statistics = headline(found, name), found.yearly_statistics(name)
    texts = [text_of(figure, statistics, quantity, at, digits=digits) for at in (run[0], run[-1])]
    return " to ".join(dict.fromkeys(texts))


def _agreed(
    found: CaseAnswer, conditions: list[Condition | None], branches: list[int | None], years: Sequence[int]
) -> Any:
    """Return in which samples the same conditions decide, shape (samples, branches), or None without uncertainty."""
    if not any(name in found.samples for each in conditions if each for name in each.names):
        return None
    decided: Any = len(conditions) - 1
    for at, condition in reversed(list(enumerate(conditions))):
        if condition is not None:
            sides = condition.side_arrays({**found.figures, **found.samples}, years)
            decided = np.where(False if sides is None else condition.op.held(*sides), at, decided)
    return decided == np.array([branches])
