"""Write seeds/priors.csv, what published runs teach about MFU and lost time: `python -m calc.study.priors`.

Billed-hours utilisation is what the runs show; its range for each generation of accelerators is the backtest's own,
from all runs. Few runs publish the MFU of their steps as well, too few for each generation: what lies between the two,
the effective time share, is one range for all. The MFU is what is left: its range times that of the effective time
share has the p10, p50 and p90 of billed-hours utilisation.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.facts import COLUMNS
from calc.paths import data_folder
from calc.study.backtest import Backtester
from calc.study.backtest_results import median
from calc.study.run_figures import billed_utilisation, mfu_is_billed, why_circular
from calc.study.utilisation import SMALL_MODEL, Features, Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.facts.runs import Run

# Bundle of facts and words for each generation with runs that count.
GENERATIONS = {
    "volta": ("prior-v100", "V100"),
    "ampere": ("prior-a100", "A100"),
    "hopper": ("prior-h100", "H100 and H800"),
    "tpu-v4": ("prior-tpu-v4", "TPU v4"),
}
SOURCE = "Computed from the published runs of seeds/runs/published.csv by calc.study.priors"
_P90 = 1.2815515655446004  # standard normal quantile
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Triangle:
    """A triangular range."""

    low: float
    likely: float
    high: float

    @property
    def log_spread(self) -> float:
        """Return the standard deviation of the logarithm, from a thousand equally likely values."""
        import numpy as np

        from calc.distribution import Distribution

        ends = (("low", self.low), ("likely", self.likely), ("high", self.high))
        return float(np.std(np.log(Distribution("triangular", ends).quantile((np.arange(1000) + 0.5) / 1000))))


def time_shares(runs: Sequence[Run]) -> dict[str, float]:
    """Return billed-hours utilisation over the MFU of steps, by run, where a run publishes both.

    Hours that are products of other figures, MFUs that are computed from the hours, and shares above 1 (durations that
    were rounded) are left out.
    """
    found = {}
    for run in runs:
        stepping, billed = run.number("mfu"), billed_utilisation(run)
        if stepping is None or billed is None or mfu_is_billed(run) or why_circular(run, "gpu_hours"):
            continue
        if billed <= stepping:
            found[run.id] = billed / stepping
    return found


def triangle(wanted: Range) -> Triangle:
    """Return the triangle with its peak at p50 whose p10 and p90 are those of a range.

    Source: definition; below its peak m a triangle from a to b holds (x - a)^2 / ((b - a) (m - a)) of all.
    """
    low, high, peak = wanted.p10, wanted.p90, wanted.p50
    for _ in range(200):
        low = wanted.p10 - math.sqrt((high - low) * (peak - low) / 10)
        high = wanted.p90 + math.sqrt((high - low) * (high - peak) / 10)
    return Triangle(low, peak, high)


def facts() -> list[dict[str, str]]:
    """Return the rows of the file."""
    tester = Backtester()
    prior = tester.prior(None)
    shares = time_shares(tester.known)
    lost = Triangle(min(shares.values()), median(list(shares.values())) or 0.0, max(shares.values()))
    latest = str(max(int(run.number("year") or 0) for run in tester.known))
    rows = []
    for generation, (subject, words) in GENERATIONS.items():
        own = [each for each in tester.observations if each.features.generation == generation]
        reached = [each.utilisation for each in own]
        billed = prior.predict(Features(generation, SMALL_MODEL))
        middle = billed.p50 / lost.likely
        spread = math.log(billed.p90 / billed.p10) / 2 / _P90
        half = _P90 * math.sqrt(spread**2 - lost.log_spread**2)
        mfu = triangle(Range(middle * math.exp(-half), middle, middle * math.exp(half)))
        families = len({each.family for each in own})
        ends = ", ".join(f"{name} {_percent(getattr(billed, name))}" for name in ("p10", "p50", "p90"))
        note = (
            f"MFU of steps for {words}. {len(own)} runs of {families} families took {_percent(min(reached))} to "
            f"{_percent(max(reached))} of the dense 16-bit peak of all billed hours; with {prior.runs} runs of all "
            f"generations a new family's run takes {ends}. This triangle times effective_time_share has these "
            "percentiles; its ends are no observations"
        )
        rows.append(_row(subject, "mfu", mfu, latest, note))
        note = (
            f"Smallest, middle and largest of {len(shares)} runs of all generations that publish the MFU of steps and "
            f"their hours ({', '.join(sorted(shares))}); too few to tell generations apart. Other ways to count FLOP "
            "are in it"
        )
        rows.append(_row(subject, "effective_time_share", lost, latest, note))
    return rows


def text() -> str:
    """Return the file."""
    target = io.StringIO()
    writer = csv.DictWriter(target, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(facts())
    return target.getvalue()


def _row(subject: str, quantity: str, found: Triangle, latest: str, note: str) -> dict[str, str]:
    ends = {"low": found.low, "value": found.likely, "high": found.high}
    return {
        "id": f"{subject}.{quantity}",
        "subject": subject,
        "quantity": quantity,
        **{name: f"{value:.{_DIGITS}g}" for name, value in ends.items()},
        "unit": "1",
        "as_of": latest,
        "source": SOURCE,
        "url": "document: seeds/runs/published.csv",
        "status": "estimate",
        "note": note,
    }


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def main() -> None:
    """Write the file."""
    path = data_folder("seeds") / "priors.csv"
    path.write_text(text(), encoding="utf-8")
    print(f"{path.name}: {len(facts())} facts")


if __name__ == "__main__":
    main()
