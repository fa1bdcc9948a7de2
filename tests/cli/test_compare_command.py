"""`calc compare` as a command line: the order asked, the file's own section, pairs of cases, pipes, units of steps."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from calc.cli.options import app, case_names
from calc.errors import CalcError

if TYPE_CHECKING:
    from pathlib import Path

RATES = """
title: rates
inputs: {discount_rate: {value: 5 %/year, source: assumption}}
formulas: {my_rate: discount_rate * 1, twice: my_rate * 2}
cases: {low: {}, mid: {discount_rate: 6 %/year}, high: {discount_rate: 8 %/year}}
show: [my_rate, twice]
compare: {cases: [high, low], of: [my_rate]}
"""
PLAN = RATES.replace("compare: {cases: [high, low], of: [my_rate]}", "")


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    path = tmp_path / "rates.yaml"
    path.write_text(RATES, encoding="utf-8")
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Return a scenario in which `mid` is another rate, and `late` stands for `low`."""
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN.replace("6 %/year", "7 %/year").replace("low: {}", "late: {}"), encoding="utf-8")
    return path


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert app(["compare", *map(str, words)], standalone_mode=False) == 0
    return capsys.readouterr().out


def compared(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(capsys, *words, "--format", "json"))
    return found


def test_cases_stand_in_the_order_asked_and_without_any_the_section_of_the_file_says_which(
    rates: Path, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[tuple[str, ...], tuple[list[str], list[str]]] = {
        ("high", "low"): (["high", "low"], ["my_rate", "twice"]),
        ("mid", "high", "low"): (["mid", "high", "low"], ["my_rate", "twice"]),
        ("--case", "high", "--case", "mid"): (["high", "mid"], ["my_rate", "twice"]),
        (): (["high", "low"], ["my_rate"]),
        ("--figure", "twice"): (["high", "low"], ["twice"]),
    }
    wrong = {}
    for words, expected in asked.items():
        found = compared(capsys, rates, *words)
        answered = found["cases"], [each["name"] for each in found["figures"]]
        if answered != expected:
            wrong[words] = answered
    assert not wrong
    # A file without the section compares all of its cases, in its own order.
    assert compared(capsys, plan)["cases"] == ["late", "mid", "high"]


def test_scenarios_with_cases_are_compared_case_by_case_of_one_name(
    rates: Path, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(capsys, rates, plan)
    assert found["cases"] == ["rates", "plan"]
    rows = {(each["pair"], each["name"]): each["to_first"][0]["difference"] for each in found["figures"]}
    # mid: 7 - 6 %/year, and twice that; high: the same in both
    expected = {("mid", "my_rate"): 0.01, ("mid", "twice"): 0.02, ("high", "my_rate"): 0.0, ("high", "twice"): 0.0}
    assert rows == pytest.approx(expected)
    assert found["notes"] == ["of rates, `low` has no counterpart", "of plan, `late` has no counterpart"]
    table = printed(capsys, rates, plan)
    assert table.index("Side by side, mid") < table.index("Side by side, high")
    lines = printed(capsys, rates, plan, "--format", "csv").splitlines()
    at = lines[0].split(",").index("pair")
    assert {line.split(",")[at] for line in lines[1:]} == {"mid", "high"}


def test_what_is_said_of_some_pairs_names_their_cases(
    rates: Path, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check = "my_rate <= 6.5 %/year"
    for path in (rates, plan):
        path.write_text(f"{path.read_text(encoding='utf-8')}checks: [{check}]\n", encoding="utf-8")
    notes = compared(capsys, rates, plan)["notes"]
    # 6 and 7 % in `mid`, 8 and 8 % in `high`
    said = [each for each in notes if "check" in each]
    assert said == [f"the check `{check}` does not hold in plan", f"high: the check `{check}` does not hold in rates"]


def test_what_one_side_alone_answers_is_named_up_to_five_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    formulas = ", ".join(f"x{at}: a * {at % 2 + 1}" for at in range(8))
    for count, told in (
        (1, "`x0`"),
        (5, "`x0`, `x1`, `x2`, `x3` and `x4`"),
        (7, "`x0`, `x1`, `x2`, `x3` and `x4` and 2 more"),
    ):
        for name, shown in (("one", ["a", *(f"x{at}" for at in range(count))]), ("other", ["a"])):
            text = f"inputs: {{a: 3}}\nformulas: {{{formulas}}}\nshow: [{', '.join(shown)}]\n"
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        notes = compared(capsys, tmp_path / "one.yaml", tmp_path / "other.yaml")["notes"]
        assert f"one answers {told}, and other does not" in notes


def test_case_picks_the_same_case_of_every_scenario(
    rates: Path, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(capsys, rates, plan, "--case", "mid", "--figure", "my_rate")
    assert found["cases"] == [f"{rates}: mid", f"{plan}: mid"]
    assert [each["to_first"][0]["difference"] for each in found["figures"]] == [0.01]
    # A case that stands after its scenario is that one's alone, beside `--case` too where there is one scenario.
    assert compared(capsys, rates, "low", plan, "--case", "late")["cases"] == ["low", "late"]
    assert compared(capsys, rates, "low", "--case", "high")["cases"] == ["low", "high"]
    for words, reason in {
        (rates, plan, "--case", "low"): f"`{plan}` has no case `low`",
        (rates, "--case", "law"): f"`{rates}` has no case `law`",
        (rates, "low"): "there is nothing to compare with",
        (rates, "low", "high", "--figure", "my_rate,twice in 2031"): "`twice in 2031` is not compared",
    }.items():
        with pytest.raises(CalcError) as caught:
            app(["compare", *map(str, words)], standalone_mode=False)
        assert caught.value.message == reason


def test_steps_are_in_the_unit_of_their_heading(rates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 8 - 5 %/year is +3 %/year; twice that is +6
    for figure, first, change, second in (("my_rate", "5", "+3", "8"), ("twice", "10", "+6", "16")):
        table = printed(capsys, rates, "low", "high", "--figure", figure, "--format", "markdown").replace("\\", "")
        section = table[table.index(f"{figure}: from") :]
        rows = [line.replace("|", " ").split() for line in section[section.index("---:") :].splitlines()[1:4]]
        assert [rows[0][-1], *rows[1][-2:], *rows[2][-2:]] == [first, change, second, change, second]
    assert "+0.03" not in printed(capsys, rates, "low", "high")
    found = compared(capsys, rates, "low", "high")
    (row, _) = found["figures"]
    assert (row["unit"], row["to_first"][0]["waterfall"]["steps"][0]["change"]) == ("1/year", 0.03)


def test_steps_of_a_ratio_have_no_empty_unit_in_their_heading(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "ratio.yaml"
    path.write_text(
        "inputs: {pue: 1.2}\nformulas: {overhead: pue - 1}\ncases: {old: {}, new: {pue: 1.1}}\nshow: [overhead]\n",
        encoding="utf-8",
    )
    app(["compare", str(path)], standalone_mode=False)
    text = capsys.readouterr().out
    assert "change" in text
    assert "()" not in text


def test_a_pipe_is_read_once_by_every_command(rates: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    commands = {
        "run": ["PIPE"],
        "check": ["PIPE"],
        "explain": ["PIPE", "my_rate"],
        "sweep": ["PIPE", "--axis", "discount_rate=5 %/year"],
        "find": ["PIPE", "--goal", "smallest discount_rate within 1 to 9 %/year so that my_rate >= 4 %/year"],
        "sensitivity": ["PIPE"],
        "compare": ["PIPE", "high", "low"],
    }
    for command, words in commands.items():
        pipe = tmp_path / f"{command}.fifo"
        os.mkfifo(pipe)
        # Whoever opens it a second time would wait for ever: nobody writes again.
        writer = threading.Thread(target=pipe.write_text, args=(RATES,), daemon=True)
        writer.start()
        assert app([command, *(str(pipe) if each == "PIPE" else each for each in words)], standalone_mode=False) == 0, (
            command
        )
        writer.join(timeout=10)
    pipe = tmp_path / "two.fifo"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_text, args=(RATES,), daemon=True).start()
    capsys.readouterr()
    assert compared(capsys, pipe, rates)["figures"][0]["pair"] == "low"
    # While a line is typed nothing is read from a pipe.
    assert case_names("", str(pipe)) == []
    assert case_names("", str(rates)) == ["low", "mid", "high"]


OWN_OR_RENT = """
title: own or rent
inputs:
  {owning_cost_per_month: "584,000 USD/month", gpus: 800 gpus, gpu_utilisation: 60 %, gpu_hour_price: 2 USD/gpu/hour}
cases: {busy: {}, idle: {gpu_utilisation: 40 %}, dear: {gpu_hour_price: 0.8 USD/gpu/hour}}
show: [breakeven_utilisation]
"""


def test_a_verdict_that_flips_is_said_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """800 GPUs x 730 h x 2 USD are 1,168,000 USD a month, so it flips at 50 %; at 0.8 USD at 125 %."""
    path = tmp_path / "plan.yaml"
    path.write_text(OWN_OR_RENT, encoding="utf-8")
    told = printed(capsys, path, "busy", "idle").splitlines()
    assert told[2:4] == ["The verdict flips", "  busy: owning wins; idle: renting wins"]
    (verdict,) = compared(capsys, path, "busy", "idle")["verdicts"]
    assert (verdict["told"], verdict["flips"]) == (["owning wins", "renting wins"], True)
    # Renting wins with both, in other words.
    assert [each["flips"] for each in compared(capsys, path, "idle", "dear")["verdicts"]] == [False]
    assert "flips" not in printed(capsys, path, "idle", "dear")
    other = tmp_path / "other.yaml"
    other.write_text(OWN_OR_RENT.replace("gpu_utilisation: 60 %", "gpu_utilisation: 30 %"), encoding="utf-8")
    first = printed(capsys, path, other, "--format", "markdown", "--case", "busy").splitlines()[0]
    assert first.startswith("**Verdict flips: owning wins → renting wins** · ")
