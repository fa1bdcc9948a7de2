"""What makes beginning easy: `calc new`, names without suffix, short forms of formats, promises written anew."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from calc_command import calc
from rows import each_row

from calc.cli.answering import answered, options
from calc.cli.new import HARDWARE, OF_CABINETS, REGIONS, TOPICS, WAYS, new_scenario
from calc.study.remarks import failures

if TYPE_CHECKING:
    from pathlib import Path

MINE = """\
title: Mine
inputs: {server_power: 4.5 kW, rack_power_rated: 25 kW}
show: [servers_per_rack]
"""

# ---------------------------------------------------------------- new

ANSWERS = {"-".join(each): each for each in itertools.product(TOPICS, HARDWARE, REGIONS, WAYS)}


@each_row("answers", ANSWERS)
def test_every_new_scenario_runs_at_once(answers: tuple[str, str, str, str], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(new_scenario(*answers), encoding="utf-8")
    found = answered(str(path), options(samples="20"))
    assert failures(found) == []
    assert all(each.shown for each in found.cases)
    # What it says and nothing needs would be a bug of the template; dates and prices are those of the facts.
    assert [each for each in found.warnings if each.startswith(("unused", "`", "no source"))] == []
    assert "\n#" in path.read_text(encoding="utf-8")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_new_asks_on_a_terminal(tmp_path: Path) -> None:
    shown, typed = os.openpty()
    command = [sys.executable, "-m", "calc", "new", "-o", "mine.yaml"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=typed, stdout=subprocess.PIPE, stderr=typed) as process:
        # A wrong answer is asked for again; an empty one is the first.
        os.write(shown, b"9\ntrainig\ntraining\n2\n\nrent\nmany\n64\n\n")
        assert process.wait(timeout=60) == 0
    said = os.read(shown, 100_000).decode()
    os.close(shown)
    os.close(typed)
    for question in ("What is it for?", "Which hardware?", "In which region?", "Rent or own?"):
        assert question in said
    assert said.count("a number or a name [cluster]: ") == 3
    assert "`9` is no answer: write `cluster`, `training` or `cabinets`, or a number from 1 to 3" in said
    assert "`trainig` is no answer: did you mean `training`?" in said
    assert said.count("How many servers? [128]: ") == 2
    assert "`many`, which is no number of servers: write a number, as in `128`" in said
    assert "How many parameters has the model? [8B]: " in said
    text = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert new_scenario("training", "a100", "us", "rent", "64") in text
    assert 'gpus: {value: "512 gpus"' in text  # 64 servers of eight


def test_new_does_not_ask_with_options_or_without_a_terminal() -> None:
    assert new_scenario("cluster", "h100", "china", "compare") in calc("new", "--region", "china").out
    assert "title: How many of our servers fit into a cabinet?" in calc("new").out
    assert OF_CABINETS == ("for", "hardware")
    done = calc("new", "--hardware", "h10")
    assert (done.code, "did you mean `h100`?" in done.err) == (2, True)
    done = calc("new", "--servers", "0.5")
    assert (done.code, "no number of servers" in done.err) == (2, True)
    done = calc("new", "--for", "training", "--parameters", "70 billion", "--servers", "1000")
    assert 'parameters: {value: "70 billion parameters"' in done.out
    assert 'servers: {value: "1,000 servers"' in done.out
    done = calc("new", "--from", "gpt3", "--for", "training")
    assert (done.code, "two ways to begin" in done.err) == (2, True)


def test_a_copy_of_a_shipped_scenario_makes_no_promises_that_a_change_would_break(tmp_path: Path) -> None:
    assert calc("new", "--from", "own-colo-rent", "-o", "mine.yaml", cwd=tmp_path).code == 0
    path = tmp_path / "mine.yaml"
    text = path.read_text(encoding="utf-8")
    assert "The promises of `own-colo-rent` are left out" in text
    assert "expect:" not in text
    # The figures are those of the original, and its comments stay.
    assert "# The six lines to change first" in text
    path.write_text(text.replace("{fact: hgx-a100-80gb.server_price}", "{value: 200k USD/server, source: a quotation}"))
    done = calc("run", "mine", "--samples", "50", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")


# ---------------------------------------------------------------- promises written anew

PROMISES = """\
title: Promises in every dress
years: 2026 to 2027
inputs:
  a: 12.3 kW
  money: 3 MUSD
  debt: -$2M
  grows: {start: $10, grows: 10 %/year}
  none: 0 gpus
  some: 4 gpus
formulas:
  twice: a * 2
  spent: money
  owed: debt
  part: a / twice
  yearly: grows
  ratio: a / none
  each: a / some
  nothing: a - a
  tokens_read: 1500000000 * 1
expect:
  # A comment stays where it is.
  twice: 20 kW                     # and this one
  spent: "$2,000,000"
  owed: -1.5 MUSD
  part: 40 %
  yearly: {by year: {2026: 9 USD, 2027: "11.00 USD"}}
  ratio: 3 kW/gpu
  each: no value
  nothing: 1 kW
"""
ANEW = {
    "twice": "twice: 24.6 kW                     # and this one",
    "spent": 'spent: "$3,000,000"',
    "owed": "owed: -2.0 MUSD",
    "part": "part: 50 %",
    "yearly": 'yearly: {by year: {2026: 10 USD, 2027: "11.00 USD"}}',
    "ratio": "ratio: no value",
    "each": "each: 3.075 kW/gpu",
    "nothing": "nothing: 0 kW",
}


def test_check_writes_promises_anew_and_shows_what_changes(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(PROMISES.replace("  tokens_read: 1500000000 * 1\n", ""), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert calc("check", "mine.yaml", cwd=tmp_path).code == 1
    done = calc("check", "--update", "mine.yaml", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    after = path.read_text(encoding="utf-8")
    for line in ANEW.values():
        assert f"  {line}\n" in after
    assert after.partition("expect:")[0] == before.partition("expect:")[0]
    assert '-  spent: "$2,000,000"\n' in done.out
    assert '+  spent: "$3,000,000"\n' in done.out
    again = calc("check", "--update", "mine.yaml", cwd=tmp_path)
    assert (again.code, again.out, again.err) == (0, "", "")
    assert path.read_text(encoding="utf-8") == after


def test_check_writes_into_no_shipped_scenario(tmp_path: Path) -> None:
    scenario = "extends: lingang-racks\ninputs: {server_power: 6.5 kW}\nexpect: {25 kW: {servers_per_rack: 5}}\n"
    done = calc("check", "--update", "-", stdin=scenario, cwd=tmp_path)
    assert (done.code, "is no file" in done.err) == (2, True)
    assert calc("check", "--update", "lingang-racks").code == 0


# ---------------------------------------------------------------- names and short forms


def test_a_name_is_a_path_then_a_shipped_scenario_then_a_file_without_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "10ok.yaml").write_text(MINE, encoding="utf-8")
    (tmp_path / "other.yml").write_text(MINE, encoding="utf-8")
    (tmp_path / "gpt3.yaml").write_text(MINE, encoding="utf-8")
    (tmp_path / "bloom").write_text(MINE, encoding="utf-8")
    for name in ("10ok", "10ok.yaml", "other", "bloom", "./gpt3"):
        done = calc("run", name, "--json", cwd=tmp_path)
        assert (done.code, done.err, done.json["scenario"]["title"]) == (0, "", "Mine")
    done = calc("run", "gpt3", "--json", cwd=tmp_path)
    assert done.json["scenario"]["title"] == "What did training GPT-3 take?"
    assert done.err == "note: `gpt3` is the scenario that ships; write `gpt3.yaml` for the file here\n"
    done = calc("run", "10o", cwd=tmp_path)
    assert (done.code, "did you mean `10ok`?" in done.err) == (2, True)


def test_short_forms_of_formats() -> None:
    for short, form in (("--json", "json"), ("--csv", "csv"), ("--md", "markdown")):
        assert calc("run", "lingang-racks", short).out == calc("run", "lingang-racks", "--format", form).out
    assert calc("list", "facts", "--subject", "dgx-h100", "--json").json["schema"] == "calc.facts/1"
    done = calc("explain", "lingang-racks", "racks_needed", "--csv")
    assert (done.code, "there is no format `csv`" in done.err) == (2, True)
    assert calc("schema", "--json").code == 2


def test_what_was_written_is_said(tmp_path: Path) -> None:
    done = calc("run", "lingang-racks", "-o", "answer.csv", cwd=tmp_path)
    size = (tmp_path / "answer.csv").stat().st_size
    assert (done.out, done.err) == ("", f"wrote answer.csv ({size / 1000:.3g} kB)\n")
    assert calc("run", "lingang-racks", "--csv", "-o", os.devnull).err == ""
