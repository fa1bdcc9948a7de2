"""Own facts from the outside: `facts_from`, `--facts`, `calc.toml`, what wins, what is named, what is not opened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from calc_command import calc
from rows import each_row

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "subject,quantity,value,unit,source,as_of\n"
SCENARIO = """\
title: T
facts_from: [prices.csv]
facts: [dgx-h100]
inputs: {servers: {value: 4 servers, source: plan}}
formulas: {purchase: servers * server_price}
show: [purchase]
"""


def prices(*rows: str) -> str:
    return HEAD + "".join(f"dgx-h100,server_price,{each}\n" for each in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "prices.csv").write_text(prices("250000,USD/server,Offer 7,2026-10"), encoding="utf-8")
    return tmp_path


def purchase(folder: Path, *more: str) -> float:
    done = calc("run", "s.yaml", "--format", "json", *more, cwd=folder)
    assert done.code == 0, done.err
    found: float = done.results("base")["purchase"]["value"]
    return found


def test_a_price_list_replaces_a_shipped_price_in_one_line(folder: Path) -> None:
    assert purchase(folder) == 1_000_000  # 4 x 250,000
    text = (folder / "s.yaml").read_text(encoding="utf-8").replace("facts_from: [prices.csv]\n", "")
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    assert purchase(folder) != 1_000_000
    assert purchase(folder, "--facts", "prices.csv") == 1_000_000


def test_every_report_names_the_file(folder: Path) -> None:
    for form in ("table", "json", "markdown"):
        more = () if form == "json" else ("--details",)
        done = calc("run", "s.yaml", "--format", form, *more, cwd=folder)
        assert "prices.csv:2" in done.out, form
    found = calc("run", "s.yaml", "--format", "json", cwd=folder).json["cases"][0]["inputs"]["server_price"]
    assert (found["fact_file"], found["as_of"], found["fact_status"]) == ("prices.csv:2", "2026-10", None)
    assert "Offer 7, 2026-10, prices.csv:2" in calc("explain", "s.yaml", "purchase", cwd=folder).out


def test_what_wins(folder: Path) -> None:
    """Own facts over shipped ones whatever the date, later over earlier, the line over the file over the folder."""
    (folder / "prices.csv").write_text(prices("1,USD/server,A,2001", "2,USD/server,B,2002-05"), encoding="utf-8")
    assert purchase(folder) == 8  # 4 x 2: that of 2002
    (folder / "line.csv").write_text(prices("3,USD/server,C,1999"), encoding="utf-8")
    assert purchase(folder, "--facts", "line.csv") == 12
    (folder / "team").mkdir()
    (folder / "team" / "t.csv").write_text(prices("5,USD/server,D,2026"), encoding="utf-8")
    (folder / "calc.toml").write_text('facts = ["team"]\n', encoding="utf-8")
    assert purchase(folder) == 8
    text = (folder / "s.yaml").read_text(encoding="utf-8").replace("facts_from: [prices.csv]\n", "")
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    assert purchase(folder) == 20
    assert purchase(folder, "--set", "server_price=7 USD/server") == 28
    # A fact with its date is that one, whatever is later.
    inputs = "inputs: {servers: 4 servers, server_price: {fact: dgx-h100.server_price@2001}}"
    (folder / "s.yaml").write_text(
        SCENARIO.replace("inputs: {servers: {value: 4 servers, source: plan}}", inputs), encoding="utf-8"
    )
    assert purchase(folder) == 4


def test_two_files_with_one_fact_of_one_day_are_an_error(folder: Path) -> None:
    (folder / "b.csv").write_text(prices("3,USD/server,C,2026-10"), encoding="utf-8")
    done = calc("run", "s.yaml", "--facts", "b.csv", cwd=folder)
    assert done.code == 0  # another layer
    done = calc("run", "s.yaml", "--facts", "b.csv", "--facts", "prices.csv", cwd=folder)
    assert done.code == 2
    assert done.err.startswith(
        "prices.csv:2:1: error[E-CONFLICT]: `b.csv` gives `dgx-h100.server_price` as of 2026-10 too"
    )


def test_errors_are_those_of_the_file_alone(folder: Path) -> None:
    (folder / "prices.csv").write_text(
        HEAD + "dgx-h100,server_price,x,USD/server,A,2026\nour-box,server_power,5,kWh,B,2026\n", encoding="utf-8"
    )
    text = (folder / "s.yaml").read_text(encoding="utf-8").replace("[dgx-h100]", "[our-box]")
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    done = calc("run", "s.yaml", cwd=folder)
    heads = [line.partition("]")[0] for line in done.err.splitlines() if "error[" in line]
    # That `our-box` gives nothing and a price is missing follows from them.
    assert (done.code, heads) == (2, ["prices.csv:2:23: error[E-VALUE", "prices.csv:3:24: error[E-DIMENSION"])


def test_a_file_of_which_nothing_is_used_is_told(folder: Path) -> None:
    (folder / "x.csv").write_text(HEAD + "dgx-h10,server_price,5,USD/server,A,2026\n", encoding="utf-8")
    done = calc("run", "s.yaml", "--facts", "x.csv", "--format", "json", cwd=folder)
    assert done.json["warnings"] == [
        "x.csv: none of its facts is used; it has facts of `dgx-h10`; did you mean `dgx-h100`?"
    ]


def test_a_far_figure_is_doubted_with_its_place(folder: Path) -> None:
    (folder / "prices.csv").write_text(prices("250,USD/server,A,2026"), encoding="utf-8")
    done = calc("check", "s.yaml", cwd=folder)
    assert done.code == 0
    assert done.err.startswith("prices.csv:2:1: warning: `server_price` is 250 USD/server")


OUTSIDE = ("/etc/passwd", "../prices.csv", "sub/../../prices.csv", "~/prices.csv", "C:\\prices.csv", "https://x.example/p.csv",
           "link.csv", "linked/prices.csv", "li*.csv", "**/*.csv", "none.csv", "pipe.csv", "prices.csv\\0")  # fmt: skip


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with links that lead out of it, and a pipe that nobody writes into."""
    import os

    top = tmp_path_factory.mktemp("guarded")
    (top / "prices.csv").write_text(prices("1,USD/server,SECRET,2026"), encoding="utf-8")
    inner = top / "inner"
    (inner / "sub").mkdir(parents=True)
    (inner / "link.csv").symlink_to(top / "prices.csv")
    (inner / "linked").symlink_to(top)
    os.mkfifo(inner / "pipe.csv")
    return inner


@each_row("entry", OUTSIDE)
def test_no_path_leaves_the_folder(entry: str, guarded: Path) -> None:
    quoted = json.dumps(entry.replace("\\0", "\x00"))
    (guarded / "s.yaml").write_text(SCENARIO.replace("[prices.csv]", f"[{quoted}]"), encoding="utf-8")
    done = calc("run", "s.yaml", cwd=guarded)
    assert done.code == 2, done.out
    assert "SECRET" not in done.out + done.err
    if not entry.endswith("\\0"):
        (guarded / "s.yaml").write_text(SCENARIO.replace("facts_from: [prices.csv]\n", ""), encoding="utf-8")
        (guarded / "calc.toml").write_text(f"facts = [{quoted}]\n", encoding="utf-8")
        done = calc("run", "s.yaml", cwd=guarded)
        (guarded / "calc.toml").unlink()
        assert done.code == 2, done.out
        assert done.err.startswith("calc.toml:1:1"), done.err
        assert "SECRET" not in done.out + done.err


def test_the_nearest_toml_serves_scenarios_below_it(folder: Path) -> None:
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    (folder / "calc.toml").write_text('facts = ["prices.csv"]\n', encoding="utf-8")
    (below / "s.yaml").write_text(SCENARIO.replace("facts_from: [prices.csv]\n", ""), encoding="utf-8")
    assert purchase(below) == 1_000_000
    assert "../../prices.csv:2 of ../../calc.toml" in calc("run", "s.yaml", "--format", "json", cwd=below).out
    assert "prices.csv:2 of calc.toml" in calc("run", "a/b/s.yaml", "--format", "json", cwd=folder).out
    (folder / "a" / "calc.toml").write_text("facts = []\n", encoding="utf-8")
    assert purchase(below) != 1_000_000
    # What ships and what stands in no file has no folder of anybody.
    (folder / "calc.toml").write_text("nonsense\n", encoding="utf-8")
    assert calc("run", "lingang-racks", cwd=folder).code == 0
    assert calc("run", "-", stdin="inputs: {server_power: 4.5 kW}\nshow: [server_power]\n", cwd=folder).code == 0


TOML = {
    "no TOML": ("facts = [", "calc.toml:1:", "this is no TOML"),
    "a number without end": (f"facts = {'9' * 5000}", "calc.toml:1:1", "nested too deeply, or a number"),
    "nested without end": (f"facts = {'[' * 5000}", "calc.toml:1:1", "nested too deeply, or a number"),
    "other key": ('fact = ["x"]', "calc.toml:1:1", "did you mean `facts`?"),
    "one text": ('facts = "prices.csv"', "calc.toml:1:1", "as in `facts = "),
}


@each_row(("text", "place", "words"), TOML)
def test_a_toml_that_is_wrong(text: str, place: str, words: str, folder: Path) -> None:
    (folder / "calc.toml").write_text(text, encoding="utf-8")
    done = calc("run", "s.yaml", cwd=folder)
    assert done.code == 2
    assert done.err.startswith(place), done.err
    assert words in done.err


def test_a_date_and_a_status_stand_beside_any_value(tmp_path: Path) -> None:
    text = """\
inputs:
  electricity_price: {value: 0.08 USD/kWh, source: contract, as_of: 2024-01, status: unverified}
  facility_power: {low: 1 MW, likely: 2 MW, high: 3 MW, as_of: 2026, status: estimate}
show: [electricity_price, facility_power]
"""
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    done = calc("run", "s.yaml", "--format", "json", cwd=tmp_path)
    given = done.json["cases"][0]["inputs"]
    assert [(each["as_of"], each["fact_status"]) for each in given.values()] == [
        ("2024-01", "unverified"), ("2026", "estimate")]  # fmt: skip
    assert given["electricity_price"]["source"] == "contract, 2024-01"
    assert "price older than a year: electricity_price (2024-01)" in done.json["warnings"]
    assert "unverified fact: electricity_price" in done.json["warnings"]
    for wrong in ("as_of: yesterday", "status: sure", "as_of: 2026-13"):
        (tmp_path / "s.yaml").write_text(text.replace("as_of: 2024-01, status: unverified", wrong), encoding="utf-8")
        done = calc("check", "s.yaml", cwd=tmp_path)
        assert (done.code, done.err.partition(" error")[0][:9]) == (2, "s.yaml:2:")


PINNED = """\
facts: [dgx-h100]
inputs: {servers: 4 servers, gpu_hour_price: {fact: rent-a100-80gb.gpu_hour_price@2023}}
formulas: {purchase: servers * server_price, rent: servers * gpus_per_server * gpu_hour_price}
show: [purchase, rent]
expect: {purchase: $1.5M}
"""
RENT = "rent-a100-80gb,gpu_hour_price,1.1,USD/gpu/hour,Offer 8,2026-10\n"


def test_promises_are_not_tested_with_facts_that_the_scenario_was_not_written_with(folder: Path) -> None:
    (folder / "p.yaml").write_text(PINNED, encoding="utf-8")
    assert calc("check", "p.yaml", cwd=folder).code == 0, "4 x 375,000, what ships"
    done = calc("run", "p.yaml", "--facts", "prices.csv", cwd=folder)
    assert (done.code, done.err) == (0, "")
    assert "promises (`expect`) are not tested with `--facts`" in done.out
    assert "  from prices.csv: server_price\n" in done.out
    # A file that replaces nothing changes no promise.
    (folder / "x.csv").write_text(HEAD + "our-box,server_power,5,kW,A,2026\n", encoding="utf-8")
    done = calc("run", "p.yaml", "--facts", "x.csv", cwd=folder)
    assert "not tested" not in done.out + done.err
    # Nor does one that the scenario itself names: its promise is about these prices.
    named = PINNED + "facts_from: [prices.csv]\n"
    (folder / "n.yaml").write_text(named, encoding="utf-8")
    assert calc("run", "n.yaml", "--facts", "prices.csv", cwd=folder).code == 1
    (folder / "calc.toml").write_text('facts = ["prices.csv"]\n', encoding="utf-8")
    done = calc("run", "p.yaml", cwd=folder, COLUMNS="200")
    assert done.code == 0, done.err
    assert "not tested with the facts of `calc.toml`" in done.out


def test_a_fact_of_the_scenarios_own_file_that_an_inherited_pin_wins_over_is_told_first(folder: Path) -> None:
    (folder / "e.yaml").write_text("extends: [h100-cluster-4-years]\nfacts_from: [prices.csv]\n", encoding="utf-8")
    pin, take = "dgx-h100.server_price@2023-05", "--set 'server_price={fact: dgx-h100.server_price}'"
    told = f"prices.csv:2 is not used: the scenario takes `{pin}`; `{take}` takes yours"
    warnings = calc("run", "e.yaml", "--format", "json", cwd=folder).json["warnings"]
    assert warnings[0] == told
    assert "none of its facts" not in str(warnings)
    assert told in " ".join(calc("run", "e.yaml", cwd=folder).out.split())
    notes = calc("facts", "diff", "prices.csv", "e.yaml", "--format", "json", cwd=folder).json["notes"]
    assert notes == [f"e.yaml: {told}"], "it names the file, and uses none of it"
    done = calc("run", "e.yaml", "--set", take[7:-1], cwd=folder)
    assert "from prices.csv: server_price" in done.out
    assert "is not used" not in done.out
    # What the file itself gives beside its `facts_from` is meant.
    text = SCENARIO.replace("inputs: {", "inputs: {server_price: {value: $1M/server, source: plan}, ")
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    assert "wins over facts" not in calc("run", "own.yaml", "--format", "json", cwd=folder).out


def test_the_answer_says_what_comes_from_the_files_that_a_scenario_names(folder: Path) -> None:
    assert "  from prices.csv: server_price\n" in calc("run", "s.yaml", cwd=folder).out


def test_a_fact_that_something_else_wins_over_is_told_with_its_line(folder: Path) -> None:
    (folder / "p.yaml").write_text(PINNED, encoding="utf-8")
    (folder / "prices.csv").write_text(prices("250000,USD/server,Offer 7,2026-10") + RENT, encoding="utf-8")
    told = "prices.csv:3 is not used: the scenario takes `rent-a100-80gb.gpu_hour_price@2023`"
    done = calc("run", "p.yaml", "--facts", "prices.csv", "--format", "json", cwd=folder)
    assert [each for each in done.json["warnings"] if each.startswith(told)], done.json["warnings"]
    assert f"p.yaml: {told}" in calc("facts", "diff", "prices.csv", "p.yaml", cwd=folder, COLUMNS="200").out
    # What the warning says to do takes it.
    more = ("--set", "gpu_hour_price={fact: rent-a100-80gb.gpu_hour_price}")
    done = calc("run", "p.yaml", "--facts", "prices.csv", *more, "--format", "json", cwd=folder)
    assert done.results("base")["rent"]["value"] == pytest.approx(35.2)  # 4 x 8 x 1.1
    assert "is not used" not in str(done.json["warnings"])
    given = PINNED.replace("servers: 4 servers,", "servers: 4 servers, server_price: $1M/server,")
    (folder / "p.yaml").write_text(given.replace("$1.5M", "$4M"), encoding="utf-8")
    done = calc("run", "p.yaml", "--facts", "prices.csv", "--format", "json", cwd=folder)
    told = "prices.csv:2 is not used: a value that is given for `server_price` wins over facts"
    assert told in done.json["warnings"]


def test_bundles_of_a_file_are_offered_and_not_what_is_called_alike(folder: Path) -> None:
    rents = "rent-h100-sxm,gpu_hour_price,2,USD/gpu/hour,Offer 8,2026-10\n"
    (folder / "prices.csv").write_text(prices("250000,USD/server,Offer 7,2026-10") + rents, encoding="utf-8")
    (folder / "p.yaml").write_text("facts: [h100-sxm]\nshow: [gpu_peak_bf16]\n", encoding="utf-8")
    [told] = calc("run", "p.yaml", "--facts", "prices.csv", "--format", "json", cwd=folder).json["warnings"]
    assert told.endswith("as in `facts: [dgx-h100]`, or take one fact as `{fact: dgx-h100.server_price}`"), told
    (folder / "p.yaml").write_text("show: [gpu_hour_price]\n", encoding="utf-8")
    done = calc("run", "p.yaml", "--facts", "prices.csv", cwd=folder)
    assert "facts that fit: `rent-h100-sxm.gpu_hour_price`" in done.err


def test_a_file_that_is_not_there_is_looked_for_by_its_name(folder: Path) -> None:
    done = calc("run", "s.yaml", "--facts", "price.csv", cwd=folder)
    assert (done.code, "did you mean `prices.csv`?" in done.err) == (2, True)
