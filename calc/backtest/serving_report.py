"""The backtest of serving: JSON `calc.backtest/1`, CSV, and tables of errors by family, GPU, software and load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.backtest.backtest import median
from calc.backtest.report import SCHEMA, grid, percent, prediction_dict, ratio, signed
from calc.backtest.serving import TARGETS
from calc.report.report import Block, Paragraph, Report, Section, section
from calc.units.format import compact

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.backtest.serving import ServingBacktest, ServingForetold

COLUMNS = (
    "id", "family", "target", "published", "unit", "p10", "p50", "p90", "inside", "error", "reason", "calibrated",
    "model", "gpu", "framework", "precision", "concurrency", "place",
)  # fmt: skip
NAMES = {
    "time_per_token": "Time per output token",
    "time_to_first_token": "Time to the first token",
    "token_rate_per_gpu": "Tokens per second and GPU",
    "greatest_token_rate": "Greatest throughput, offline",
}
# Requests at the same time, up to and with each end.
LOADS = ((1, 8), (9, 32), (33, 128), (129, 1_000_000))
# So many worst predictions are shown.
_WORST = 10
# So many rows are named beside a reason.
_SHOWN = 6


def as_dict(found: ServingBacktest) -> dict[str, Any]:
    """Return the backtest as plain dictionaries and lists; errors and shares are pure numbers."""
    return {
        "schema": SCHEMA,
        "calc_version": __version__,
        "runs": [_figure(each) for each in found.figures],
        "summary": summary(found),
        "groups": {
            by: {name: _summary(found, chosen) for name, chosen in groups.items()}
            for by, groups in _groups(found).items()
        },
        "without_figures": found.without_figures,
        "unknown_columns": found.unknown_columns,
    }


def rows(found: ServingBacktest) -> list[dict[str, Any]]:
    """Return one dictionary a figure, with keys among COLUMNS."""
    return [{**row, **(row["predicted"] or {})} for row in map(_figure, found.figures)]


def summary(found: ServingBacktest) -> dict[str, Any]:
    """Return how the predictions of each target did, and those after one measured point."""
    after = found.calibrated_errors()
    return {
        **{target: _target(found, target, lambda _: True) for target in TARGETS},
        "time_per_token_after_one_point": {"runs": len(after), "median_absolute_error": median(after)},
    }


def _summary(found: ServingBacktest, chosen: Callable[[ServingForetold], bool]) -> dict[str, Any]:
    return {target: _target(found, target, chosen) for target in TARGETS}


def _target(found: ServingBacktest, target: str, chosen: Callable[[ServingForetold], bool]) -> dict[str, Any]:
    each, errors = found.summary(target, chosen), found.errors(target, chosen)
    return {
        "runs": each.runs,
        "not_predicted": each.not_predicted,
        "median_absolute_error": each.median_error,
        "mean_absolute_error": sum(errors) / len(errors) if errors else None,
        "inside": each.inside,
        "width": each.width,
    }


def _figure(each: ServingForetold) -> dict[str, Any]:
    return {
        "id": each.row.id,
        "family": each.family,
        **prediction_dict(each),
        "calibrated": each.calibrated,
        **{name: each.row.texts[name] for name in ("model", "gpu", "framework", "precision")},
        "concurrency": each.row.number("concurrency"),
        "place": str(each.row.place),
    }


def _groups(found: ServingBacktest) -> dict[str, dict[str, Callable[[ServingForetold], bool]]]:
    """Return what to tell apart: by family, GPU, software, number format and load."""

    def column(name: str) -> dict[str, Callable[[ServingForetold], bool]]:
        values = dict.fromkeys(each.row.texts[name] for each in found.figures)
        return {value: lambda each, value=value: each.row.texts[name] == value for value in values}  # type: ignore[misc]  # mypy knows no defaults of a lambda

    families = dict.fromkeys(each.family for each in found.figures)
    loads = {f"{low:,} to {high:,}" if high < LOADS[-1][1] else f"{low:,} and more": (low, high) for low, high in LOADS}
    return {
        "family": {name: lambda each, name=name: each.family == name for name in families},  # type: ignore[misc]  # as above
        "gpu": column("gpu"),
        "framework": column("framework"),
        "precision": column("precision"),
        "concurrency": {
            name: lambda each, ends=ends: ends[0] <= (each.row.number("concurrency") or 0) <= ends[1]  # type: ignore[misc]  # as above
            for name, ends in loads.items()
        },
    }


def serving_report(found: ServingBacktest) -> Report:
    """Return how far off the predictions are, by family, GPU, software and load, and what is farthest off."""
    count = len({id(each.row) for each in found.figures}) + len(found.without_figures)
    words = "Foretold from model, GPU, software and load, with constants fitted without the family of the model."
    report = Report(f"Backtest of {count:,} measured runs of serving", words, name="backtest")
    summary_head = ("", "figures", "median error", "mean error", "inside", "p90/p10")
    report.sections.append(Section("Summary", [grid(summary_head, summary_rows(found))], "summary"))
    head = ("", "figures", "per token", "inside", "first token", "tokens/s/GPU", "offline")
    for by, groups in _groups(found).items():
        body = [line for name, chosen in groups.items() if (line := _group_row(found, name, chosen))]
        report.sections += section(f"By {by}: median errors", [grid(head, body)] if body else [], by)
    report.sections += [*_worst(found), *_not_predicted(found)]
    return report


def summary_rows(found: ServingBacktest) -> list[list[str]]:
    """Return name, number of figures, median and mean error, share inside the range and its width, as text."""
    told = summary(found)
    body = [
        [name, str(each["runs"]), percent(each["median_absolute_error"]), percent(each["mean_absolute_error"]),
         percent(each["inside"]), ratio(each["width"])]
        for target, name in NAMES.items()
        if (each := told[target])["runs"] or each["not_predicted"]
    ]  # fmt: skip
    after = told["time_per_token_after_one_point"]
    if after["runs"]:
        name = "Per token, after one measured point"
        body.append([name, str(after["runs"]), percent(after["median_absolute_error"]), "", "", ""])
    return body


def _group_row(found: ServingBacktest, name: str, chosen: Callable[[ServingForetold], bool]) -> list[str]:
    each = {target: found.summary(target, chosen) for target in TARGETS}
    if not any(one.runs for one in each.values()):
        return []
    token, first = each["time_per_token"], each["time_to_first_token"]
    rates = [percent(each[target].median_error) for target in ("token_rate_per_gpu", "greatest_token_rate")]
    count = max(one.runs for one in each.values())
    return [name, str(count), percent(token.median_error), percent(token.inside), percent(first.median_error), *rates]


def _worst(found: ServingBacktest) -> list[Section]:
    figures = [each for each in found.figures if each.target == "time_per_token" and each.error is not None]
    body = [
        [each.row.id, each.row.texts["model"], each.row.texts["gpu"], compact(each.published),
         compact(each.predicted.p50 if each.predicted else 0.0), signed(each.error)]
        for each in sorted(figures, key=lambda each: -abs(each.error or 0.0))[:_WORST]
    ]  # fmt: skip
    head = ("run", "model", "GPU", "measured", "p50", "error")
    return section("Farthest off, time per output token (ms)", [grid(head, body)] if body else [], "farthest")


def _not_predicted(found: ServingBacktest) -> list[Section]:
    reasons: dict[str, list[str]] = {}
    for each in found.figures:
        if each.reason is not None and each.row.id not in reasons.setdefault(each.reason, []):
            reasons[each.reason].append(each.row.id)
    if found.without_figures:
        reasons["neither time per token nor to the first token nor tokens per second are given"] = found.without_figures
    lines: list[Block] = []
    for reason, which in reasons.items():
        more = f" and {len(which) - _SHOWN} more" if len(which) > _SHOWN else ""
        lines.append(Paragraph(f"{reason}: {', '.join(which[:_SHOWN])}{more}"))
    return section("Not predicted", lines, "not predicted")
