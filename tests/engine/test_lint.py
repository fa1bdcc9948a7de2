"""What the source of a formula must not hold, by its syntax tree: code, line, caret and hint of each finding."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from calc.engine.catalogue import build_catalogue
from calc.errors import CalcError

if TYPE_CHECKING:
    from pathlib import Path

    from calc.engine.formula import Formula

HEAD = '''\
import math
import numpy as np
from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import Servers, Share, kW

power = Input(kW, "A power")
share = Input(Share, "A share")
servers = Input(Servers, "Servers")
_TWO = 2


def twice(power: kW) -> kW:
    """Twice a power.

    Source: definition.
    """
    return 2 * power


def tested(power: kW, share: Share, servers: Servers) -> kW:
    """What is tested.

    Source: definition.
    """
'''
DEFINED_AT = HEAD.splitlines().index("def tested(power: kW, share: Share, servers: Servers) -> kW:") + 1
BODY_AT = len(HEAD.splitlines()) + 1


def formula_of(folder: Path, text: str) -> Formula:
    path = folder / "linted_model.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("linted_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return build_catalogue([module])["tested"].formulas[""]


def findings(folder: Path, body: str) -> list[CalcError]:
    return list(formula_of(folder, HEAD + "".join(f"    {line}\n" for line in body.splitlines())).lint())


def marked(error: CalcError) -> tuple[str, int, str]:
    """Return file, line and the text above the caret."""
    assert error.place is not None
    line = error.place.source.line(error.place.line)
    start = error.place.column - 1
    return error.place.source.name, error.place.line, line[start : start + error.place.length]


# Body, what the caret marks, code, part of the message, part of the hint. The fault stands in the first line.
FOUND = [
    ("return power * 3", "3", "E-FORMULA-LITERAL", "the literal 3", "a sourced fact"),
    ("return power * 0.5", "0.5", "E-FORMULA-LITERAL", "the literal 0.5", "only 0, 1, -1 and 2"),
    ("return power * -3", "3", "E-FORMULA-LITERAL", "the literal 3", "a sourced fact"),
    ("return power * True", "True", "E-FORMULA-LITERAL", "the literal True", "a sourced fact"),
    ('return power * "x"', '"x"', "E-FORMULA-LITERAL", "the literal x", "a sourced fact"),
    ("return power * _TWO", "_TWO", "E-FORMULA-BODY", "`_TWO` is no parameter", "take every quantity as a parameter"),
    ("return twice(power)", "twice(power)", "E-FORMULA-CALL", "calls `twice`", "takes other quantities as parameters"),
    ("return frobnicate(power)", "frobnicate(power)", "E-FORMULA-CALL", "calls `frobnicate`", "use one of ops"),
    ("return ops.frobnicate(power)", "ops.frobnicate(power)", "E-FORMULA-CALL", "calls `frobnicate`", "use one of ops"),
    ("return min(power, power)", "min(power, power)", "E-FORMULA-CALL", "calls `min`", "use ops.minimum"),
    ("return max(power, power)", "max(power, power)", "E-FORMULA-CALL", "calls `max`", "use ops.maximum"),
    ("return sum([power, power])", "sum([power, power])", "E-FORMULA-CALL", "calls `sum`", "use one of ops"),
    ("return power * floor(share)", "floor(share)", "E-FORMULA-CALL", "without `ops.`", "write `ops.floor(...)`"),
    ("return power * math.floor(share)", "math.floor(share)", "E-FORMULA-CALL", "`math.floor`", "use one of ops"),
    ("return np.floor(power)", "np.floor(power)", "E-FORMULA-CALL", "calls `np.floor`", "use one of ops"),
    ("return power.real()", "power.real()", "E-FORMULA-CALL", "calls `power.real`", "use one of ops"),
    ("return power * ops.floor(x=share)", "ops.floor(x=share)", "E-FORMULA-CALL", "plain arguments", "one by one"),
    ("return power * ops.floor(*[share])", "ops.floor(*[share])", "E-FORMULA-CALL", "plain arguments", "stars"),
    ("return power * (share // share)", "share // share", "E-FORMULA-BODY", "this operator", "use + - * / and **"),
    ("return power % power", "power % power", "E-FORMULA-BODY", "this operator", "use + - * / and **"),
    ("return power if share > 0 else 0", "power if share > 0 else 0", "E-FORMULA-BRANCH", "branches", "ops.where"),
    ("return power and power", "power and power", "E-FORMULA-BRANCH", "branches", "ops.where"),
    ("return power * (share == 0)", "share == 0", "E-FORMULA-BRANCH", "this comparison", "one of < <= > >="),
    ("return power * (0 < share < 1)", "0 < share < 1", "E-FORMULA-BRANCH", "this comparison", "one of < <= > >="),
    ("return [power][0]", "[power][0]", "E-FORMULA-BODY", "cannot stand in a formula", "arithmetic"),
    ("return (lambda: power)", "lambda: power", "E-FORMULA-BODY", "cannot stand in a formula", "arithmetic"),
    ("power = power * 2\nreturn power", "power = power * 2", "E-FORMULA-INPLACE", "a second value", "of its own"),
    ("power += power\nreturn power", "power += power", "E-FORMULA-INPLACE", "in place", "a name of its own"),
    ("if share > 0:\n    return 2 * power\nreturn power", "", "E-FORMULA-BRANCH", "branches or loops", "ops.where"),
    ("for each in []:\n    pass\nreturn power", "", "E-FORMULA-BRANCH", "branches or loops", "ops.where"),
    ("import os\nreturn power", "import os", "E-FORMULA-BODY", "this statement", "arithmetic and ops"),
    ("global _TWO\nreturn power", "global _TWO", "E-FORMULA-BODY", "this statement", "arithmetic and ops"),
    ("print(power)\nreturn power", "print(power)", "E-FORMULA-BODY", "this statement", "arithmetic and ops"),
    ("one, two = power, power\nreturn one", "one, two = power, power", "E-FORMULA-BODY", "this statement", "ops"),
]


@pytest.mark.parametrize(("body", "caret", "code", "message", "hint"), FOUND, ids=[each[0] for each in FOUND])
def test_found(tmp_path: Path, body: str, caret: str, code: str, message: str, hint: str) -> None:
    error = findings(tmp_path, body)[0]
    assert error.code == code
    assert "in `tested`" in error.message
    assert message in error.message
    assert hint in (error.hint or "")
    name, line, text = marked(error)
    assert (name, line) == ("linted_model.py", BODY_AT)
    # A statement over several lines is marked where it begins.
    assert text == (caret or body[0])


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    found = findings(tmp_path, "a = power * 3\nb = a * 5\nb += 7\nreturn math.sqrt(b)")
    assert [(each.place and each.place.line, each.code) for each in found] == [
        (BODY_AT, "E-FORMULA-LITERAL"),
        (BODY_AT + 1, "E-FORMULA-LITERAL"),
        (BODY_AT + 2, "E-FORMULA-INPLACE"),
        (BODY_AT + 3, "E-FORMULA-CALL"),
    ]


CLEAN = [
    "return power * (1 - share) ** 2 / 1",
    "half = power / 2\nreturn half + -1 * half + 0",
    "return ops.where(share <= 0, power, ops.minimum(power, 2 * power))",
    'return power * ops.number(power, "kW")',
    "return +power",
]


@pytest.mark.parametrize("body", CLEAN)
def test_clean(tmp_path: Path, body: str) -> None:
    assert findings(tmp_path, body) == []


def test_what_a_decorator_makes_of_a_formula_is_refused(tmp_path: Path) -> None:
    # What stands in the file is clean; what would run takes three times of it, and names nothing to be seen by.
    text = f"{HEAD}    return power\n"
    thrice = (
        "import functools\n\ndef _thrice(f):\n    @functools.wraps(f)\n    def inner(power, share, servers):\n"
        "        return f(power, share, servers) * 3\n    return inner\n\n"
    )
    text = text.replace("def twice", f"{thrice}\ndef twice").replace("def tested", "@_thrice\ndef tested")
    (error,) = formula_of(tmp_path, text).lint()
    assert error.code == "E-FORMULA-BODY"
    assert "`tested` is made by a decorator or by another function" in error.message
    assert marked(error)[0] == "linted_model.py"
    # Neither is one traced that calls what the trace cannot see.
    numbers = text.replace("* 3", "* _TWO")
    with pytest.raises(CalcError, match="is made by a decorator"):
        formula_of(tmp_path, numbers).trace()


@pytest.mark.parametrize("body", ["half = power / 2", "return", "pass"])
def test_a_formula_returns_something(tmp_path: Path, body: str) -> None:
    error = findings(tmp_path, body)[-1]
    assert error.code == "E-FORMULA-BODY"
    assert "returns nothing" in error.message
    assert error.place is not None
    assert error.place.line == DEFINED_AT


@pytest.mark.parametrize(
    "docstring",
    [
        '"""What is tested."""',
        '"""What is tested.\n\n    Sources differ.\n    """',
        '"""Tested.\n\n    Source:\n    """',
    ],
)
def test_a_formula_names_its_source(tmp_path: Path, docstring: str) -> None:
    begin = HEAD.index('    """What is tested.')
    formula = formula_of(tmp_path, f"{HEAD[:begin]}    {docstring}\n    return power\n")
    errors = list(formula.lint())
    assert [error.code for error in errors] == ["E-FORMULA-SOURCE"]
    assert "`tested` names no source" in errors[0].message
    assert marked(errors[0]) == ("linted_model.py", DEFINED_AT, "tested")
    assert 'Source: definition."' in (errors[0].hint or "")
