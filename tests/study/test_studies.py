"""Sweep, goal-seek and the search for a best: against pen and paper."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import calc as command

import calc
from calc.cli.answering import answered, options
from calc.report.json import as_dict

if TYPE_CHECKING:
    from pathlib import Path

SERVER = {"server_power": "4.5 kW", "servers_needed": "250 servers"}


def studies(scenario: dict[str, Any], **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = calc.run(scenario, **options).to_dict()["studies"]
    return found


def column(case: dict[str, Any], name: str) -> list[Any]:
    found: list[Any] = next(each["values"] for each in case["columns"] if each["name"] == name)
    return found


def test_a_sweep_is_what_single_runs_say() -> None:
    axes = {"rack_power_rated": "5 to 25 kW step 5 kW", "server_power": ["3.43 kW", "4.5 kW", "6.5 kW"]}
    show = ["servers_per_rack", "racks_needed"]
    [case] = studies({"inputs": SERVER, "sweep": axes, "show": show})["sweep"]["cases"]
    points = list(itertools.product((5, 10, 15, 20, 25), (3.43, 4.5, 6.5)))
    assert list(zip(column(case, "rack_power_rated"), column(case, "server_power"), strict=True)) == points
    for at, (rack, server) in enumerate(points):
        inputs = {**SERVER, "rack_power_rated": f"{rack} kW", "server_power": f"{server} kW"}
        alone = calc.run({"inputs": inputs, "show": show}).cases["base"]
        assert [column(case, name)[at] for name in show] == [alone[name].value for name in show]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("5 to 25 kW step 10 kW", [5, 15, 25]),
        # the last step that fits: 24 kW is beyond the end
        ("0.1 to 0.7 kW step 0.2 kW", [0.1, 0.3, 0.5, 0.7]),
        ("5 to 24 kW step 10 kW", [5, 15]),
        ("1 to 1000 kW in 4 log steps", [1, 10, 100, 1000]),
        ("1 to 4 kW in 4 steps", [1, 2, 3, 4]),
    ],
)
def test_an_axis_has_these_values(text: str, values: list[float]) -> None:
    [axis] = studies({"inputs": SERVER, "sweep": {"rack_power_rated": text}})["sweep"]["axes"]
    assert axis["values"] == pytest.approx(values, rel=1e-12)


def test_things_come_whole_in_log_steps() -> None:
    inputs = {"server_power": "4.5 kW", "rack_power_rated": "25 kW"}
    [axis] = studies({"inputs": inputs, "sweep": {"servers_needed": "1 to 100 servers in 5 log steps"}})["sweep"][
        "axes"
    ]
    # 1, 3.16, 10, 31.6, 100
    assert axis["values"] == [1, 3, 10, 32, 100]


def test_best_worst_and_front_keep_the_conditions() -> None:
    sweep = {
        "rack_power_rated": "5 to 25 kW step 5 kW",
        "so that": "rack_power_stranded <= 1.5 kW",
        "minimise": "racks_needed",
        "pareto": ["minimise racks_needed", "minimise rack_power_stranded"],
    }
    [case] = studies({"inputs": SERVER, "sweep": sweep, "show": ["racks_needed", "rack_power_stranded"]})["sweep"][
        "cases"
    ]
    # stranded 0.5, 1, 1.5, 2, 2.5 kW; racks 250, 125, 84, 63, 50
    assert case["holds"] == [True, True, True, False, False]
    assert (case["best"], case["worst"]) == (2, 0)
    # Fewer racks strand more power: all three that hold are on the front.
    assert case["pareto"] == [2, 1, 0]


def test_a_front_leaves_out_what_is_beaten() -> None:
    sweep = {
        "rack_power_rated": "20 to 25 kW step 2.5 kW",
        "pareto": ["minimise racks_needed", "minimise rack_power_stranded"],
    }
    [case] = studies({"inputs": SERVER, "sweep": sweep})["sweep"]["cases"]
    # 63, 50, 50 racks and 2, 0, 2.5 kW: 22.5 kW beats both others
    assert case["pareto"] == [1]


def test_a_confidence_in_a_sweep_is_that_of_the_samples() -> None:
    inputs = {"server_power": "4 to 5 kW", "servers_needed": "250 servers"}
    sweep = {"rack_power_rated": ["22 kW", "24 kW"], "so that": "servers_per_rack >= 5 with 60 % confidence"}
    [case] = studies({"inputs": inputs, "sweep": sweep, "show": ["servers_per_rack"]}, samples=4000)["sweep"]["cases"]
    # five fit up to 4.4 and 4.8 kW: in 40 % and 80 % of the samples
    assert case["holds"] == [False, True]


def test_a_missing_input_is_what_the_sweep_gives() -> None:
    result = calc.run({"inputs": SERVER, "sweep": {"rack_power_rated": ["5 kW", "25 kW"]}, "show": ["racks_needed"]})
    assert list(result.cases["base"]) == []
    assert column(result.to_dict()["studies"]["sweep"]["cases"][0], "racks_needed") == [250, 50]


# ------------------------------------------------------------ find


def goal(inputs: dict[str, Any], goals: dict[str, Any], **options: Any) -> dict[str, Any]:
    [found] = studies({"inputs": inputs, "find": goals, "show": options.pop("show", [])}, **options)["find"]["goals"]
    [case] = found["cases"]
    return dict(case)


def test_a_jump_is_found_and_told() -> None:
    found = goal(SERVER, {"rack_power_rated": {"smallest within": "5 to 60 kW", "so that": "servers_per_rack >= 5"}})
    # 5 x 4.5 kW
    assert found["values"]["rack_power_rated"]["value"] == 22.5
    assert found["how"] == "jump"
    assert "from 4 servers/rack to 5 servers/rack" in found["explanation"]


@pytest.mark.parametrize(
    ("name", "span", "end", "word"),
    [("server_power", "1 to 60 kW", "largest", "beyond"), ("rack_power_rated", "1 to 60 kW", "smallest", "before")],
)
def test_no_value_lies_beyond_the_largest_and_before_the_smallest(name: str, span: str, end: str, word: str) -> None:
    inputs = {"server_power": "4.5 kW", "rack_power_rated": "25 kW", "servers_needed": "250 servers"}
    # Where not one server fits into a rack there is no number of racks; with one each there are 250.
    found = goal(inputs, {name: {f"{end} within": span, "so that": "racks_needed <= 250 racks"}})
    assert found["values"][name]["value"] == (25 if end == "largest" else 4.5)
    assert found["explanation"].endswith(f"has no value {word} it")


def test_an_exact_solution() -> None:
    inputs = {"rack_power_rated": "25 kW"}
    goals = {"rack_power_derating": {"largest within": "1 to 100 %", "so that": "rack_power_usable <= 17 kW"}}
    found = goal(inputs, goals)
    # 17 / 25
    assert found["values"]["rack_power_derating"]["value"] == 0.68
    assert found["how"] == "exact"


@pytest.mark.parametrize(
    ("end", "condition", "words"),
    [
        ("smallest", "rack_power_usable >= 17 kW", "holds from exactly there on"),
        ("largest", "rack_power_usable <= 17 kW", "holds up to exactly there"),
        ("smallest", "servers_per_rack_by_power >= 1 with 80 % confidence", "and in fewer below it"),
    ],
)
def test_the_words_say_on_which_side_it_holds(end: str, condition: str, words: str) -> None:
    inputs = {"rack_power_rated": "25 kW", "server_power": "4 to 26 kW"}
    found = goal(inputs, {"rack_power_derating": {f"{end} within": "1 to 100 %", "so that": condition}})
    assert words in found["explanation"]


def test_things_are_found_whole() -> None:
    inputs = {"server_power": "4.5 kW", "rack_power_rated": "25 kW"}
    found = goal(
        inputs, {"servers_needed": {"largest within": "1 to 10,000 servers", "so that": "racks_needed <= 33 racks"}}
    )
    # 33 x 5
    assert found["values"]["servers_needed"]["value"] == 165
    assert found["how"] == "step"


def test_a_confidence_shifts_the_answer() -> None:
    inputs = {"server_power": "4 to 5 kW"}
    goals = {
        "rack_power_rated": {"smallest within": "5 to 60 kW", "so that": "servers_per_rack >= 5", "confidence": "80 %"}
    }
    found = goal(inputs, goals, samples=20_000)
    # five servers of the 80th percentile: 5 x 4.8 kW; the median would need 22.5 kW
    assert found["values"]["rack_power_rated"]["value"] == pytest.approx(24, rel=2e-3)
    assert found["probability"] == pytest.approx(0.8, abs=1e-3)


def test_what_is_not_monotone_is_told() -> None:
    # stranded power is below 0.5 kW in many separate stretches
    found = goal(
        SERVER, {"rack_power_rated": {"largest within": "5 to 20 kW", "so that": "rack_power_stranded <= 0.5 kW"}}
    )
    assert found["values"]["rack_power_rated"]["value"] == pytest.approx(18.5, rel=1e-6)
    assert len(found["holds_within"]) == 4


def test_a_missed_goal_is_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "missed.yaml"
    path.write_text("inputs: {server_power: 4.5 kW}\n", encoding="utf-8")
    words = ["find", str(path), "--goal", "smallest rack_power_rated within 5 to 20 kW so that servers_per_rack >= 5"]
    done = command(*words, "--format", "json")
    assert done.code == 1
    assert "E-GOAL-MISSED" in done.err
    [case] = json.loads(done.out)["goals"][0]["cases"]
    assert case["reached"] is False
    assert case["nearest"]["rack_power_rated"]["value"] == 20


@pytest.mark.parametrize(
    ("find", "wanted"),
    [
        # (x - 1)^2 + (y - 1)^2 + x y has its least at x = y = 2/3: the derivative 2 (x - 1) + y is 0
        ({}, {"x": 2 / 3, "y": 2 / 3}),
        # along x + y = 1 it is x^2 - x + 1, by symmetry least in the middle
        ({"adding up to": "1 m"}, {"x": 0.5, "y": 0.5}),
        # with x at least 1 m: y = 1/2
        ({"so that": "x >= unit"}, {"x": 1.0, "y": 0.5}),
    ],
)
def test_a_best_is_where_calculus_says(find: dict[str, Any], wanted: dict[str, float]) -> None:
    formulas = {"far": "(x - unit) * (x - unit) + (y - unit) * (y - unit) + x * y"}
    ranges = {"minimise": "far", "over": {"x": "-3 to 3 m", "y": "-3 to 3 m"}, **find}
    scenario = {"inputs": {"unit": "1 m"}, "formulas": formulas, "find": ranges}
    [case] = studies(scenario)["find"]["goals"][0]["cases"]
    found = {name: each["value"] for name, each in case["values"].items()}
    assert found == pytest.approx(wanted, abs=2e-6)


def test_a_best_of_steps_and_lists() -> None:
    over = {"rack_power_rated": "5 to 25 kW step 2.5 kW", "server_power": ["3.43 kW", "4.5 kW"]}
    scenario = {"inputs": {"servers_needed": "250 servers"}, "find": {"minimise": "racks_needed", "over": over}}
    [case] = studies(scenario)["find"]["goals"][0]["cases"]
    # 25 // 3.43 = 7; 250 / 7 = 35.7
    assert {name: each["value"] for name, each in case["values"].items()} == {
        "rack_power_rated": 25,
        "server_power": 3.43,
    }
    assert case["results"]["racks_needed"]["value"] == 36


def test_the_best_split_lets_all_lines_bind() -> None:
    # With every input at its likely value
    inputs = calc.run("best-split-of-50m", samples=1).cases["base"].inputs
    sure = {name: f"{each['value']!r} {each['unit']}" for name, each in inputs.items() if each["distribution"]}
    sure = {name: text.removesuffix(" 1") for name, text in sure.items()}
    certain = calc.run("best-split-of-50m", settings=sure, samples=10)
    found = certain.to_dict()["studies"]["find"]["goals"][0]["cases"][0]
    shares = {name: each["value"] for name, each in found["values"].items()}
    assert sum(shares.values()) == pytest.approx(1, abs=1e-9)
    names = ["training_flop_by_compute", "training_flop_by_people", "training_flop_by_data"]
    settings = sure | {name: f"{share * 100:.8f} %" for name, share in shares.items()}
    figures = calc.run("train-on-fifty-million", cases="rented", settings=settings, show=names, samples=10).cases[
        "rented"
    ]
    # No line has money to spare, or moving it would help.
    assert [figures[name].value for name in names] == pytest.approx([figures[names[0]].value] * 3, rel=1e-4)


def test_the_best_split_is_that_of_the_median() -> None:
    found = calc.run("best-split-of-50m").to_dict()["studies"]["find"]["goals"][0]["cases"][0]
    assert "by the median of the samples" in found["explanation"]
    shares = {name: each["value"] for name, each in found["values"].items()}

    def loss(compute: float, people: float) -> float:
        moved = {"compute_share": compute, "people_share": people, "data_share": -compute - people}
        settings = {name: f"{(shares[name] + moved[name]) * 100:.8f} %" for name in shares}
        # Without the search itself, which the settings leave nothing to search for.
        wanted = options(setting=[f"{name}={text}" for name, text in settings.items()])
        figures = as_dict(answered("best-split-of-50m", wanted._replace(as_it_stands=True)))["cases"][0]["results"]
        return float(figures["programme_loss"]["p50"])

    best = loss(0, 0)
    # The improvement is the planned loss less this one, sample by sample, so that its median is that of the loss.
    assert found["results"]["programme_loss"]["p50"] == pytest.approx(best, rel=1e-7)
    worse = [loss(*each) for each in ((0.02, 0), (-0.02, 0), (0, 0.02), (0, -0.02), (0.02, -0.02), (-0.02, 0.02))]
    assert min(worse) > best


def test_section_and_command_say_the_same(tmp_path: Path) -> None:
    path, plain = tmp_path / "section.yaml", tmp_path / "plain.yaml"
    text = "inputs: {server_power: 4 to 5 kW, servers_needed: 250 servers}\nshow: [racks_needed]\n"
    goals = "find: {rack_power_rated: {smallest within: 5 to 60 kW, so that: racks_needed <= 50, confidence: 80 %}}\n"
    path.write_text(f"{text}sweep: {{rack_power_rated: 5 to 25 kW step 5 kW}}\n{goals}", encoding="utf-8")
    plain.write_text(text, encoding="utf-8")
    whole = json.loads(command("run", str(path), "--format", "json").out)["studies"]
    axis = ["--axis", "rack_power_rated=5 to 25 kW step 5 kW", "--format", "json"]
    sought = [
        "--goal",
        "smallest rack_power_rated within 5 to 60 kW so that racks_needed <= 50",
        "--confidence",
        "80 %",
    ]
    for name, words in (("sweep", axis), ("find", [*sought, "--format", "json"])):
        from_file, from_line = (
            json.loads(command(name, str(each), *more).out) for each, more in ((path, words[-2:]), (plain, words))
        )
        for key in whole[name]:
            assert strip(from_file[key]) == strip(from_line[key]) == strip(whole[name][key])


def strip(found: Any) -> Any:
    """Return a result without the places of inputs, which name the file."""
    return json.loads(json.dumps(found).replace("section.yaml", "plain.yaml"))


def test_a_sweep_is_written_for_other_programs(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    target = tmp_path / "cabinets.parquet"
    assert command("sweep", "cabinet-sweep", "-o", str(target)).code == 0
    rows = pq.read_table(target).to_pylist()
    assert len(rows) == 27
    assert rows[0]["servers_per_rack (server/rack)"] == 1
    lines = command("sweep", "cabinet-sweep", "--format", "csv").out.splitlines()
    assert len(lines) == 28
    assert lines[0].startswith("case,server_power (kW/server),rack_power_rated (kW/rack)")


def test_shipped_answers_are_those_of_pen_and_paper() -> None:
    [cabinet] = calc.run("cabinet-sweep").studies["find"]["goals"][0]["cases"]
    # 5 x 4.5 kW
    assert cabinet["values"]["rack_power_rated"]["value"] == 22.5
    goal = ["--goal", "largest model_size within 1B to 1000B parameters so that model_cost <= $20M"]
    done = command("find", "largest-model-for-20m", *goal, "--samples", "100", "--format", "json")
    [case] = json.loads(done.out)["goals"][0]["cases"]
    # The median of what it costs is what it may cost.
    assert case["results"]["model_cost"]["p50"] == pytest.approx(2e7, rel=1e-8)
    likely = [
        "--set",
        "mfu=27.3 %",
        "--set",
        "effective_time_share=73.4 %",
        "--set",
        "gpu_hour_price=3.62 USD/gpu/hour",
    ]
    done = command("find", "largest-model-for-20m", *goal, *likely, "--format", "json")
    [certain] = json.loads(done.out)["goals"][0]["cases"]
    # 20,000,000 / 3.62 = 5,524,862 h x 3,600 s x 989.4e12 x 0.273 x 0.734 = 3.943e24 FLOP; / 6 / 20 = 3.286e22;
    # its root is 1.8127e11 parameters
    assert certain["values"]["model_size"]["value"] == pytest.approx(1.8127e11, rel=1e-4)
    [sure] = calc.run("largest-model-for-20m").studies["find"]["goals"][0]["cases"]
    assert sure["probability"] == pytest.approx(0.8, abs=1e-3)
    assert sure["values"]["model_size"]["value"] < case["values"]["model_size"]["value"]


def test_an_input_that_changes_nothing_is_told() -> None:
    inputs = {"rack_power_rated": "25 kW", "servers_needed": "250 servers"}
    over = {"server_power": "3 to 6 kW", "floor_area_per_rack": "2 to 4 m2"}
    found = goal(inputs, {"minimise": "racks_needed", "over": over})
    assert found["without_effect"] == ["floor_area_per_rack"]
    # 250 servers of at most 25 / 8 kW, 8 a rack: 32 racks
    assert found["results"]["racks_needed"]["value"] == 32


@pytest.mark.parametrize(("condition", "reached"), [("racks_needed <= 200", True), ("racks_needed <= 2", False)])
def test_a_goal_says_when_its_input_does_not_matter(condition: str, reached: bool) -> None:
    given = {**SERVER, "rack_power_rated": "12 kW", "pue": "1.2"}
    goal = {"pue": {"largest within": "1 to 2", "so that": condition}}
    [found] = studies({"inputs": given, "find": goal})["find"]["goals"]
    [case] = found["cases"]
    assert (case["reached"], case["without_effect"]) == (reached, ["pue"])
    matters = {"rack_power_rated": {"smallest within": "5 to 25 kW", "so that": "racks_needed <= 200"}}
    [found] = studies({"inputs": SERVER, "find": matters})["find"]["goals"]
    assert found["cases"][0]["without_effect"] == []


def test_a_study_that_chooses_a_computed_figure_says_so(tmp_path: Path) -> None:
    given = {
        "gpus": "80 GPUs",
        "gpus_per_server": "8 GPUs/server",
        "server_power": "4.5 kW",
        "rack_power_rated": "12 kW",
    }
    said = "the study chooses `servers_needed`, which would follow from what is given"
    swept = {"inputs": given, "sweep": {"servers_needed": ["10 servers", "20 servers"]}, "show": ["racks_needed"]}
    assert said in calc.run(swept).to_dict()["warnings"]
    swept["inputs"] = {**given, "servers_needed": "5 servers"}
    assert said not in calc.run(swept).to_dict()["warnings"]
    path = tmp_path / "swept.yaml"
    path.write_text(json.dumps({**swept, "inputs": given}))
    for form in ("table", "markdown"):
        shown = " ".join(command("sweep", str(path), "--format", form).out.replace("\\", "").split())
        assert f"Warnings {'- ' if form == 'markdown' else ''}{said}" in shown
