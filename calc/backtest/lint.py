"""Errors that published figures of training runs are known for, found in a run's own figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.backtest.figures import (
    billed_utilisation,
    carbon_product,
    compute,
    energy_product,
    hours_by_devices,
    model_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calc.backtest.runs import Run

# Billed-hours utilisation that runs reach: those that ship lie between 5 and 51 %, but for one whose tokens are those
# of its data set.
PLAUSIBLE = (0.04, 0.7)
# Carbon intensity of grids, kg/kWh: below the cleanest and above the dirtiest there is an error.
GRIDS = (0.01, 1.3)
# Power that one accelerator is billed with, kW: its rated power alone, up to its share of a server and a poor hall.
POWERS = (0.02, 5.0)
MONTH_HOURS = (720.0, 730.0, 730.5, 732.0)
LONGEST_RUN = 400.0  # days
NEAR = 0.01
AGREE = 0.15


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a run's row breaks."""

    run: Run
    rule: str
    message: str


def lint(runs: Sequence[Run], known: Sequence[Run] = ()) -> list[Finding]:
    """Return what the rules find in runs; `known` are further runs to compare them with."""
    found = []
    for run in runs:
        others = [each for each in (*runs, *known) if each.id != run.id]
        messages = {name: rule(run) for name, rule in RULES.items()}
        messages[CARBON] = messages[CARBON] or carbon_beside_others(run, others)
        found += [Finding(run, name, message) for name, message in messages.items() if message is not None]
    return found


def hours_per_trillion_tokens(run: Run) -> str | None:
    """Find hours that would take more than the peak, and would not if they were those of a trillion tokens."""
    share, tokens = billed_utilisation(run), run.number("tokens_b")
    if share is None or tokens is None or share <= 1:
        return None
    trillions = tokens / 1000
    if PLAUSIBLE[0] <= share / trillions <= PLAUSIBLE[1]:
        return f"the hours would take {_percent(share)} of the peak; for each trillion tokens they would be plausible"
    return None


def utilisation_out_of_band(run: Run) -> str | None:
    """Find FLOP, hours and peak that do not fit: hours, tokens or parameters are those of something else."""
    share = billed_utilisation(run)
    if share is None or PLAUSIBLE[0] <= share <= PLAUSIBLE[1] or hours_per_trillion_tokens(run):
        return None
    which = "tokens counted once that were seen often, or hours of more than this run"
    if share > PLAUSIBLE[1]:
        which = "hours of a part of the run, or tokens or parameters of more than it"
    return f"the hours took {_percent(share)} of the peak: {which}"


def hours_assumed_from_months(run: Run) -> str | None:
    """Find hours that are devices times a whole number of months, with no days stated."""
    hours, count = run.number("accel_hours"), run.number("n_accel")
    if hours is None or count is None or run.number("days") is not None:
        return None
    for month in MONTH_HOURS:
        months = hours / count / month
        if round(months) >= 1 and abs(months / round(months) - 1) < NEAR / 10:
            return f"the hours are {count:,.0f} devices for {round(months)} months of {month:g} h: assumed, not counted"
    return None


def carbon_of_other_hours(run: Run) -> str | None:
    """Find carbon that no grid gives for this energy: it belongs to other hours."""
    carbon, energy = run.number("tco2e"), run.number("energy_mwh") or energy_product(run)
    if carbon is None or energy is None or GRIDS[0] <= carbon / energy <= GRIDS[1]:
        return None
    return f"{carbon:,.6g} t for {energy:,.6g} MWh is {carbon / energy:.2g} kg/kWh: the carbon of other hours?"


def carbon_beside_others(run: Run, others: Sequence[Run]) -> str | None:
    """Find carbon that differs from that of a run with the same organisation, accelerator and hours."""
    carbon, hours = run.number("tco2e"), run.number("accel_hours")
    if carbon is None or hours is None:
        return None
    for other in others:
        theirs, figure = other.number("accel_hours"), other.number("tco2e")
        if theirs is None or figure is None or abs(hours / theirs - 1) > NEAR:
            continue
        if _same(run, other) and not 1 / 2 <= carbon / figure <= 2:
            return f"{carbon:,.6g} t, where {other.id} has {figure:,.6g} t for the same hours"
    return None


def figures_disagree(run: Run) -> str | None:
    """Find one figure said twice in different words: hours against devices and days, FLOP against the model's size."""
    hours, counted = run.number("accel_hours"), hours_by_devices(run)
    if hours is not None and counted is not None and abs(counted / hours - 1) > AGREE:
        return f"{hours:,.6g} hours are stated; devices and days give {counted:,.6g}"
    stated, size = run.number("train_flop"), model_size(run)
    if stated is None or size is None:
        return None
    flop = float(compute("training_flop", size))
    if abs(stated / flop - 1) > AGREE:
        return f"{stated:.3g} FLOP are stated; parameters and tokens give {flop:.3g}: is recomputation in it?"
    return None


def proxy_scaled_up(run: Run) -> str | None:
    """Find a run of more than a year: its hours were scaled up from a small proxy."""
    hours, count = run.number("accel_hours"), run.number("n_accel")
    days = run.number("days") or (hours / count / 24 if hours is not None and count is not None else None)
    if days is None or days <= LONGEST_RUN:
        return None
    return f"the run would have taken {days / 365:,.1f} years: hours scaled up from a proxy?"


def devices_assumed(run: Run) -> str | None:
    """Find devices that are named as assumed, are of two kinds, or whose number is round in the thousands."""
    named = run.texts["accelerator"]
    if re.search(r"assum|\?|unknown|probabl|likely", named, re.IGNORECASE):
        return f"the accelerator is {named}"
    if "/" in named:
        return f"the accelerator is one of two, {named}: no single peak holds"
    count = run.number("n_accel")
    # Clusters come in servers of eight and in powers of two; 10,000 is a figure of speech.
    if count is not None and count >= 1000 and count % 1000 == 0:
        return f"{count:,.0f} devices is a round number: assumed, not counted?"
    return None


def mfu_against_other_peak(run: Run) -> str | None:
    """Find an MFU below what the billed hours give, but not when doubled: it was taken against a sparse or FP8 peak."""
    stated, share = run.number("mfu"), billed_utilisation(run)
    if stated is None or share is None or stated >= (1 - AGREE) * share or 2 * stated < (1 - AGREE) * share:
        return None
    return (
        f"an MFU of {_percent(stated)} is less than the {_percent(share)} that the billed hours took of the dense "
        "16-bit peak: was it taken against a sparse or FP8 peak?"
    )


def stepping_mfu(run: Run) -> str | None:
    """Find an MFU above what the billed hours give: that of single steps does not foretell the hours."""
    stated, share = run.number("mfu"), billed_utilisation(run)
    if stated is None or share is None or stated <= (1 + AGREE) * share:
        return None
    return (
        f"an MFU of {_percent(stated)} is that of single steps or counts recomputation: "
        f"the billed hours took {_percent(share)} of the peak"
    )


def pue_counted_twice(run: Run) -> str | None:
    """Find energy or carbon that holds the PUE twice."""
    around = run.number("pue")
    if around is None or around < 1 + 3 * NEAR:
        return None
    hours = run.number("accel_hours") or hours_by_devices(run)
    energy, watts, carbon = run.number("energy_mwh"), run.number("avg_w_per_accel"), run.number("tco2e")
    once = energy / (hours * watts / 1e6) if energy and hours and watts else None
    if once is not None and abs(once / around**2 - 1) < NEAR:
        return f"the energy is hours x power x {around:g} x {around:g}"
    intensity = run.number("carbon_kg_per_kwh")
    again = carbon / (energy * intensity) if carbon and energy and intensity else None
    if once is not None and again is not None and abs(once / around - 1) < NEAR and abs(again / around - 1) < NEAR:
        return f"the energy holds the PUE of {around:g}, and the carbon multiplies by it again"
    return None


def thousand_apart(run: Run) -> str | None:
    """Find kWh given as MWh, or the other way round, or kg as t."""
    energy, computed = run.number("energy_mwh"), energy_product(run)
    hours = run.number("accel_hours") or hours_by_devices(run)
    if energy is not None and computed is not None and _thousandfold(energy / computed):
        return f"{energy:,.6g} MWh are stated; hours and power give {computed:,.6g}: kWh and MWh mixed up?"
    if energy is not None and hours is not None and computed is None:
        kilowatts = energy * 1000 / hours
        if not POWERS[0] <= kilowatts <= POWERS[1]:
            return f"{kilowatts:,.4g} kW for each accelerator: kWh and MWh mixed up?"
    carbon, grams = run.number("tco2e"), carbon_product(run)
    if carbon is not None and grams is not None and _thousandfold(carbon / grams):
        return f"{carbon:,.6g} t are stated; energy and carbon intensity give {grams:,.6g}: kg and t mixed up?"
    return None


CARBON = "carbon-of-other-hours"
RULES: dict[str, Callable[[Run], str | None]] = {
    rule.__name__.replace("_", "-"): rule
    for rule in (
        hours_per_trillion_tokens,
        utilisation_out_of_band,
        hours_assumed_from_months,
        carbon_of_other_hours,
        figures_disagree,
        proxy_scaled_up,
        devices_assumed,
        mfu_against_other_peak,
        stepping_mfu,
        pue_counted_twice,
        thousand_apart,
    )
}


def _thousandfold(ratio: float) -> bool:
    return 500 <= ratio <= 2000 or 500 <= 1 / ratio <= 2000


def _same(run: Run, other: Run) -> bool:
    return all(run.texts[column] == other.texts[column] != "" for column in ("organisation", "accelerator"))


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
