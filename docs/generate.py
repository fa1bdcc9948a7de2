"""Write quantities.md, the vocabulary page, and the list of functions in scenario.md: `python docs/generate.py`."""

from __future__ import annotations

import importlib
import re
import textwrap
from pathlib import Path
from typing import Any

from calc import ops
from calc.declarations import Check, Verdict
from calc.engine.catalogue import standard_catalogue
from calc.models import MODELS
from calc.report.listing import describe, quantities
from calc.report.markdown import table, text
from calc.units.format import compact

PAGE = Path(__file__).resolve().parent / "quantities.md"
SCENARIO = PAGE.with_name("scenario.md").read_text(encoding="utf-8")
HEAD = ["name", "unit", "kind", "bounds", "what it is", "formula and its source"]
CHECKED = "Checked without being asked, as soon as the names are known (those inside `if_included` may be missing):"
SAID = "Said in words, the first that holds, as soon as the names are known and one of these is asked for:"
INTRODUCTION = """\
# Quantities

Every name that a scenario may use, by model. `python docs/generate.py` writes this page from the catalogue;
`calc list quantities` and `calc describe NAME` show the same in a terminal.

- **unit**: the declared unit, in which results are given; any unit of the same dimension may be written. `1` is a pure
  number, also written as a percentage.
- **kind**: an *input* has to be given when a figure needs it, an *optional input* may be left out and is then *not
  included*, a *formula* is computed unless the scenario gives its value.
- **bounds**: lowest and highest value that may be given, both included, in the declared unit;
  `calc describe NAME` gives the reason. What lies within but far from all known figures is a
  [warning](scenario.md#plausible-values).
- A quantity with several formulas has *variants*; the first is used unless [`use`](scenario.md#use) names another.
"""


def page() -> str:
    """Return the page."""
    rows = quantities()
    parts = [INTRODUCTION]
    for model in MODELS:
        own = [row for row in rows if row["model"] == model]
        module = importlib.import_module(f"calc.models.{model}")
        parts.append(f"## {model}\n\n{text(module.__doc__ or '')}\n")
        if own:
            parts.append(table(HEAD, [_row(row) for row in own], set()))
        checks = [each for each in vars(module).values() if isinstance(each, Check)]
        if checks:
            lines = "".join(f"- `{each.condition}`; a failure means that {text(each.text)}.\n" for each in checks)
            parts.append(f"{CHECKED}\n\n{lines}")
        for verdict in (each for each in vars(module).values() if isinstance(each, Verdict)):
            about = ", ".join(f"`{name}`" for name in verdict.about)
            lines = "".join(f"- {_condition(when)}: *{text(said)}*\n" for when, said in verdict.sentences.items())
            parts.append(f"{SAID} {about}:\n\n{lines}")
    return "\n".join(parts)


def _condition(when: str) -> str:
    return f"`{when}`" if when else "else"


def _row(row: dict[str, Any]) -> list[str]:
    found = describe(row["name"])
    formulas = "; ".join(_formula(each) for each in found["formulas"])
    return [f"`{row['name']}`", f"`{row['unit']}`", row["kind"], bounds(row), text(found["text"]), formulas]


def _formula(formula: dict[str, Any]) -> str:
    variant = f"`{formula['variant']}`: " if formula["variant"] else ""
    assumes = f", assumes: {text(formula['assumes'].rstrip('.'))}" if formula["assumes"] else ""
    return f"{variant}`{formula['formula']}`{assumes} ({text(formula['source'])})"


def bounds(row: dict[str, Any]) -> str:
    """Return the bounds of a quantity in words; empty where it has none."""
    low, high = row["low"], row["high"]
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {compact(low)}"
    return f"at most {compact(high)}" if low is None else f"{compact(low)} to {compact(high)}"


def with_functions(page: str) -> str:
    """Return scenario.md with the functions that a formula may call."""
    names = " ".join(name for name in ops.TABLE if name in ops.FUNCTIONS)
    line = textwrap.fill(f"- Functions are `{names}`.", 120, subsequent_indent="  ")
    return re.sub(r"^- Functions are `[^`]+`\.", line, page, flags=re.MULTILINE)


def main() -> None:
    """Write the page and the list."""
    PAGE.with_name("scenario.md").write_text(with_functions(SCENARIO), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(standard_catalogue().quantities)} quantities")


if __name__ == "__main__":
    main()
