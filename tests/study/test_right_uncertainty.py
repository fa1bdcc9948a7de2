"""Uncertainty that is right: ranges hold what they say, errors are what they are, and nothing else moves a figure."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import calc
from calc.study import statistics

# Some have a value only where a study chooses one.
CHOSEN = {"cabinet-sweep", "largest-model-for-20m"}
SHIPPED = sorted({each.stem for each in (Path(__file__).parents[2] / "scenarios").glob("*.yaml")} - CHOSEN)
# With parts, years, cases, correlations, own formulas and ranges of all kinds.
SOME = ["two-clusters", "own-colo-rent", "fifty-million", "serving-fleet"]


def every(names: list[str]) -> pytest.MarkDecorator:
    """Run a test on some shipped scenarios, and on all others where that is asked for."""
    rest = [each for each in SHIPPED if each not in names]
    return pytest.mark.parametrize(
        "name", [*names, *(pytest.param(each, marks=pytest.mark.exhaustive) for each in rest)]
    )


# ---------------------------------------------------------------- truths and errors

MODEL: dict[str, Any] = {
    "inputs": {
        "even": "1 to 3",
        "peaked": {"low": "1", "likely": "2", "high": "4"},
        "bell": {"mean": "10", "sd": "1"},
        "skewed": {"p10": "1", "p90": "2"},
        "few": "20",
    },
    "formulas": {
        "cost": "skewed * even / peaked + bell",
        "count": "floor(skewed * even * few)",
        "least": "minimum(skewed, even) * bell",
    },
    "show": ["cost", "count", "least"],
}


def model(samples: int, seed: int, method: str = "sobol") -> dict[str, dict[str, Any]]:
    found = calc.run({**MODEL, "uncertainty": {"samples": samples, "seed": seed, "method": method}}).to_dict()
    results: dict[str, dict[str, Any]] = found["cases"][0]["results"]
    return results


def test_a_thousand_truths_lie_inside_the_ranges_as_often_as_they_say() -> None:
    random, size = np.random.default_rng(20261130), 1000
    even, peaked, bell = random.uniform(1, 3, size), random.triangular(1, 2, 4, size), random.normal(10, 1, size)
    # A lognormal one with p10 1 and p90 2: its logarithm has mean ln 2 / 2 and sd ln 2 / (2 x 1.2816).
    skewed = random.lognormal(np.log(2) / 2, np.log(2) / (2 * 1.2815515655), size)
    truths = {
        "cost": skewed * even / peaked + bell,
        "least": np.minimum(skewed, even) * bell,
    }
    found = model(20_000, 7)
    for name, values in truths.items():
        inside = np.mean((values >= found[name]["p10"]) & (values <= found[name]["p90"]))
        # Twice the standard error of a share of 80 % of 1,000 is 2.5 %.
        assert abs(inside - 0.8) <= 0.026, (name, inside)


def honest(samples: int, seeds: int, method: str) -> dict[str, float]:
    """Return the standard errors that answers tell over those that answers with different seeds have."""
    runs = [model(samples, seed, method) for seed in range(seeds)]
    found = {}
    for name in ("cost", "count", "least"):
        for key in ("mean", "p10", "p50", "p90"):
            true = np.std([run[name][key] for run in runs], ddof=1)
            told = np.sqrt(np.mean([run[name]["standard_errors"][key] ** 2 for run in runs]))
            if true > 0 and (key == "mean" or name != "count"):
                found[f"{name} {key}"] = float(told / true)
    return found


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_standard_errors_are_honest(method: str) -> None:
    """With Sobol points those of batches were 2 to 6 times too large."""
    # A spread of 24 is off by 1 / sqrt(2 x 23) = 15 %, the worst of nine by about three of these.
    ratios = honest(1000, 24, method)
    assert len(ratios) == 9
    assert all(0.6 < each < 1.6 for each in ratios.values()), ratios
    assert 0.85 < np.exp(np.mean(np.log(list(ratios.values())))) < 1.2, ratios


@pytest.mark.exhaustive
@pytest.mark.parametrize(("samples", "seeds"), [(5_000, 60), (20_000, 60), (300_000, 30)])
def test_standard_errors_are_honest_for_more_samples(samples: int, seeds: int) -> None:
    ratios = honest(samples, seeds, "sobol")
    assert all(0.45 < each < 2.2 for each in ratios.values()), ratios
    assert 0.75 < np.exp(np.mean(np.log(list(ratios.values())))) < 1.35, ratios


# ---------------------------------------------------------------- what changes nothing

NUMBERS = ("value", "mean", "p5", "p10", "p50", "p90", "p95", "standard_errors", "by_year", "unit")
STUDIES = ("sweep", "find", "sensitivity", "compare", "expect", "table")


def written(name: str) -> dict[str, Any]:
    """Return a shipped scenario as it is written, all values as text, without studies and promises."""
    text = (Path(__file__).parents[2] / "scenarios" / f"{name}.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # it makes texts, lists and mappings only
    return {key: each for key, each in found.items() if key not in STUDIES}


def numbers(found: dict[str, Any]) -> dict[tuple[str, str, str], Any]:
    """Return all numbers of a JSON result by case, part and figure."""
    columns: dict[tuple[str, str, str], Any] = {}
    for case in found["cases"]:
        for part in (*case.get("parts", ()), case):
            place = case["name"], "" if part is case else part["name"]
            for name, each in part["results"].items():
                columns[*place, name] = {key: each[key] for key in NUMBERS if key in each}
            columns[*place, "checks"] = sorted(json.dumps([each["check"], each["value"], each["passed"]])
                                               for each in part["checks"])  # fmt: skip
    return columns


def turned(value: Any) -> Any:
    """Return a value with the keys of all mappings in the other order."""
    if isinstance(value, dict):
        return {key: turned(each) for key, each in reversed(value.items())}
    return [turned(each) for each in value] if isinstance(value, list) else value


def plain_run(found: dict[str, Any]) -> dict[tuple[str, str, str], Any]:
    return numbers(calc.run(found, samples=300).to_dict())


@every(SOME)
def test_the_order_of_keys_cases_parts_and_formulas_changes_nothing(name: str) -> None:
    """That of parts changed the thirteenth digit of sums over them."""
    found = written(name)
    assert plain_run(found) == plain_run(turned(found))


def test_sums_over_parts_do_not_depend_on_their_order() -> None:
    names = [f"p{at}" for at in range(5)]
    each = {name: {"inputs": {"a": f"{0.1 * (at + 1) ** 3:.3f} USD", "b": f"{at + 1} to {at + 3} USD"}}
            for at, name in enumerate(names)}  # fmt: skip
    whole = {"formulas": {"c": "a * 1 + b"}, "totals": {"all": "sum of c"}, "show": ["all"],
             "sweep": {"x": ["1 USD", "2 USD"]}, "inputs": {"x": "$1"}, "checks": ["all <= x * 2 + all"]}  # fmt: skip
    random = np.random.default_rng(5)
    results = []
    for _ in range(3):
        order = random.permutation(names).tolist()
        found = calc.run({**whole, "parts": {name: each[name] for name in order}}, samples=300)
        results.append((numbers(found.to_dict())["base", "", "all"], found.studies["sweep"]["cases"][0]["columns"]))
    assert all(each == results[0] for each in results)


@pytest.mark.parametrize("name", ["fifty-million", "lingang-racks"])
def test_an_input_that_nothing_uses_changes_nothing(name: str) -> None:
    found = written(name)
    given = {"hall_floor_area": "1000 m2", **found.get("inputs", {})}
    assert plain_run({**found, "inputs": given}) == plain_run(found)


def test_ranges_that_nothing_uses_move_no_sobol_point() -> None:
    """Names that met took each other's dimension, and twice as many names were spread anew."""
    given = {
        "a": "1 to 2",
        "b": {"p10": "1", "p90": "2"},
        "c": "2 to 3",
        "grown": {"start": "1", "grows": "1 to 2 %/year"},
    }
    formulas = {"e": "d * 2 + grown", "f": "sum_e + a * b / c"}
    parts = {name: {"inputs": {"d": "1 to 2"}} for name in ("one", "other")}
    few: dict[str, Any] = {
        "years": "2026 to 2027", "inputs": given, "parts": parts, "totals": {"sum_e": "sum of e"}, "formulas": formulas,
        "show": ["f"], "checks": ["f <= 8"], "uncertainty": {"correlate": {"a with b": "0.5"}},
    }  # fmt: skip
    rest, own = [f"a{at}" for at in range(40)], [f"d{at}" for at in range(9)]
    many = {
        **few, "inputs": {**dict.fromkeys(rest, "1 to 2"), **given},
        "parts": {name: {"inputs": {"d": "1 to 2", **dict.fromkeys(own, "1 to 2")}} for name in parts},
        "formulas": {**formulas, "g": " + ".join(["a", *rest]), "h": " + ".join(own)},
        "uncertainty": {"correlate": {"a with b": "0.5", "a0 with a": "0.3"}},
    }  # fmt: skip
    found = plain_run(few)
    assert plain_run(many) == found
    # Nor does what is asked for beside them.
    shown = numbers(calc.run(many, samples=300, show=["f", "g", "h"]).to_dict())
    assert {key: shown[key] for key in found} == found
    # As an option gives them.
    settings = {"hall_floor_area": "900 to 1100 m2", "compute_growth": "2 to 3", "data_budget": "1 to 2 MUSD"}
    assert plain_run({**few, "inputs": {**given, **settings}}) == found


def test_what_only_an_option_asks_for_is_moved_by_nothing_else() -> None:
    """Not by what is asked for beside it, nor by what nothing uses: 31 names spread over more points than 21."""
    own, more = [f"a{at}" for at in range(20)], [f"z{at}" for at in range(10)]
    few: dict[str, Any] = {"inputs": dict.fromkeys(["b", *own], "1 to 2"), "show": ["t"],
                           "formulas": {"t": "b * 2", "s": " + ".join(own)}}  # fmt: skip
    many = {**few, "inputs": dict.fromkeys(["b", *own, *more], "1 to 2"),
            "formulas": {**few["formulas"], "y": " + ".join(["a0", *more])}}  # fmt: skip
    found = numbers(calc.run(few, samples=300, show=["s"]).to_dict())["base", "", "s"]
    for scenario, beside in ((few, ["s", "t"]), (many, ["s"]), (many, ["s", "t", "y"])):
        asked = numbers(calc.run(scenario, samples=300, show=beside).to_dict())
        assert asked["base", "", "s"] == found, beside


def test_a_line_of_a_table_draws_as_its_scenario_does(tmp_path: Path) -> None:
    """Although it asks for one figure of several, and promises another."""
    rest = [f"a{at}" for at in range(40)]
    one = {"inputs": dict.fromkeys(["a", "b", *rest], "1 to 2"), "show": ["f", "g"],
           "formulas": {"f": "a * b", "g": " + ".join(rest), "h": "f + a0"}}  # fmt: skip
    line = {"scenario": "one.yaml", "computed": ["f"], "stated": ["h"]}
    (tmp_path / "one.yaml").write_text(json.dumps(one), encoding="utf-8")
    (tmp_path / "all.yaml").write_text(json.dumps({"table": {"x": line}, "expect": {"x": {"f": "2.25"}}}), "utf-8")
    alone = calc.run(tmp_path / "one.yaml", samples=300).to_dict()["cases"][0]["results"]["f"]
    found = calc.run(tmp_path / "all.yaml", samples=300).to_dict()["table"][0]["computed"]["f"]
    assert found["p50"] == alone["p50"]


# ---------------------------------------------------------------- other units

# What a unit at the beginning may be written as, and by what its number is multiplied then.
OTHER = {
    "W": ("kW", "0.001"), "kW": ("W", "1000"), "MW": ("kW", "1000"), "GW": ("kW", "1000000"),
    "kWh": ("Wh", "1000"), "MWh": ("kWh", "1000"), "GWh": ("MWh", "1000"),
    "USD": ("kUSD", "0.001"), "CNY": ("kCNY", "0.001"), "EUR": ("kEUR", "0.001"), "MUSD": ("USD", "1000000"),
    "kg": ("g", "1000"), "gCO2e": ("kgCO2e", "0.001"), "kgCO2e": ("gCO2e", "1000"), "tCO2e": ("kgCO2e", "1000"),
    "year": ("months", "12"), "years": ("months", "12"), "month": ("hours", "730"), "months": ("hours", "730"),
    "day": ("hours", "24"), "days": ("hours", "24"), "hour": ("minutes", "60"), "hours": ("minutes", "60"),
    "minutes": ("s", "60"), "s": ("ms", "1000"), "ms": ("s", "0.001"),
    "%": ("", "0.01"), "GB": ("MB", "1000"), "TB": ("GB", "1000"), "TB/s": ("GB/s", "1000"), "m": ("mm", "1000"),
    "TFLOPS": ("PFLOPS", "0.001"), "PFLOPS": ("TFLOPS", "1000"), "l": ("m3", "0.001"), "L": ("m3", "0.001"),
}  # fmt: skip
LETTERS = {"": "1", "k": "1e3", "M": "1e6", "B": "1e9", "T": "1e12"}
NUMBER = r"([\d,]+(?:\.\d+)?(?:e-?\d+)?)([kMBT]?)"
AMOUNT = re.compile(rf"(\$?){NUMBER}(?: to (\$?){NUMBER})? ?(%|[A-Za-z][A-Za-z0-9]*)?((?:[/* -].*)?)")
WORDS = {"source", "note", "fact", "facts", "use", "status", "as_of", "url", "unit", "extends", "grows", "with"}


def otherwise(text: str) -> str:
    """Return an amount or a range in another unit of the same kind; what is none of a known unit stays as it is."""
    found = AMOUNT.fullmatch(text.strip())
    if found is None:
        return text
    dollar, first, letter, _, last, last_letter, unit, rest = found.groups()
    unit = "USD" if dollar and not unit else unit
    if unit not in OTHER or (dollar and unit != "USD"):
        return text
    other, factor = OTHER[unit]

    def moved(number: str, letter: str) -> str:
        return f"{Decimal(number.replace(',', '')) * Decimal(LETTERS[letter]) * Decimal(factor):f}"

    ends = [moved(first, letter), *([moved(last, last_letter)] if last else [])]
    return f"{' to '.join(ends)} {other}{rest}".rstrip()


def in_other_units(value: Any, key: str, changed: list[str]) -> Any:
    """Return what a scenario gives with its amounts in other units; what is changed is noted."""
    if isinstance(value, dict):
        return {each: one if each in WORDS else in_other_units(one, each, changed) for each, one in value.items()}
    if not isinstance(value, str) or otherwise(value) == value:
        return value
    changed.append(key)
    return otherwise(value)


@every([*SOME, "abilene", "bloom", "measured-power"])
def test_an_input_in_another_unit_gives_the_same(name: str) -> None:
    found, changed = written(name), list[str]()
    other = {each: in_other_units(value, each, changed) if each in {"inputs", "cases", "parts"} else value
             for each, value in found.items()}  # fmt: skip
    one, two = plain_run(found), plain_run(other)
    for column, figures in one.items():
        # A scenario's own quantity is told in the unit that it is written in.
        if column[2] != "checks" and figures["unit"] == two[column]["unit"]:
            assert_near(figures, two[column], column)
    assert len(changed) >= (3 if name in SOME else 0)


def assert_near(one: Any, other: Any, where: object) -> None:
    """Compare all numbers of two results to 1e-12; errors are differences, whose digits are fewer."""
    if isinstance(one, dict):
        for key, each in one.items():
            if key != "standard_errors":
                assert_near(each, other[key], (where, key))
    elif isinstance(one, list):
        for at, each in enumerate(one):
            assert_near(each, other[at], (where, at))
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-12, abs=1e-12 * abs(one)), where
    else:
        assert other == one, where


# ---------------------------------------------------------------- what may differ from machine to machine


def test_hash_seed_locale_time_zone_and_threads_change_no_byte() -> None:
    def answer(**more: str) -> bytes:
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1798761600", **more}
        line = [sys.executable, "-m", "calc", "run", "two-clusters", "--format", "json"]
        done = subprocess.run(line, capture_output=True, check=True, env=environment)
        return done.stdout

    one = answer(PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C.UTF-8", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    other = answer(PYTHONHASHSEED="77", TZ="Asia/Shanghai", LC_ALL="de_DE.UTF-8", LANG="zh_CN.UTF-8",
                   OMP_NUM_THREADS="4", OPENBLAS_NUM_THREADS="4")  # fmt: skip
    assert one == other


@pytest.mark.parametrize("name", ["fifty-million", "two-clusters"])
def test_the_size_of_blocks_changes_no_digit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer() -> dict[tuple[str, str, str], Any]:
        return numbers(calc.run(name, samples=5000).to_dict())

    whole = answer()
    monkeypatch.setattr(statistics, "BLOCK", 1 << 11)
    assert answer() == whole


def test_workers_and_pieces_change_no_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.study import simulate

    def answer() -> dict[str, Any]:
        monkeypatch.setattr(simulate, "KEPT", 10_000)
        monkeypatch.setattr(simulate, "FIRST", 1 << 12)
        found = model(70_000, 3)
        return {name: {key: each[key] for key in NUMBERS if key in each} for name, each in found.items()}

    whole = answer()
    monkeypatch.setattr(simulate, "CHUNK", 1 << 15)
    pieces = answer()
    for name, one in whole.items():
        # A mean is a sum of the sums of pieces.
        assert {**one, "mean": 0} == {**pieces[name], "mean": 0}
        assert one["mean"] == pytest.approx(pieces[name]["mean"], rel=1e-13)
