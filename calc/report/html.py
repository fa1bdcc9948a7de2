"""A small HTML table of an answer, for notebooks; every text is escaped."""

from __future__ import annotations

from html import escape
from typing import Any

from calc.report.json import side_by_side
from calc.text import escape as visible


def table(found: dict[str, Any]) -> str:
    """Return the results of a JSON result as an HTML table: a row a figure, a column a case."""
    cases = side_by_side(found)
    names = list(dict.fromkeys(name for case in cases for name in case["results"]))
    head = "".join(f"<th>{_text(case['name'])}</th>" for case in cases)
    rows = "".join(
        f"<tr><th>{_text(name)}</th>{''.join(_cell(case['results'].get(name)) for case in cases)}</tr>"
        for name in names
    )
    rows += "".join(_line(line) for line in found.get("table", ()))
    title = found["scenario"]["title"] or found["scenario"]["path"]
    return f"<table><caption>{_text(title)}</caption><tr><th></th>{head}</tr>{rows}</table>"


def _line(line: dict[str, Any]) -> str:
    """Return a line of a scenario's table: its label, what it says, and what that rests on."""
    parts = []
    for column in ("stated", "computed"):
        figures = [f"{_text(name)} {_text(each['headline'])}" for name, each in line[column].items()]
        parts += [f"{column}: {', '.join(figures)}"] if figures else []
    words = "; ".join([*parts, _text(line["status"])])
    return f"<tr><th>{_text(line['line'])}</th><td>{words}</td></tr>"


def _cell(result: dict[str, Any] | None) -> str:
    if result is None:
        return "<td></td>"
    spread = ""
    if result["mean"] is not None:
        parts = ", ".join(f"{key} {result[key]:.6g}" for key in ("mean", "p10", "p50", "p90"))
        likely = "none" if result["value"] is None else f"{result['value']:.6g}"
        spread = f' title="{parts}, at the likely values {likely} {_text(result["unit"])}"'
    return f"<td{spread}>{_text(result['headline'])}</td>"


def _text(words: object) -> str:
    return escape(visible(str(words)))
