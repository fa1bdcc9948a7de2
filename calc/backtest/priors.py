"""Write seeds/priors.csv, what runs teach about MFU and lost time: `python -m calc.backtest.priors`.

Where steps were measured on an accelerator in a number format, their MFU stands as it was measured. For the other
generations it is what published runs leave of it: billed-hours utilisation is what those show, and its range for each
generation of accelerators is the backtest's own, from all runs. Few runs publish the MFU of their steps as well, too
few for each generation: what lies between the two, the effective time share, is one range for all. The MFU is what is
left: its range times that of the effective time share has the p10, p50 and p90 of billed-hours utilisation.
"""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

import numpy as np

from calc.backtest.backtest import Backtester, median
from calc.backtest.figures import billed_utilisation, mfu_is_billed, why_circular
from calc.backtest.runs import measured_utilisation
from calc.backtest.utilisation import LARGE_MODEL, Features, Range
from calc.facts import COLUMNS
from calc.facts.book import KIND
from calc.files import data_folder
from calc.value import Z90, Distribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.backtest.runs import Run

# Bundle of facts and words for each generation with runs that count and without measured steps.
GENERATIONS = {
    "volta": ("prior-v100", "V100"),
    "tpu-v4": ("prior-tpu-v4", "TPU v4"),
}
SOURCE = "Computed from the published runs of seeds/runs/published.csv by calc.backtest.priors"
# When the rows were entered; the measured lines name no day of their own.
ENTRY = "2026-11-28"
_DIGITS = 3


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


def facts() -> list[dict[str, str]]:
    """Return the rows of the file."""
    tester = Backtester()
    shares = time_shares(tester.known)
    lost = Range(min(shares.values()), median(list(shares.values())) or 0.0, max(shares.values()))
    latest = str(max(int(run.number("year") or 0) for run in tester.known))
    note = (
        f"Smallest, middle and largest of {len(shares)} runs of all generations that publish the MFU of steps and "
        f"their hours ({', '.join(sorted(shares))}); too few to tell generations apart. Other ways to count FLOP "
        "are in it"
    )
    rows = []
    for mfu in [*_measured(), *_from_runs(tester, lost, latest)]:
        time_share = _row(mfu["subject"], "effective_time_share", lost, "median", note)
        rows += [mfu, {**time_share, **_COMPUTED, "as_of": latest}]
    return rows


def _measured() -> list[dict[str, str]]:
    """Return the MFU of measured steps: the line with most rows of each subject, and second sources as their own."""
    rows = []
    for subject, lines in measured_utilisation().items():
        for line in lines:
            named = subject if line is lines[0] else line.own_subject
            others = [each for each in lines if each is not line]
            note = (
                f"{line.accelerator}, {line.format}, {'mixture of experts' if line.kind == 'mixture' else 'dense'}: "
                f"{line.rows} measured steps ({line.code}), as a share of the dense {line.format} peak of "
                f"{line.peak:,g} TFLOP/s; 6 x active parameters (output head in, input embedding out) plus causal "
                "attention a token; without restarts and idle time; the source gives no date"
            )
            for each in others:
                ends = f"{_percent(each.median)} ({_percent(each.p10)} to {_percent(each.p90)})"
                note += f". {each.code} in {each.rows} others: {ends}"
            found = _row(named, "mfu", Range(line.p10, line.median, line.p90), "percentiles", note)
            rows.append({**found, "source": line.source, "url": line.url, "status": "measured"})
    return rows


def _from_runs(tester: Backtester, lost: Range, latest: str) -> list[dict[str, str]]:
    """Return the MFU that published runs leave, of the generations without measured steps."""
    prior = tester.prior(None)
    rows = []
    for generation, (subject, words) in GENERATIONS.items():
        own = [each for each in tester.observations if each.features.generation == generation]
        reached = [each.utilisation for each in own]
        billed = prior.predict(Features(generation, LARGE_MODEL))
        middle = billed.p50 / lost.p50
        spread = math.log(billed.p90 / billed.p10) / 2 / Z90
        half = Z90 * math.sqrt(spread**2 - _log_spread(lost) ** 2)
        families = len({each.family for each in own})
        told = ", ".join(f"{name} {_percent(getattr(billed, name))}" for name in ("p10", "p50", "p90"))
        note = (
            f"MFU of steps for {words}. {len(own)} runs of {families} families took {_percent(min(reached))} to "
            f"{_percent(max(reached))} of the dense 16-bit peak of all billed hours; with {prior.runs} runs of all "
            f"generations a new family's run takes {told}. This range times effective_time_share has these "
            "percentiles; its ends are no observations"
        )
        ends = between(Range(middle * math.exp(-half), middle, middle * math.exp(half)))
        rows.append({**_row(subject, "mfu", ends, "median", note), **_COMPUTED, "as_of": latest})
    return rows


def between(wanted: Range) -> Range:
    """Return the ends of a median's two triangles that have the p10 and p90 of a range: an MFU ends below 1.

    Source: definition; a tenth of all lies below low + (median - low) sqrt(1 / 5).
    """
    way = math.sqrt(1 / 5)
    low, high = ((each - way * wanted.p50) / (1 - way) for each in (wanted.p10, wanted.p90))
    return Range(low, wanted.p50, high)


def _log_spread(found: Range) -> float:
    """Return the standard deviation of the logarithm between two ends, from a thousand equally likely values."""
    ends = (("low", found.p10), ("median", found.p50), ("high", found.p90))
    return float(np.std(np.log(Distribution("median", ends).quantile((np.arange(1000) + 0.5) / 1000))))


def text() -> str:
    """Return the file."""
    target = io.StringIO()
    writer = csv.DictWriter(target, (*COLUMNS, KIND), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(facts())
    return target.getvalue()


_COMPUTED = {"source": SOURCE, "url": "document: seeds/runs/published.csv", "status": "estimate"}


def _row(subject: str, quantity: str, found: Range, kind: str, note: str) -> dict[str, str]:
    ends = {"low": found.p10, "value": found.p50, "high": found.p90}
    return {
        "id": f"{subject}.{quantity}",
        "subject": subject,
        "quantity": quantity,
        **{name: f"{value:.{_DIGITS}g}" for name, value in ends.items()},
        "unit": "1",
        "note": note,
        "seen": ENTRY,
        "kind": kind,
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
