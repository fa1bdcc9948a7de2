"""The checks of a workbook: both sides and whether it holds, as formulas over the cells of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.figures import at_year
from calc.records import NamedTuple
from calc.report.json_values import number
from calc.report.sheet_formula import FIRST, is_by_year
from calc.scenario.conditions import SLACK

if TYPE_CHECKING:
    from calc.report.sheet_cells import Cells, Column
    from calc.report.sheet_formula import Term
    from calc.study.check_result import CheckResult
    from calc.study.results import Answer


class CheckRow(NamedTuple):
    """One check of one case.

    sides: for left and right a cell with its number format; None where it differs from year to year.
    holds: a formula that says `holds` or `fails`; None where a side is not computed in this workbook. now: what it
    shows. passed, share: as calc has it, by samples where figures are uncertain.
    """

    text: str
    label: str
    unit: str
    sides: list[tuple[tuple[str, float | str] | None, str]]
    holds: str | None
    now: str
    passed: bool
    share: float | None


def check_rows(answer: Answer, cells: Cells) -> list[CheckRow]:
    """Return the checks of all cases; steps on the way to them get cells."""
    found = []
    for column in cells.columns:
        if column.found in answer.columns:
            found += [_row(cells, column, check, len(answer.columns)) for check in column.found.checks]
    return found


def _row(cells: Cells, column: Column, check: CheckResult, several: int) -> CheckRow:
    condition, years = check.condition, column.scenario.years
    catalogue, figures, place = column.scenario.catalogue, column.found.figures, cells.place(column)
    label = column.label if several > 1 else ""
    unit = condition.left.unit if condition.names else condition.right.unit
    fits = (each for each in map(catalogue.__getitem__, condition.names) if each.unit.dimension == unit.dimension)
    quantity = next(fits, None)
    unit = quantity.unit if quantity else unit
    text = condition.text if check.passed or not check.meaning else f"{condition.text} ({check.meaning})"
    plain = CheckRow(text, label, str(unit), [], None, "", check.passed, check.probability)
    if not all(name in figures for name in condition.names):
        return plain
    sides = (condition.left.expression, condition.right.expression)
    yearly = any(is_by_year(each, figures) for each in sides)
    spans = range(len(years)) if yearly else (None,)
    pairs = [[place.term(each, at) for each in sides] for at in spans]
    if any(each is None for pair in pairs for each in pair):
        return plain
    known = [[each.over(unit.factor) for each in pair if each is not None] for pair in pairs]
    tests = [_margin(check, left, right) for left, right in known]
    margins = list(condition.margins(*condition.sides(figures, years)))
    now = "holds" if min(margins) >= 0 else "fails"
    if yearly:
        line = cells.yearly_step(column, f"margin of {condition.text}")
        line.cells.update((FIRST + at, (test, None)) for at, test in enumerate(tests))
        test = f"MIN({line.at(FIRST, FIRST + len(years) - 1)})"
        shown: list[tuple[tuple[str, float | str] | None, str]] = [(None, ""), (None, "")]
    else:
        test = tests[0]
        shown = []
        for term, single in zip(pairs[0], (check.value, check.limit), strict=True):
            value = at_year(single, 0)
            cached = number(value, unit) if isinstance(value, float | int) else "#N/A"
            shown.append(((term.over(unit.factor).text, cached) if term is not None else None, ""))
    holds = f'IF(IFERROR({test},-1){">=" if condition.op.or_equal else ">"}0,"holds","fails")'
    return plain._replace(sides=shown, holds=holds, now=now)


def _margin(check: CheckResult, left: Term, right: Term) -> str:
    """Return by how much it holds; of a strict comparison above 0 where it does."""
    op = check.condition.op
    one, other = (f"({each.text})" for each in ((right, left) if op.is_less else (left, right)))
    slack = f"{SLACK:.0E}*MAX(ABS({one}),ABS({other}))".replace("E-0", "E-")
    return f"{one}-{other}{'+' if op.or_equal else '-'}{slack}"
