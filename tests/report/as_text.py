"""An answer as text in the formats that are written from its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.answer_report import answer_report
from calc.report.explain_report import as_dict, explain_report
from calc.report.json import as_json
from calc.report.output import written

if TYPE_CHECKING:
    from calc.study.results import Answer


def as_table(found: Answer, *, quiet: bool = False, verbose: bool = False) -> str:
    """Return an answer as a file holds it that the terminal would show."""
    report = answer_report(found, verbose=verbose)
    return written(report.brief() if quiet else report, "table", to_file=True)


def as_markdown(found: Answer) -> str:
    """Return an answer as Markdown."""
    return written(answer_report(found, likely=True), "markdown", to_file=True)


def as_html(found: Answer) -> str:
    """Return an answer as HTML."""
    return written(answer_report(found, likely=True), "html", to_file=True)


def explained(found: Answer, name: str, form: str = "table", *, depth: int | None = None) -> str:
    """Return what stands under a figure, as table, json or markdown."""
    if form == "json":
        return as_json(as_dict(found, name, depth=depth))
    return written(explain_report(found, name, depth=depth), form, to_file=True)
