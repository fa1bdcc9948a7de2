"""What a report leads with: of an uncertain figure its median with its 80 % range, else the figure itself.

A figure at the likely values of all inputs need not be likely itself; `off_median` tells where among the samples it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import Figure, Series, Single, at_year
from calc.units.format import RESULT_DIGITS, percent_text, range_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Quantity
    from calc.study.results import CaseAnswer

# The likely value may be so far from the median, as a share of the range from p10 to p90, before a report says so.
APART = 0.1
# A mean that samples leave this unsure, as a share of it, is shown with its sampling error.
UNSURE = 0.05
_NOISE = 1e-9
_SPREAD_DIGITS = 3


def headline(found: CaseAnswer, name: str) -> Figure:
    """Return the median of a figure in base units, of a yearly one that of each year; the figure where it is certain.

    Where some samples have no value there is no median, and it is the figure at the likely values.
    """
    return median_of(found.figures[name], found.yearly_statistics(name))


def median_of(figure: Figure, statistics: Sequence[dict[str, float] | None]) -> Figure:
    """Return the median of a figure, as `headline` does; statistics: those of every year, empty without any."""
    if not any(statistics):
        return figure
    singles = [each["p50"] if each else at_year(figure, at) for at, each in enumerate(statistics)]
    return Series(tuple(singles)) if isinstance(figure, Series) else singles[0]


def headline_text(
    found: CaseAnswer, name: str, quantity: Quantity, year: int | None = None, *, digits: int = RESULT_DIGITS
) -> str:
    """Return the headline of a figure in words, such as `$4.6M ($3.9M to $5.8M)`.

    year: the position of the one year that is wanted of a yearly figure, None for its first and its last year.
    digits: of the median.
    """
    statistics, without = found.yearly_statistics(name), found.yearly_shares_without_value(name)
    return text_of(headline(found, name), statistics, quantity, year, digits=digits, without=without)


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

    without: the share of samples that have no value, of every year, empty without samples.
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
    if without and isinstance(figure, float | int):
        # What is there at the likely values alone is no headline.
        return f"no value in {percent_text(without)} of the samples, {text} at the likely values"
    if not statistics or statistics["p10"] == statistics["p90"]:
        # A range that is one point says nothing beside its median.
        return text
    p10, p90 = statistics["p10"], statistics["p90"]
    ends = range_texts(p10, p90, quantity.unit, share=quantity.is_share, digits=_SPREAD_DIGITS)
    return f"{text} ({' to '.join(ends)})"


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
    import numpy as np

    if statistics is None or not isinstance(point, float | int):
        return None
    apart = abs(statistics["p50"] - point)
    width = statistics["p90"] - statistics["p10"]
    if apart <= max(APART * width, _NOISE * max(abs(statistics["p50"]), abs(point))):
        return None
    below, up_to = np.count_nonzero(values < point), np.count_nonzero(values <= point)
    return float(below + up_to) / (2 * len(values))


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


def error_of_mean(found: CaseAnswer, name: str) -> float:
    """Return the sampling error of the mean of a figure that is the same every year, as a share of it, if it is large.

    0 where it is not large, or where there is none.
    """
    statistics = found.statistics(name)
    if not statistics or not statistics["mean"]:
        return 0.0
    share = found.sampling_error(name, "mean") / abs(statistics["mean"])
    return share if share > UNSURE else 0.0
