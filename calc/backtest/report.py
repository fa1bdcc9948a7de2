"""The backtest: JSON `calc.backtest/1`, CSV, and tables of predictions, arithmetic checks and a summary."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.backtest.figures import TARGETS, UNITS
from calc.report.report import Block, Cell, Column, Paragraph, Report, Row, Section, Table, section
from calc.units.format import compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.backtest.backtest import Backtest, Foretold, Summary
    from calc.backtest.lint import Finding
    from calc.backtest.serving import ServingForetold

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
        **prediction_dict(each, each.circular),
        "product": each.computed,
        "product_error": each.product_error,
        "given_mfu": mfu,
    }


def prediction_dict(each: Foretold | ServingForetold, circular: str | None = None) -> dict[str, Any]:
    """Return a figure beside its prediction; circular: why the figure is no test, or None."""
    return {
        "target": each.target,
        "circular": circular is not None,
        "published": each.published,
        "unit": each.unit,
        "predicted": asdict(each.predicted) if each.predicted else None,
        "inside": each.inside,
        "error": each.error,
        "reason": each.reason,
        "circular_because": circular,
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


def lint_report(findings: Sequence[Finding]) -> Report:
    """Return the findings: place, run and rule, and below them what was found."""
    found = [(f"{each.run.place}: {each.run.id}: {each.rule}", each.message) for each in findings]
    sections = [Section("", [Paragraph(head, "strong"), Paragraph(words, level=1)]) for head, words in found]
    return Report("", sections=sections, name="backtest")


def backtest_report(found: Backtest) -> Report:
    """Return predictions beside what was published, and how far off they are."""
    runs = {each.run.id for each in found.figures}
    words = "Foretold from parameters, tokens and accelerator, with what runs of other families teach."
    report = Report(f"Backtest of {len(runs) + len(found.without_figures)} training runs", words, name="backtest")
    for target, name in NAMES.items():
        counted = found.counted(target)
        if counted:
            table = grid(_HEAD, [_prediction(each) for each in counted])
            report.sections.append(Section(f"{name} ({UNITS[target]})", [table], target))
    report.sections += [*_checks(found), *_not_predicted(found)]
    summary = grid(("", "figures", "median error", "inside", "p90/p10"), summary_rows(found))
    report.sections.append(Section("Summary", [summary], "summary"))
    return report


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


def _checks(found: Backtest) -> list[Section]:
    """Return circular figures beside the product of the run's other figures: arithmetic, no prediction."""
    circular = [each for each in found.figures if each.circular is not None]
    lines = [
        [each.run.id, f"{each.target}, {each.unit}", compact(each.published), compact(each.computed or 0.0),
         signed(each.product_error)]
        for each in circular if each.computed is not None
    ]  # fmt: skip
    blocks: list[Block] = [grid(("run", "figure", "published", "product", "error"), lines)] if lines else []
    bare = [f"{each.run.id} ({each.target})" for each in circular if each.computed is None]
    if bare:
        blocks.append(Paragraph(f"Without the other factors: {', '.join(bare)}"))
    return section("Arithmetic checks: figures that are products of others, not counted", blocks, "arithmetic")


def _not_predicted(found: Backtest) -> list[Section]:
    reasons: dict[str, list[str]] = {}
    for each in found.figures:
        if each.reason is not None and each.circular is None:
            reasons.setdefault(each.reason, []).append(f"{each.run.id} ({each.target})")
    if found.without_figures:
        reasons["neither GPU-hours nor energy nor carbon are published"] = found.without_figures
    lines: list[Block] = [Paragraph(f"{reason}: {', '.join(which)}") for reason, which in reasons.items()]
    return section("Not predicted", lines, "not predicted")


def grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> Table:
    """Return a table of texts, the first column names; NO is drawn as bad."""
    table = Table([Column(head[0], "label"), *(Column(name) for name in head[1:])])
    table.rows = [Row([Cell(text, tone="bad" if text == "NO" else "") for text in row]) for row in body]
    return table


def signed(share: float | None) -> str:
    """Return a share in per cent with its sign, empty for None."""
    return "" if share is None else f"{share * 100:+.1f} %"


def percent(share: float | None) -> str:
    """Return a share in per cent, empty for None."""
    return "" if share is None else f"{share * 100:.1f} %"


def ratio(number: float | None) -> str:
    """Return a ratio with two digits, empty for None."""
    return "" if number is None else f"{number:.2f}"
