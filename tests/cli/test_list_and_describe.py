"""`calc list` and `calc describe`: they agree with the catalogue and the seeds, filter, and help with wrong names."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from typing import Any

import pytest
from calc_command import ROOT, SCENARIOS, Ended, calc, compare_with_snapshot

from calc.engine.catalogue import standard_catalogue
from calc.expression import expression_text
from calc.models import MODELS

KINDS = ("quantities", "facts", "bundles", "scenarios")
QUANTITIES = standard_catalogue().quantities
WIDTHS = (20, 40, 80, 120)


@cache
def asked(*arguments: str, width: int = 80) -> Ended:
    done = calc(*arguments, COLUMNS=str(width))
    assert (done.code, done.err) == (0, "")
    return done


def listed(kind: str, *arguments: str) -> list[dict[str, Any]]:
    """Return the rows of the JSON list."""
    found = asked("list", kind, *arguments, "--format", "json").json
    assert found["schema"] == f"calc.{kind}/1"
    rows: list[dict[str, Any]] = found[kind]
    return rows


def described(name: str) -> dict[str, Any]:
    return asked("describe", name, "--format", "json").json


@cache
def seeds() -> dict[str, dict[str, str]]:
    """Return every row of every seed file by id."""
    files = sorted((ROOT / "seeds").glob("*.csv"))
    rows = [row for file in files for row in csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))]
    return {row["id"]: row for row in rows}


def words(text: str) -> set[str]:
    return set(text.split())


# ---------------------------------------------------------------- lists are whole


def test_every_quantity_is_listed_once_with_unit_and_kind() -> None:
    rows = listed("quantities")
    assert [row["name"] for row in rows] == [
        each.name for each in sorted(QUANTITIES.values(), key=lambda each: (each.model, each.name))
    ]
    for row in rows:
        quantity = QUANTITIES[row["name"]]
        assert (row["unit"], row["model"]) == (quantity.unit_text, quantity.model)
        assert (row["low"], row["high"]) == (quantity.low, quantity.high)
        assert row["kind"] == ("formula" if quantity.formulas else "optional input" if quantity.optional else "input")
        assert row["text"]
    variants = next(row for row in rows if row["name"] == "gpu_hours_affordable")["variants"]
    assert variants == ["from_the_first_day", "even_delivery"]


def test_every_fact_of_the_seeds_is_listed_with_its_figures_and_source() -> None:
    rows = listed("facts")
    assert [row["id"] for row in rows] == sorted(seeds())
    for row in rows:
        seed = seeds()[row["id"]]
        for key in ("value", "low", "high"):
            assert row[key] == (float(seed[key]) if seed[key] else None)
        assert row["currency_year"] == (int(seed["currency_year"]) if seed["currency_year"] else None)
        for key in ("subject", "quantity", "unit", "as_of", "status", "source", "url", "note"):
            assert row[key] == seed[key]


def test_every_scenario_is_listed_and_is_what_list_lists_unasked() -> None:
    rows = listed("scenarios")
    assert [row["name"] for row in rows] == SCENARIOS
    assert all(row["title"] and row["question"] for row in rows)
    assert asked("list").out == asked("list", "scenarios").out


@pytest.mark.parametrize("kind", KINDS)
def test_csv_has_the_rows_of_the_json(kind: str) -> None:
    table = list(csv.DictReader(io.StringIO(asked("list", kind, "--format", "csv").out)))
    rows = listed(kind)
    assert len(table) == len(rows) > 0
    for left, right in zip(table, rows, strict=True):
        for column, cell in left.items():
            value = right[column]
            assert cell == ("" if value is None else str(value)) or float(cell) == value


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_names_and_figures_stand_whole_at_every_width(kind: str, width: int) -> None:
    out = asked("list", kind, width=width).out
    found = words(out)
    figures = {word.strip("();") for word in found}
    for row in listed(kind):
        assert (row["id"] if kind == "facts" else row["name"]) in found
        for key in ("value", "low", "high"):
            if kind == "facts" and row[key] is not None:
                assert f"{row[key]:,.12g}" in figures, row["id"]
    assert "\n\n" not in out, "no empty lines between or inside the rows"
    for line in out.splitlines():
        assert line == line.rstrip()
        assert len(line) <= width or len(line.split()) == 1, line


@pytest.mark.parametrize("width", WIDTHS)
def test_a_fact_that_is_nothing_but_a_range_shows_it(width: int) -> None:
    """It has no value of its own; alone in a list it must not take the column of the figures with it."""
    (fact,) = listed("facts", "--subject", "loaded-cost")
    assert fact["value"] is None
    for out in (
        asked("list", "facts", "--subject", "loaded-cost", width=width).out,
        asked("describe", "loaded_cost_multiplier", width=width).out,
    ):
        assert f"{fact['low']:g} to {fact['high']:g}" in " ".join(out.split())


# ---------------------------------------------------------------- filters


def test_words_must_all_fit_whatever_their_case() -> None:
    rows = listed("quantities", "RATED", "power")
    assert {row["name"] for row in rows} >= {"rack_power_rated", "rack_power_derating"}
    for row in rows:
        text = f"{row['name']} {row['text']} {row['unit']} {row['model']} {row['kind']} {row['variants']}"
        text = text.casefold()
        assert "rated" in text
        assert "power" in text
    assert len(rows) < len(listed("quantities", "power")) < len(QUANTITIES)
    assert [row["name"] for row in listed("scenarios", "$50M", "Wang")] == ["fifty-million"]


@pytest.mark.parametrize(
    ("option", "value"), [("--subject", "dgx-a100"), ("--quantity", "server_power"), ("--status", "vendor")]
)
def test_facts_by_subject_quantity_and_status(option: str, value: str) -> None:
    wanted = [name for name, seed in sorted(seeds().items()) if seed[option.strip("-")] == value]
    assert 0 < len(wanted) < len(seeds())
    assert [row["id"] for row in listed("facts", option, value)] == wanted


def test_a_fact_of_which_nobody_knows_the_day_says_so() -> None:
    row = next(row for row in listed("facts", "--subject", "dgx-b200") if row["id"] == "dgx-b200.server_power")
    assert row["as_of"] == ""
    assert "no date" in asked("list", "facts", "--subject", "dgx-b200", width=120).out


def test_bundles_are_the_subjects_of_the_facts() -> None:
    rows = {row["name"]: row for row in listed("bundles")}
    assert sorted(rows) == sorted({seed["subject"] for seed in seeds().values()})
    assert sum(row["facts"] for row in rows.values()) == len(seeds())
    dgx = rows["dgx-a100"]
    own = [seed for seed in seeds().values() if seed["subject"] == "dgx-a100"]
    assert (dgx["facts"], dgx["as_of"]) == (len(own), max(seed["as_of"] for seed in own))
    assert set(dgx["quantities"].split(", ")) == {seed["quantity"] for seed in own}
    priced = listed("bundles", "--quantity", "server_price", "hgx")
    wanted = ["a100-80gb", "a100-80gb-board", "h100-board", "h100-server", "h200-board", "h200-server"]
    assert [row["name"] for row in priced] == [f"hgx-{each}" for each in wanted]


@pytest.mark.parametrize("width", [40, 140])
def test_a_long_list_of_facts_has_its_sources_once_below(width: int) -> None:
    """Hundreds of rows come from a few sources; each row names its own by number."""
    rows = listed("facts", "--quantity", "gpu_hour_price")
    out = asked("list", "facts", "--quantity", "gpu_hour_price", width=width).out
    sources = list(dict.fromkeys(row["source"] for row in rows))
    assert len(rows) > 500
    assert len(sources) < len(rows) / 10
    for number, source in enumerate(sources, 1):
        assert " ".join(out.split()).count(f" [{number}] {source}") == 1
    used = [int(each) for each in re.findall(r"\[(\d+)\]$", out, re.MULTILINE)]
    assert used == [sources.index(row["source"]) + 1 for row in rows]
    # One line a row where there is room, two or three where there is none; then the sources.
    assert len(out.splitlines()) <= len(rows) * (1 if width == 140 else 3) + 6 * len(sources)


def test_filters_and_words_add_up() -> None:
    rows = listed("facts", "--subject", "dgx-a100", "--quantity", "server_price", "640GB")
    assert [row["id"] for row in rows] == ["dgx-a100.server_price@2021-06"]


@pytest.mark.parametrize("model", MODELS)
def test_quantities_by_model(model: str) -> None:
    rows = listed("quantities", "--model", model)
    assert {row["name"] for row in rows} == {each.name for each in QUANTITIES.values() if each.model == model}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["factz"], "did you mean `facts`?"),
        (["catalogues"], "quantities, facts, bundles, scenarios"),
        (["quantities", "--subject", "dgx-h100"], "calc list facts --subject dgx-h100"),
        (["scenarios", "--status", "vendor"], "calc list facts --status vendor"),
        (["bundles", "--subject", "dgx-h100"], "calc list facts --subject dgx-h100"),
        (["bundles", "--quantity", "server_powr"], "did you mean `server_power`"),
        (["facts", "--model", "rack"], "calc list quantities --model rack"),
        (["--quantity", "salary"], "calc list facts --quantity salary"),
        (["facts", "--subject", "dgx-h10"], "did you mean `dgx-h100`"),
        (["facts", "--quantity", "server_powr"], "did you mean `server_power`"),
        (["facts", "--status", "vendr"], "vendor"),
        (["quantities", "--model", "rak"], "rack"),
        (["facts", "no-such-word"], "use fewer words or filters"),
        (["quantities", "no-such-word"], "no quantities fit"),
        (["quantities", "--format", "markdown"], "table, json, csv"),
        (["quantities", "--modle", "rack"], "--model"),
    ],
    ids=" ".join,
)
def test_what_fits_nothing_is_2_and_says_what_to_write(arguments: list[str], message: str) -> None:
    done = calc("list", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "  hint: " in done.err


def test_nothing_found_is_an_empty_list_for_a_script() -> None:
    assert listed("facts", "no-such-word") == []
    (head,) = asked("list", "facts", "no-such-word", "--format", "csv").out.splitlines()
    assert head.startswith("id,value,low,high,unit,")


def test_facts_are_found_by_the_words_of_their_names_and_the_best_come_first() -> None:
    text = asked("list", "facts", "h200").out
    names = re.findall(r"^  ([a-z0-9-]+\.[a-z0-9_@-]+)$", text, re.MULTILINE)
    assert names[0].startswith("h200-")
    assert all("h200" in each for each in names)
    assert not [each for each in names if each.startswith(("region-", "rent-b200"))]
    more = len(asked("list", "facts", "h200", "--format", "json").json["facts"]) - 40
    assert f"and {more:,} more with these words; `--wide` lists all" in text


# ---------------------------------------------------------------- describe


def test_describe_a_formula() -> None:
    found = described("racks_needed")
    assert found["schema"] == "calc.quantity/1"
    assert (found["name"], found["unit"], found["model"], found["low"]) == ("racks_needed", "rack", "rack", 0)
    (formula,) = found["formulas"]
    assert formula["formula"] == "ceil(servers_needed / servers_per_rack)"
    assert formula["needs"] == ["servers_needed", "servers_per_rack"]
    assert (formula["variant"], formula["source"]) == (None, "definition")
    users = {"stranded_power_total", "floor_area", "hosting_power", "hall_power_reserved", "hall_weight"}
    assert set(found["used_by"]) == users
    assert found["facts"] == []


def test_describe_variants_with_what_each_assumes() -> None:
    first, second = described("gpu_hours_affordable")["formulas"]
    assert (first["variant"], second["variant"]) == ("from_the_first_day", "even_delivery")
    assert first["assumes"].startswith("every server stands from the first day")
    assert second["formula"] == f"{first['formula']} / 2"
    text = asked("describe", "gpu_hours_affordable", width=120).out
    for each in (first, second):
        assert f"variant {each['variant']}\n  = {each['formula']}\n  assumes: {each['assumes']}" in text


@pytest.mark.parametrize("name", ["server_life", "server_height", "cny_per_usd", "rack_height", "rack_power_usable"])
def test_facts_that_fit_are_those_of_the_seeds(name: str) -> None:
    found = described(name)
    wanted = {key for key, seed in seeds().items() if seed["quantity"] == name}
    assert {fact["id"] for fact in found["facts"]} == wanted
    text = asked("describe", name, width=120).out
    assert all(re.search(rf"^  {re.escape(each)}: ", text, re.MULTILINE) for each in wanted)
    assert ("no fact gives it" in text) == (not wanted)


def test_a_quantity_of_many_facts_shows_the_newest_and_where_the_rest_is() -> None:
    facts = described("gpu_hour_price")["facts"]
    assert len(facts) > 200
    text = asked("describe", "gpu_hour_price", width=120).out
    shown = re.findall(r"^  (\S+): .* USD/\(gpu\*hour\)\s+\(\d{4}\S*, money of\s+\d{4},\s+\w+\)$", text, re.MULTILINE)
    assert shown == [fact["id"] for fact in facts[:20]]
    assert f"and {len(facts) - 20} earlier ones: `calc list facts --quantity gpu_hour_price`" in text


def test_needs_and_used_by_are_two_sides_of_one_thing() -> None:
    users: dict[str, set[str]] = {name: set() for name in QUANTITIES}
    for quantity in QUANTITIES.values():
        for formula in quantity.formulas.values():
            for each in formula.parameters:
                users[each].add(quantity.name)
    for name in ("server_power", "programme_duration", "budget_total", "floor_area"):
        assert set(described(name)["used_by"]) == users[name]


def test_every_formula_of_a_model_is_shown_whole() -> None:
    """A formula too long to be written is shown as dots, by which nobody can compute it again."""
    texts = [
        expression_text(each.expression) for quantity in QUANTITIES.values() for each in quantity.formulas.values()
    ]
    assert len(texts) > 300
    assert [text for text in texts if "..." in text] == []


def test_describe_says_bounds_kind_and_what_may_be_left_out() -> None:
    multiplier = asked("describe", "loaded_cost_multiplier", width=120).out
    assert "from 1 to 5" in multiplier
    assert "input of the model `people`" in multiplier
    assert 'per rack" may be left out' in asked("describe", "rack_height", width=120).out
    assert "optional input" in asked("describe", "rack_height", width=120).out
    assert "left out" not in asked("describe", "server_price", width=120).out


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rack_need", "did you mean `racks_needed`, "),
        ("Racks_Needed", "did you mean `racks_needed`"),
        ("racks_n\u0435\u0435ded", "U+0435 CYRILLIC SMALL LETTER IE"),
        ("zzzz", "`calc list quantities`"),
    ],
)
def test_an_unknown_name_is_2_with_a_hint(name: str, hint: str) -> None:
    done = calc("describe", name)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error[E-NAME]: ")
    assert hint in done.err


# ---------------------------------------------------------------- golden pictures


@pytest.mark.parametrize("width", [40, 120])
@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "scenarios", "lingang"),
        ("list", "quantities", "--model", "people"),
        ("list", "facts", "--subject", "dgx-h100"),
        ("list", "facts", "us-ai"),
        ("describe", "gpu_hours_affordable"),
        ("describe", "server_power"),
    ],
    ids=" ".join,
)
def test_picture(arguments: tuple[str, ...], width: int) -> None:
    name = "-".join(each.strip("-") for each in arguments)
    compare_with_snapshot(f"{name}-{width}.txt", asked(*arguments, width=width).out)


def test_choices_are_described_and_figures_say_which_decide_them() -> None:
    shown = asked("describe", "flows_count").out
    for words in ("`use: {flows_count: middle}`", "as if paid evenly", "start", "end", "decides", "flow_timing"):
        assert words in shown
    # The convention stands beside every figure that follows it, and beside no other.
    for name in ("owning_npv", "owning_payback", "owning_levelised_cost_per_gpu_hour", "selling_npv"):
        assert "flows_count: middle (in the middle of the year, as if paid evenly), else `start` or `end`" in unwrapped(
            name
        )
    assert "flows_count" not in unwrapped("servers_per_rack")
    assert {each["name"]: each["default"] for each in described("flow_timing")["choices"]} == {"flows_count": "middle"}
    assert described("amortisation")["unless_given"] == {}
    assert "did you mean `flows_count`?" in calc("describe", "flows_cont").err


def unwrapped(name: str) -> str:
    return " ".join(asked("describe", name).out.split())
