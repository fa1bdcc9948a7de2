"""Amounts that are refused: what could be meant in two ways is never guessed, and the hint says what to write."""

from __future__ import annotations

import re

import pytest
from hints import examples, followed, offers
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.errors import Place, Problems, SourceText
from calc.facts import FactBook
from calc.scenario.amount import MAX_LENGTH, AmountError, parse_amount
from calc.scenario.fact_values import Reading
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import Scalar

# text: (words of the message, words of the hint)
REFUSED = {
    # commas and points
    "4,5 kW": ("separates no thousands", "write a decimal point: `4.5`"),
    "4,5": ("separates no thousands", "`4.5`"),
    "45,00 kW": ("separates no thousands", "`45.00`"),
    "1.000,5": ("separates no thousands", "`1000.5`"),
    # Half a kilowatt to a European: a group of thousands never begins with 0.
    "0,500 kW": ("0,500", "0.5"),
    "0,125 USD/kWh": ("0,125", "0.125"),
    "1,00": ("separates no thousands", "`1.00`"),
    "1,000,00": ("is not a number", "`1,000,000`"),
    "1,0000": ("separates no thousands", "`1.0000`"),
    "1.000.000,5": ("separates no thousands", "`1000000.5`"),
    "1.2.3": ("is not a number", ""),
    # Ten to Python; to a person nothing, because no group of thousands has one digit.
    "1_0 servers": ("is not a number", "groups of three digits"),
    "1_0": ("is not a number", "as in `1_000`"),
    "1_00": ("is not a number", "as in `1_000`"),
    "1_000_0": ("is not a number", "as in `1_000`"),
    "10_00 kW": ("is not a number", "as in `1_000`"),
    "1_0.5": ("is not a number", "as in `1_000`"),
    "1.000.000": ("is not a number", "`1,000,000`"),
    "1_000,000": ("is not a number", ""),
    "5. kW": ("is not a number", ""),
    "1 000 000": ("spaces stand between digits", "`1,000,000`"),
    "1 000 kW": ("spaces stand between digits", "`1,000 kW`"),
    "1 000,5 kW": ("spaces stand between digits", "`1,000.5 kW`"),
    "1\u00a0000,5 kW": ("spaces stand between digits", "`1,000.5 kW`"),
    "1'000'000": ("an apostrophe stands between digits", "`1,000,000`"),
    "1’000.5 kW": ("an apostrophe stands between digits", "`1,000.5 kW`"),
    "1_": ("is not a number", "`1_000`"),
    "1__000": ("is not a number", "`1_000`"),
    "_1": ("is not an amount", ""),
    # leading zeros and other bases
    "017": ("begins with a zero", "`17`"),
    "01234": ("begins with a zero", "`1234`"),
    "007 kW": ("begins with a zero", "`7`"),
    "00": ("begins with a zero", "`0`"),
    "0x10": ("", ""),
    "0b1": ("", ""),
    "0o17": ("", ""),
    # not finite, too large, too small
    "nan": ("not a finite number", "left out"),
    "NaN kW": ("not a finite number", ""),
    "inf USD": ("not a finite number", ""),
    "-.INF": ("not a finite number", ""),
    "Infinity": ("not a finite number", ""),
    "1e400 kW": ("too large", ""),
    "-1e400": ("too large", ""),
    "1.7e308 kW": ("too large", ""),  # 1.7e311 W
    "1e999999999999": ("too large", ""),
    "1e-400": ("too small", "read as 0"),
    "4.9e-324 g": ("too small", "read as 0"),  # 4.9e-327 kg is 0 in a float
    # dates, times, truth values
    "2024-01-31": ("looks like a date", ""),
    "2024-01": ("looks like a date", ""),
    "2024-01-31T10:00:00Z": ("looks like a date", ""),
    "12:30": ("looks like a time", "`0-12:30:00` or `0-00:12:30`"),
    "12:30:00": ("looks like a time", "`0-12:30:00`"),
    "36:10:00": ("looks like a time", "`1-12:10:00`"),
    "99:70": ("looks like a time", "as in `12.5 hours`"),
    "1-24:00:00": ("looks like a range", "a duration"),
    "true": ("a truth value", ""),
    "No": ("a truth value", ""),
    "off": ("a truth value", ""),
    "True kW": ("a truth value", ""),
    "n/a": ("nothing", ""),
    "nil": ("nothing", ""),
    # currency signs
    "¥5": ("`¥` is not a unit", "CNY or JPY? Write `CNY 5` or `JPY 5`"),
    "-¥5/kWh": ("`¥` is not a unit", "Write `-CNY 5/kWh` or `-JPY 5/kWh`"),
    "5 ¥": ("`¥` is not a unit", "CNY or JPY?"),
    "￥5M": ("`￥` is not a unit", "CNY or JPY?"),
    "5 kr": ("`kr` is not a unit", "`SEK`, `NOK` or `DKK`"),
    "8.5 ct/kWh": ("`ct` is not a unit", "which currency?"),
    "$": ("a number is missing after `$`", "`$50M`"),
    "$x": ("a number is missing after `$`", "`$50M`"),
    "$50 M": ("`$` before the number and a unit after it", "write `$50M`"),
    "$50m": ("`$` before the number and a unit after it", "write `$50M`"),
    "-$50 MM": ("`$` before the number and a unit after it", "write `-$50M`"),
    "EUR 50 k/server": ("`EUR` before the number and a unit after it", "write `EUR 50k/server`"),
    "$5 USD": ("`$` before the number and a unit after it", "write `5 USD`"),
    # The dollar sign is that of any dollar.
    "$5M CAD": ("`$` before the number and a unit after it", "write `5M CAD`"),
    "€5 USD": ("`€` before the number and a unit after it", "say it once"),
    "$5 kW": ("`$` before the number and a unit after it", "say it once"),
    # ranges that are not written with `to`
    "5..25 kW": ("looks like a range", "`5 to 25 kW`"),
    "5...25 kW": ("looks like a range", "`5 to 25 kW`"),
    "5-25 kW": ("looks like a range", "`5 to 25 kW`"),
    "5 - 25 kW": ("looks like a range", "`5 to 25 kW`"),
    "5–25 kW": ("looks like a range", "`5 to 25 kW`"),
    "5—25 kW": ("looks like a range", "`5 to 25 kW`"),
    "5~25 kW": ("looks like a range", "`5 to 25 kW`"),
    "5…25 kW": ("", "`5 to 25 kW`"),
    "-5..25 kW": ("looks like a range", "`5 to 25 kW`"),
    "$5-10": ("looks like a range", "`5 to $10`"),
    "$5-$10/kWh": ("looks like a range", "`5 to $10/kWh`"),
    # Does the M belong to both?
    "$5-10M": ("looks like a range", "at both"),
    # calculations
    "9**9**9 kW": ("is a calculation", ""),
    "9^9^9 kW": ("is a calculation", ""),
    "3 * 4": ("is a calculation", "`formulas:`"),
    "=3*4": ("is a calculation", "`formulas:`"),
    "(5) kW": ("is a calculation", ""),
    "1+2j": ("is a calculation", ""),
    "1<<99": ("is a calculation", ""),
    "--5": ("is a calculation", ""),
    "1/2": ("", ""),
    "1/0 kW": ("", ""),
    "1 kW + 2 m": ("", ""),
    "1 kW**9**9**9": ("", ""),
    "3.8×10^25 FLOP": ("is a calculation", "write `3.8e25 FLOP`"),
    "3.8 x 10^25 FLOP": ("is a calculation", "write `3.8e25 FLOP`"),
    "2*10**-3 kW": ("is a calculation", "write `2e-3 kW`"),
    "10^25 FLOP": ("is a calculation", "write `1e25 FLOP`"),
    "5 ± 1 kW": ("holds two numbers", "as in `4 to 6 kW`"),
    # magnitudes
    "5T": ("the magnitude `T` has no unit", "`5T tokens`, or `$5T` for money"),
    "5B": ("the magnitude `B` has no unit", ""),
    "100k": ("the magnitude `k` has no unit", ""),
    "5B/s": ("the magnitude `B` has no unit", ""),
    "5 million": ("the magnitude `M` has no unit", "`5M tokens`, or `$5M` for money"),
    "5 k": ("`k` is not a unit", "glued to the number"),
    "50 M USD": ("`M` is not a unit", "write `50M USD`; a magnitude is glued to the number"),
    "50 USD million": ("`million` is not a unit", "directly after the number"),
    # A thousand bytes, or 1,024?
    "5KB": ("`KB` is not a unit", "did you mean `kB`?"),
    "5 USD per 1.5M tokens": ("cannot stand in a unit", ""),
    "5 USD/0 gpus": ("cannot stand in a unit", ""),
    # units
    "5 kw": ("`kw` is not a unit", "did you mean `kW`?"),
    "5 mw": ("`mw` is not a unit", "did you mean `mW` or `MW`?"),
    "5 FLOPS": ("`FLOPS` is not a unit", "count or a rate?"),
    "5 b": ("`b` is not a unit", "bit or byte?"),
    "5 Gb/s": ("`Gb` is not a unit", "bit or byte?"),
    "25 bps": ("`bps` is not a unit", "`0.25 %`"),
    "8xA100": ("no unit", "`8 gpus`"),
    "10,000 H100s": ("`H100s` is not a unit", "write `gpus`"),
    # Neither operations nor minutes, for all that the letters are like.
    "100 tps": ("`tps` is not a unit", "`token/s`"),
    "50 Mio EUR": ("`Mio` is not a unit", "as in `5M USD`"),
    "$3 per 1M input tokens": ("`input` is not a unit", "`calc` knows"),
    "141 GB HBM3e": ("`HBM3e` is not a unit", "`calc` knows"),
    "₹5 crore": ("`₹` before the number and a unit after it", "a crore 10,000,000"),
    "8x A100": ("no unit", "`8 gpus`"),
    "A100": ("is not an amount", ""),
    "kW": ("a unit without a number", "`4.5 kW`"),
    "five": ("is not an amount", ""),
    "5 5 kW": ("two numbers", ""),
    "5% kW": ("", ""),
    "5 kW # hello": ("cannot stand in a unit", ""),
    "": ("a value is missing", "`4.5 kW`"),
    "   ": ("a value is missing", ""),
    # digits and letters that only look right
    "３": ("U+FF13 FULLWIDTH DIGIT THREE", "`3`"),
    "５ｋＷ": ("U+FF15 FULLWIDTH DIGIT FIVE", "`5kW`"),
    "३": ("U+0969 DEVANAGARI DIGIT THREE", "plain digits"),
    "٣ kW": ("U+0663 ARABIC-INDIC DIGIT THREE", "plain digits"),
    "½": ("", ""),
    "5²": ("U+00B2 SUPERSCRIPT TWO", "plain digits"),
    "5² m": ("U+00B2 SUPERSCRIPT TWO", ""),
    "5 кW": ("is not a unit", "U+043A CYRILLIC SMALL LETTER KA"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    message, hint = REFUSED[text]
    error = _refused(text)
    assert message in error.message
    assert hint in (error.hint or "")


# What was meant, in other words, by each row whose hint says what to write: one reading for each that the hint asks
# about, and two ends for a range.
MEANT = {
    "4,5 kW": ["4500 W"],
    "4,5": ["450 %"],
    "45,00 kW": ["45000 W"],
    "1.000,5": ["1000.5"],
    "0,500 kW": ["500 W"],
    "0,125 USD/kWh": ["125 USD/MWh"],
    "1,00": ["1"],
    "1,0000": ["1"],
    "1.000.000,5": ["1000000.5"],
    "1.000.000": ["1e6"],
    "1 000 000": ["1e6"],
    "1 000 kW": ["1 MW"],
    "1 000,5 kW": ["1000500 W"],
    "1\u00a0000,5 kW": ["1000500 W"],
    "1'000'000": ["1e6"],
    "1’000.5 kW": ["1000500 W"],
    "017": ["17"],
    "01234": ["1234"],
    "007 kW": ["7000 W"],
    "00": ["0"],
    "12:30": ["750 minutes", "750 s"],  # 12 x 60 + 30
    "12:30:00": ["12.5 hours"],
    "36:10:00": ["2170 minutes"],  # 36 x 60 + 10
    "¥5": ["5 CNY", "5 JPY"],
    "-¥5/kWh": ["-5 CNY/kWh", "-5 JPY/kWh"],
    "5 ¥": ["5 CNY", "5 JPY"],
    "￥5M": ["5e6 CNY", "5e6 JPY"],
    "5 kr": ["5 SEK", "5 NOK", "5 DKK"],
    "8.5 ct/kWh": ["85 USD/MWh", "85 EUR/MWh"],
    "$50 M": ["5e7 USD"],
    "$50m": ["5e7 USD"],
    "-$50 MM": ["-5e7 USD"],
    "EUR 50 k/server": ["5e4 EUR/server"],
    "$5 USD": ["5 USD"],
    "$5M CAD": ["5e6 CAD"],
    **{f"5{dash}25 kW": ["5000 W to 25000 W"] for dash in ("..", "...", "-", " - ", "–", "—", "~", "…")},
    "-5..25 kW": ["-5000 W to 25000 W"],
    "$5-10": ["5 USD to 10 USD"],
    "$5-$10/kWh": ["5 USD/kWh to 10 USD/kWh"],
    "50 M USD": ["5e7 USD"],
    "5KB": ["5000 B"],
    "5 kw": ["5000 W"],
    "5 mw": ["0.005 W", "5e6 W"],
    "3.8×10^25 FLOP": ["38e24 FLOP"],
    "3.8 x 10^25 FLOP": ["38e24 FLOP"],
    "2*10**-3 kW": ["2 W"],
    "10^25 FLOP": ["10e24 FLOP"],
    "10,000 H100s": ["10,000 GPUs"],
    "5 FLOPS": ["5 FLOP", "5 FLOP/s"],
    "5 b": ["5 bit", "40 bit"],
    "5 Gb/s": ["5e9 bit/s", "4e10 bit/s"],
    "25 bps": ["25 bit/s"],
    "３": ["3"],
    "５ｋＷ": ["5000 W"],
}


def test_a_hint_followed_gives_what_was_meant() -> None:
    wrong = []
    for text in REFUSED:
        error = _refused(text)
        found = [_read(followed(text, error.start, error.length, offer)) for offer in offers(error.hint)]
        meant = [_read(each) for each in MEANT.get(text, [])]
        if found != meant:
            wrong.append(f"{text!r}: {error.hint}: {found}, meant is {meant}")
    assert not wrong, "\n".join(wrong)
    assert set(MEANT) <= set(REFUSED)


def test_what_a_hint_shows_as_an_example_is_an_amount() -> None:
    shown = {text: examples(_refused(text).hint) for text in REFUSED}
    assert [text for text, each in shown.items() if each != ["m**2"] and not all(_read(one) for one in each)] == []


def _read(text: str) -> list[tuple[str, str]] | None:
    """Return dimension and value of an amount, of both ends of a range, or None for what is refused."""
    problems = Problems()
    node = Scalar(text, plain=True, place=Place(SourceText("case.yaml", text), 1, 1, len(text)))
    value = read_value(node, None, "own", Reading({}, FactBook([]), problems, [], []))
    if value is None:
        return None
    ends = (value.distribution.support if value.distribution else None) or (value.point,)
    return [(value.unit.dimension.describe(), f"{each:.14g}") for each in ends]


@pytest.mark.parametrize("text", ["5% kW", "5%kW", "20%%"])
def test_the_hint_for_a_percentage_of_a_unit_offers_no_product_with_a_percentage(text: str) -> None:
    assert "%*" not in (_refused(text).hint or "")


def test_a_trailing_comma_does_not_turn_a_thousand_into_one() -> None:
    assert "1.000" not in (_refused("1,000,").hint or "")


def test_a_value_has_a_length() -> None:
    assert MAX_LENGTH == 200
    assert parse_amount("1" * 150 + ".5").number > 0
    for text in (
        "9" * 5000,
        "0." + "1" * 5000,
        "-" * 400 + "5",
        "(" * 300 + "5" + ")" * 300,
        "1 " + "a" * 8000,
        "1:" * 200,
    ):
        assert "a value of" in _refused(text).message


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("5 kwh", "kwh"), ("5kwh", "kwh"), ("$5/kwh", "kwh"), ("$ 5/kwh", "kwh"), ("-$5 per kwh", "kwh"),
     ("5M kwh", "kwh"), ("5 USD/kwh", "kwh"), ("  5 kwh", "kwh"), ("+5 kwh", "kwh"), ("8xA100", "xA100"), ("5T", "T"),
     ("4,5 kW", "4,5"),
     ("-4,5 kW", "4,5"), ("$4,5/kWh", "4,5"), ("-017", "017")],
)  # fmt: skip
def test_the_place_is_that_of_the_wrong_part(text: str, wrong: str) -> None:
    error = _refused(text)
    assert wrong in text[error.start : error.start + error.length]


NUMBERS = ["5", "0", "25", "4.5", "1,000", "1e400", "1e-400", "nan", "inf", "²", "½", "٣", "５"]
MARKS = [",", ".", " ", "$", "%", "/", "**", "-", "+", "−", "¥", "_", ":", "(", ")", "\t", "\u3164"]
WORDS = ["to", "k", "M", "T", "x", "e", "kW", "per", "server"]
PIECES = st.sampled_from([*NUMBERS, *MARKS, *WORDS])


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=7).map("".join)))
def test_any_text_is_an_amount_or_a_refusal(text: str) -> None:
    error = _error(text)
    if error is None:
        amount = parse_amount(text)
        assert abs(amount.base) <= 1.8e308
        assert re.search("[0-9]", text)
    else:
        assert error.message
        assert error.start >= 0
        assert error.length >= 1


def _error(text: str) -> AmountError | None:
    try:
        parse_amount(text)
    except AmountError as error:
        return error
    return None


def _refused(text: str) -> AmountError:
    with pytest.raises(AmountError) as caught:
        parse_amount(text)
    return caught.value
