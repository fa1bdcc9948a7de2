"""The spreadsheet forms of the operations, evaluated by a spreadsheet in miniature and held against runs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from spreadsheet import Workbook

from calc import ops
from calc.report.year_rows import YEAR_ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping


def sheet_value(formula: str, cells: Mapping[str, float]) -> float | str:
    """Return what a spreadsheet shows for a formula without its leading `=`."""
    book = Workbook({("Sheet", 0, at): each for at, each in enumerate(cells.values())}, {("Sheet", 1, 0): formula})
    found = book.value(("Sheet", 1, 0))
    assert found is not None
    return found if isinstance(found, str) else float(found)


CELLS = ("A1", "B1", "C1")

_ANY = (-7.25, -1.0, -1e-9, 0.0, 0.3, 1.0, 41.999999999999, 5e9 + 0.7)
_POSITIVE = (1e-6, 0.3, 1.0, 17.5, 4e5)
_NEAR_WHOLE = (3.9999999999, 4 - 5e-9, 4 + 5e-9, -3.9999999999, -4.0000000001, -4 - 5e-9, 1e6 - 5e-7, 1e6 - 2e-6, 2.5)
_RATES = (-0.02, 0.0, 0.005, 0.08, 1.5)
_PERIODS = (1.0, 4.5, 48.0)

DOMAINS: dict[str, tuple[tuple[float, ...], ...]] = {
    **dict.fromkeys(("add", "subtract", "multiply", "less", "less_equal", "greater", "greater_equal"), (_ANY, _ANY)),
    **dict.fromkeys(("divide", "divide_by_count", "number", "amount"), (_ANY, _POSITIVE)),
    **dict.fromkeys(("minimum", "maximum", "if_included"), (_ANY, _ANY)),
    **dict.fromkeys(("floor", "ceil"), ((*_ANY, *_NEAR_WHOLE),)),
    **dict.fromkeys(("annuity", "compound"), (_RATES, _PERIODS)),
    "negate": (_ANY,),
    "raise": (_POSITIVE, (0.0, 1.0, -1.0, 2.0)),
    "clip": (_ANY, (-1.0, 0.0), (0.5, 2.0)),
    "where": ((0.0, 1.0), _ANY, _ANY),
    "exp": ((-7.25, 0.0, 0.3, 17.5),),
    "log": (_POSITIVE,),
    "power": (_POSITIVE, (-1.5, 0.0, 0.5, 2.7)),
}


def test_every_operation_has_a_domain_to_be_tested_on() -> None:
    # What looks at all years takes rows of cells; `tests/report/test_workbook.py` tries those.
    assert set(DOMAINS) == set(ops.TABLE) - ops.OVER_YEARS
    assert set(YEAR_ROWS) == ops.OVER_YEARS


def test_spreadsheet_and_run_agree() -> None:
    wrong = []
    for op, domain in DOMAINS.items():
        formula = ops.TABLE[op].spreadsheet.format(*CELLS)
        for row in itertools.product(*domain):
            found = sheet_value(formula, dict(zip(CELLS, row, strict=False)))
            run = float(ops.TABLE[op].scalar(*row))
            if found != pytest.approx(run, rel=1e-9, abs=1e-12):
                wrong.append(f"{op}{row}: {run!r} in a run, {found!r} in a spreadsheet")
    assert wrong == []


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        ("floor", (3.9999999999,), 4),
        ("floor", (4 - 5e-9,), 3),
        ("floor", (-2.5,), -3),
        ("floor", (5e9 + 0.7,), 5e9),
        ("ceil", (4.0000000001,), 4),
        ("ceil", (4.1,), 5),
        ("ceil", (-2.5,), -2),
        ("minimum", (3.0, -4.0), -4),
        ("maximum", (3.0, -4.0), 3),
        ("clip", (9.0, 0.0, 5.0), 5),
        ("where", (1.0, 7.0, 8.0), 7),
        # 8 % over 2 years: 0.08 x 1.1664 / 0.1664
        ("annuity", (0.08, 2.0), 0.093312 / 0.1664),
    ],
)
def test_figures_by_hand(op: str, args: tuple[float, ...], expected: float) -> None:
    cells = dict(zip(CELLS, args, strict=False))
    assert sheet_value(ops.TABLE[op].spreadsheet.format(*CELLS), cells) == pytest.approx(expected, rel=1e-12)


def test_a_quotient_by_a_count_of_nothing_has_no_value_in_a_cell() -> None:
    # Any other quotient by 0 is an error in both.
    cells = {"A1": 7.0, "B1": 0.0}
    assert sheet_value(ops.TABLE["divide_by_count"].spreadsheet.format("A1", "B1"), cells) == "#N/A"
    assert sheet_value(ops.TABLE["divide"].spreadsheet.format("A1", "B1"), cells) == "#DIV/0!"
