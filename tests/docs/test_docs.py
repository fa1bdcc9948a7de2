"""What docs/ shows is what calc does: scenarios and commands run, Python holds, links lead somewhere, pages are fresh.

The word after a fence's language says what to do with the block:

- ```yaml NAME OPTIONS: a whole scenario; `calc run NAME OPTIONS` ends with 0. ```yaml fragment: must only be YAML.
- ```csv NAME, ```toml NAME, ```python NAME: a file that the page's scenarios and commands need.
- ```python alone runs, as a doctest where it has prompts.
- ```sh: lines with `calc` run in a folder with the page's files and end with 0, or as `# exit code N` says.
- ```text after one such line: exactly what it prints. ```json: must be JSON.
"""

from __future__ import annotations

import doctest
import importlib.util
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from calc_command import Ended
from calc_command import calc as calc_command

import calc

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LINKED = [*PAGES, ROOT / "bench" / "README.md"]
_FENCE = re.compile(r"^```(\w*)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"#\s*exit code (\d+)\s*$")
_CALC = re.compile(r"^(?:[A-Z_]+=\S+ )*calc(?: |$)")
# 23 November 2026, from which the age of prices is counted.
TODAY = "1795392000"


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, first line, language, the words after that, and its text."""

    page: str
    line: int
    kind: str
    words: tuple[str, ...]
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_fragment(self) -> bool:
        return self.words[:1] == ("fragment",)

    @property
    def file(self) -> str | None:
        """Return the name of the file that the block is."""
        if self.kind == "yaml" and not self.is_fragment:
            return self.words[0] if self.words else f"line-{self.line}.yaml"
        return self.words[0] if self.kind in {"python", "csv", "toml"} and self.words else None


def blocks_of(text: str, page: str) -> list[Block]:
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found[1], tuple(found[2].split()), found[3])
        for found in _FENCE.finditer(text)
    ]


BLOCKS = [block for page in PAGES for block in blocks_of(page.read_text(encoding="utf-8"), page.name)]


def chosen(*kinds: str) -> list[Block]:
    return [block for block in BLOCKS if block.kind in kinds]


def folder_for(page: str, folder: Path) -> Path:
    """Fill a folder with the files that a page shows."""
    for block in BLOCKS:
        if block.page == page and block.file is not None:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
    return folder


# What a shell takes as it is, and what it does not look at.
_QUOTED = re.compile(r"""'[^']*'|"[^"$`\\]*\"""")
_COMMENT = re.compile(r"(?:^|\s)#.*")


def shell(line: str, folder: Path) -> Ended:
    """Run a line in a folder; `calc` is this interpreter's, and a line of nothing but words needs no shell."""
    if not re.search(r"[|<>&;`*?~$\\]", _QUOTED.sub("", _COMMENT.sub("", line))):
        first, *words = shlex.split(line, comments=True)
        if first == "calc":
            return calc_command(*words, cwd=folder)
    programs = folder / ".programs"
    programs.mkdir(exist_ok=True)
    program = programs / "calc"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m calc "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG") if name in os.environ}
    env = {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "SOURCE_DATE_EPOCH": TODAY,
    }
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=env, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def commands(block: Block) -> list[tuple[str, int]]:
    """Return the lines of a block that run calc, with the exit codes that they promise."""
    found = []
    for line in block.text.splitlines():
        if _CALC.match(line) and "-completion" not in line:
            promised = _EXIT.search(line)
            found.append((line, int(promised[1]) if promised else 0))
    return found


def generator(name: str = "generate") -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_there() -> None:
    names = {page.relative_to(DOCS).as_posix() for page in PAGES}
    wanted = {
        "article.md",
        "backtest.md",
        "commands.md",
        "facts.md",
        "json.md",
        "methodology/training.md",
        "python.md",
        "quantities.md",
        "scenario.md",
    }
    assert names >= wanted


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    # A `console` block stands for a site of several machines; tests/study/test_cluster.py starts what it starts.
    assert {block.kind for block in BLOCKS} == {"yaml", "sh", "python", "csv", "toml", "text", "json", "console"}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fences = [line for line in text.splitlines() if line.startswith("```")]
        assert len(fences) == 2 * len(blocks_of(text, page.name)), f"{page.name} has a fence that is not read"


def test_file_names_of_a_page_are_its_own() -> None:
    named = [(block.page, block.file) for block in BLOCKS if block.file]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("block", chosen("yaml"), ids=lambda block: block.name)
def test_yaml_runs_or_is_marked_as_a_fragment(block: Block, tmp_path: Path) -> None:
    if block.is_fragment:
        assert yaml.safe_load(block.text), "a fragment holds something"
        return
    assert block.file is not None
    line = shlex.join(["calc", "run", block.file, *block.words[1:]])
    done = shell(line, folder_for(block.page, tmp_path))
    assert done.code == 0, done.err
    assert done.out


@pytest.mark.parametrize("block", chosen("sh"), ids=lambda block: block.name)
def test_commands_end_as_the_text_says(block: Block, tmp_path: Path) -> None:
    folder = folder_for(block.page, tmp_path)
    lines = [line for line in block.text.splitlines() if line.strip() and "-completion" not in line]
    assert [line for line, _ in commands(block)] == lines, "every line runs"
    for line, code in commands(block):
        done = shell(line, folder)
        assert done.code == code, f"{line}\n{done.err}"
        if code == 2:
            assert "hint: " in done.err


SHOWN = [(before, after) for before, after in itertools.pairwise(BLOCKS) if after.kind == "text"]


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=lambda block: block.name)
def test_shown_output_is_what_is_printed(command: Block, shown: Block, tmp_path: Path) -> None:
    [(line, _)] = commands(command)
    done = shell(line, folder_for(command.page, tmp_path))
    assert done.out + done.err == shown.text


@pytest.mark.parametrize("page", sorted({block.page for block in chosen("python")}))
def test_python_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_for(page, tmp_path))
    globs: dict[str, Any] = {}
    for block in chosen("python"):
        if block.page != page or block.file is not None:
            continue
        examples = doctest.DocTestParser().get_doctest(block.text, globs, block.name, block.page, block.line)
        if not examples.examples:
            code = [sys.executable, "-c", block.text]
            done = subprocess.run(code, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            continue
        said: list[str] = []
        runner = doctest.DocTestRunner()
        runner.run(examples, out=said.append, clear_globs=False)
        assert runner.failures == 0, "".join(said)
        globs = examples.globs


@pytest.mark.parametrize("block", chosen("json"), ids=lambda block: block.name)
def test_json_is_json(block: Block) -> None:
    assert json.loads(block.text)


def test_a_block_that_is_wrong_is_found(tmp_path: Path) -> None:
    text = "# T\n\n```yaml\ninputs: {server_power: 4.5 kWh}\n```\n\n```sh\ncalc runn  # exit code 2\nls\n```\n"
    scenario, lines = blocks_of(text, "t.md")
    assert (scenario.name, scenario.file) == ("t.md:3", "line-3.yaml")
    (tmp_path / "line-3.yaml").write_text(scenario.text, encoding="utf-8")
    assert shell("calc run line-3.yaml", tmp_path).code == 2
    assert commands(lines) == [("calc runn  # exit code 2", 2)]
    assert slugs("## No value & `use`\n\n```sh\n# no heading\n```\n") == {"no-value--use"}


# ------------------------------------------------------------ links


def slugs(text: str) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.parent.name + "/" + page.name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.is_file(), f"{page.name} links to {target}"
        assert found.is_relative_to(ROOT), f"{page.name} links to {target}"
        if anchor:
            assert anchor in slugs(found.read_text(encoding="utf-8")), f"{page.name} links to {target}"


# ------------------------------------------------------------ what a page must be complete about


def test_what_is_generated_is_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = generator()
    monkeypatch.setattr(module, "PAGE", tmp_path / "quantities.md")
    module.main()
    for name in ("quantities.md", "scenario.md"):
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert (DOCS / name).read_text(encoding="utf-8") == written, "run `python docs/generate.py`"


def test_the_backtest_page_is_fresh() -> None:
    fresh = generator("generate_backtest").page()
    assert (DOCS / "backtest.md").read_text(encoding="utf-8") == fresh, "run `python docs/generate_backtest.py`"


def test_the_vocabulary_page_has_every_quantity_once() -> None:
    from calc.engine.catalogue import standard_catalogue

    names = re.findall(r"^\| `(\w+)` \|", (DOCS / "quantities.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(standard_catalogue().quantities)


def section(page: str, heading: str) -> str:
    """Return what stands under a heading up to the next one of any level."""
    text = _FENCE.sub("", (DOCS / page).read_text(encoding="utf-8"))
    return re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def fields(heading: str) -> set[str]:
    """Return the fields that a table of json.md names."""
    rows = [line.split("|")[1] for line in section("json.md", heading).splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_section_is_described() -> None:
    from calc.scenario.sections import SECTIONS

    described = re.findall(r"^### (\w+)$", (DOCS / "scenario.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(described) == sorted(SECTIONS)


def test_every_function_of_a_formula_is_named() -> None:
    from calc import ops

    listed = re.search(r"Functions are `([^`]+)`", section("scenario.md", "formulas"))
    assert listed is not None
    assert set(listed[1].split()) == set(ops.FUNCTIONS)


def test_every_command_and_option_is_described() -> None:
    from calc.cli import COMMANDS

    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert set(COMMANDS) <= set(re.findall(r"^## (\w+)$", text, re.MULTILINE))
    for command in COMMANDS:
        helped = subprocess.run(
            [sys.executable, "-m", "calc", command, "--help"], capture_output=True, text=True, check=True
        ).stdout
        for option in set(re.findall(r"--[a-z-]+", helped)) - {"--help"}:
            assert option in text, f"{command} {option}"


def test_every_format_is_described_with_its_suffixes_and_commands() -> None:
    from calc.cli.options import FORMATS
    from calc.report.output import SUFFIXES
    from calc.scenario.sections import STUDIES

    rows = [line.split("|")[1:4] for line in section("commands.md", "Output").splitlines() if line.startswith("| ")]
    studies = " ".join(f"`{name}`" for name in STUDIES)
    found = {
        form.split(",")[0].strip(): (
            set(re.findall(r"`(\.\w+)`", suffixes)), set(re.findall(r"`(\w+)`", commands.replace("studies", studies)))
        )
        for form, suffixes, commands in rows[1:]
    }  # fmt: skip
    known = {form for forms in FORMATS.values() for form in forms}
    assert found == {
        form: (
            {suffix for suffix, named in SUFFIXES.items() if named == form},
            {command for command, forms in FORMATS.items() if form in forms},
        )
        for form in known
    }


def test_what_is_refused_is_refused_and_what_is_written_is_read() -> None:
    from calc.scenario.amount import AmountError, parse_amount

    rows = [line.split("|")[1:3] for line in section("scenario.md", "Values").splitlines() if line.startswith("| `")]
    amounts = rows[: [row[1].strip() for row in rows].index("a range, uniform")]
    assert len(amounts) == 9
    for row in amounts:
        for text in re.findall(r"`([^`]+)`", row[0]):
            assert parse_amount(text).number > 0
    refused = rows[[row[0].strip() for row in rows].index("`4,5 kW`") :]
    assert len(refused) == 14
    inputs = {"rack_power_rated": "25 kW", "budget_total": "$50M"}
    for wrong, right in refused:
        for text in re.findall(r"`([^`]+)`", wrong):
            name = "budget_total" if "$" in text else "rack_power_rated"
            with pytest.raises(calc.CalcError):
                calc.run({"inputs": {**inputs, "server_power": "1 kW", name: text}, "show": [name]})
        for text in re.findall(r"`([^`]+)`", right):
            if " to " not in text and text != "eur_per_usd":
                assert parse_amount(text).number > 0
    with pytest.raises(AmountError):
        parse_amount("4,5 kW")


def test_every_field_of_the_json_result_is_described(tmp_path: Path) -> None:
    ranges = {
        "inputs": {
            "server_power": "4 to 30 kW",
            "rack_power_rated": {"value": "25 kW", "source": "s", "note": "n"},
            "servers_needed": {"low": "30 servers", "likely": "40 servers", "high": "50 servers"},
            "rack_power_derating": "90 %",
            "budget_total": "$50M", "compute_budget": "$30M", "people_budget": "$30M", "data_budget": "$1M",
        },
        "cases": {"some": {}, "none": {"server_power": "30 kW"}},
        "show": ["racks_needed", "floor_area"],
        "checks": ["racks_needed <= 4 racks"],
    }  # fmt: skip
    lines = {
        "table": {"layers": {"scenario": "warm-start", "case": "donor for one warm start", "computed": "donor_cost"}}
    }
    yearly = {
        "years": "2026 to 2027",
        "inputs": {
            "price": {"by year": {"2026": "$10", "2027": "10 to 14 USD"}},
            "rent": {"start": "$5", "grows": "3 %/year"},
            "bought": {"by year": {"2026": "0 servers", "2027": "3 servers"}},
        },
        "formulas": {"both": "price + rent", "each": "both / bought"},
        "checks": ["both <= 20 USD"],
    }  # fmt: skip
    asked = (ranges, "fifty-million", "own-colo-rent", "two-clusters", yearly, lines)
    own = tmp_path / "own.csv"
    own.write_text("subject,quantity,value,unit,source,as_of\nbox,server_power,5,kW,q,2026\n", encoding="utf-8")
    answers = [calc.run(each, samples=200).to_dict() for each in asked]
    answers.append(calc.run({"facts": ["box"], "show": ["server_power"]}, facts=own).to_dict())
    whole = [case for answer in answers for case in answer["cases"]]
    cases = [each for case in whole for each in (case, *case.get("parts", ()))]
    results = [result for case in cases for result in case["results"].values()]
    inputs = [given for case in cases for given in case["inputs"].values()]
    found = {
        "The whole": answers,
        "scenario": [answer["scenario"] for answer in answers],
        "cases": cases,
        "results": results,
        "inputs": inputs,
        "variants": [each for case in cases for each in case["variants"].values()],
        "by year": [row for each in (*results, *inputs) for row in each.get("by_year", ())],
        "verdicts": [each for case in cases for each in case.get("verdicts", [])],
        "checks": [check for case in cases for check in case["checks"]],
        "table": [line for answer in answers for line in answer.get("table", ())],
    }
    for heading, objects in found.items():
        assert fields(heading) == {key for each in objects for key in each}, heading
    # A field is there always, but for those that the page says stand only somewhere.
    for heading, objects in found.items():
        always = set.intersection(*(set(each) for each in objects))
        seldom = fields(heading) - always
        rows = [row for row in section("json.md", heading).splitlines() if row.startswith("| `")]
        assert all("only " in row for row in rows if any(f"`{name}`" in row.split("|")[1] for name in seldom))
    shown = [json.loads(block.text) for block in BLOCKS if block.page == "json.md" and block.kind == "json"]
    assert set(shown[0]) == set.intersection(*(set(each) for each in results)) - {"reason"} | {"value"}
    assert set(shown[1]) == set(inputs[0])


def test_pictures_are_small_and_fetch_nothing() -> None:
    """`python docs/pictures.py` makes them; a page shows each."""
    found = sorted((DOCS / "pictures").iterdir())
    assert [each.name for each in found] == ["page.png", "terminal-120.svg", "terminal-80.svg"]
    pages = "".join(each.read_text(encoding="utf-8") for each in (*DOCS.glob("*.md"), DOCS.parent / "README.md"))
    for each in found:
        assert each.stat().st_size < 160_000
        assert f"pictures/{each.name})" in pages
        if each.suffix == ".svg":
            text = each.read_text(encoding="utf-8")
            assert not re.search(r"@font-face|url\(http|href=|<script", text)
            assert "own-colo-rent" in text.replace("&#160;", " ")
