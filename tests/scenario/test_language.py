"""The language of a scenario: whose formula wins, own names and counts, units and currency to show, years, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rows import each_row

from calc.errors import CalcErrors, Problems
from calc.report.answer_report import answer_report
from calc.report.json import as_dict
from calc.report.terminal import render
from calc.scenario.load import load
from calc.scenario.resolve import Options, again, resolve
from calc.study.answer import answer
from calc.units import make_unit, parse_unit, reduced_unit
from calc.units.format import amount_text

if TYPE_CHECKING:
    from pathlib import Path

    from calc.errors import CalcError


def found(folder: Path, text: str, **options: Any) -> dict[str, Any]:
    """Return the JSON result of a scenario."""
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return as_dict(answer(resolve(load(str(path), problems), Options(**options), problems)))


def results(folder: Path, text: str, **options: Any) -> dict[str, Any]:
    """Return the figures of the first case by name."""
    figures: dict[str, Any] = found(folder, text, **options)["cases"][0]["results"]
    return figures


def errors(folder: Path, text: str, **options: Any) -> list[CalcError]:
    with pytest.raises(CalcErrors) as caught:
        found(folder, text, **options)
    return caught.value.errors


# ---------------------------------------------------------------- a formula of the scenario wins

RENT = """\
inputs:
  gpus: 256 gpus
  programme_duration: 3 months
  instance_price: 19.2 USD/server/hour
  gpus_per_server: 8 gpus
formulas:
  gpu_hour_price: instance_price / gpus_per_server
  compute_budget: gpus * gpu_hour_price * programme_duration
"""


def test_a_formula_of_the_scenario_wins_over_an_input_and_a_formula_of_a_model(tmp_path: Path) -> None:
    # 19.2 / 8 = 2.40; 256 x 2.40 x 3 x 730 = 1,345,536
    case = found(tmp_path, RENT + "show: [gpu_hour_price, compute_budget, gpu_hours_rentable]\n")["cases"][0]
    values = {name: each["value"] for name, each in case["results"].items()}
    assert values == {
        "gpu_hour_price": pytest.approx(2.4),
        "compute_budget": pytest.approx(1_345_536),
        # 1,345,536 / 2.40
        "gpu_hours_rentable": pytest.approx(560_640),
    }
    assert case["results"]["compute_budget"]["formula"] == "gpus * gpu_hour_price * programme_duration"
    told = {name: each["variant"] for name, each in case["variants"].items()}
    assert told["compute_budget"] == "formula of the scenario instead of budget_total * compute_share"
    assert told["gpu_hour_price"] == "formula of the scenario instead of an input of the model `compute`"


def test_a_formula_of_the_scenario_wins_over_facts_and_names_them(tmp_path: Path) -> None:
    text = "facts: [dgx-h100]\ninputs: {board: 200000 USD/server, rest: 50000 USD/server}\n"
    text += "formulas: {server_price: board + rest}\nshow: [server_price]\n"
    case = found(tmp_path, text)["cases"][0]
    assert case["results"]["server_price"]["value"] == 250_000
    assert "the fact dgx-h100.server_price@" in case["variants"]["server_price"]["variant"]


@each_row(
    ("more", "price"),
    {
        # a given value still wins over the formula, in whatever layer it stands: per GPU-hour 3 x 730 x 3 x 256
        "in a case": ("cases: {a: {gpu_hour_price: 3 USD/gpu/hour}}\n", 3.0),
        "on the command line": ("", 3.0),
    },
)
def test_a_given_value_wins_over_the_formula(more: str, price: float, tmp_path: Path) -> None:
    settings = () if more else ("gpu_hour_price=3 USD/gpu/hour",)
    figures = results(tmp_path, RENT + more + "show: [compute_budget]\n", settings=settings)
    assert figures["compute_budget"]["value"] == pytest.approx(256 * price * 3 * 730)


def test_a_formula_wins_in_parts_over_years_and_in_studies(tmp_path: Path) -> None:
    text = """\
years: 2026 to 2027
inputs:
  per_server: {start: 8 USD/server/hour, grows: 50 %/year}
  gpus_per_server: 8 gpus
  rack_power_rated: 20 kW
formulas:
  gpu_hour_price: per_server / gpus_per_server
  servers_per_rack: floor(rack_power_rated / server_power)
parts:
  small: {inputs: {server_power: 5 kW}}
  large: {inputs: {server_power: 10 kW}}
show: [gpu_hour_price, servers_per_rack]
"""
    whole = found(tmp_path, text)
    parts = {part["name"]: part["results"] for part in whole["cases"][0]["parts"]}
    assert [parts[each]["servers_per_rack"]["value"] for each in ("small", "large")] == [4, 2]
    prices = parts["small"]["gpu_hour_price"]["by_year"]
    assert [each["value"] for each in prices] == pytest.approx([1.0, 1.5])
    whole = found(tmp_path, text + "sweep: {server_power in every part: [2 kW, 4 kW]}\n")
    columns = {each["name"]: each["values"] for each in whole["studies"]["sweep"]["cases"][0]["columns"]}
    assert columns["servers_per_rack in small"] == [10, 5]


def test_a_formula_over_an_extended_file_wins_over_its_value(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("inputs: {gpu_hour_price: 2 USD/gpu/hour, a: 1.5 USD/gpu/hour}\nshow: [a]\n")
    text = "extends: base.yaml\nformulas: {gpu_hour_price: a + a}\nshow: [gpu_hour_price]\n"
    assert results(tmp_path, text)["gpu_hour_price"]["value"] == 3


LOOP = """\
facts: [dgx-h100]
inputs: {availability: 90 %, programme_duration: 1 year, p: 2 USD/gpu/hour}
formulas: {cluster_budget: gpu_hours_affordable * p}
show: [gpus_per_server]
"""


@each_row(
    ("text", "code", "words"),
    {
        "other dimension": (
            "inputs: {a: 5 kW, gpus_per_server: 8 gpus}\nformulas: {gpu_hour_price: a / gpus_per_server}\n",
            "E-DIMENSION",
            "it needs USD per gpu and time",
        ),
        "per what": (
            "inputs: {a: 98 USD/hour, gpus_per_server: 8 gpus}\nformulas: {gpu_hour_price: a / gpus_per_server}\n",
            "E-DIMENSION",
            "`server` is left over: give `a` per server, in `USD/(hour*server)`",
        ),
        "of what": (
            'inputs: {team: 12, pay: "$300k/person"}\nformulas: {people_budget: team * pay}\nshow: [people_budget]\n',
            "E-DIMENSION",
            "`team` is a number without a unit: say of what, as in `team: 12 people`",
        ),
        # With people for both, a person would be left over.
        "of what, and that is no way": (
            'inputs: {n: 12, pay: "$300k/person"}\nformulas: {people_budget: n * n * pay}\nshow: [people_budget]\n',
            "E-DIMENSION",
            "its unit is `USD`; a figure of your own that is something else has a name of its own",
        ),
        "itself": (
            "inputs: {m: 2}\nformulas: {gpu_hour_price: m * gpu_hour_price}\nshow: [m]\n",
            "E-LOOP",
            "`gpu_hour_price` needs `gpu_hour_price`",
        ),
        "through models": (
            LOOP,
            "E-LOOP",
            "`cluster_budget` needs `gpu_hours_affordable` needs `gpus_affordable` needs `servers_affordable` needs",
        ),
        "use of it": (
            RENT + "use: {gpu_hour_price: x}\nshow: [compute_budget]\n",
            "E-USE",
            "a formula of this scenario computes it",
        ),
    },
)
def test_a_formula_that_cannot_win_says_why(text: str, code: str, words: str, tmp_path: Path) -> None:
    (error,) = errors(tmp_path, text)
    assert error.code == code
    assert words in str(error)


# ---------------------------------------------------------------- names of one's own


@each_row(
    "text",
    {
        "check": "inputs: {rent: $5M}\nchecks: [rent <= $6M]\nshow: [rent]\n",
        "expect": "inputs: {rent: $5M}\nexpect: {rent: $5M}\nshow: [rent]\n",
        "show": "inputs: {rent: $5M}\nshow: [rent]\n",
        "condition of find": "inputs: {limit: 100 kW}\nfind: {server_power: {largest within: 1 to 9 kW, so that: "
        "server_power * servers_needed <= limit}}\ncases: {a: {servers_needed: 20 servers}}\n",
        "condition of sweep": "inputs: {most: 2 kW/rack, rack_power_rated: 20 kW}\nsweep: {server_power: [3 kW], "
        "so that: rack_power_stranded <= most}\nshow: [rack_power_stranded]\n",
        "swept": "inputs: {rack: 20 kW}\nformulas: {free: rack - spare}\nsweep: {spare: [1 kW, 2 kW]}\nshow: [free]\n",
    },
)
def test_an_input_that_something_uses_is_the_scenarios_own(text: str, tmp_path: Path) -> None:
    found(tmp_path, text)


@each_row(
    "text",
    {
        "used nowhere": "inputs: {server_powr: 4.5 kW}\n",
        "an axis that nothing needs": "inputs: {rack_power_rated: 9 kW}\nsweep: {server_powr: [4 kW, 5 kW]}\n",
    },
)
def test_a_misspelt_name_that_nothing_uses_is_an_error(text: str, tmp_path: Path) -> None:
    told = errors(tmp_path, text + "show: [rack_power_rated]\n")
    assert any(each.code == "E-NAME" and "did you mean `server_power`" in (each.hint or "") for each in told)


# ---------------------------------------------------------------- units


@each_row(
    ("written", "reduced"),
    {
        # price of a GPU-hour by tokens a second
        "times cancel": ("USD*s/(hour*token)", "USD/token"),
        "one time cancels one of two": ("USD*hour/(s*minute)", "USD/minute"),
        "power cancels": ("USD/(kW*month) MW", "USD/month"),
        "energy cancels": ("kWh USD/MWh", "USD"),
        "power and price of energy": ("kW USD/kWh", "USD/hour"),
        "power times time": ("kW*hour", "kWh"),
        "power times time a month": ("kW*hour/month", "kWh/month"),
        "energy a month": ("kWh/month", "kWh/month"),
        "energy a second": ("J/s", "kW"),
        "power by rate": ("kW*s/token", "J/token"),
        "price a kW and month": ("USD/(kW*month)", "USD/(kW*month)"),
        "money a month": ("USD/month", "USD/month"),
        "computation": ("TFLOP*hour/s", "TFLOP"),
        "computation by what GPUs do": ("FLOP s*gpu/TFLOP", "gpu*hour"),
        "growth times price": ("percent/year USD/server", "USD/(year*server)"),
    },
)
def test_derived_units_are_reduced(written: str, reduced: str) -> None:
    """What stands above and below the line of the written unit, as the product of units that a formula makes."""
    joined = [(atom, power) for part in written.split(" ") for atom, power in parse_unit(part).atoms]
    unit = make_unit(tuple(joined))
    assert reduced_unit(unit) == parse_unit(reduced)


def test_figures_are_shown_in_the_unit_that_is_named(tmp_path: Path) -> None:
    text = """\
inputs: {cost: $12M, tokens_made: 4T tokens, power: 2 MW}
formulas:
  cost_per_token: {formula: cost / tokens_made, in: USD/Mtoken}
  price: cost / tokens_made
show: [cost_per_token, {price: in cent/ktoken}, power in W]
"""
    figures = results(tmp_path, text)
    # 12,000,000 / 4,000,000 = 3 USD a million tokens = 0.003 a thousand = 0.3 cents
    assert (figures["cost_per_token"]["value"], figures["cost_per_token"]["unit"]) == (pytest.approx(3), "USD/Mtoken")
    assert figures["price"]["value"] == pytest.approx(0.3)
    assert figures["power"]["text"] == "2M W"
    assert results(tmp_path, text, show=("price in USD/Mtoken",))["price"]["value"] == pytest.approx(3)
    (error,) = errors(tmp_path, text.replace("power in W", "power in USD"))
    assert error.code == "E-DIMENSION"
    assert "`power` is power" in error.message


def test_counts_of_ones_own_hold_for_their_scenario_alone(tmp_path: Path) -> None:
    text = "units: {ticket: count, query: count}\ninputs: {rate: 90 tickets/day}\nshow: [rate]\n"
    (error,) = errors(tmp_path, text)
    assert "`query` means something in units already" in error.message
    figures = results(tmp_path, text.replace(", query: count", ""))
    assert (figures["rate"]["unit"], figures["rate"]["text"]) == ("ticket/day", "90 tickets/day")
    (error,) = errors(tmp_path, text.partition("\n")[2])
    assert "`tickets` is not a unit" in error.message
    assert "`units:`" in (error.hint or "")
    known = "inputs: {a: 3 requests/user, b: 2 queries, c: 1 image, d: 5 seats, e: 2 nodes, f: 4 VMs, g: 8 cores}\n"
    assert results(tmp_path, known + "show: [a, b, c, d, e, f, g]\n")["f"]["text"] == "4 VMs"


def test_all_money_is_shown_in_one_currency(tmp_path: Path) -> None:
    text = """\
currency: EUR
inputs:
  eur_per_usd: {value: 0.8 EUR/USD, source: bank}
  gpu_hour_price: {value: 2 USD/gpu/hour, source: offer}
  gpus: {value: 10 gpus, source: plan}
formulas: {cost: gpus * gpu_hour_price}
show: [cost, gpu_hour_price]
checks: [cost <= 16 EUR/hour, gpu_hour_price >= 1.6 EUR/gpu/hour]
expect: {cost: 16.0 EUR/hour}
"""
    whole = found(tmp_path, text)
    case = whole["cases"][0]
    # 10 x 2 x 0.8
    assert (case["results"]["cost"]["value"], case["results"]["cost"]["unit"]) == (pytest.approx(16), "EUR/hour")
    assert case["inputs"]["gpu_hour_price"]["value"] == pytest.approx(1.6)
    assert case["inputs"]["eur_per_usd"]["value"] == 0.8
    assert [each["passed"] for each in case["checks"]] == [True, True]
    assert case["broken_promises"] == []
    assert "all money is shown in EUR, at 0.8 EUR/USD (bank)" in whole["warnings"]
    # A range of the rate is said not to be in the figures; without any the latest dated one is taken.
    warned = found(tmp_path, text.partition("checks:")[0].replace("value: 0.8", "value: 0.7 to 0.9"))["warnings"]
    assert any(each.endswith("; the range of the rate is not in the figures") for each in warned)
    dated = found(
        tmp_path, text.partition("checks:")[0].replace("  eur_per_usd: {value: 0.8 EUR/USD, source: bank}\n", "")
    )
    assert any("all money is shown in EUR" in each and "(fx.eur_per_usd" in each for each in dated["warnings"])
    unknown = errors(tmp_path, text.replace("currency: EUR", "currency: EURO"))
    assert "`EURO` is no currency" in unknown[0].message
    text = text.partition("checks:")[0] + "cases: {a: {eur_per_usd: {value: 0.9 EUR/USD, source: x}}}\n"
    (error,) = errors(tmp_path, text)
    assert "all money is shown at one rate" in error.message


def test_own_money_of_any_currency_goes_through_the_rate_where_one_is_shown(tmp_path: Path) -> None:
    text = """\
currency: EUR
inputs: {eur_per_usd: {value: 0.8 EUR/USD, source: bank}, a: {value: 10 MEUR, source: x}, b: {value: 5 MUSD, source: x}}
formulas: {k: a + b}
show: [k, {a: in MEUR}]
checks: [a <= 10 MEUR]
"""
    shown = results(tmp_path, text)
    # 10 + 5 x 0.8
    assert (shown["k"]["value"], shown["k"]["unit"]) == (pytest.approx(14e6), "EUR")
    assert (shown["a"]["value"], shown["a"]["unit"]) == (pytest.approx(10e6), "EUR")
    [error] = errors(tmp_path, text.replace("10 MEUR, source", "10 CHF, source").replace("MEUR", "EUR"))
    assert "no `chf_per_usd` is given" in error.message
    # What a formula converts by hand stays in its currency.
    by_hand = (
        "currency: EUR\nfacts: [fx]\ninputs: {a: {value: 10 EUR, source: x}}\nformulas: {k: a / eur_per_usd}\nshow: [k]"
    )
    assert results(tmp_path, by_hand)["k"]["value"] == pytest.approx(10)


# ---------------------------------------------------------------- years


@each_row(
    ("years", "labels"),
    {
        "fiscal": ("FY2026 to FY2027", ["FY2026", "FY2027"]),
        "fiscal, short": ("FY26 to FY27", ["FY2026", "FY2027"]),
        "from July": ("2026-07 to 2028-06", ["2026/27", "2027/28"]),
        "from January": ("2026-01 to 2027-12", ["2026", "2027"]),
    },
)
def test_years_of_other_kinds(years: str, labels: list[str], tmp_path: Path) -> None:
    text = f"years: {years}\ninputs: {{power: {{by year: {{{labels[0]}: 1 MW, 2027: 2 MW}}}}}}\nformulas: "
    text += f"{{doubled: power + power}}\nshow: [doubled]\nsensitivity: {{flip: [doubled in {labels[1]} <= 5 MW], "
    text += "within: {extra: 0 to 3 MW}}\n"
    text = text.replace("power + power}", "power + power + extra}").replace("inputs: {", "inputs: {extra: 0 MW, ")
    whole = found(tmp_path, text)
    rows = whole["cases"][0]["results"]["doubled"]["by_year"]
    assert [(each["year"], each["value"]) for each in rows] == [(2026, 2), (2027, 4)]
    assert [str(each) for each in whole["years"]] == labels


@each_row(
    ("text", "words"),
    {
        "no whole years": ("years: 2026-07 to 2028-05\n", "23 months"),
        "mixed": ("years: FY2026 to 2028\n", "no span of years"),
        "other kind of year": (
            "years: 2026 to 2027\ninputs: {a: {by year: {FY2026: 1, FY2027: 2}}}\nshow: [a]\n",
            "FY2026",
        ),
        "twice": ("years: FY2026\ninputs: {a: {by year: {FY2026: 1, 2026: 2}}}\nshow: [a]\n", "twice"),
    },
)
def test_years_that_mean_nothing_are_refused(text: str, words: str, tmp_path: Path) -> None:
    assert any(words in str(each) for each in errors(tmp_path, text))


# ---------------------------------------------------------------- one text for a list, `all`, quotes in a check


def test_one_text_is_a_list_of_one(tmp_path: Path) -> None:
    text = "facts: dgx-a100\ninputs: {rack_power_rated: 20 kW}\nshow: servers_per_rack\nchecks: servers_per_rack >= 3\n"
    whole = found(tmp_path, text)
    assert list(whole["cases"][0]["results"]) == ["servers_per_rack"]
    assert len(whole["cases"][0]["checks"]) == 1
    everything = found(tmp_path, text.replace("show: servers_per_rack", "show: all"))["cases"][0]["results"]
    assert {"servers_per_rack", "rack_power_stranded"} <= everything.keys()
    assert list(results(tmp_path, text, show=("all",))) == list(everything)


def test_an_amount_in_quotes_inside_a_check_is_an_amount(tmp_path: Path) -> None:
    case = found(tmp_path, 'inputs: {rent: $1M}\nchecks:\n  - rent <= "$2M"\nshow: [rent]\n')["cases"][0]
    assert case["checks"][0]["passed"]


# ---------------------------------------------------------------- inputs made of others

STEPPED = """\
inputs:
  gpus: {value: 100 gpus, source: plan}
  gpu_hour_price:
    steps by gpus: {1 gpu: 3 USD/gpu/hour, 64 gpus: 2.6 USD/gpu/hour, 256 gpus: 2 to 2.4 USD/gpu/hour}
    source: offer
cases: {few: {gpus: 63 gpus}, edge: {gpus: 64 gpus}, many: {gpus: 256 gpus}, given: {gpu_hour_price: 1 USD/gpu/hour}}
show: [gpu_hour_price]
"""


def test_a_price_in_steps_is_that_of_the_volume(tmp_path: Path) -> None:
    whole = found(tmp_path, STEPPED)
    prices = {case["name"]: case["results"]["gpu_hour_price"]["value"] for case in whole["cases"]}
    assert prices == {"few": 3, "edge": pytest.approx(2.6), "many": pytest.approx(2.2), "given": 1}
    assert whole["cases"][0]["inputs"]["gpu_hour_price_step_2"]["source"] == "offer"
    many = next(case for case in whole["cases"] if case["name"] == "many")
    assert many["results"]["gpu_hour_price"]["p90"] == pytest.approx(2.36, abs=0.005)


def test_a_mix_is_the_weighted_mean_of_facts(tmp_path: Path) -> None:
    text = "inputs: {server_power: {mix: {dgx-h100: 75 %, dgx-a100.server_power: 25 %}}}\nshow: [server_power]\n"
    case = found(tmp_path, text)["cases"][0]
    # 10.2 kW x 0.75 + 6.5 kW x 0.25
    assert case["results"]["server_power"]["value"] == pytest.approx(9.275)
    assert case["inputs"]["server_power_mix_1"]["fact"] == "dgx-h100.server_power"


@each_row(
    ("text", "words"),
    {
        "first step": ("inputs: {x: {steps by gpus: {8 gpus: $3}}}\n", "nothing says what holds below"),
        "order": ("inputs: {x: {steps by gpus: {0 gpus: $3, 8 gpus: $2, 4 gpus: $1}}}\n", "more and more"),
        "shares": ("inputs: {x: {mix: {dgx-h100: 60 %, dgx-a100: 30 %}}}\n", "add up to 90 %"),
        "no share": ("inputs: {x: {mix: {dgx-h100: 5 kW}}}\n", "no share"),
        "in a case": ("cases: {a: {server_power: {mix: {dgx-h100: 100 %}}}}\nshow: [server_power]\n", "in no case"),
        "another key": ("inputs: {x: {mix: {dgx-h100: 100 %}, value: 3 kW}}\n", "does not stand beside"),
    },
)
def test_what_is_made_of_nothing_is_refused(text: str, words: str, tmp_path: Path) -> None:
    assert any(words in str(each) for each in errors(tmp_path, text))


def test_files_are_laid_over_each_other_also_from_an_allowed_folder(tmp_path: Path) -> None:
    for folder in ("shared", "own"):
        (tmp_path / folder).mkdir()
    (tmp_path / "shared" / "low.yaml").write_text("inputs: {a: 1 kW, b: 2 kW}\nformulas: {sum: a + b}\n")
    (tmp_path / "own" / "high.yaml").write_text("inputs: {b: 5 kW}\n")
    text = "extends: [low.yaml, high.yaml]\nshow: [sum]\n"
    (error,) = errors(tmp_path / "own", text)
    assert error.code == "E-EXTENDS"
    problems = Problems()
    loaded = load(str(tmp_path / "own" / "scenario.yaml"), problems, [str(tmp_path / "shared")])
    scenario = resolve(loaded, Options(), problems)
    assert answer(scenario).cases[0].figures["sum"] == 6000
    # Another process makes it again from its texts alone.
    (tmp_path / "shared" / "low.yaml").unlink()
    assert answer(again(scenario.origin)).cases[0].figures["sum"] == 6000


def test_a_calc_toml_allows_its_folder(tmp_path: Path) -> None:
    (tmp_path / "calc.toml").write_text("")
    (tmp_path / "base.yaml").write_text("inputs: {a: 1 kW}\n")
    (tmp_path / "own").mkdir()
    assert results(tmp_path / "own", "extends: ../base.yaml\nshow: [a]\n")["a"]["value"] == 1
    (tmp_path.parent / "outside.yaml").write_text("inputs: {a: 1 kW}\n")
    (error,) = errors(tmp_path / "own", "extends: ../../outside.yaml\nshow: [a]\n")
    assert "outside the scenario's folder" in error.message


def test_flops_are_what_the_quantity_counts(tmp_path: Path) -> None:
    text = "inputs: {gpu_peak_bf16: 989 TFLOPS, training_flop: 3e24 FLOPs}\nshow: [gpu_peak_bf16, training_flop]\n"
    figures = results(tmp_path, text)
    assert [figures[each]["text"] for each in figures] == ["989 TFLOP/s-gpu", "3e24 FLOP"]
    (error,) = errors(tmp_path, "inputs: {mine: 3 TFLOPS}\nshow: [mine]\n")
    assert "is it a count or a rate?" in (error.hint or "")


def test_a_formula_that_cannot_be_read_is_one_mistake(tmp_path: Path) -> None:
    text = "inputs: {a: 5 kW}\nformulas: {e: {formulae: a}, h: a + a}\nshow: [e, {h: kW}]\n"
    told = errors(tmp_path, text)
    assert [each.code for each in told] == ["E-KEY", "E-UNIT"]
    assert told[1].hint == "as in `{h: in kW}`"


def test_checks_are_told_in_reduced_units(tmp_path: Path) -> None:
    text = "inputs: {price: 36 USD/hour, rate: 100 tokens/s}\nchecks: [price / rate <= 1 USD/token]\nshow: [price]\n"
    (check,) = found(tmp_path, text)["cases"][0]["checks"]
    # 36 / 3,600 / 100
    assert (check["value"], check["unit"]) == (pytest.approx(1e-4), "USD/token")


def test_names_may_be_those_of_functions(tmp_path: Path) -> None:
    text = "inputs: {gpus: 8 gpus, price: 2 to 4 USD/gpu/hour, fee: 1 USD/hour}\nformulas:\n  serving: gpus * price\n"
    text += (
        "  total: serving + fee\n  floor: maximum(total, serving)\n  where: where(total > serving, total, serving)\n"
    )
    found_here = results(tmp_path, text + "show: [total, floor, where]\nchecks: [total >= 16 USD/hour]\n")
    # 8 x 3 + 1
    assert {round(each["value"]) for each in found_here.values()} == {25}
    [error] = errors(tmp_path, "inputs: {a: 1 USD}\nformulas: {ops: a + a}\nshow: [ops]\n")
    assert "is a word of formulas" in error.message


PEOPLE = """\
inputs: {staff: 12, salary: $300k/person/year, programme_duration: 1 year}
formulas: {people_budget: staff * salary * programme_duration, budget_total: people_budget + people_budget}
"""
ONE_MISTAKE = {
    "a count without its unit": (PEOPLE + "show: [budget_total]", "`staff: 12 people`"),
    "a figure of another kind than the model's": (
        "inputs: {a: 5 USD/month}\nformulas: {revenue: a + a, b: revenue - a}\nshow: [b, {revenue: in USD/year}]",
        "its unit is `USD`; a figure of your own that is something else has a name of its own",
    ),
    "an input of a model": ("inputs: {a: 2 USD}\nformulas: {server_power: a + a}\nshow: [server_power]", "`kW/server`"),
    "a key that a formula has not": (
        "inputs: {a: 2 USD}\nformulas: {b: {formula: a + a, unit: USD}}\nshow: [b]",
        "it holds `formula`, `in`",
    ),
    "a formula in a case": (
        "inputs: {a: 2 USD}\ncases: {x: {formulas: {b: a}}}\nshow: [a]",
        "other sections hold for all cases",
    ),
    "a percentage in a formula": ("inputs: {a: 2 USD}\nformulas: {b: a * 50%}\nshow: [a]", "`rebate: 10 %`"),
    "a formula of a spreadsheet": ('inputs: {a: 2 USD}\nformulas: {b: "=a+a"}\nshow: [b]', "leave out the `=`"),
    "a name of words": ("inputs: {a: 2 USD}\nformulas: {Total Cost-a: a}\nshow: [a]", "as in `total_cost_a`"),
    "a name in camel case": ("inputs: {a: 2 USD}\nformulas: {totalCost: a}\nshow: [a]", "as in `total_cost`"),
    "a count that is one already": (
        "units: {server: count}\nshow: [servers]\ninputs: {servers: 1 server}",
        "leave it out",
    ),
    "an input that nothing uses": (
        "inputs: {a: 2 USD, rebate: 3 %}\nshow: [a]",
        "`debt_rate`? An input of your own is one that a formula, a check or `show` uses",
    ),
    "one figure in two units": ("inputs: {a: 2 USD}\nshow: [{a: in cent}, {a: in MUSD}]", "show it once"),
    "two currencies": (
        "inputs: {a: 2 USD, b: 3 EUR}\nformulas: {c: a + b}\nshow: [c]",
        "divide what is in EUR by the exchange rate `eur_per_usd`",
    ),
    "steps that do not rise": (
        "inputs: {n: 8 gpus, p: {steps by n: {1 gpu: 3 USD, 9 gpus: 2 USD, 4 gpus: 1 USD}}}\nshow: [p]",
        "write the smallest first",
    ),
    "a mix that is no whole": (
        "inputs: {price: {mix: {region-virginia.electricity_price: 90 %}}}\nformulas: {b: price}\nshow: [b]",
        "they add up to 100 %",
    ),
    "two ends of a range": (
        "inputs: {server_price: {low: 3 USD/server, high: 5 USD/server}}\nshow: [server_price]",
        "as in `3 USD/server to 5 USD/server`",
    ),
    "facts from nowhere": ('facts_from: [""]\ninputs: {a: 2 USD}\nshow: [a]', "as in `facts_from: [prices.csv]`"),
    "a check that lacks a value": (
        "inputs: {servers: 2 servers}\nchecks: [server_price <= 5 USD/server]",
        "server_price",
    ),
}


@each_row(("text", "words"), ONE_MISTAKE)
def test_a_mistake_is_one_message_with_a_hint_that_helps(text: str, words: str, tmp_path: Path) -> None:
    [error] = errors(tmp_path, text)
    assert words in (error.hint or ""), error.hint
    assert error.place is not None
    assert error.place.line == 1 + text[: text.find("checks")].count("\n") if "checks" in text else error.place.line


def test_a_comma_in_braces_is_told_to_be_quoted(tmp_path: Path) -> None:
    first, *_ = errors(tmp_path, "inputs: {a: 2 USD}\nformulas: {b: minimum(a, a)}\nshow: [b]")
    assert "put the formula in quotes" in (first.hint or "")


def test_what_is_meant_is_first_looked_for_among_own_names(tmp_path: Path) -> None:
    hints = [
        each.hint or "" for each in errors(tmp_path, "inputs: {rnet: 2 USD}\nformulas: {b: rent + rent}\nshow: [b]")
    ]
    assert "did you mean `rnet`?" in hints


def test_what_is_only_checked_or_promised_is_the_answer(tmp_path: Path) -> None:
    assert results(tmp_path, "inputs: {limit: 5 USD, a: 3 USD}\nchecks: [a <= limit]").keys() == {"a", "limit"}
    assert results(tmp_path, "inputs: {a: 3 USD}\nexpect: {a: 3 USD}")["a"]["value"] == 3


def test_all_beside_names_is_all(tmp_path: Path) -> None:
    text = "inputs: {servers: 2 servers, gpus_per_server: 8 gpus}\nshow: [servers, all]"
    assert results(tmp_path, text)["gpus"]["value"] == 16


def test_a_formula_beside_a_value_of_its_name_is_told(tmp_path: Path) -> None:
    text = "inputs: {a: 2 USD, c: 3 USD}\nformulas: {c: a + a}\nshow: [c]"
    assert "unused formula: c (a value is given instead)" in found(tmp_path, text)["warnings"]


def test_units_are_read_as_prices_are_quoted(tmp_path: Path) -> None:
    text = "inputs: {c: 3 USD, t: 1M tokens}\nformulas:\n"
    text += "".join(
        f"  {name}: {{formula: c / t, in: {unit}}}\n"
        for name, unit in (("a", "USD per million tokens"), ("b", "cent/1k tokens"), ("d", "USD per 1M tokens"))
    )
    shown = results(tmp_path, text + "show: [a, b, d]")
    assert {name: (each["value"], each["unit"]) for name, each in shown.items()} == {
        "a": (3, "USD/Mtoken"), "b": (pytest.approx(0.3), "US_cent/ktoken"), "d": (3, "USD/Mtoken"),
    }  # fmt: skip
    assert amount_text(0.01, parse_unit("cent/request")) == "1 cent/request"


def test_prices_of_many_and_sums_of_cents(tmp_path: Path) -> None:
    text = "inputs: {c: 2 cent/request, i: 0.3 cent/image, n: 5 Mrequests}\nformulas:\n"
    text += (
        "  a: {formula: c, in: USD per 1k requests}\n  b: {formula: i, in: USD/kimage}\n  d: c * n\nshow: [a, b, d]\n"
    )
    shown = {name: (each["value"], each["unit"]) for name, each in results(tmp_path, text).items()}
    # 0.02 x 1,000; 0.003 x 1,000; 0.02 x 5,000,000
    assert shown == {
        "a": (pytest.approx(20), "USD/krequest"),
        "b": (pytest.approx(3), "USD/kimage"),
        "d": (100_000, "USD"),
    }


def test_a_figure_that_varies_in_its_last_digits_only_is_drawn_as_one_value(tmp_path: Path) -> None:
    text = "inputs: {a: 1 to 3 USD, b: 7 USD}\nformulas: {c: b * a / a}\nshow: [c]"
    path = tmp_path / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    told = answer_report(answer(resolve(load(str(path), problems), Options(), problems)), likely=True)
    assert "$7" in render(told, to_file=True)


def test_a_file_of_an_allowed_folder_is_named_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "f.yaml").write_text("inputs: {a: 2 USD}\nshow: [a]\n", encoding="utf-8")
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / "s.yaml"
    path.write_text(f"extends: {tmp_path}/far/f.yaml\n", encoding="utf-8")
    problems = Problems()
    with pytest.raises(CalcErrors) as caught:
        resolve(load(str(path), problems, [str(tmp_path / "far")]), Options(), problems)
    assert caught.value.errors[0].hint == "the folder is allowed: write `f.yaml`"
