"""The backtest: JSON `calc.backtest/1`, CSV, and tables of predictions, arithmetic checks and a summary."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.backtest.figures import TARGETS, UNITS
from calc.report.console import cell, drawn, fits, fixed, heading, prose
from calc.report.grid import Table
from calc.units.format import compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.backtest.lint import Finding
    from calc.backtest.results import Backtest, Foretold, Summary
    from calc.report.console import Console

SCHEMA = "calc.backtest/1"
LINT_SCHEMA = "calc.backtest-lint/1"
COLUMNS = (
    "id", "family", "target", "circular", "published", "unit", "p10", "p50", "p90", "inside", "error", "reason",
    "circular_because", "product", "product_error", "given_mfu", "given_mfu_error", "given_mfu_is_billed",
)  # fmt: skip
LINT_COLUMNS = ("id", "rule", "message", "place")
NAMES = {"gpu_hours": "GPU-hours", "energy": "Energy", "carbon": "Carbon"}
_HEAD = ("run", "published", "p10", "p50", "p90", "error", "inside")


def as_dict(found: Backtest) -> dict[str, Any]:
    """Return the backtest as plain dictionaries and lists; errors and shares are pure numbers."""
    return {
        "schema": SCHEMA,
        "calc_version": __version__,
        "runs": [_figure(each) for each in found.figures],
        "summary": {name: _summary(each) for name, each in summaries(found).items()},
        "without_figures": found.without_figures,
    }


def rows(found: Backtest) -> list[dict[str, Any]]:
    """Return one dictionary a figure, with keys among COLUMNS."""
    flat = []
    for each in found.figures:
        row = _figure(each)
        ends, given = row.pop("predicted") or {}, row.pop("given_mfu") or {}
        mfu = {"given_mfu": given.get("p50"), "given_mfu_error": given.get("error")}
        flat.append({**row, **ends, **mfu, "given_mfu_is_billed": given.get("is_billed")})
    return flat


def summaries(found: Backtest) -> dict[str, Summary]:
    """Return the summary of each target, and those of GPU-hours from published MFUs."""
    return {
        **{target: found.summary(target) for target in TARGETS},
        "gpu_hours_given_mfu": found.given_mfu(),
        "gpu_hours_given_stepping_mfu": found.given_mfu(stepping_only=True),
    }


def _figure(each: Foretold) -> dict[str, Any]:
    mfu = None
    if each.given_mfu is not None:
        mfu = {"p50": each.given_mfu, "error": each.mfu_error, "is_billed": each.billed_mfu}
    return {
        "id": each.run.id,
        "family": each.run.family,
        "target": each.target,
        "circular": each.circular is not None,
        "published": each.published,
        "unit": each.unit,
        "predicted": asdict(each.predicted) if each.predicted else None,
        "inside": each.inside,
        "error": each.error,
        "reason": each.reason,
        "circular_because": each.circular,
        "product": each.computed,
        "product_error": each.product_error,
        "given_mfu": mfu,
    }


def _summary(each: Summary) -> dict[str, Any]:
    return {
        "runs": each.runs,
        "not_predicted": each.not_predicted,
        "median_absolute_error": each.median_error,
        "inside": each.inside,
        "width": each.width,
    }


def lint_rows(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return one dictionary a finding, with the keys LINT_COLUMNS."""
    return [
        {"id": each.run.id, "rule": each.rule, "message": each.message, "place": str(each.run.place)}
        for each in findings
    ]


def lint_table(findings: Sequence[Finding], *, to_file: bool = False) -> str:
    """Return the findings as text: place, run and rule, and below them what was found."""

    def draw(console: Console) -> None:
        for each in findings:
            fixed(console, f"{each.run.place}: {each.run.id}: {each.rule}", "bold")
            prose(console, each.message, 2)

    return drawn(draw, to_file=to_file)


def table(found: Backtest, *, to_file: bool = False) -> str:
    """Return the backtest as text, laid out for the width of the terminal, or plain for a file."""
    return drawn(lambda console: _draw(console, found), to_file=to_file)


def _draw(console: Console, found: Backtest) -> None:
    runs = {each.run.id for each in found.figures}
    prose(console, f"Backtest of {len(runs) + len(found.without_figures)} training runs", style="bold")
    words = "Foretold from parameters, tokens and accelerator, with what runs of other families teach."
    prose(console, words, style="dim")
    for target, name in NAMES.items():
        counted = found.counted(target)
        if counted:
            heading(console, f"{name} ({UNITS[target]})")
            print_grid(console, _HEAD, [_prediction(each) for each in counted])
    _print_checks(console, found)
    _print_not_predicted(console, found)
    heading(console, "Summary")
    print_grid(console, ("", "figures", "median error", "inside", "p90/p10"), summary_rows(found))


def summary_rows(found: Backtest) -> list[list[str]]:
    """Return name, number of figures, median error, share inside the range and its width, as text."""
    names = {
        **NAMES,
        "gpu_hours_given_mfu": "GPU-hours, published MFU",
        "gpu_hours_given_stepping_mfu": "GPU-hours, MFU of steps only",
    }
    return [
        [names[key], str(each.runs), percent(each.median_error), percent(each.inside), ratio(each.width)]
        for key, each in summaries(found).items()
    ]


def _prediction(each: Foretold) -> list[str]:
    middle = each.predicted
    ends = [compact(value) for value in (middle.p10, middle.p50, middle.p90)] if middle else [""] * 3
    return [each.run.id, compact(each.published), *ends, signed(each.error), "yes" if each.inside else "NO"]


def _print_checks(console: Console, found: Backtest) -> None:
    """Print circular figures beside the product of the run's other figures: arithmetic, no prediction."""
    circular = [each for each in found.figures if each.circular is not None]
    checked = [each for each in circular if each.computed is not None]
    if not circular:
        return
    heading(console, "Arithmetic checks: figures that are products of others, not counted")
    lines = [
        [each.run.id, f"{each.target}, {each.unit}", compact(each.published), compact(each.computed or 0.0),
         signed(each.product_error)]
        for each in checked
    ]  # fmt: skip
    if lines:
        print_grid(console, ("run", "figure", "published", "product", "error"), lines)
    bare = [f"{each.run.id} ({each.target})" for each in circular if each.computed is None]
    if bare:
        prose(console, f"Without the other factors: {', '.join(bare)}", 2)


def _print_not_predicted(console: Console, found: Backtest) -> None:
    reasons: dict[str, list[str]] = {}
    for each in found.figures:
        if each.reason is not None and each.circular is None:
            reasons.setdefault(each.reason, []).append(f"{each.run.id} ({each.target})")
    if found.without_figures:
        reasons["neither GPU-hours nor energy nor carbon are published"] = found.without_figures
    if reasons:
        heading(console, "Not predicted")
        for reason, which in reasons.items():
            prose(console, f"{reason}: {', '.join(which)}", 2)


def print_grid(console: Console, head: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    """Print a table, or its rows one below another where that is too wide."""
    whole = _grid(head, body)
    if fits(console, whole):
        console.print(whole)
        return
    for row in body:
        fixed(console, row[0], "bold")
        parts = [f"{name} {text}" for name, text in zip(head[1:], row[1:], strict=True) if text]
        prose(console, "; ".join(parts), 2)


def _grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> Table:
    grid = Table(ruled=True)
    for position, name in enumerate(head):
        grid.add_column(cell(name), right=position > 0)
    for row in body:
        grid.add_row(*(cell(text, "yellow" if text == "NO" else "") for text in row))
    return grid


def signed(share: float | None) -> str:
    """Return a share in per cent with its sign, empty for None."""
    return "" if share is None else f"{share * 100:+.1f} %"


def percent(share: float | None) -> str:
    """Return a share in per cent, empty for None."""
    return "" if share is None else f"{share * 100:.1f} %"


def ratio(number: float | None) -> str:
    """Return a ratio with two digits, empty for None."""
    return "" if number is None else f"{number:.2f}"
