"""What SECURITY.md promises: nothing of somebody else's runs, no path leads out, no text becomes code, no network."""

from __future__ import annotations

import ast
import builtins
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from calc_command import GUARD, ROOT, calc, python

import calc as package

FILES = sorted((ROOT / "calc").rglob("*.py"))
SECRET = "only-the-owner-reads-this"  # noqa: S105  # a text to look for
SMALL = "inputs: {server_power: 4 to 5 kW, rack_power_rated: 25 kW}\nshow: [servers_per_rack]\n"
# What calc and its libraries import when a command needs it; some of it is not installed everywhere.
IMPORTED = (
    "numpy", "yaml", "typer", "click", "rich", "pint", "typing", "re", "json", "csv", "pyarrow", "xlsxwriter",
    "highspy", "distributed", "dask", "enum", "signal", "inspect", "pathlib", "tempfile", "hashlib", "multiprocessing",
    "tomllib", "shellingham", "sitecustomize", "usercustomize", "calc_model_mine",
)  # fmt: skip
COMMANDS = (
    ("run", "s.yaml"), ("run", "s.yaml", "-o", "a.xlsx", "--force"), ("check", "s.yaml"),
    ("explain", "s.yaml", "servers_per_rack"), ("list", "facts", "a100"), ("describe", "server_power"),
    ("sweep", "s.yaml", "--axis", "rack_power_rated=10 to 25 kW in 4 steps", "-o", "a.parquet", "--force"),
    ("run", "lingang-hall"), ("schema",), ("new",), ("facts", "stale"),
)  # fmt: skip


def marker(folder: Path) -> str:
    """Return code that leaves a file behind where it runs."""
    return f"open({str(folder / 'ran')!r}, 'a').write(__name__ + ' ')\n"


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Return a folder with a scenario, and modules and a package that would be imported where they are looked for."""
    (tmp_path / "s.yaml").write_text(SMALL, encoding="utf-8")
    for name in (*IMPORTED, "evil"):
        (tmp_path / f"{name}.py").write_text(marker(tmp_path), encoding="utf-8")
    meta = tmp_path / "evil-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n", encoding="utf-8")
    (meta / "entry_points.txt").write_text("[calc.models]\nevil = evil\n", encoding="utf-8")
    return tmp_path


def test_nothing_that_lies_in_the_working_folder_runs(planted: Path) -> None:
    # What Python itself loads before it comes to calc is looked for there too, with `-m`; `-P` does not look.
    by_python = {"re", "enum", "signal", "inspect", "typing"} & set(IMPORTED)
    for words in COMMANDS:
        done = python("-P", "-m", "calc", *words, cwd=planted)
        assert (done.code, (planted / "ran").exists()) == (0, False), (words, done.err)
    for words in COMMANDS[:7]:
        done = python("-m", "calc", *words, cwd=planted)
        ran = set((planted / "ran").read_text().split()) if (planted / "ran").exists() else set()
        assert (done.code, ran - by_python) == (0, set()), (words, done.err)
    script = Path(sys.executable).with_name("calc")
    if script.is_file():
        assert python(str(script), "run", "s.yaml", cwd=planted).code == 0
        assert not (planted / "ran").exists()


def test_a_calc_in_the_working_folder_is_what_python_runs(tmp_path: Path) -> None:
    """It cannot be stopped: Python runs it instead. SECURITY.md says so, and what to do."""
    (tmp_path / "s.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "calc.py").write_text("print('not the calculator')", encoding="utf-8")
    assert python("-m", "calc", "--version", cwd=tmp_path, PYTHONPATH="").out == "not the calculator\n"
    assert python("-P", "-m", "calc", "--version", cwd=tmp_path).out == f"calc {package.__version__}\n"
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "`calc.py`" in text
    assert "`python -P -m calc`" in text


def test_no_section_runs_code_without_being_allowed_to(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(marker(tmp_path), encoding="utf-8")
    sections = ("models", "extends", "facts", "facts_from", "table", "place", "sources", "use")
    for value in ("[./mine.py]", "mine.py", "!!python/module:mine", "{x: !!python/object/apply:os.system [touch ran]}"):
        text = SMALL + "".join(f"{each}: {value}\n" for each in sections)
        (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
        done = calc("run", "s.yaml", cwd=tmp_path)
        assert (done.code, (tmp_path / "ran").exists()) == (2, False), value
    # Nor does one that may name models by another section.
    for section in sections[1:]:
        (tmp_path / "s.yaml").write_text(f"{SMALL}{section}: [./mine.py]\n", encoding="utf-8")
        done = calc("run", "s.yaml", "--allow-models", cwd=tmp_path)
        assert (done.code, (tmp_path / "ran").exists()) == (2, False), section


@pytest.mark.parametrize("section", ["extends", "models", "facts_from"])
def test_no_path_leaves_the_folder(section: str, tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    outside.mkdir()
    suffix = {"extends": "yaml", "models": "py", "facts_from": "csv"}[section]
    text = marker(tmp_path) if section == "models" else f"# {SECRET}\n{SECRET}: {SECRET}\n"
    secret = outside / f"secret.{suffix}"
    secret.write_text(text, encoding="utf-8")
    (folder / f"link.{suffix}").symlink_to(secret)
    (folder / "way").symlink_to(outside)
    paths = [
        f"../out/{secret.name}", str(secret), f"link.{suffix}", f"way/{secret.name}", f"./way/../../out/{secret.name}",
        f"file://{secret}", "~/secret", "/dev/stdin", "/proc/self/environ", f"..\\out\\{secret.name}",
        "\\\\host\\share",
    ]  # fmt: skip
    for value in map(json.dumps, paths) if section == "extends" else [json.dumps(paths)]:
        (folder / "s.yaml").write_text(f"{SMALL}{section}: {value}\n", encoding="utf-8")
        done = calc("run", "s.yaml", *(["--allow-models"] if section == "models" else []), cwd=folder)
        assert (done.code, SECRET in done.out + done.err, (tmp_path / "ran").exists()) == (2, False, False), value
        assert done.err.count("error[") >= (1 if section == "extends" else len(paths)), done.err


# ------------------------------------------------------------ generated source


def calls(tree: ast.AST, *names: str) -> list[ast.Call]:
    """Return the calls of functions or methods of these names."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [each for each in found if getattr(each.func, "id", None) in names]


def test_code_is_compiled_in_these_places_and_nowhere_else() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), call.func.id)
        for path in FILES
        for call in calls(ast.parse(path.read_text(encoding="utf-8")), "eval", "exec", "compile", "__import__")
        if isinstance(call.func, ast.Name)
    }
    assert found == {
        ("calc/engine/blocks.py", "exec"), ("calc/engine/blocks.py", "compile"), ("calc/engine/compile.py", "exec"),
        ("calc/engine/compile.py", "compile"), ("calc/longrun/cluster.py", "eval"), ("calc/records.py", "exec"),
    }  # fmt: skip


def test_what_is_formatted_is_a_text_of_ours() -> None:
    """`template.format(...)` reads its template; a template of a user's could reach into any object."""
    found = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                template = node.func.value
                is_fixed = node.func.attr not in {"format", "format_map", "substitute"}
                if not is_fixed and not isinstance(template, ast.Constant):
                    found.add((path.relative_to(ROOT).as_posix(), ast.unparse(template)))
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
                assert not isinstance(node.left.value, str), f"{path}:{node.lineno}"
    # Templates of operations, which `calc/ops.py` holds, sentences of verdicts of models, and constants of the files.
    assert found == {
        ("calc/engine/evaluate.py", "op.no_value"), ("calc/engine/blocks.py", "template"),
        ("calc/engine/compile.py", "ops.TABLE[node.op].code"), ("calc/report/year_rows.py", "_PART"),
        ("calc/report/year_rows.py", "_PAID"), ("calc/report/sheet_formula.py", "op.spreadsheet"),
        ("calc/report/sheet_formula.py", "template"), ("calc/report/sheet_formula.py", "op.text.replace(' ', '')"),
        ("calc/expression.py", "op.text"), ("calc/study/headline.py", "sentence"), ("calc/cli/new.py", "_WITHOUT"),
    }  # fmt: skip


def test_no_text_of_a_scenario_reaches_generated_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, cases, units and sources of a scenario, some of them code: none stands in what is compiled."""
    (tmp_path / "s.yaml").write_text(
        'title: "zzz_title __import__(1)"\nunits: {zzz_unit: count}\n'
        'inputs:\n  zzz_input: {value: 1 to 2 zzz_unit, source: "zzz_source {0.__class__}", note: "zzz_note"}\n'
        "  zzz_other: 31415.92653 zzz_unit\n"
        "formulas:\n  zzz_sum: zzz_input + zzz_other\n  zzz_more: maximum(zzz_sum, zzz_other) / zzz_other\n"
        'cases:\n  "zzz_case\'); import os; (": {zzz_other: 3 zzz_unit}\n'
        "show: [zzz_sum, zzz_more]\nchecks: [zzz_sum <= 27182.8182 zzz_unit]\n"
        "sweep: {zzz_other: 1 to 3 zzz_unit in 5 steps}\n",
        encoding="utf-8",
    )
    real, sources = builtins.compile, []

    def watch(source: Any, *rest: Any, **named: Any) -> Any:
        if rest[:1] == ("<formulas>",):
            sources.append(source)
        return real(source, *rest, **named)

    monkeypatch.setattr(builtins, "compile", watch)
    package.run(str(tmp_path / "s.yaml"), samples=2_000)
    package.sweep(str(tmp_path / "s.yaml"))
    assert sources, "nothing was compiled"
    for source in sources:
        assert "zzz" not in source
        assert "__" not in source.replace("__name__", "")


# ------------------------------------------------------------ network


def test_the_guard_of_the_suite_refuses_the_network(tmp_path: Path) -> None:
    """The whole suite runs under it: in this process, in those that it starts, and in what is forked from them."""
    assert Path(str(sys.modules["sitecustomize"].__file__)).parent == GUARD
    code = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    assert "the network is reached for: socket." in python("-c", code).err
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(f"models: [mine.py]\n{SMALL}", encoding="utf-8")
    assert "the network is reached for" in calc("run", "s.yaml", "--allow-models", cwd=tmp_path).err


def test_every_claim_of_the_threat_model_is_there() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for words in ("--allow-models", "unpickle", "--cluster", "checkpoint", "link", "no network", "bandit", "pip-audit"):
        assert words in text, words
