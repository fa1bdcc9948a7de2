"""Values of inputs that are refused: units and per-things left out, bounds, broken forms, forms of later issues."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcError, CalcErrors, Place, Problems, SourceText
from calc.facts import Fact, FactBook
from calc.scenario.nodes import Scalar
from calc.scenario.values import Reading, read_value
from calc.scenario.yaml_reader import read_document

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
    ("4.5", "server_power", "E-UNIT", "has no unit", "write `4.5 kW`"),
    ("8", "gpus_per_server", "E-UNIT", "has no unit", "write `8 gpus`"),
    ("1000", "servers_needed", "E-UNIT", "has no unit", "write `1000 servers`"),
    ("50,000,000", "budget_total", "E-UNIT", "has no unit", "write `50,000,000 USD`"),
    ("10 to 25", "rack_power_rated", "E-UNIT", "has no unit", "25 kW"),
    ("10 kW to 25", "rack_power_rated", "E-UNIT", "has no unit", "25 kW"),
    ("{low: 1 kW, likely: 2, high: 3 kW}", "server_power", "E-UNIT", "has no unit", "write `2 kW`"),
    # A per-thing is never left out in a price or rate.
    ("$150k", "server_price", "E-DIMENSION", "it needs USD per server", "write `150k USD/server`"),
    ("2 USD", "gpu_hour_price", "E-DIMENSION", "it needs USD per gpu and time", "write `2 USD/(gpu*hour)`"),
    ("2 USD/hour", "gpu_hour_price", "E-DIMENSION", "is given as USD per time", "write `2 USD/(gpu*hour)`"),
    ("0.001 USD", "token_price", "E-DIMENSION", "it needs USD per token", "write `0.001 USD/token`"),
    ("220k USD/year", "salary", "E-DIMENSION", "it needs USD per person and time", "write `220k USD/(person*year)`"),
    # The hint keeps the currency that was written.
    ("5 EUR", "server_price", "E-DIMENSION", "is given as EUR", "write `5 EUR/server`"),
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
    ("1.5", "rack_power_derating", "E-BOUNDS", "150 %, above 100 %", ""),
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
    ("{mean: 10 kW, sd: 0 kW}", "server_power", "E-VALUE", "is not above 0", ""),
    ("{mean: 10 kW, sd: -1 kW}", "server_power", "E-VALUE", "is not above 0", ""),
    ("5 to 25 kW step 2.5 kW", "rack_power_rated", "E-VALUE", "is a sweep", "`sweep: {rack_power_rated: 5 to"),
    ("5 to 10 to 25 kW", "rack_power_rated", "E-VALUE", "", ""),
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
    ("{low: 1 kW, high: 2 kW}", "server_power", "E-VALUE", "no known form", "`low, likely, high`"),
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
