"""Hostile text in titles, names and sources: inert in every output, shown as it is or escaped."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import calc
from calc.cli.main import main
from calc.errors import CalcError, render
from calc.scenario.yaml_reader import Scalar, decode, read_document

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

HOSTILE = Path(__file__).parents[1] / "hostile"
with (HOSTILE / "manifest.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _name(path: str) -> str:
    node = read_document(decode((HOSTILE / path).read_bytes(), path)).get("name")
    assert isinstance(node, Scalar)
    return node.text


# Every text of the injection rows that a loader takes, and more.
TEXTS = {
    Path(row["path"]).stem: _name(row["path"])
    for row in ROWS
    if row["category"] == "injection" and row["layer"] == "loader" and row["expected"] == "accept"
}
TEXTS |= {
    "two lines": "x\nerror[E-FAKE]: fake line",
    "carriage return": "true\rfalse",
    "half invisible": "x\u3164y",
    "emoji code": ":rocket: :bell:",
    "escape in letters": r"\x1b[31mred",
    "link with style": "[bold red link=file:///etc/passwd]x[/]",
    "wide": "北京数据中心",
    "family": "👨\u200d👩\u200d👧",
    "stacked marks": "h" + "\u0300" * 300,
    "a variation": "☃\ufe0f",
    "formula at": "@SUM(A1)",
    "formula plus": "+1+1",
}
LONG = 1000  # longer than a line of any terminal
INVISIBLE = {name for name, text in TEXTS.items() if not text.strip("\u3164")}
# A key has a length and neither begins nor ends with a blank.
NO_KEY = {name for name, text in TEXTS.items() if len(text) > 1024 or text != text.strip()}

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\u3164]")
SCENARIO = """title: {title}
question: {question}
sources: {{key: {source}}}
inputs:
  server_power: {{value: 4.5 kW, source: {source}, note: {note}}}
  servers_needed: {{value: 10 servers, source: key}}
cases:
  {case}: {{rack_power_rated: 10 kW}}
  other: {{rack_power_rated: 3 kW}}
show: [servers_per_rack, racks_needed]
"""
PLACES = ("title", "question", "source", "note", "case")


def scenario(text: str, place: str) -> str:
    parts = dict.fromkeys(PLACES, "plain") | {place: json.dumps(text, ensure_ascii=False)}
    return SCENARIO.format(**parts)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Return a function that runs the command line and returns exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "500")
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["calc", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def shown(text: str) -> str:
    """Return a text as a terminal may show it, without blanks, which may be line breaks of the layout."""
    escaped = "".join(f"\\x{ord(char):02x}" if char in "\n\r\t" else char for char in text)
    return "".join(escaped.replace("\u3164", r"\u3164").split())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", TEXTS)
def test_text_is_inert_and_whole(name: str, place: str, command: Command, tmp_path: Path) -> None:
    text = TEXTS[name]
    (tmp_path / "s.yaml").write_text(scenario(text, place), encoding="utf-8", newline="")
    outputs = {
        "table": command("run", "s.yaml", "--details"),
        "json": command("run", "s.yaml", "--format", "json"),
        "explain": command("explain", "s.yaml", "racks_needed", "--depth", "all"),
    }
    refused = (place == "case" and name in NO_KEY) or (place in {"title", "question", "case"} and name in INVISIBLE)
    for form, (code, out, err) in outputs.items():
        assert code == (2 if refused else 0), err
        assert CONTROL.search(err) is None
        assert form == "json" or CONTROL.search(out) is None
        assert "\x1b" not in out
    if refused:
        return
    wanted = {"table": ("title", "question", "source", "case"), "explain": ("source", "note", "case")}
    for form, places in wanted.items():
        if place in places:
            # Names of cases are shortened to 60 characters in tables; line breaks in a question are blanks.
            start = (
                shown(text)[:50] if place == "case" else shown(" ".join(text.split()) if place == "question" else text)
            )
            assert start in re.sub(r"[\s│├└─]", "", outputs[form][1])
    found = json.loads(outputs["json"][1])
    case = found["cases"][0]
    power = case["inputs"]["server_power"]
    known = {
        "title": found["scenario"]["title"],
        "case": case["name"],
        "source": power["source"],
        "note": power["note"],
    }
    assert known.get(place, text) == text


@pytest.mark.parametrize("place", ["title", "question", "source", "case"])
@pytest.mark.parametrize("name", ["injection-rich-link", "link with style", "injection-rich-click", "injection-xl-url"])
def test_colour_is_the_only_escape_on_a_terminal(
    name: str, place: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s.yaml").write_text(scenario(TEXTS[name], place), encoding="utf-8")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    _, out, _ = command("run", "s.yaml", "--details")
    assert re.search(r"\x1b\[[0-9;]+m", out)
    assert "\x1b]8" not in out
    bare = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert "\x1b" not in bare
    assert shown(TEXTS[name]) in "".join(bare.split())


FAILING = "checks: [servers_per_rack >= 5 servers]\nexpect:\n  {case}: {{servers_per_rack: 7}}\n"


@pytest.mark.parametrize("name", ["two lines", "half invisible", "injection-rich-bold", "injection-md-fence"])
def test_a_case_name_stays_on_one_line_of_a_message(name: str, command: Command, tmp_path: Path) -> None:
    """Otherwise a name could pretend to be a message of its own."""
    case = json.dumps(TEXTS[name])
    (tmp_path / "s.yaml").write_text(scenario(TEXTS[name], "case") + FAILING.format(case=case), encoding="utf-8")
    code, _, err = command("check", "s.yaml")
    assert code == 1
    # One broken promise, and the check fails in both cases.
    assert len(re.findall(r"^s\.yaml:\d+:\d+: error\[", err, re.MULTILINE)) == 3
    assert not [line for line in err.splitlines() if line.startswith("error[")]
    assert CONTROL.search(err) is None


def test_no_text_writes_a_line_of_its_own_into_a_message(command: Command, tmp_path: Path) -> None:
    """A key that no section has stands in the hint too; a message and a hint are a line each, whatever they quote."""
    fake = "x\n\nerror[E-FAKE]: fake\r\n  hint: fake \x1b[31m"
    part = {"inputs": {"servers_needed": "4 servers"}}
    files: list[dict[str, object]] = [
        {"parts": {"one": {**part, fake: "3"}}},
        {"parts": {"one": part}, "cases": {"a": {"parts": {"one": {fake: "3"}}}}},
        {"parts": {"one": part}, "cabinets": {"small": {fake: "5 kW"}}},
        {"facts": f"a, {fake}"},
        {"table": {fake: {"scenario": "lingang-racks", fake: "x"}}},
        {"cases": {fake: "3"}},
    ]
    for found in files:
        (tmp_path / "s.yaml").write_text(json.dumps({**found, "show": ["racks_needed"]}), encoding="utf-8")
        code, _, err = command("check", "s.yaml")
        assert code == 2
        assert CONTROL.search(err) is None, err
        assert re.search(r"^(error\[E-FAKE|  hint: fake)", err, re.MULTILINE) is None, err
    assert render(CalcError("E-KEY", fake, hint=fake)).count("\n") == 1


def test_a_long_case_name_is_shortened(command: Command, tmp_path: Path) -> None:
    """In messages and in every part of the table: 1,000 letters help nobody."""
    text = scenario("n" * LONG, "case") + FAILING.format(case="n" * LONG)
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    code, out, err = command("run", "s.yaml")
    assert code == 1
    assert max(map(len, err.splitlines())) < 400
    assert max(map(len, re.findall("n+", "".join(out.split())))) < 200


def test_hostile_file_name(command: Command, tmp_path: Path) -> None:
    """Its places stand in tables, messages and JSON: C1 control, bidi override, a line end."""
    name = "a\x9b31m\u202e\nb.yaml"
    (tmp_path / name).write_text(scenario("x", "title"), encoding="utf-8")
    for arguments in (
        ("run", name),
        ("explain", name, "racks_needed"),
        ("run", name, "--case", "none"),
        ("run", f"no{name}"),
    ):
        code, out, err = command(*arguments)
        assert code in {0, 2}
        assert CONTROL.search(out + err) is None
        assert "\nb.yaml" not in out + err
    code, out, _ = command("run", name, "--format", "json")
    assert json.loads(out)["scenario"]["path"] == name
    assert CONTROL.search(out) is None


ESCAPE = "\x1b[31mx\x9b\u202e"


@pytest.mark.parametrize(
    "arguments",
    [(ESCAPE,), ("run", ESCAPE), ("run", "s.yaml", "--case", ESCAPE), ("run", "s.yaml", "--show", ESCAPE),
     ("run", "s.yaml", "--set", f"{ESCAPE}=5"), ("run", "s.yaml", "--set", f"server_power={ESCAPE}"),
     ("run", "s.yaml", "--samples", ESCAPE), ("run", "s.yaml", "--seed", ESCAPE), ("run", "s.yaml", "--format", ESCAPE),
     ("explain", "s.yaml", ESCAPE), ("check", ESCAPE), ("run", f"--{ESCAPE}")],
)  # fmt: skip
def test_hostile_argument(arguments: tuple[str, ...], command: Command, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(scenario("x", "title"), encoding="utf-8")
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert "error[E-" in err
    assert CONTROL.search(err) is None


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii", "utf-8"])
def test_json_is_json_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    """What the output's encoding lacks is escaped as JSON escapes it, an emoji as two halves."""
    (tmp_path / "s.yaml").write_text(scenario("é 北京 🚀", "title"), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(calc.__file__).parents[1]), "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "calc", "run", "s.yaml", "--format", "json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)  # all of ASCII is UTF-8
    assert json.loads(text)["scenario"]["title"] == "é 北京 🚀"
