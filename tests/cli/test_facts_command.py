"""`calc facts`: what there is, whether a file is right, a template, what is old, what a file would change."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from calc_command import calc

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "subject,quantity,value,unit,source,as_of\n"
PRICES = HEAD + "dgx-h100,server_price,250000,USD/server,Offer 7,2026-10\nhall,pue,1.2,1,meters,2024\n"
SCENARIO = """\
facts: [dgx-h100]
inputs: {servers: 4 servers}
formulas: {purchase: servers * server_price}
cases: {ours: {}, listed: {server_price: $300k/server}}
show: [purchase]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "p.csv").write_text(PRICES, encoding="utf-8")
    return tmp_path


def test_what_there_is(folder: Path) -> None:
    done = calc("facts", "--facts", "p.csv", "--format", "json", cwd=folder)
    own, shipped = done.json["files"]
    # October 2026 lies 38 days before 23 November 2026 (from its middle), 2024 two and a third years.
    assert own == {
        "where": "p.csv", "facts": 2, "subjects": 2, "quantities": 2, "newest": "2026-10", "median_age_months": 15,
        "older_than_a_year": 1, "undated": 0,
    }  # fmt: skip
    assert shipped["where"] == "ships"
    assert shipped["facts"] > 1000
    assert done.json["statuses"]["not stated"] == 2
    (folder / "calc.toml").write_text('facts = ["p.csv"]', encoding="utf-8")
    assert calc("facts", "--format", "csv", cwd=folder).out.splitlines()[1].startswith("p.csv,2,2,2,2026-10,")
    assert "p.csv" in calc("facts", cwd=folder).out


def test_a_file_that_is_right_is_not_talked_about(folder: Path) -> None:
    done = calc("facts", "check", "p.csv", cwd=folder)
    assert (done.code, done.out, done.err) == (0, "", "")


def test_all_that_is_wrong_in_files_is_told(folder: Path) -> None:
    (folder / "bad.csv").write_text(HEAD + "a,server_price,1,kW,Q,2026\nb,pue,0.1,1,Q,2026\n", encoding="utf-8")
    (folder / "latin.csv").write_bytes(b"subject\xe9\n")
    done = calc("facts", "check", "bad.csv", "latin.csv", "none.csv", cwd=folder)
    assert (done.code, done.out) == (2, "")
    for head in (
        "bad.csv:2:18: error[E-DIMENSION]",
        "bad.csv:3:7: error[E-BOUNDS]",
        "latin.csv:1:8: error[E-ENCODING]",
        "error[E-FILE]",
    ):
        assert head in done.err


def test_what_should_be_looked_at_again_is_a_warning(folder: Path) -> None:
    rows = "a,server_price,10,USD/server,Q,2026\na,gpu_hour_price,2,USD/gpu/hour,Q,2024-01\na,fee,1,USD,Q,2031\n"
    (folder / "odd.csv").write_text(HEAD + rows, encoding="utf-8")
    done = calc("facts", "check", "odd.csv", cwd=folder)
    assert (done.code, done.out) == (0, "")
    for words in ("odd.csv:2: `server_price` is 10 USD/server", "odd.csv:3: a price of more than a year ago, 2024-01",
                  "odd.csv:4: 2031 lies in the future", "`fee` is no quantity of a model"):  # fmt: skip
        assert words in done.err


def test_a_template_is_refused_until_it_is_filled_in(folder: Path) -> None:
    done = calc("facts", "new", "server_price", "pue", cwd=folder)
    price, pue = csv.DictReader(io.StringIO(done.out))
    assert (price["quantity"], price["unit"], price["value"]) == ("server_price", "USD/server", "")
    assert (pue["quantity"], pue["unit"]) == ("pue", "1")
    (folder / "t.csv").write_text(done.out, encoding="utf-8")
    assert calc("facts", "check", "t.csv", cwd=folder).code == 2
    filled = done.out.replace("\n,server_price,", "\nbox,server_price,250000").replace("\n,pue,", "\nhall,pue,1.2")
    filled = filled.replace("USD/server,,", "USD/server,Q,2026").replace(",1,,", ",1,Q,2026")
    (folder / "t.csv").write_text(filled, encoding="utf-8")
    assert calc("facts", "check", "t.csv", cwd=folder).err == ""
    done = calc("facts", "new", "server_prise", cwd=folder)
    assert (done.code, "`server_price`" in done.err) == (2, True)


def test_what_is_old(folder: Path) -> None:
    done = calc("facts", "stale", "--older", "6 months", "--facts", "p.csv", "--format", "json", cwd=folder)
    first, *rest = done.json["facts"]
    # From the middle of 2024, 1 July, to 23 November 2026: 875 days of 30.4 to a month.
    assert (first["id"], first["age_months"], first["where"]) == ("hall.pue", 28.8, "p.csv:3")
    ages = [each["age_months"] for each in rest if each["age_months"] is not None]
    assert ages == sorted(ages, reverse=True)
    assert min(ages) >= 6
    # What a later fact of one's own stands in for is not taken any more.
    assert "dgx-h100.server_price" not in {each["id"] for each in rest}
    assert "hall.pue" not in calc("facts", "stale", "--older", "3 years", "--facts", "p.csv", cwd=folder).out
    assert "To bring up to date" in calc("facts", "stale", "--quantity", "pue", cwd=folder).out
    for wrong in ("6", "soon", "5 kW"):
        assert calc("facts", "stale", "--older", wrong, cwd=folder).code == 2


def test_what_a_file_would_change(folder: Path) -> None:
    done = calc("facts", "diff", "p.csv", "s.yaml", "lingang-racks", "--format", "json", cwd=folder)
    price, pue = done.json["facts"]
    assert (price["fact"], price["after"], price["place"]) == ("dgx-h100.server_price", "$250,000/server", "p.csv:2")
    assert (pue["fact"], pue["before"], pue["change"]) == ("hall.pue", None, None)
    [moved] = done.json["figures"]
    assert (moved["scenario"], moved["case"], moved["figure"], moved["after"]) == ("s.yaml", "ours", "purchase", 1e6)
    assert moved["change"] == pytest.approx(price["change"])
    assert moved["change"] == pytest.approx(moved["after"] / moved["before"] - 1)
    shown = calc("facts", "diff", "p.csv", "s.yaml", cwd=folder, COLUMNS="100").out
    assert "s.yaml: ours" in shown
    assert "$1M" in shown


def test_a_file_that_a_scenario_takes_already_moves_nothing(folder: Path) -> None:
    (folder / "mine.yaml").write_text("facts_from: [p.csv]\n" + SCENARIO, encoding="utf-8")
    done = calc("facts", "diff", "p.csv", "mine.yaml", "--format", "json", cwd=folder)
    assert (done.json["figures"], done.json["notes"]) == ([], ["mine.yaml uses it already"])


def test_a_price_of_0_and_a_placeholder_are_doubted_also_in_a_run(folder: Path) -> None:
    rows = (
        "dgx-h100,server_price,0,USD/server,Q,2026\na,gpu_hour_price,9.99,USD/gpu/hour,Q,2026-10\na,pue,1.2,1,Q,2026\n"
    )
    (folder / "odd.csv").write_text(HEAD + rows, encoding="utf-8")
    told = calc("facts", "check", "odd.csv", cwd=folder)
    assert (told.code, told.err.count("a price that is not known has no line")) == (0, 2)
    assert "odd.csv:3: `gpu_hour_price` is a placeholder, 9.99" in told.err
    assert "`server_price` is a price of 0" in calc("run", "s.yaml", "--facts", "odd.csv", "-v", cwd=folder).out


def test_two_ends_are_a_range_without_a_value(folder: Path) -> None:
    text = "subject;quantity;low;high;unit;source;as_of\nhall;pue;1,1;1,3;1;Q;2026\n"
    (folder / "range.csv").write_text(text, encoding="utf-8")
    (folder / "head.csv").write_text(
        "subject,quantity,low [kW],high [kW],source,as_of\nh,it_power,1,3,Q,2026\n", encoding="utf-8"
    )
    done = calc("facts", "check", "range.csv", "head.csv", cwd=folder)
    assert (done.code, done.err) == (0, "")
    [fact] = calc("list", "facts", "--subject", "hall", "--facts", "range.csv", "--json", cwd=folder).json["facts"]
    assert (fact["value"], fact["low"], fact["high"]) == (None, 1.1, 1.3)
    (folder / "range.csv").write_text(HEAD + "hall,pue,1.2,kW,Q,2026\n", encoding="utf-8")
    assert "give it as a plain number, as in `1.2`" in calc("facts", "check", "range.csv", cwd=folder).err


def test_facts_take_the_short_forms_of_formats(folder: Path) -> None:
    assert calc("facts", "--json", "--facts", "p.csv", cwd=folder).json["schema"] == "calc.facts-summary/1"
    assert calc("facts", "stale", "--quantity", "pue", "--csv", cwd=folder).out.startswith("id,value,")
    assert calc("facts", "diff", "p.csv", "s.yaml", "--json", cwd=folder).json["schema"] == "calc.facts-diff/1"


def test_options_before_the_word_are_not_dropped(folder: Path) -> None:
    done = calc("facts", "--facts", "p.csv", "stale", cwd=folder)
    assert (done.code, "stand behind the word" in done.err) == (2, True)
    assert calc("facts", "chekc", "p.csv", cwd=folder).code == 2


def test_the_schema_for_editors_knows_own_facts(folder: Path) -> None:
    known = calc("schema", "--facts", "p.csv", cwd=folder).json
    assert "'hall'" in str(known["definitions"]["bundle"])
    assert "hall.pue" in str(known["definitions"]["fact"])
    assert "hall.pue" in str(known["definitions"]["series"])
    assert "hall.pue" not in calc("schema", cwd=folder).out


def test_lists_and_descriptions_know_own_facts(folder: Path) -> None:
    (folder / "t.csv").write_text(HEAD + "help,price,0.2,USD/ticket,Offer 7,2025\n", encoding="utf-8")
    brings = "units: {ticket: count}\nfacts_from: [p.csv, t.csv]\n" + SCENARIO
    (folder / "with.yaml").write_text(brings, encoding="utf-8")
    (folder / "team").mkdir()
    (folder / "team" / "calc.toml").write_text('facts = ["own.csv"]', encoding="utf-8")
    (folder / "team" / "own.csv").write_text(PRICES, encoding="utf-8")
    for given, where, cwd in (
        (("--facts", "p.csv"), "p.csv", folder),
        (("--scenario", "with.yaml"), "p.csv", folder),
        ((), "own.csv", folder / "team"),
    ):
        of = "" if given else " of calc.toml"
        [fact] = calc("list", "facts", "--subject", "hall", *given, "--format", "json", cwd=cwd).json["facts"]
        assert (fact["id"], fact["value"], fact["file"]) == ("hall.pue", 1.2, f"{where}:3{of}"), given
        [bundle] = calc("list", "bundles", "hall", "--quantity", "pue", *given, "--format", "json", cwd=cwd).json[
            "bundles"
        ]
        assert (bundle["name"], bundle["quantities"]) == ("hall", "pue"), given
        first = calc("describe", "server_price", *given, "--format", "json", cwd=cwd).json["facts"][0]
        assert (first["id"], first["value"], first["file"]) == ("dgx-h100.server_price", 250000, f"{where}:2{of}"), (
            given
        )
    assert "(2024, p.csv:3)" in calc("describe", "pue", "--facts", "p.csv", cwd=folder).out
    assert "p.csv" in calc("facts", "--scenario", "with.yaml", cwd=folder).out
    # A count of the scenario's own is a unit of its facts.
    done = calc("facts", "stale", "--scenario", "with.yaml", "--quantity", "price", cwd=folder)
    assert "help.price" in done.out, done.err
    assert "`calc list facts --quantity price`" in calc("describe", "price", "--scenario", "with.yaml", cwd=folder).err
    assert "did you mean `hall`" in calc("list", "facts", "--subject", "hal", "--facts", "p.csv", cwd=folder).err
    for kind in ("quantities", "scenarios"):
        assert calc("list", kind, "--facts", "p.csv", cwd=folder).code == 2
    assert calc("list", "facts", "--facts", "none.csv", cwd=folder).code == 2
