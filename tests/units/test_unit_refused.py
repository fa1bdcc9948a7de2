"""Unit expressions that are refused: what could mean two things is a question, a slip gets a suggestion."""

from __future__ import annotations

import pytest
from hints import followed, offers
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.units import UnitError, parse_unit

# What is refused: words of the message, words of the hint.
QUESTIONS = {
    "FLOPS": ("`FLOPS` is not a unit", "count or a rate? Write `FLOP` for operations, `FLOP/s`"),
    "FLOPs": ("`FLOPs` is not a unit", "count or a rate?"),
    "flops": ("`flops` is not a unit", "count or a rate?"),
    # The prefixed spelling is the one on every data sheet; `312 TFLOPS` is a rate, and `teraflop` is a count.
    "TFLOPS": ("`TFLOPS` is not a unit", "`TFLOP/s`"),
    "PFLOPs": ("`PFLOPs` is not a unit", "`PFLOP/s`"),
    "b": ("`b` is not a unit", "bit or byte? Write `bit` or `B`"),
    "kb": ("`kb` is not a unit", "Write `kbit` or `kB`"),
    "Mb": ("`Mb` is not a unit", "Write `Mbit` or `MB`"),
    "Gb/s": ("`Gb` is not a unit", "Write `Gbit` or `GB`"),
    "Tb": ("`Tb` is not a unit", "Write `Tbit` or `TB`"),
    "bps": ("`bps` is not a unit", "bits a second or basis points?"),
    "¥": ("`¥` is not a unit", "CNY or JPY?"),
    "￥/kWh": ("`￥` is not a unit", "CNY or JPY?"),
    "C": ("`C` is not a unit", "temperatures are not used"),
    "million USD": ("`million` is not a unit", "directly after the number"),
    "M tokens": ("`M` is not a unit", "glued to the number"),
    "dollars": ("`dollars` is not a unit", "write `USD`"),
    "yuan": ("`yuan` is not a unit", "write `CNY`"),
    "kr": ("`kr` is not a unit", "Write `SEK`, `NOK` or `DKK`"),
    # A cent of the US where English is written, of the euro where German is.
    "ct/kWh": ("`ct` is not a unit", "cents of which currency? Write `cent` for US cents or `eurocent`"),
    "gCO2/kWh": ("`gCO2` is not a unit", "other greenhouse gases"),
    "g CO2/kWh": ("`g CO2` is not a unit", "if the figure counts them too, write `gCO2e`"),
    # 1,000 kg to an American, 1,000,000,000 kg by the rules of prefixes.
    "MTCO2e": ("`MTCO2e` is not a unit", "a metric ton or a megatonne? Write `tCO2e` or `MtCO2e`"),
    "tons CO2": ("`tons CO2` is not a unit", "a metric ton of it is `tCO2e`"),
    "xCO2": ("`xCO2` is not a unit", "as in `gCO2e`, `kgCO2e` or `tCO2e`"),
    "tons": ("`tons` is not a unit", "1,000 kg or a US ton"),
    "gb": ("`gb` is not a unit", "bit or byte? Write `Gbit` or `GB`"),
    "Gbps": ("`Gbps` is not a unit", "write `Gbit/s`"),
    # A rate below a line could be divided by the count alone.
    "USD/gpu hour": ("side by side", "`gpu-hour`"),
}
CAPITALS = {
    "kw": "did you mean `kW`?",
    "KW": "did you mean `kW`?",
    "mw": "did you mean `mW` or `MW`?",
    "Mw": "did you mean `mW` or `MW`?",
    "kwh": "did you mean `kWh`?",
    "KWH/rack": "did you mean `kWh`?",
    "musd": "did you mean `MUSD`?",
    "Usd": "did you mean `USD`?",
    "KB": "did you mean `kB`?",
    "tflop/s": "did you mean `TFLOP`?",
    "Server": "did you mean `server`?",
    "l": "did you mean `L`?",
}
MISSPELT = {
    "servrs": "`servers`",
    "sever": "`server`",
    "gpuz": "`gpu`",
    "kilowats": "`kilowatt`",
    "tokenz": "`tokens`",
}
# A look-alike letter cannot be seen; the hint names it.
LOOK_ALIKES = {
    "кW": "U+043A CYRILLIC SMALL LETTER KA",
    "kＷ": "U+FF37 FULLWIDTH LATIN CAPITAL LETTER W",
    "sеrver": "U+0435 CYRILLIC SMALL LETTER IE",
}


@pytest.mark.parametrize("text", QUESTIONS)
def test_ambiguous_unit_is_a_question(text: str) -> None:
    message, hint = QUESTIONS[text]
    error = _refused(text)
    assert message in error.message
    assert hint in (error.hint or "")


# What was meant, in other words, by each row whose hint says what to write.
MEANT = {
    **dict.fromkeys(("FLOPS", "FLOPs", "flops"), ("flop", "flop/second")),
    "TFLOPS": ("teraflop", "teraflop/second"),
    "PFLOPs": ("petaflop", "petaflop/second"),
    "b": ("bits", "bytes"),
    "kb": ("kilobit", "kilobyte"),
    "Mb": ("megabit", "megabyte"),
    "Gb/s": ("gigabit/second", "gigabyte/second"),
    "Tb": ("terabit", "terabyte"),
    "gb": ("gigabit", "gigabyte"),
    "Gbps": ("gigabit/second",),
    "bps": ("bits/second",),
    "¥": ("RMB", "JPY"),
    "￥/kWh": ("RMB/kilowatt_hour", "JPY/kilowatt_hour"),
    "dollars": ("$",),
    "yuan": ("RMB",),
    "kr": ("SEK", "NOK", "DKK"),
    "ct/kWh": ("¢/kWh", "eurocents/kWh"),
    "gCO2/kWh": ("gCO2eq/kWh",),
    "g CO2/kWh": ("gCO2eq/kWh",),
    "MTCO2e": ("tonnes CO2e", "MtCO2eq"),
    "USD/gpu hour": ("USD per gpu per hour",),
    **dict.fromkeys(("kw", "KW"), ("kilowatt",)),
    **dict.fromkeys(("mw", "Mw"), ("milliwatt", "megawatt")),
    "kwh": ("kilowatt_hour",),
    "KWH/rack": ("kilowatt_hour/cabinet",),
    "musd": ("M$",),
    "Usd": ("$",),
    "KB": ("kilobyte",),
    "tflop/s": ("teraflop/second",),
    "l": ("litre",),
    **dict.fromkeys(("Server",), ("servers",)),
    **dict.fromkeys(("servrs", "sever"), ("server", "server")),
    "gpuz": ("gpu", "gpu", "gpu"),
    # Questions that offer several spellings; a reader takes one.
    "kilowats": ("kW", "kWh"),
    "tokenz": ("token", "token"),
    "kW kW": ("kW**2",),
    "EFLOP/s-day": ("EFLOP*day/s", "EFLOP/day/s"),
    "kW per hour-month": ("kW*month/hour", "kW/month/hour"),
    "USD/(kW month)": ("USD per kW per month",),
}


def test_a_hint_followed_gives_what_was_meant() -> None:
    wrong = []
    refused = (*QUESTIONS, *CAPITALS, *MISSPELT, *LOOK_ALIKES, *SYNTAX)
    for text in refused:
        error = _refused(text)
        found = [parse_unit(followed(text, error.start, error.length, offer)) for offer in offers(error.hint)]
        meant = [parse_unit(each) for each in MEANT.get(text, ())]
        if [(each.dimension, each.factor) for each in found] != [(each.dimension, each.factor) for each in meant]:
            wrong.append(f"{text!r}: {error.hint}: {[*map(str, found)]}, meant is {[*map(str, meant)]}")
    assert not wrong, "\n".join(wrong)
    assert set(MEANT) <= set(refused)


def test_us_dollars_are_not_taken_for_microseconds() -> None:
    assert parse_unit("US$") == parse_unit("USD")


@pytest.mark.parametrize(("text", "hint"), [*CAPITALS.items(), *MISSPELT.items(), *LOOK_ALIKES.items()])
def test_unknown_unit_gets_a_suggestion(text: str, hint: str) -> None:
    error = _refused(text)
    assert "is not a unit" in error.message
    assert hint in (error.hint or "")


SYNTAX = {
    "USD/kW*month": "can be read in two ways",
    "1/hour*gpu": "can be read in two ways",
    "USD//kW": "missing between two divisions",
    "USD per per hour": "missing between two divisions",
    "kW per": "ends where another unit is needed",
    "USD/": "ends where another unit is needed",
    "kW*": "ends where another unit is needed",
    "*kW": "missing before `*`",
    "kW kW": "side by side",
    "EFLOP/s-day": "can be read in two ways",
    "kW per hour-month": "can be read in two ways",
    "USD/gpu/s-day": "can be read in two ways",
    "USD/(kW month)": "side by side",
    "USD/(kW": "not closed",
    "USD/kW)": "closes nothing",
    "USD/((gpu*hour))": "brackets hold the product",
    "USD/(gpu/hour)": "inside brackets",
    "m**0": "whole number from 1 to 9",
    "m**10": "whole number from 1 to 9",
    "m**-1": "whole number from 1 to 9",
    "kW**9**9": "whole number from 1 to 9",
    "m²²": "whole number from 1 to 9",
    "kW/%": "percentage of a unit",
    "kW # comment": "cannot stand in a unit",
    "kW; import os": "cannot stand in a unit",
    "kW.__class__": "cannot stand in a unit",
    "kW[0]": "cannot stand in a unit",
    "kW -> W": "cannot stand in a unit",
    "kW + 2 m": "cannot stand in a unit",
    "2 kW": "cannot stand in a unit",
    "x" * 201: "too long",
    "kW 1/h": "a number inside a unit",
    "USD/1/h": "a number inside a unit",
    "EFLOP**9*EFLOP**9": "larger or smaller than any number",
}


@pytest.mark.parametrize("text", SYNTAX, ids=lambda text: text[:30])
def test_broken_unit(text: str) -> None:
    assert SYNTAX[text] in _refused(text).message


def test_the_hint_for_an_ambiguous_product_shows_the_brackets() -> None:
    assert "USD/(kW*month)" in (_refused("USD/kW*month").hint or "")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("kwh", "kwh"), ("USD/kwh", "kwh"), ("$ per kwh", "kwh"), ("USD/(gpu*huor)", "huor"), ("USD/gpu-huor", "huor"),
     ("kW kWh", "kW kWh"), ("USD/kW*month", "*"), ("USD//kW", "/"), ("USD/(kW", "("), ("USD/kW)", ")"), ("m**0", "*")],
)  # fmt: skip
def test_the_place_is_that_of_the_wrong_part(text: str, wrong: str) -> None:
    error = _refused(text)
    assert text[error.start : error.start + error.length] == wrong


PIECES = ["kW", "gpu", "hour", "$", "%", "/", "*", "**", "^", "-", "(", ")", " ", "per", "1", "9", "²", "³", "¥", "é"]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=20), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)))
def test_any_text_is_a_unit_or_a_placed_refusal(text: str) -> None:
    error = _error(text)
    if error is None:
        assert parse_unit(text).factor > 0
    else:
        assert error.message
        assert 0 <= error.start <= max(0, len(text) - 1)
        assert error.length >= 1


def test_a_hyphen_before_a_power_is_refused_by_what_stands_there() -> None:
    error = _refused("hour-²")
    assert "``" not in error.message
    assert error.length >= 1


def _error(text: str) -> UnitError | None:
    try:
        parse_unit(text)
    except UnitError as error:
        return error
    return None


def _refused(text: str) -> UnitError:
    with pytest.raises(UnitError) as caught:
        parse_unit(text)
    return caught.value
