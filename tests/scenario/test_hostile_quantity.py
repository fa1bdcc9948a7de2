"""The quantity rows of the hostile files: a right reading or a refusal, never a wrong number and never silence."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hints import followed, offers
from rows import each_row

from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcErrors, Problems, SourceText
from calc.facts import FactBook
from calc.scenario.amount import AmountError, parse_amount
from calc.scenario.fact_values import Reading
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import Scalar, decode, read_document

HOSTILE = Path(__file__).parents[1] / "hostile"
with (HOSTILE / "manifest.tsv").open(encoding="utf-8", newline="") as file:
    ALL = {row["path"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
ROWS = {path: row for path, row in ALL.items() if row["layer"] == "quantity"}

# Right values: the number, its unit (None: none written).
RIGHT: dict[str, tuple[float, str | None]] = {
    "encoding/encoding-minus-u2212.yaml": (-5.0, None),
    "numbers/numbers-1.0e+6.yaml": (1e6, None),
    "numbers/numbers-1.0e6.yaml": (1e6, None),
    "numbers/numbers-1_000_000.yaml": (1e6, None),
    # Thirty nines: a float holds 16 digits, and 1e30 is the nearest one, 1e-30 away in relation.
    "numbers/numbers-big-int.yaml": (1e30, None),
    "numbers/numbers-dot5.yaml": (0.5, None),
    "numbers/numbers-max.yaml": (1.7976931348623157e308, None),
    "numbers/numbers-neg0.yaml": (0.0, None),
    "numbers/numbers-percent-over.yaml": (150.0, "percent"),
    "numbers/numbers-zero.yaml": (0.0, None),
    # The manifest's generic parser refuses `$` after a number; DESIGN section 3 has `0.08 $/kWh` as a right value.
    "units/units-dollar-per.yaml": (0.1, "USD/kWh"),
    # It refuses every sign of a currency but `$`; the euro sign is that of one currency alone.
    "units/units-euro-sign.yaml": (5.0, "EUR"),
    "units/units-minus-sign.yaml": (-5.0, "kW"),
    "units/units-mu-3bc.yaml": (5.0, "us"),
    "units/units-ok-comma.yaml": (1e6, "kWh"),
    "units/units-ok-double-div.yaml": (5.0, "USD/(gpu*hour)"),
    "units/units-ok-exp2.yaml": (5.0, "ft**2"),
    "units/units-ok-neg.yaml": (-5.0, "kW"),
    "units/units-ok-percent.yaml": (5.0, "percent"),
    "units/units-ok-rate.yaml": (1e6, "token/s"),
    "units/units-ok-sci.yaml": (1200.0, "kWh"),
    "units/units-ok-under.yaml": (1000.0, "kW"),
}

# Refused: words that stand in the message or its hint.
REFUSED = {
    "encoding/encoding-devanagari-digits.yaml": "U+0969",
    "encoding/encoding-fraction.yaml": "is not an amount",
    "encoding/encoding-fullwidth-digits.yaml": "write `12`",
    "encoding/encoding-superscript.yaml": "U+00B2",
    # These "accept" rows are text to a generic loader; their notes say that a value parser refuses them.
    "numbers/numbers-bool-num.yaml": "a truth value",
    "numbers/numbers-bps.yaml": "basis points?",
    "numbers/numbers-comma-decimal.yaml": "write a decimal point: `4.5`",
    "numbers/numbers-complex.yaml": "is a calculation",
    "numbers/numbers-eu.yaml": "write a decimal point: `1000.5`",
    "numbers/numbers-excel.yaml": "is a calculation",
    "numbers/numbers-float-sexagesimal.yaml": "a value of 15,",
    "numbers/numbers-inf-text.yaml": "not a finite number",
    "numbers/numbers-nan-text.yaml": "not a finite number",
    "numbers/numbers-sexagesimal-long.yaml": "a value of 15,",
    "numbers/numbers-space-group.yaml": "write `1,000,000`",
    "numbers/numbers-two-signs.yaml": "is a calculation",
    "numbers/numbers-words.yaml": "is not an amount",
    # Errors to any value parser.
    "numbers/numbers-exp-long.yaml": "at most 200",
    "numbers/numbers-hex-long.yaml": "at most 200",
    "numbers/numbers-inf.yaml": "not a finite number",
    "numbers/numbers-int-5000.yaml": "at most 200",
    "numbers/numbers-mantissa-long.yaml": "at most 200",
    "numbers/numbers-neg-inf.yaml": "not a finite number",
    "numbers/numbers-overflow-neg.yaml": "too large",
    "numbers/numbers-under-bad.yaml": "as in `1_000`",
    "numbers/numbers-under-end.yaml": "as in `1_000`",
    "numbers/numbers-underflow.yaml": "too small",
    "numbers/numbers-zeros.yaml": "at most 200",
    "units/units-1e400-unit.yaml": "too large",
    "units/units-5C.yaml": "temperatures are not used",
    "units/units-5F.yaml": "temperatures are not used",
    "units/units-5T.yaml": "write the unit too",
    "units/units-5b.yaml": "bit or byte?",
    "units/units-5e.yaml": "`e` is not a unit",
    "units/units-Gb.yaml": "bit or byte?",
    "units/units-KWH.yaml": "did you mean `kWh`?",
    "units/units-arrow.yaml": "cannot stand in a unit",
    "units/units-bool.yaml": "a truth value",
    "units/units-comment.yaml": "cannot stand in a unit",
    "units/units-digits-8k.yaml": "at most 200",
    "units/units-div-zero.yaml": "`0 kW`",
    "units/units-dunder.yaml": "cannot stand in a unit",
    "units/units-emoji.yaml": "cannot stand in a unit",
    "units/units-empty.yaml": "a value is missing",
    "units/units-fullwidth.yaml": "write `5kW`",
    "units/units-gpu-count-x.yaml": "as in `8 gpus`",
    "units/units-gpu-model.yaml": "is not an amount",
    "units/units-half.yaml": "is not an amount",
    "units/units-index.yaml": "is not an amount",
    "units/units-inf-unit.yaml": "not a finite number",
    "units/units-junk.yaml": "cannot stand in a unit",
    "units/units-kwh.yaml": "did you mean `kWh`?",
    "units/units-letters-8k.yaml": "at most 200",
    "units/units-musd.yaml": "did you mean `MUSD`?",
    "units/units-nan-unit.yaml": "not a finite number",
    "units/units-op-only.yaml": "is a calculation",
    "units/units-paren-300.yaml": "at most 200",
    "units/units-per-per.yaml": "missing between two divisions",
    "units/units-percent-of.yaml": "",
    "units/units-pow-caret.yaml": "is a calculation",
    "units/units-pow-tower.yaml": "is a calculation",
    "units/units-range-dash.yaml": "write `5 to 25 kW`",
    "units/units-range-dots.yaml": "write `5 to 25 kW`",
    "units/units-range-tilde.yaml": "write `5 to 25 kW`",
    "units/units-semicolon.yaml": "cannot stand in a unit",
    "units/units-shift.yaml": "is a calculation",
    "units/units-sum-mismatch.yaml": "cannot stand in a unit",
    "units/units-sup-unit.yaml": "U+00B2",
    "units/units-unary.yaml": "at most 200",
    "units/units-unit-only.yaml": "a unit without a number",
    "units/units-unit-pow-tower.yaml": "whole number from 1 to 9",
    "units/units-yuan-sign.yaml": "CNY or JPY?",
}
# Loader rows whose text the value parser has to refuse: DESIGN section 3 keeps scalars as text until then.
REFUSED_TEXT = {
    "types/types-octal-11.yaml": "begins with a zero",
    "types/types-zip-code.yaml": "begins with a zero",
    "types/types-time.yaml": "looks like a time",
    "types/types-mac.yaml": "looks like a time",
    "types/types-datetime.yaml": "looks like a date",
    "types/types-bad-datetime.yaml": "looks like a date",
    "types/types-ipv4.yaml": "is not a number",
    "types/types-phone.yaml": "two numbers",
    "types/types-empty-quotes.yaml": "a value is missing",
    "types/types-equals.yaml": "is a calculation",
    "types/types-nil.yaml": "nothing",
    "types/types-True-cap.yaml": "a truth value",
    "types/types-truE.yaml": "a truth value",
    **{
        f"types/types-norway-{word}.yaml": "a truth value"
        for word in ("NO-up", "No-up", "Y-up", "n", "off", "y", "yes")
    },
}


def test_every_row_has_its_outcome_here() -> None:
    assert set(RIGHT) | set(REFUSED) == set(ROWS)
    assert not set(RIGHT) & set(REFUSED)
    assert len(ROWS) == 94


def test_where_the_manifest_says_error_only_signs_of_currencies_are_right() -> None:
    wrong = {path for path in RIGHT if ROWS[path]["expected"] == "error"}
    assert wrong == {"units/units-dollar-per.yaml", "units/units-euro-sign.yaml"}


@each_row("path", list(RIGHT))
def test_right_reading(path: str) -> None:
    amount = parse_amount(_text(path))
    number, unit = RIGHT[path]
    assert amount.number == number
    assert (amount.unit and str(amount.unit)) == unit


@each_row("path", [*REFUSED, *REFUSED_TEXT])
def test_refusal(path: str) -> None:
    error = _refusal(path)
    assert (REFUSED | REFUSED_TEXT)[path] in f"{error.message}; {error.hint}"
    assert len(error.message) < 200


@each_row("path", [*REFUSED, *REFUSED_TEXT])
def test_refusal_through_the_reader_of_inputs(path: str) -> None:
    """The same text as the value of an input is one error with a place, never a value."""
    problems = Problems()
    node = _value(path)
    for quantity in (standard_catalogue()["server_power"], standard_catalogue()["availability"], None):
        assert read_value(node, quantity, "x", Reading({}, FactBook([]), problems, [], [])) is None
    assert problems.errors
    assert all(error.place is not None for error in problems.errors)
    assert len(str(CalcErrors(problems.errors)).splitlines()) < 20


# What was meant, in other words, by the rows whose hint says what to write; a range has two ends.
MEANT = {
    "encoding/encoding-fullwidth-digits.yaml": ["12"],
    "numbers/numbers-bps.yaml": ["25 bit/s"],
    "numbers/numbers-comma-decimal.yaml": ["4.5"],
    "numbers/numbers-eu.yaml": ["1000.5"],
    "numbers/numbers-space-group.yaml": ["1e6"],
    "units/units-5b.yaml": ["5 bit", "40 bit"],
    "units/units-Gb.yaml": ["5e9 bit/s", "4e10 bit/s"],
    "units/units-KWH.yaml": ["5000 Wh"],
    "units/units-fullwidth.yaml": ["5000 W"],
    "units/units-kwh.yaml": ["5000 Wh"],
    "units/units-musd.yaml": ["2e7 USD"],
    "units/units-range-dash.yaml": ["5 to 25000 W"],
    "units/units-range-dots.yaml": ["5 to 25000 W"],
    "units/units-range-tilde.yaml": ["5 to 25000 W"],
    "units/units-yuan-sign.yaml": ["5 CNY", "5 JPY"],
    "types/types-octal-11.yaml": ["17"],
    "types/types-zip-code.yaml": ["1234"],
    "types/types-time.yaml": ["12.5 hours"],
}


def test_a_hint_followed_gives_what_was_meant() -> None:
    wrong = []
    for path in (*REFUSED, *REFUSED_TEXT):
        error = _refusal(path)
        lines = [followed(_text(path), error.start, error.length, offer) for offer in offers(error.hint)]
        found = [[parse_amount(end).base for end in line.split(" to ")] for line in lines]
        if found != [[parse_amount(end).base for end in line.split(" to ")] for line in MEANT.get(path, [])]:
            wrong.append(f"{path}: {error.hint}: {found}")
    assert not wrong, "\n".join(wrong)


def test_null_is_no_text() -> None:
    for path in ("types/types-null.yaml", "types/types-tilde.yaml"):
        problems = Problems()
        quantity = standard_catalogue()["server_power"]
        assert read_value(_value(path), quantity, "server_power", Reading({}, FactBook([]), problems, [], [])) is None
        assert "is missing a value" in problems.errors[0].message


def test_values_that_design_makes_right() -> None:
    """DESIGN wins over a generic parser: `$50M` and `5 to 25 kW` are right values."""
    amount = parse_amount("$50M")
    assert (amount.number, str(amount.unit)) == (50e6, "USD")
    problems = Problems()
    node = read_document(SourceText("x.yaml", "value: 5 to 25 kW")).get("value")
    assert node is not None
    quantity = standard_catalogue()["rack_power_rated"]
    value = read_value(node, quantity, "rack_power_rated", Reading({}, FactBook([]), problems, [], []))
    assert value is not None
    assert value.point == 15_000


def _value(path: str) -> Scalar:
    node = read_document(decode((HOSTILE / path).read_bytes(), Path(path).name)).get("value")
    assert isinstance(node, Scalar)
    return node


def _text(path: str) -> str:
    return _value(path).text


def _refusal(path: str) -> AmountError:
    with pytest.raises(AmountError) as caught:
        parse_amount(_text(path))
    return caught.value
