"""Reports on narrow and wide terminals: no number is cut, no line is too long, and the golden pictures.

After a wanted change: `CALC_UPDATE_SNAPSHOTS=1 pytest tests/cli`, then read the difference.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import SCENARIOS, Ended, calc, compare_with_snapshot
from shipped import answered as answered_once

from calc.cli.answering import answered as answer_of
from calc.cli.answering import options
from calc.errors import Problems
from calc.report.answer_report import answer_report
from calc.report.explain_report import asked_name, explain_report
from calc.report.json import as_dict
from calc.report.terminal import Screen, render
from calc.scenario.load import load

if TYPE_CHECKING:
    from pathlib import Path

    from calc.report.report import Report

WIDTHS = (20, 40, 80, 120)
ENDLESS = 2000
RULE = "25 kW, 80 % rule"
# Where the first figure shown has no formula, or a tree of one line; elsewhere the last figure shown is explained.
EXPLAINED = {"lingang-racks": "racks_needed", "fifty-million": "gpu_hours_affordable"}
# Values that the scenario leaves to its studies.
SET = {
    "cabinet-sweep": ["server_power=4.5 kW", "rack_power_rated=25 kW"],
    "largest-model-for-20m": ["model_size=10B parameters"],
}


@cache
def explained(scenario: str) -> str:
    shown = load(scenario, Problems()).document.show
    assert shown
    return EXPLAINED.get(scenario, shown[-1].text)


@cache
def run_report(scenario: str) -> Report:
    return answer_report(answered_once(scenario), likely=False)


@cache
def explained_report(scenario: str) -> Report:
    name = explained(scenario)
    # What it is made of is drawn, and samples add no line to it.
    wanted = options(setting=SET.get(scenario), samples="200")._replace(show=(asked_name(name),), as_it_stands=True)
    return explain_report(answer_of(scenario, wanted, everything=True), name, depth=None)


@cache
def drawn(command: str, scenario: str, width: int) -> str:
    """Return what `run --details` or `explain --depth all` print; the pictures below come from the commands."""
    report = run_report(scenario) if command == "run" else explained_report(scenario)
    return render(report, on=Screen(width, colour=False, encoding="utf-8"))


def run(scenario: str, width: int) -> str:
    return answered(("run", scenario, "--details"), width).out


@cache
def cases(scenario: str) -> list[dict[str, Any]]:
    """Return the cases of the JSON answer."""
    found: list[dict[str, Any]] = as_dict(answered_once(scenario))["cases"]
    return found


@cache
def answered(arguments: tuple[str, ...], width: int) -> Ended:
    done = calc(*arguments, COLUMNS=str(width))
    assert (done.code, done.err) == (0, "")
    return done


def columns(text: str) -> int:
    """Return how many terminal columns a text takes; East Asian wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def test_a_width_that_no_terminal_has_is_as_good_as_endless() -> None:
    """More digits than Python reads as a number were an internal error."""
    assert calc("run", "lingang-racks", COLUMNS="9" * 5000).out == answered(("run", "lingang-racks"), 100_000).out


def bare(line: str) -> str:
    """Return a line without indent and without the lines of the explanation tree."""
    return line.strip(" │├└─")


def numbers(text: str) -> set[str]:
    """Return every number, also those inside names, dates and places, as it stands on one line."""
    return set(re.findall(r"\d(?:[\d.,]*\d)?", text))


def words(text: str) -> set[str]:
    """Return every word with its punctuation taken off."""
    return {word.strip(";:,.()`") for line in text.splitlines() for word in bare(line).split()}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_report_loses_anything_at_any_width(scenario: str) -> None:
    """One answer is drawn at every width: computing it takes longer than all the drawing."""
    for command in ("run", "explain"):
        endless = drawn(command, scenario, ENDLESS)
        # A whole explanation has thousands of lines.
        for width in WIDTHS if command == "run" else (WIDTHS[0], WIDTHS[2]):
            text = drawn(command, scenario, width)
            # No number is cut: none of the endless line is missing, and none is the piece of another.
            assert numbers(text) == numbers(endless), (command, width)
            assert_lines_fit(text, width)
            assert_no_gaps(text)


def assert_lines_fit(text: str, width: int) -> None:
    """No line is too long unless it is one unbreakable thing."""
    for line in text.splitlines():
        assert columns(line) <= width or len(bare(line).split()) == 1, (width, line)


def assert_no_gaps(text: str) -> None:
    """No trailing blanks and no double gaps."""
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text
    for line in text.splitlines():
        assert line == line.rstrip()
        # A name that has to be broken is told in words.
        assert not re.search(r"\w_(?= |$)", line), line


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_figure_of_the_json_stands_in_the_table(scenario: str) -> None:
    for width in WIDTHS:
        found = words(drawn("run", scenario, width))
        for case in cases(scenario):
            for name, figure in (*case["results"].items(), *case["inputs"].items()):
                # an uncertain figure leads with its median
                amount = figure.get("headline", figure["text"]).split()[0]
                # the unit may stand apart from the number, once for a row or column
                written = {amount, amount.partition("/")[0], amount.lstrip("$")}
                assert written & found, (width, name, amount)
            # A wider table may break the names in its head after `_`; where they stand in a column they stay whole.
            assert width > 40 or set(case["results"]) <= found, width


def test_a_terminal_narrower_than_twenty_columns_is_taken_as_twenty() -> None:
    assert run("lingang-racks", 5) == run("lingang-racks", 20)


# ---------------------------------------------------------------- golden pictures


@pytest.mark.parametrize("width", [40, 120])
@pytest.mark.parametrize("scenario", ["lingang-racks", "fifty-million"])
def test_picture_of_the_table(scenario: str, width: int) -> None:
    compare_with_snapshot(f"run-{scenario}-{width}.txt", run(scenario, width))


def test_picture_of_the_explanation() -> None:
    done = answered(("explain", "lingang-racks", "racks_needed", "--case", RULE), 120)
    compare_with_snapshot("explain-lingang-racks-racks_needed-120.txt", done.out)


# ---------------------------------------------------------------- what an explanation holds


def test_the_explanation_ends_at_the_article() -> None:
    ask = ("explain", "lingang-racks", "racks_needed", "--case", RULE, "--depth", "all")
    lines = answered(ask, 120).out.splitlines()
    assert lines[0].startswith("racks_needed = 250 racks")
    for name, figure, source in (
        ("server_power", "4.5 kW/server", "OFweek AI"),
        ("rack_power_rated", "25 kW/rack", "OFweek AI"),
        ("rack_power_derating", "80 %", "NEC 210.20(A)"),
    ):
        start = next(number for number, line in enumerate(lines) if bare(line).startswith(f"{name} = {figure}"))
        indent = len(lines[start]) - len(lines[start].lstrip(" │├└─"))
        leaf = [line for line in lines[start + 1 : start + 7] if len(line) - len(line.lstrip(" │├└─")) >= indent]
        assert any(bare(line).startswith("source: ") and source in line for line in leaf), name
    assert "lingang-high-rack.rack_power_rated" in "\n".join(lines)
    assert "lingang-racks.yaml:32:34" in "\n".join(lines)


def test_the_explanation_says_which_limit_binds() -> None:
    without_space = answered(("explain", "lingang-racks", "servers_per_rack", "--case", RULE), 120).out
    assert "servers_per_rack_by_power binds; servers_per_rack_by_space, " in without_space
    assert "and servers_per_rack_by_liquid_cooling are not included" in " ".join(without_space.split())
    ask = ("explain", "lingang-racks", "servers_per_rack", "--case", "25 kW", "--set", "server_height=6 U", "--set")
    # 42 U hold 7 servers and 25 kW feed 5; 24 U hold 4; 30 U hold 5
    assert re.search(
        r"^servers_per_rack_by_power binds; servers_per_rack_by_weight, ",
        answered((*ask, "rack_height=42 U"), 120).out,
        re.MULTILINE,
    )
    assert re.search(
        r"^servers_per_rack_by_space binds; servers_per_rack_by_weight, ",
        answered((*ask, "rack_height=24 U"), 120).out,
        re.MULTILINE,
    )
    assert " are equal" in answered((*ask, "rack_height=30 U"), 120).out


def test_the_explanation_of_a_figure_without_value_says_why() -> None:
    text = answered(("explain", "lingang-racks", "racks_needed", "--case", "5 kW, 80 % rule"), 120).out
    assert text.startswith("racks_needed = no value")
    assert "no value: servers_per_rack is 0" in text


def test_the_table_says_what_is_not_included_and_what_has_no_value() -> None:
    text = run("lingang-racks", 120)
    not_included = " ".join(text.partition("\nNot included\n")[2].split())
    assert "rack_height (Height for servers in one cabinet), server_height (Height of one server)" in not_included
    # The ten limits of a cabinet are told once, and so is what leaves them out.
    assert not_included.count("rack_height") == 1
    assert not_included.count("stranded_power_total: all of these") == 1
    no_value = text.partition("\nNo value\n")[2].splitlines()[0]
    assert no_value.strip() == "racks_needed, stranded_power_total: servers_per_rack is 0 (5 kW, 80 % rule)"


def test_the_table_says_how_sure_the_samples_make_a_p90() -> None:
    """The claim holds for every figure shown, and is no larger than the least sure of them."""
    found = re.search(r"sampling error, at most: .*p90 ± ([\d.e-]+) %", run("fifty-million", 120))
    assert found is not None
    errors = [
        figure["standard_errors"]["p90"] / abs(figure["p90"])
        for case in cases("fifty-million")
        for figure in case["results"].values()
        if figure.get("standard_errors") and figure["p90"]
    ]
    assert float(found[1]) / 100 == pytest.approx(max(errors), rel=0.05)


MAPPED = """
title: Cabinets
inputs: {servers_needed: 1000000 servers}
sweep: {server_power: [3 kW, 4 kW, 6 kW], rack_power_rated: 5 to 25 kW step 2.5 kW}
show: [racks_needed, servers_per_rack]
"""


def test_each_map_is_drawn_that_has_room_with_either_axis_across(tmp_path: Path) -> None:
    """In 60 columns the nine wide numbers of racks stand below each other, the single digits beside; in 30 no racks."""
    path = tmp_path / "swept.yaml"
    path.write_text(MAPPED)
    wide = calc("sweep", str(path), COLUMNS="60").out
    # 1,000,000 servers of 3 kW in racks of 7.5 kW, two each, are 500,000 racks; of 6 kW 1,000,000
    assert re.search(r"\n *7\.5 +500,000 . +1M █ +1M █\n", wide)
    assert re.search(r"\n3 +1 +2 ░ +3 ░ +4 ▒ +5 ▓ +5 ▓ +6 ▓ +7 █ +8 █\n", wide)
    # What is left of the table of points is why some have no number.
    rest = wide[wide.index("\nSweep") :]
    assert "no value: racks_needed (servers_per_rack is 0)" in rest
    assert "─" not in rest
    narrow = calc("sweep", str(path), COLUMNS="30").out
    assert re.search(r"\n *7\.5 +2 ░ +1 +1\n", narrow)
    assert "servers_per_rack" not in narrow[narrow.index("\nSweep") :].partition("no value")[0]
    assert "500,000" in narrow[narrow.index("\nSweep") :]
    assert max(map(len, wide.splitlines())) <= 60
