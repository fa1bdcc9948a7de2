"""Values of inputs that are refused: units and per-things left out, bounds, broken forms, forms of later issues."""

from __future__ import annotations

import pytest
from hints import followed, offers, units
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcError, CalcErrors, Place, Problems, SourceText
from calc.facts import Fact, FactBook
from calc.scenario.fact_values import Reading
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import Scalar, read_document

FACTS = FactBook(
    [
        Fact(
            "box.server_price",
            "box",
            "server_price",
            3e5,
            None,
            None,
            "USD/server",
            "2021",
            2021,
            "list",
            "x.example",
            "vendor",
            "",
        ),
        Fact(
            "box.server_power",
            "box",
            "server_power",
            6.5,
            None,
            None,
            "kW/server",
            "2021",
            None,
            "list",
            "x.example",
            "vendor",
            "",
        ),
        Fact(
            "odd.availability",
            "odd",
            "availability",
            1.5,
            None,
            None,
            "1",
            "2021",
            None,
            "list",
            "x.example",
            "claim",
            "",
        ),
    ]
)


def refused(text: str, name: str | None) -> CalcError:
    problems = Problems()
    node = read_document(SourceText("case.yaml", f"value: {text}\n")).get("value")
    assert node is not None
    quantity = standard_catalogue()[name] if name else None
    value = read_value(node, quantity, name or "own", Reading({}, FACTS, problems, [], []))
    assert value is None
    assert len(problems.errors) == 1
    return problems.errors[0]


# text, quantity, code, words of the message, words of the hint
REFUSED = [
    # A unit is required unless the quantity is a ratio.
    ("4.5", "server_power", "E-UNIT", "has no unit", "such as `kW`"),
    # Watts, not kilowatts: a hint that kept the number would make another power of it.
    ("4500", "server_power", "E-UNIT", "has no unit", "such as `kW`"),
    ("8", "gpus_per_server", "E-UNIT", "has no unit", "write `8 gpus`"),
    ("1000", "servers_needed", "E-UNIT", "has no unit", "write `1000 servers`"),
    ("50,000,000", "budget_total", "E-UNIT", "has no unit", "such as `USD`"),
    ("80", "electricity_price", "E-UNIT", "has no unit", "such as `USD/kWh`"),
    ("10 to 25", "rack_power_rated", "E-UNIT", "has no unit", "such as `kW`"),
    ("10 to 25", "servers_needed", "E-UNIT", "has no unit", "write `10 to 25 servers`"),
    ("10 kW to 25", "rack_power_rated", "E-UNIT", "has no unit", "write `10 kW to 25 kW`"),
    ("{low: 1 kW, likely: 2, high: 3 kW}", "server_power", "E-UNIT", "has no unit", "such as `kW`"),
    # A per-thing is never left out in a price or rate.
    ("$150k", "server_price", "E-DIMENSION", "it needs USD per server", "give it in `USD/server`"),
    ("2 USD", "gpu_hour_price", "E-DIMENSION", "it needs USD per gpu and time", "give it in `USD/(gpu*hour)`"),
    (
        "2 USD/hour",
        "gpu_hour_price",
        "E-DIMENSION",
        "is given as USD per time",
        "says per what: give it in `USD/(gpu*hour)`",
    ),
    # A server of eight GPUs, not one GPU.
    ("98.32 USD/server/hour", "gpu_hour_price", "E-DIMENSION", "per server and time", "is not per gpu: convert it"),
    # The price of energy, given for a power; never USD/kWh, which is a thousand times it.
    ("80 USD/MW", "electricity_price", "E-DIMENSION", "USD per power", "write `80 USD/MWh`"),
    ("€80/MW", "electricity_price", "E-DIMENSION", "EUR per power", "write `80 EUR/MWh`"),
    # 1 / 1.087 = 0.91996
    ("1.087 USD/EUR", "eur_per_usd", "E-DIMENSION", "USD per EUR", "its inverse: write `0.92 EUR/USD`"),
    ("0.25 racks/server", "servers_per_rack", "E-DIMENSION", "racks per server", "write `4 server/rack`"),
    (
        "890 lb/MWh",
        "grid_carbon_intensity",
        "E-DIMENSION",
        "is given as mass per energy, it needs CO2e per energy",
        "if it counts all greenhouse gases as CO2e, write `890 lbCO2e/MWh`",
    ),
    ("624 TOPS/gpu", "gpu_peak_fp8", "E-DIMENSION", "a rate of operations", "need not be floating-point operations"),
    ("0.001 USD", "token_price", "E-DIMENSION", "it needs USD per token", "give it in `USD/token`"),
    ("220k USD/year", "salary", "E-DIMENSION", "it needs USD per person and time", "give it in `USD/(person*year)`"),
    # The hint keeps the currency that was written.
    ("5 EUR", "server_price", "E-DIMENSION", "is given as EUR", "give it in `EUR/server`"),
    # The wrong dimension, among it energy for power.
    ("4.5 kWh", "server_power", "E-DIMENSION", "is given as energy, it needs power per server", "write `4.5 kW`"),
    ("4.5 kWh/server", "server_power", "E-DIMENSION", "is given as energy per server", "write `4.5 kW/server`"),
    ("5 racks", "servers_needed", "E-DIMENSION", "it needs server", "give it in `servers`"),
    ("10 to 25 kWh", "rack_power_rated", "E-DIMENSION", "is given as energy", "write `25 kW`"),
    ("4.5 kW", "rack_power_derating", "E-DIMENSION", "it needs a pure number", ""),
    ("10 %", "server_power", "E-DIMENSION", "is given as a pure number", "`kW`"),
    ("{mean: 10 kW, sd: 10 %}", "server_power", "E-DIMENSION", "is given as a pure number", ""),
    ("{fact: box.server_power}", "server_price", "E-DIMENSION", "is given as power per server", ""),
    # Bounds catch 40 where 40 % was meant.
    ("40", "rack_power_derating", "E-BOUNDS", "is 40, that is 4,000 %, above 100 %", "did you mean `40 %`?"),
    # 1.5 % and 150 % come into question.
    ("1.5", "rack_power_derating", "E-BOUNDS", "150 %, above 100 %", "from 0 % to 100 %"),
    ("150 %", "rack_power_derating", "E-BOUNDS", "150 %, above 100 %", "from 0 % to 100 %"),
    ("-5 %", "availability", "E-BOUNDS", "is -5 %, below 0 %", ""),
    ("-5 kW", "server_power", "E-BOUNDS", "is -5 kW/server, below 0", "from 0 kW/server to 100,000 kW/server"),
    ("20 to 30", "availability", "E-BOUNDS", "above 100 %", ""),
    ("-5 to 5 kW", "server_power", "E-BOUNDS", "is -5 kW/server, below 0", ""),
    ("90 to 101 %", "availability", "E-BOUNDS", "is 101 %, above 100 %", ""),
    ("{low: 30 %, likely: 40 %, high: 150 %}", "availability", "E-BOUNDS", "150 %, above 100 %", ""),
    ("{mean: 110 %, sd: 1 %}", "availability", "E-BOUNDS", "is 110 %, above 100 %", ""),
    ("0.9", "loaded_cost_multiplier", "E-BOUNDS", "is 0.9, below 1", "from 1 to 5"),
    ("10x", "loaded_cost_multiplier", "E-BOUNDS", "is 10, above 5", ""),
    ("{fact: odd.availability}", "availability", "E-BOUNDS", "150 %, above 100 %", ""),
    # At most 1 % of a tail is cut: P(z < -2) = 2.28 %, P(z < -2.320) = 1.017 %, P(z > 2.2727) = 1.152 %.
    ("{mean: 10 kW, sd: 5 kW}", "server_power", "E-TAIL", "2.28 % of the distribution", "low, likely, high"),
    ("{mean: 10 kW, sd: 4.31 kW}", "server_power", "E-TAIL", "1.02 % of the distribution", ""),
    ("{mean: 95 %, sd: 2.2 %}", "availability", "E-TAIL", "1.15 % of the distribution", ""),
    # Ranges and distributions that are none.
    ("25 to 10 kW", "rack_power_rated", "E-VALUE", "runs backwards", "the smaller value stands first"),
    ("10 to 10 kW", "rack_power_rated", "E-VALUE", "has no width", ""),
    ("10 kW to 10,000 W", "rack_power_rated", "E-VALUE", "has no width", ""),
    ("{low: 50 %, likely: 40 %, high: 60 %}", "availability", "E-VALUE", "runs backwards", ""),
    ("{low: 40 %, likely: 40 %, high: 40 %}", "availability", "E-VALUE", "has no width", ""),
    ("{p10: 5 kW, p90: 4 kW}", "server_power", "E-VALUE", "runs backwards", ""),
    (
        "{p10: 0 kW, p90: 5 kW}",
        "server_power",
        "E-VALUE",
        "`p10` of `server_power` is not above 0",
        "low, likely, high",
    ),
    ("{low: 5 kW, median: 4 kW, high: 6 kW}", "server_power", "E-VALUE", "runs backwards (low > median)", ""),
    ("{low: 3 kW, median: 5 kW, high: 3 kW}", "server_power", "E-VALUE", "runs backwards (median > high)", ""),
    ("{low: 4 kW, median: 4 kW, high: 4 kW}", "server_power", "E-VALUE", "has no width", "write one value"),
    ("{p10: 3 kW, median: 5 kW, p90: 4 kW}", "server_power", "E-VALUE", "runs backwards (median > p90)", ""),
    ("{p10: 0 kW, median: 4 kW, p90: 5 kW}", "server_power", "E-VALUE", "not above 0", "low, median, high"),
    ("{low: 3 kW, likely: 4 kW, median: 4 kW, high: 5 kW}", "server_power", "E-VALUE", "likely and median", "keep"),
    ("{p10: 3 kW, median: 4 kW, high: 5 kW}", "server_power", "E-VALUE", "no known form", "`p10, median, p90`"),
    ("{low: 3 kW, median: 4 kW}", "server_power", "E-VALUE", "no known form", "`low, median, high`"),
    # P(z > ln(1 / 0.8) / (ln(0.9 / 0.8) / 1.2816)) = P(z > 2.428) = 0.76 %; with p90 0.92: P(z > 2.046) = 2.04 %.
    ("{p10: 70 %, median: 80 %, p90: 92 %}", "availability", "E-TAIL", "2.04 % of the", "low, median, high"),
    ("{mean: 10 kW, sd: 0 kW}", "server_power", "E-VALUE", "is not above 0", ""),
    ("{mean: 10 kW, sd: -1 kW}", "server_power", "E-VALUE", "is not above 0", ""),
    ("5 to 25 kW step 2.5 kW", "rack_power_rated", "E-VALUE", "is a sweep", "`sweep: {rack_power_rated: 5 to"),
    ("5 to 10 to 25 kW", "rack_power_rated", "E-VALUE", "`to` is not a unit", "between the two ends"),
    ("5-25 kW", "rack_power_rated", "E-VALUE", "looks like a range", "write `5 to 25 kW`"),
    # Does the M belong to both ends? Ten dollars to twenty million is no range that a person means.
    ("10 to 20M USD", "budget_total", "E-VALUE", "belong to `10` too?", "on both sides"),
    ("$10 to $20M", "budget_total", "E-VALUE", "belong to `$10` too?", "on both sides"),
    # Two currencies in one value.
    ("1M CNY to 2M USD", "budget_total", "E-VALUE", "different units", ""),
    ("{low: 1 CNY/server, likely: 2 USD/server, high: 3 CNY/server}", "server_price", "E-VALUE", "another unit", ""),
    # Nothing where a value belongs.
    ("", "server_power", "E-MISSING-VALUE", "`server_power` is missing a value", "as in `"),
    ("~", "server_power", "E-MISSING-VALUE", "`server_power` is missing a value", "as in `"),
    ("null", "server_power", "E-MISSING-VALUE", "`server_power` is missing a value", "as in `"),
    ("''", "server_power", "E-VALUE", "a value is missing", "`4.5 kW`"),
    ("'~'", "server_power", "E-VALUE", "is not an amount", ""),
    ("{value: }", "server_power", "E-MISSING-VALUE", "`server_power` is missing a value", ""),
    ("{low: ~, likely: 2 kW, high: 3 kW}", "server_power", "E-MISSING-VALUE", "`low` of `server_power`", ""),
    ("{source: IEA}", "server_power", "E-MISSING-VALUE", "no value", "`value:`"),
    # Other shapes.
    ("[4 kW, 5 kW]", "server_power", "E-VALUE", "is a list, not one value", "`cases:`"),
    ("{low: [1], likely: 2 kW, high: 3 kW}", "server_power", "E-MISSING-VALUE", "`low`", ""),
    ("{low: 1 kW, high: 2 kW}", "server_power", "E-VALUE", "no known form", "`1 kW to 2 kW`"),
    ("{value: 1 kW, low: 2 kW}", "server_power", "E-VALUE", "no known form", ""),
    ("{p10: 1 kW, p50: 2 kW, p90: 3 kW}", "server_power", "E-KEY", "`p50` is no part of a value", ""),
    ("{value: 1 kW, sorce: HR}", "server_power", "E-KEY", "`sorce` is no part of a value", "did you mean `source`?"),
    ("{v\u0430lue: 1 kW}", "server_power", "E-KEY", "is no part of a value", "U+0430 CYRILLIC SMALL LETTER A"),
    ("{value: 1 kW, source: [a]}", "server_power", "E-VALUE", "`source` is text", ""),
    ("{value: 1 kW, note: ''}", "server_power", "E-VALUE", "`note` is text", ""),
    # A comma in braces begins a new key.
    ("{servers: 1,000 servers}", "servers_needed", "E-BRACES", "`000 servers` has no value", "quotes"),
    ("{value: 1,000 servers}", "servers_needed", "E-BRACES", "`000 servers` has no value", "one name a line"),
    ("{value: 80 %, source: HR, loaded}", "availability", "E-BRACES", "`loaded` has no value", "quotes"),
    # Facts.
    ("{fact: box.server_prise}", "server_price", "E-FACT", "there is no fact", "did you mean `box.server_price`"),
    ("{fact: qqq}", "server_price", "E-FACT", "there is no fact `qqq`", "facts that fit: `box.server_price`"),
    ("{fact: }", "server_price", "E-FACT", "`fact` names a fact", ""),
    # Yearly forms come with a later issue; until then they are refused, never ignored.
    ("{by year: {2026: $10M, 27: $12M}}", "budget_total", "E-YEARS", "`27` is no year", "four digits"),
    ("{by year: {2026: $10M, 2027: 12 kW}}", "budget_total", "E-DIMENSION", "power", "USD"),
    ("{by year: $10M}", "budget_total", "E-VALUE", "mapping", ""),
    ("{start: $10M, grows: 3 %}", "budget_total", "E-DIMENSION", "`grows` is given as a pure number", "%/year"),
    ("{start: $10M, grows: -100 %/year}", "budget_total", "E-BOUNDS", "`grows` is -100 %/year", ""),
    (
        "{start: $10M, grows: {start: 3 %/year, grows: 1 %/year}}",
        "budget_total",
        "E-VALUE",
        "one value each",
        "by year",
    ),
    ("{start: $10M}", "budget_total", "E-VALUE", "has start, which is no known form", "`start, grows`"),
    ("{fact by year: [a, b]}", "budget_total", "E-FACT", "names dated facts", "fact by year"),
]


@pytest.mark.parametrize(("text", "name", "code", "message", "hint"), REFUSED)
def test_refused(text: str, name: str, code: str, message: str, hint: str) -> None:
    error = refused(text, name)
    assert error.code == code
    assert message in error.message
    assert hint in (error.hint or "")
    assert error.place is not None
    assert error.place.source.name == "case.yaml"
    assert error.place.line == 1


# What was meant, in other words, by each amount whose hint says what to write.
MEANT = {
    ("8", "gpus_per_server"): "8 gpu/server",
    ("1000", "servers_needed"): "1,000 servers",
    ("10 to 25", "servers_needed"): "10 servers to 25 servers",
    ("10 kW to 25", "rack_power_rated"): "10 to 25 kW",
    ("80 USD/MW", "electricity_price"): "0.08 USD/kWh",
    ("€80/MW", "electricity_price"): "0.08 EUR/kWh",
    ("1.087 USD/EUR", "eur_per_usd"): "0.92 EUR/USD",
    ("0.25 racks/server", "servers_per_rack"): "4 servers",
    ("890 lb/MWh", "grid_carbon_intensity"): "403.6972093 gCO2e/kWh",  # 890 x 0.45359237
    ("4.5 kWh", "server_power"): "4500 W",
    ("4.5 kWh/server", "server_power"): "4500 W",
    ("10 to 25 kWh", "rack_power_rated"): "10 kW to 25 kW",
    ("40", "rack_power_derating"): "0.4",
    ("5-25 kW", "rack_power_rated"): "5 to 25 kW",
}


def test_a_hint_followed_gives_what_was_meant() -> None:
    wrong = []
    for text, name, *_ in REFUSED:
        error = refused(text, name)
        if text.startswith("{") or error.place is None:
            continue
        line = f"value: {text}"
        lines = [followed(line, error.place.column - 1, error.place.length, offer) for offer in offers(error.hint)]
        found = [_read(each.removeprefix("value: "), name) for each in lines]
        meant = [_read(MEANT[text, name], name)] if (text, name) in MEANT else []
        if found != meant:
            wrong.append(f"{text!r}: {error.hint}: {lines} is {found}, meant is {meant}")
    assert not wrong, "\n".join(wrong)
    assert set(MEANT) <= {(text, name) for text, name, *_ in REFUSED}


def test_an_amount_in_the_unit_that_a_hint_names_is_accepted() -> None:
    wrong = [
        f"{text!r}: {unit}"
        for text, name, *_ in REFUSED
        for unit in units(refused(text, name).hint)
        if "grows" not in text and _read(f"1 {unit}", name) is None
    ]
    assert not wrong, "\n".join(wrong)


def _read(text: str, name: str) -> tuple[str, str | None, list[str]] | None:
    """Return dimension, waiting currency and values, 12 digits of each; None for what is refused."""
    problems = Problems()
    node = Scalar(text, plain=True, place=Place(SourceText("case.yaml", text), 1, 1, len(text)))
    value = read_value(node, standard_catalogue()[name], name, Reading({}, FACTS, problems, [], []))
    if value is None:
        return None
    ends = (value.distribution.support if value.distribution else None) or (value.point,)
    thing = standard_catalogue()[name].omittable
    unit = value.unit.without(thing) if thing else value.unit
    return unit.dimension.describe(), value.currency, [f"{each:.12g}" for each in ends]


def test_the_caret_stands_under_the_wrong_part() -> None:
    """`value: 4.5 kwh` has its value in column 8 and its unit in column 12."""
    place = refused("4.5 kwh", "server_power").place
    assert place is not None
    assert (place.column, place.length) == (12, 3)
    place = refused("{value: 80 %, source: HR, loaded}", "availability").place
    assert place is not None
    assert (place.column, place.length) == (34, 6)


def test_parts_of_a_scenarios_own_input_have_one_unit() -> None:
    assert "different units" in refused("5 kW to 6 kWh", None).message
    assert "different units" in refused("5 kW to 6", None).message
    assert "another unit" in refused("{mean: 1 kW, sd: 2 kWh}", None).message


PIECES = [
    "5",
    "10",
    "1,000",
    "0",
    "-",
    "+",
    " to ",
    " ",
    "k",
    "M",
    "$",
    "$ ",
    "%",
    "x",
    "kW",
    "/",
    "server",
    "USD",
    "nan",
    "½",
]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join)
NAMES = ["server_power", "budget_total", "availability", "loaded_cost_multiplier", "server_price", None]


@settings(max_examples=500, deadline=None)
@given(st.one_of(TEXTS, st.tuples(TEXTS, TEXTS).map(" to ".join)), st.sampled_from(NAMES))
def test_any_text_is_a_value_or_an_error(text: str, name: str | None) -> None:
    problems = Problems()
    node = Scalar(text, plain=True, place=Place(SourceText("case.yaml", text), 1, 1, len(text)))
    quantity = standard_catalogue()[name] if name else None
    value = read_value(node, quantity, name or "own", Reading({}, FACTS, problems, [], []))
    if value is None:
        assert "case.yaml:1:" in str(CalcErrors(problems.errors))
    else:
        assert problems.errors == []
        assert abs(value.point) < 1.8e308
