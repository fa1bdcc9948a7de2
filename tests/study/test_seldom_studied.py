"""What studies and plans of a hall seldom refuse or answer: words and figures, by hand."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import calc
from rows import each_row

from calc.errors import CalcError, Problems, flatten
from calc.placement import plan
from calc.report.json import as_dict
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study import sweep
from calc.study.answer import answer, resolved

if TYPE_CHECKING:
    from pathlib import Path


def answered(text: str) -> dict[str, Any]:
    problems = Problems()
    return as_dict(answer(resolve(load_text(text, "s.yaml", problems), Options(), problems)))


PARTS = "parts: {a: {facts: [dgx-h100]}}\n"
RACKS = "cabinets: {b: {inputs: {racks_available: 4 racks, rack_power_rated: 25 kW}}}\n"
SUMS = "totals: {all: sum of gpus, used: sum of racks_used}\n"
# A hall of 4 cabinets of 25 kW, two servers of 10.2 kW with 8 GPUs in each.
HALL = f"{PARTS}{RACKS}{SUMS}"
MOST = "place: {maximise: gpus}\nshow: [gpus]\n"
YEARS = "years: 2026 to 2027\n"
RACK = "inputs: {rack_power_rated: 10 kW, server_power: 2 to 3 kW}\nshow: [servers_per_rack]\n"
SHARE = "inputs: {share: {by year: {2026: 1, 2027: 2}}, b: 2, c: 3}\nformulas: {x: share * b * c}\nshow: [x]\n"
# Scenario, and place, message and hint.
REFUSED = {
    # ---------------- plans
    "power by year": (
        f"{YEARS}{HALL}{MOST}".replace("h100]", "h100], inputs: {server_power: {by year: {2026: 10 kW, 2027: 11 kW}}}"),
        "5:8 `server_power in a` differs from year to year: give one value: a plan is made once, for all years"),
    "half a cabinet": (
        f"{HALL}{MOST}".replace("4 racks", "4.5 racks"),
        "4:8 `racks_available in b` is 4.5 racks, and only whole ones are placed: give a whole number"),
    "a server without power": (
        f"parts: {{a: {{inputs: {{server_power: 0 kW, gpus_per_server: 8 gpus}}}}}}\n{RACKS}{MOST}",
        "3:8 a server of part `a` draws no power: give its `server_power`, above 0 kW"),
    "a limit through a ratio that is not given": (
        f"inputs: {{grid_power: 1 MW}}\n{HALL}{MOST}",
        ("5:8 `grid_power` limits the hall through its `pue`, which is not given: give `pue` under `inputs:`; "
        "it holds for the whole hall")),
    "a wish by year": (
        (f"{YEARS}{HALL}inputs: {{f: {{by year: {{2026: 1, 2027: 2}}}}}}\nformulas: {{x: gpus * f}}\n"
        "place: {maximise: x}\nshow: [gpus]\n"),
        "7:8 `x in a` differs from year to year: want a sum over the years, such as `total(x)`, as a formula"),
    "a wish that is not included": (
        f"{HALL}place: {{maximise: network_power}}\nshow: [gpus]\n",
        ("4:8 `network_power in a` is not included: `network_power` is not given: give what it needs, or name another "
        "figure")),
    "a wish that is a ratio": (
        f"inputs: {{cost: 100 USD}}\n{HALL}formulas: {{per: cost / all}}\nplace: {{minimise: per}}\nshow: [gpus]\n",
        ("6:8 `per` is a ratio: with nothing placed it has no value, because all is 0: name an amount that adds up; a "
        "ratio has no value where nothing stands")),
    "a plan at too many points": (
        f"{HALL}{MOST}sweep: {{rack_power_rated in b: 5 to 50 kW in 20000 steps}}\n",
        ("6:32 20,000 points are too many to place servers at each of them: at most 1,000 plans are made; take larger "
        "steps")),
    "a comparison with a case that has no plan": (
        HALL.replace("h100]", "h100], inputs: {servers: 100 servers}") + "place: {}\nshow: [all]\ncompare: {cases: [x, y]}\n"  # noqa: E501  # a file
        "cases: {x: {}, y: {parts: {b: {inputs: {racks_available: 100 racks}}}}}\n",
        "4:8 `racks_used in b` is decided by `place`: a plan is made first, and there is none"),
    # ---------------- searches and sweeps
    "the best of what differs by year": (
        f"{YEARS}{SHARE}find: {{maximise: x, over: {{b: 1 to 2, c: 1 to 2}}}}\n",
        "5:7 `x` differs from year to year: take a sum over the years, such as `total(x)`"),
    "the best of what is not included": (
        ("inputs: {server_power: 2 kW, servers: 3 servers}\nshow: [servers]\n"
        "find: {minimise: network_power, over: {servers: 1 to 3 servers, server_power: 1 to 2 kW}}\n"),
        "3:7 `network_power` is not included, so it has no best: give what it needs, or name another figure"),
    "a rank of what differs by year": (
        f"{YEARS}{SHARE}sweep: {{b: [1, 2], maximise: x}}\n",
        "5:12 `x` differs from year to year: rank a sum over the years, such as `total(x)`"),
    "a rank of what is not included": (
        "inputs: {servers: 3 servers}\nshow: [servers]\nsweep: {servers: [1 server, 2 servers], maximise: network_power}\n",  # noqa: E501  # what is told
        "3:18 `network_power` is not computed or not included: give what it needs, or rank by another figure"),
    "a confidence at too many points": (
        (f"{RACK}uncertainty: {{samples: 1000000}}\nsweep: {{rack_power_rated: 5 to 25 kW in 5000 steps, "
        "so that: [servers_per_rack >= 3 with 80 % confidence]}\n"),
        ("4:27 5,000 points with 1,000,000 samples each are too many for a confidence: at most 20,000,000 samples are "
        "drawn in all; take fewer `samples` or larger steps")),
    # ---------------- too large for a number
    "a figure at a point of a sweep": (
        "inputs: {x: 1}\nformulas: {y: exp(x)}\nshow: [y]\nsweep: {x: [1, 2, 1000, 2000]}\n",
        "1:1 `y` = exp(x) overflows: its inputs are x = 1,000"),
    "a figure at a point of a grid by year": (
        (f"{YEARS}inputs: {{x: 1, k: {{start: 1, grows: 100 %/year}}}}\nformulas: {{y: exp(x * k)}}\nshow: [y]\n"
        "sweep: {x: [1, 2], k: [1, 500]}\n"),
        "1:1 `y` = exp(x * k) overflows in 2027: its inputs are x = 1, k = 500 in the first year, 1,000 in the last"),
    "a sum over parts": (
        "parts: {a: {inputs: {x: 1.5e308 W}}, b: {inputs: {x: 1.6e308 W}}}\ntotals: {y: sum of x}\nshow: [y]\n",
        "1:1 `y` overflows: it adds up `x` over the parts"),
    "a figure in its unit": (
        "inputs: {x: 1e305 cent, k: 1e5}\nformulas: {y: {formula: x * k, in: cent}}\nshow: [y]\n",
        "1:1 `y` overflows in `US_cent`: look for an input that is given in the wrong unit"),
}  # fmt: skip


@each_row(("text", "wanted"), REFUSED)
def test_what_is_refused(text: str, wanted: str) -> None:
    with pytest.raises(CalcError) as found:
        answered(text)
    (error,) = flatten([found.value])
    assert error.place is not None
    assert f"{error.place.line}:{error.place.column} {error.message}: {error.hint}" == wanted


def test_the_samples_of_a_figure_that_are_too_large_are_refused() -> None:
    # Their squares, of which the error of the mean is made, are 1e400 and more.
    with pytest.raises(CalcError, match="the samples of `y` are too large for a mean and its error"):
        answered("inputs: {x: 1e200 W to 1e201 W}\nformulas: {y: x * 1}\nshow: [y]\n")


# Wishes, and what would have to be given up of them.
GIVEN_UP = {
    "servers of a part": (f"{HALL}place: {{minimise: racks_used}}\nshow: [gpus]\n".replace(
        "h100]", "h100], inputs: {servers: 100 servers}"),
        ("some of the 100 servers of part `a` (at most 8 fit; it runs into `racks_available in b` (a cabinet is full by "  # noqa: E501  # what is told
        "power))")),
    "a number": (f"{HALL}place: {{maximise: gpus, so that: [all >= 1000 gpus]}}\nshow: [gpus]\n",
                 "`all >= 1000 gpus` (64 of 1,000 gpus; it runs into `racks_available in b` (a cabinet is full by power))"),  # noqa: E501  # what is told
    "a wish beside another": (
        f"{HALL}place: {{maximise: gpus, so that: [all >= 1000 gpus, used <= 1 racks]}}\nshow: [gpus]\n",
        "`all >= 1000 gpus` (16 of 1,000 gpus; it runs into `used <= 1 racks`)"),
    "a wish against a figure": (
        ("parts: {a: {facts: [dgx-h100], inputs: {wanted: 1000 gpus}}}\n"
        f"{RACKS}totals: {{all: sum of gpus, asked: sum of order}}\nformulas: {{order: wanted * 1}}\n"
        "place: {maximise: gpus, so that: [all >= asked]}\nshow: [gpus]\n"), "`all >= asked` (it can be met but for 936 gpus; it runs into `racks_available in b` (a cabinet is full by power))"),  # noqa: E501  # what is told
}  # fmt: skip


@each_row(("text", "wanted"), GIVEN_UP)
def test_what_cannot_be_had_says_how_much_can(text: str, wanted: str) -> None:
    (case,) = answered(text)["cases"]
    assert case["placement"]["status"] == "infeasible"
    assert [each["text"] for ways in case["placement"]["give_up"] for each in ways] == [wanted]


def test_a_hall_without_cabinets_holds_nothing() -> None:
    (case,) = answered(f"{HALL}{MOST}".replace("4 racks", "0 racks"))["cases"]
    assert (case["placement"]["status"], case["placement"]["cabinets"]) == ("optimal", [])
    (racks,) = case["placement"]["limits"]
    assert (racks["name"], racks["used"], racks["available"]) == ("racks_available", 0, 0)


def test_wishes_alone_and_twice_are_kept() -> None:
    for years in ("", YEARS):
        wishes = "place: {so that: [all >= 24 gpus, all >= 24 gpus]}\nshow: [gpus]\n"
        (case,) = answered(f"{years}{HALL}{wishes}")["cases"]
        # At least three servers of 8 GPUs.
        assert case["placement"]["status"] == "optimal"
        assert case["parts"][0]["results"]["gpus"]["value"] >= 24


def test_what_limits_nothing_is_told() -> None:
    found = answered(f"inputs: {{hall_liquid_cooling: 100 kW, hall_floor_area: 100 m^2}}\n{HALL}{MOST}")
    assert (
        "`hall_liquid_cooling` cools no server: no part gives `liquid_share`, so air takes all heat"
        in found["warnings"]
    )
    # Without the area of a cabinet none is used up.
    assert not {"hall_floor_area", "floor_load_limit"} & {
        each["name"] for each in found["cases"][0]["placement"]["limits"]
    }


def test_a_sweep_has_no_figures_where_the_servers_do_not_fit() -> None:
    placed = f"{HALL}place: {{}}\n".replace("h100]", "h100], inputs: {servers: 6 servers}")
    (case,) = answered(f"{placed}sweep: {{rack_power_rated in b: 15 to 25 kW step 10 kW}}\n")["studies"]["sweep"][
        "cases"
    ]
    # Four cabinets of 15 kW hold one server each, and of 25 kW three hold six.
    assert {each["name"]: each["values"] for each in case["columns"]} | {"all": 0, "used": 0} == {
        "rack_power_rated in b": [15, 25], "servers in a": [None, 6], "racks_used in b": [None, 3], "all": 0, "used": 0,
    }  # fmt: skip


def test_what_samples_break_of_a_plan_is_told_of_the_cases_that_have_any() -> None:
    placed = f"{HALL}place: {{}}\nshow: [all]\n".replace("h100]", "h100], inputs: {servers: 8 servers}")
    cases = "cases: {sure: {}, unsure: {parts: {a: {inputs: {server_power: 9 to 15 kW}}}}}\n"
    sure, unsure = answered(f"{placed}{cases}".replace("25 kW", "26 kW"))["cases"]
    assert "broken" not in sure["placement"]
    # Two servers of 9 to 15 kW are over 26 kW where one is over 13 kW: in 2 of 6.
    assert unsure["placement"]["broken"] == {
        "any": pytest.approx(1 / 3, abs=1e-3), "rack_power_usable in b": pytest.approx(1 / 3, abs=1e-3),
    }  # fmt: skip


def test_a_long_sweep_on_a_terminal_says_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As a hundred thousand points and five seconds are.
    monkeypatch.setattr(sweep, "_PROBE", 2)
    monkeypatch.setattr(sweep, "_TELL_SECONDS", 0.0)
    text = f"{RACK}sweep: {{rack_power_rated: 10 to 20 kW in 101 steps}}\n"
    answered(text)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    answered(text)
    assert capsys.readouterr().err.startswith("101 points, 0.0 GB, about ")


def test_what_drives_what_is_given_and_around_nothing() -> None:
    found = answered(
        "inputs: {a: {mean: 0 kW, sd: 1 kW}, b: 2 to 3}\nformulas: {x: a * b}\nshow: [x, a]\nsensitivity: {of: [x, a]}\n"  # noqa: E501  # what is told
    )["studies"]["sensitivity"]["cases"][0]
    assert found["not_driven"] == {"a": "it is given, and nothing drives it"}
    # By how many per cent x changes for one of an input has no answer around 0.
    assert {each["name"]: each["elasticity"] for each in found["figures"]["x"]["inputs"]} == {"a": None, "b": None}


def test_commands_of_studies_say_what_they_lack(tmp_path: Path) -> None:
    both = "inputs: {server_power: 2 kW}\ncases: {%s: {rack_power_rated: 10 kW}, %s: {rack_power_rated: 20 kW}}\n"
    (tmp_path / "one.yaml").write_text(f"{both % ('a', 'b')}show: [servers_per_rack]\n")
    (tmp_path / "two.yaml").write_text(f"{both % ('c', 'd')}show: [servers_per_rack]\n")
    (tmp_path / "rack.yaml").write_text(RACK)
    (tmp_path / "list.yaml").write_text(f"{RACK}sensitivity: [rack_power_drawn]\n")
    (tmp_path / "hall.yaml").write_text(
        f"{HALL}{MOST}".replace("h100]", "h100], inputs: {gpus_per_server: 6 to 8 gpus}")
    )
    rows = [
        (["compare", "one.yaml", "two.yaml"], "`one.yaml` has 2 cases", "name one after it: `a`, `b`"),
        (["compare", "one.yaml", "rack.yaml"], "`one.yaml` has 2 cases", "name one after it: `a`, `b`"),
        (["compare", "one.yaml", "a", "two.yaml"], "`two.yaml` has 2 cases", "name one after it: `c`, `d`"),
        (["sweep", "rack.yaml"], "the scenario has no section `sweep`", 'add `--axis "rack_power_rated='),
        (["find", "rack.yaml"], "the scenario has no section `find`", 'add `--goal "smallest rack_power_rated'),
        (
            ["run", "hall.yaml", "--samples", "3000000"],
            "3,000,000 samples are too many where servers are placed",
            "take",
        ),
    ]
    for words, message, hint in rows:
        done = calc(*words, cwd=tmp_path)
        assert (done.code, done.out) == (2, ""), done.err
        assert message in done.err
        assert f"hint: {hint}" in done.err
    # A list for a section is the figures that are looked at, and options stand beside it.
    (case,) = calc("sensitivity", "list.yaml", "--flip", "servers_per_rack <= 4", "--json", cwd=tmp_path).json["cases"]
    assert list(case["figures"]) == ["rack_power_drawn"]


def test_many_cases_are_sized_up_and_answered_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def sized(text: str) -> dict[str, Any]:
        problems = Problems()
        return as_dict(answer(resolved(load_text(text, "s.yaml", problems), Options(), problems)))

    text = (
        "inputs: {server_power: 2 kW}\nshow: [servers_per_rack]\ncases:\n"
        "  a: {rack_power_rated: {value: 10 kW, source: x}}\n  b: {rack_power_rated: {value: 21 kW, source: y}}\n"
        "  c: {rack_power_rated: 3 kW}\n"
    )
    # As two hundred are.
    monkeypatch.setattr(sys.modules[answer.__module__], "MANY", 2)
    assert sized(text) == answered(text)
    assert [each["results"]["servers_per_rack"]["value"] for each in sized(text)["cases"]] == [5, 10, 1]
    # More samples than are kept, of which none is drawn where nothing is uncertain.
    assert len(sized(f"{text}uncertainty: {{samples: 5000000}}\n")["cases"]) == 3
    # What is wrong with all of them, and with one, is told as of few.
    for old, new in (("3 kW", "3"), ("show: [servers_per_rack]", "show: [server_per_raks]")):
        with pytest.raises(CalcError) as few:
            answered(text.replace(old, new))
        with pytest.raises(CalcError) as many:
            sized(text.replace(old, new))
        assert str(many.value) == str(few.value)


def test_a_plan_is_made_where_there_is_no_standard_output() -> None:
    problems = Problems()
    scenario = resolve(load_text(f"{HALL}{MOST}", "s.yaml", problems), Options(), problems)
    kept = os.dup(1)
    os.close(1)
    try:
        found = as_dict(answer(scenario))
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    # 4 cabinets, 2 servers of 8 GPUs in each
    assert found["cases"][0]["placement"]["wanted"]["value"] == 64


def test_loads_that_can_stand_in_too_many_ways_have_no_imbalance(monkeypatch: pytest.MonkeyPatch) -> None:
    # 1, 2 and 3 on a phase each: one of them is 1 away from their mean, 2.
    assert plan.phase_imbalance([1.0, 2.0, 3.0]) == 0.5
    monkeypatch.setattr(plan, "_MOST_WAYS", 2)
    assert plan.phase_imbalance([1.0, 2.0, 3.0]) is None
