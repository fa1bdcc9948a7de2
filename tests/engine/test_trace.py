"""What the one symbolic call of a formula refuses: code, file, line, caret and hint of each refusal."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from calc.engine.catalogue import Catalogue, build_catalogue
from calc.errors import CalcError, Place
from calc.expression import expression_text

if TYPE_CHECKING:
    from pathlib import Path

    from calc.engine.formula import Formula

HEAD = '''\
import math
import numpy as np
from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Servers, Share, Years, kW

power = Input(kW, "A power")
more_power = Input(kW, "Another power")
cost = Input(USD, "Money")
servers = Input(Servers, "Servers")
share = Input(Share, "A share")
life = Input(Years, "A time")


def twice(power: kW) -> kW:
    """Twice a power.

    Source: definition.
    """
    return 2 * power


def tested(
    power: kW, more_power: kW, cost: USD, servers: Servers, share: Share, life: Years
) -> {result}:
    """What is tested.

    Source: definition.
    """
'''
DEFINED_AT = HEAD.splitlines().index("def tested(") + 1
BODY_AT = len(HEAD.splitlines()) + 1


def catalogue_of(folder: Path, text: str) -> Catalogue:
    path = folder / "sample_model.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("sample_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return build_catalogue([module])


def formula_with(folder: Path, body: str, result: str = "kW") -> Formula:
    text = HEAD.format(result=result) + "".join(f"    {line}\n" for line in body.splitlines())
    return catalogue_of(folder, text)["tested"].formulas[""]


def refused(formula: Formula) -> CalcError:
    with pytest.raises(CalcError) as caught:
        formula.trace()
    return caught.value


def marked(place: Place | None) -> tuple[str, int, str]:
    """Return file, line and the text above the caret."""
    assert place is not None
    line = place.source.line(place.line)
    return place.source.name, place.line, line[place.column - 1 : place.column - 1 + place.length]


# 1 kW is 1,000 W; 1000 ** 64 is a float, and its square none.
_LARGE = f"{'(' * 6}power{' ** 2)' * 6}"
_HIGH = f"{_LARGE} ** 2"

# Body, what the caret marks, code, part of the message, part of the hint.
REFUSED = [
    # mixed dimensions
    ("return power + cost", "power + cost", "E-FORMULA-DIMENSION", "a sum of power and USD", "same dimension"),
    ("return power - servers", "power - servers", "E-FORMULA-DIMENSION", "a difference of power and server", "same"),
    ("return power + 1", "power + 1", "E-FORMULA-DIMENSION", "power and a pure number", "same dimension"),
    ("return 2 * (power + share)", "power + share", "E-FORMULA-DIMENSION", "power and a pure number", "same"),
    ("return ops.minimum(power, cost)", "ops.minimum(power, cost)", "E-FORMULA-DIMENSION", "the lesser of", "same"),
    ("return ops.maximum(power, life)", "ops.maximum(power, life)", "E-FORMULA-DIMENSION", "the greater of", "same"),
    ("return ops.clip(power, 0, cost)", "ops.clip(power, 0, cost)", "E-FORMULA-DIMENSION", "a clip of", "same"),
    ("return ops.if_included(power, cost)", "ops.if_included(power, cost)", "E-FORMULA-DIMENSION", "a choice", "same"),
    ("return ops.where(power < cost, power, 0)", "power < cost", "E-FORMULA-DIMENSION", "a comparison of", "same"),
    (
        "return ops.where(power > 0, power, cost)",
        "ops.where(power > 0, power, cost)",
        "E-FORMULA-DIMENSION",
        "a choice between power and USD",
        "same dimension",
    ),
    ("return ops.where(share, power, 0)", "ops.where(share, power, 0)", "E-FORMULA-DIMENSION", "comparison", "a < b"),
    # pure numbers only
    ("return power * ops.exp(life)", "ops.exp(life)", "E-FORMULA-DIMENSION", "exp takes pure numbers", "ops.number"),
    ("return power * ops.log(cost)", "ops.log(cost)", "E-FORMULA-DIMENSION", "log takes pure numbers", "ops.number"),
    (
        "return power * ops.annuity(share, life)",
        "ops.annuity(share, life)",
        "E-FORMULA-DIMENSION",
        "annuity takes pure numbers, not time",
        'ops.number(x, "year")',
    ),
    (
        "return power * ops.compound(share, life)",
        "ops.compound(share, life)",
        "E-FORMULA-DIMENSION",
        "not time",
        "ops.number",
    ),
    ("return power * ops.power(life, 2)", "ops.power(life, 2)", "E-FORMULA-DIMENSION", "pure numbers", "ops.number"),
    (
        'return power * ops.number(life, "kW")',
        'ops.number(life, "kW")',
        "E-FORMULA-DIMENSION",
        "time has no number in `kW`, which is power",
        "a unit of the same dimension",
    ),
    (
        'return power * ops.number(life, "yaer")',
        'ops.number(life, "yaer")',
        "E-FORMULA-DIMENSION",
        "`yaer` is not a unit",
        "did you mean `year`?",
    ),
    # rounding
    ("return ops.floor(power)", "ops.floor(power)", "E-FORMULA-ROUNDING", "floor rounds power", "counts and ratios"),
    ("return ops.ceil(life) * power", "ops.ceil(life)", "E-FORMULA-ROUNDING", "ceil rounds time", "counts and ratios"),
    ("return ops.floor(cost)", "ops.floor(cost)", "E-FORMULA-ROUNDING", "floor rounds USD", "counts and ratios"),
    (
        "return power * ops.floor(servers / life)",
        "ops.floor(servers / life)",
        "E-FORMULA-ROUNDING",
        "per time",
        "counts",
    ),
    # decisions and functions outside of ops
    (
        "if power > more_power:\n    return power\nreturn more_power",
        "power > more_power",
        "E-FORMULA-BRANCH",
        "`if`",
        "ops",
    ),
    ("return power if cost > 0 else more_power", "cost > 0", "E-FORMULA-BRANCH", "decides on a value", "ops.where"),
    ("return min(power, more_power)", "min(power, more_power)", "E-FORMULA-BRANCH", "`min`", "ops.minimum"),
    ("return max(power, more_power)", "max(power, more_power)", "E-FORMULA-BRANCH", "`max`", "ops.maximum"),
    ("return power and more_power", "power and more_power", "E-FORMULA-BRANCH", "`and`", "ops.where"),
    ("return power * (share == 0)", "share == 0", "E-FORMULA-BRANCH", "`==`", "ops.where"),
    ("return power * math.floor(share)", "math.floor(share)", "E-FORMULA-CALL", "`math`", "ops"),
    ("return power * math.sqrt(share)", "math.sqrt(share)", "E-FORMULA-CALL", "`math`", "ops"),
    ("return power * round(share)", "round(share)", "E-FORMULA-CALL", "`round`", "ops"),
    ("return abs(power)", "abs(power)", "E-FORMULA-CALL", "`abs`", "ops"),
    ("return power * int(share)", "int(share)", "E-FORMULA-CALL", "`int`", "ops"),
    ("return power * (servers // servers)", "servers // servers", "E-FORMULA-CALL", "`//`", "ops.floor(a / b)"),
    ("return power % more_power", "power % more_power", "E-FORMULA-CALL", "`%`", "ops.floor(a / b)"),
    ("return np.floor(power)", "np.floor(power)", "E-FORMULA-CALL", "numpy's `floor`", "ops"),
    ("return np.maximum(power, more_power)", "np.maximum(power, more_power)", "E-FORMULA-CALL", "`maximum`", "ops"),
    ("return power * np.exp(share)", "np.exp(share)", "E-FORMULA-CALL", "numpy's `exp`", "ops"),
    ("return np.clip(power, 0, 1)", "np.clip(power, 0, 1)", "E-FORMULA-CALL", "numpy's `clip`", "ops"),
    ("return np.where(power, power, cost)", "np.where(power, power, cost)", "E-FORMULA-CALL", "numpy's `where`", "ops"),
    ("return np.float64(2.0) * power", "np.float64(2.0) * power", "E-FORMULA-CALL", "numpy's `multiply`", "ops"),
    ("return frobnicate(power)", "frobnicate", "E-FORMULA-BODY", "'frobnicate'", "arithmetic and ops"),
    ("return ops.frobnicate(power)", "ops.frobnicate", "E-FORMULA-BODY", "frobnicate", "arithmetic and ops"),
    # in-place change
    ("power += more_power\nreturn power", "power += more_power", "E-FORMULA-INPLACE", "in place", "a name of its own"),
    ("power *= 2\nreturn power", "power *= 2", "E-FORMULA-INPLACE", "changes a value in place", "a name of its own"),
    # literals
    ("return power * 3", "power * 3", "E-FORMULA-LITERAL", "the number 3", "a sourced fact"),
    ("return 1000 * power", "1000 * power", "E-FORMULA-LITERAL", "the number 1000", "only 0, 1, -1 and 2"),
    ("return power / 0.4", "power / 0.4", "E-FORMULA-LITERAL", "the number 0.4", "a sourced fact"),
    ("return power * -2", "power * -2", "E-FORMULA-LITERAL", "the number -2", "only 0, 1, -1 and 2"),
    ("return power * (2 + 2)", "power * (2 + 2)", "E-FORMULA-LITERAL", "the number 4", "a sourced fact"),
    ("return power * math.pi", "power * math.pi", "E-FORMULA-LITERAL", "3.14159", "a sourced fact"),
    ("return power * share ** 3", "share ** 3", "E-FORMULA-LITERAL", "whole powers 0, 1, -1 and 2", "ops.power"),
    ("return power * share ** 0.5", "share ** 0.5", "E-FORMULA-LITERAL", "whole powers", "ops.power"),
    # comparisons, lists, other formulas, what no unit can hold
    ("return power + (share > 0)", "power + (share > 0)", "E-FORMULA-BRANCH", "a comparison is no figure", "ops.where"),
    ("return power[0]", "power[0]", "E-FORMULA-CALL", "a quantity is no list", "arithmetic and ops"),
    ("return twice(power)", "twice(power)", "E-FORMULA-CALL", "calls `twice`", "takes other quantities as parameters"),
    (f"return {_LARGE} * {_LARGE}", f"{_LARGE} * {_LARGE}", "E-FORMULA-DIMENSION", "could hold", "divide by an amount"),
    (
        f"return {_HIGH}",
        _HIGH,
        "E-FORMULA-DIMENSION",
        "which has no unit that a number could hold",
        "divide by an amount",
    ),
    ("return power * True", "power * True", "E-FORMULA-CALL", "bool is no quantity", "arithmetic and ops"),
    ('return power * "x"', 'power * "x"', "E-FORMULA-CALL", "str is no quantity", "arithmetic and ops"),
]


@pytest.mark.parametrize(("body", "caret", "code", "message", "hint"), REFUSED, ids=[each[0] for each in REFUSED])
def test_refused(tmp_path: Path, body: str, caret: str, code: str, message: str, hint: str) -> None:
    error = refused(formula_with(tmp_path, body))
    assert error.code == code
    assert "`tested`" in error.message
    assert message in error.message
    assert marked(error.place) == ("sample_model.py", BODY_AT, caret)
    assert hint in (error.hint or "")
    shown = str(error).splitlines()
    assert shown[0] == f"{error.place}: error[{code}]: {error.message}"
    assert shown[2].strip("| ") == "^" * len(caret)


def test_refused_place_is_the_line_of_the_fault_not_of_the_function(tmp_path: Path) -> None:
    error = refused(formula_with(tmp_path, "both = power + more_power\nwrong = both + cost\nreturn wrong"))
    assert marked(error.place) == ("sample_model.py", BODY_AT + 1, "both + cost")


def test_wrong_result_unit_names_both_units(tmp_path: Path) -> None:
    error = refused(formula_with(tmp_path, "return power * life", "kW"))
    assert error.code == "E-FORMULA-RESULT"
    assert error.message == "`tested` computes energy, but is declared as power"
    assert marked(error.place) == ("sample_model.py", DEFINED_AT, "tested")
    assert error.hint == "the body gives `kW*year`; the annotation says `kW`"


def test_a_comparison_is_no_result(tmp_path: Path) -> None:
    error = refused(formula_with(tmp_path, "return power < more_power", "Share"))
    assert error.code == "E-FORMULA-RESULT"


ALLOWED = [
    ("return power + more_power - 0", "power + more_power - 0"),
    ("return 2 * power * -1 / 1", "2 * power * -1 / 1"),
    ("return power * (1 - share) ** 2", "power * (1 - share) ** 2"),
    ("return -power + 0 * more_power", "-power + 0 * more_power"),
    ("return power * (cost / cost) ** -1", "power * (cost / cost) ** -1"),
    ("return ops.maximum(power, 0)", "maximum(power, 0)"),
    ("return power * ops.floor(servers) / servers", "power * floor(servers) / servers"),
    ("return power * ops.ceil(power / more_power)", "power * ceil(power / more_power)"),
    ("return ops.where(cost < 0, power, more_power)", "where(cost < 0, power, more_power)"),
    ('return power * ops.number(life, "month")', 'power * number(life, "month")'),
    ("return power * ops.log(share) / ops.log(2)", "power * log(share) / log(2)"),
    ("return +power", "power"),
    ("half = power / 2\nreturn half + half", "power / 2 + power / 2"),
    ("return (power - (more_power - power)) / (1 / share)", "(power - (more_power - power)) / (1 / share)"),
]


@pytest.mark.parametrize(("body", "text"), ALLOWED, ids=[each[0] for each in ALLOWED])
def test_allowed(tmp_path: Path, body: str, text: str) -> None:
    formula = formula_with(tmp_path, body)
    assert expression_text(formula.trace().expression) == text
    assert not list(formula.lint())


def test_the_body_runs_once_however_often_the_trace_is_asked_for(tmp_path: Path) -> None:
    formula = formula_with(tmp_path, "return 2 * power")
    assert formula.trace() is formula.trace()
    assert formula.expression is formula.trace().expression
