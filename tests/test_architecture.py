"""How the code is built: imports go only downwards, pint has one importer, files fit on a few screens."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from rows import each_row

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "calc"
FILES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 500
GENERATED = {"calc/units/table.py", "calc/facts/extremes.py"}

# From top to bottom; a part imports itself and what stands below it. `calc.__init__` holds the version, which anything
# may import, and hands on the public names of two parts when they are first used.
HANDED_ON = {"calc/__init__.py": {"api", "errors"}}
LAYERS = (
    "__main__", "cli", "api", "backtest", "report", "study", "longrun", "placement", "importers", "scenario",
    "facts", "engine",
    "models", "declarations", "expression", "ops", "flows", "dated", "op", "value", "arrays",
    "units", "files", "errors", "error_codes", "text", "records", "__init__",
)  # fmt: skip
DESIGN_ORDER = ("cli", "report", "study", "scenario", "facts", "engine", "models", "ops", "units", "errors")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def part(module: str) -> str:
    """Return the part of the package that a module belongs to: `calc.units.parse` to `units`."""
    below = module.split(".")[1:]
    known = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()}
    return below[0] if below and below[0] in known else "__init__"


def imports(path: Path) -> list[tuple[int, str]]:
    """Return line and absolute name of everything that a file imports, wherever the import stands.

    `from calc import ops` is the module `calc.ops`; `from calc.units import parse_unit` may be `calc.units.parse_unit`,
    which belongs to the same part.
    """
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def own_part(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.stem if len(inside.parts) == 1 else inside.parts[0]


def upward_imports(path: Path) -> list[str]:
    """Return the imports of a file that point to a part above its own."""
    level = LAYERS.index(own_part(path))
    return [
        f"{relative(path)}:{line}: {own_part(path)} imports {name}"
        for line, name in imports(path)
        if name.split(".")[0] == "calc"
        and LAYERS.index(part(name)) < level
        and part(name) not in HANDED_ON.get(relative(path), ())
    ]


def test_every_part_has_its_place_in_the_order() -> None:
    assert {own_part(path) for path in FILES} == set(LAYERS)


def test_the_order_is_that_of_the_design() -> None:
    assert [each for each in LAYERS if each in DESIGN_ORDER] == list(DESIGN_ORDER)


def test_the_reader_of_imports_sees_them_all() -> None:
    """The tests below would hold for an empty list too."""
    assert "calc.errors.CalcError" in [name for _, name in imports(PACKAGE / "scenario" / "load.py")]
    everything = {part(name) for path in FILES for _, name in imports(path) if name.split(".")[0] == "calc"}
    assert set(LAYERS) - everything <= {"__main__"}


@each_row("path", {relative(path): path for path in FILES})
def test_imports_go_only_downwards(path: Path) -> None:
    assert upward_imports(path) == []


@each_row("path", {relative(path): path for path in FILES})
def test_imports_are_absolute(path: Path) -> None:
    steps = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom) and node.level > 0]
    assert steps == []


# What resolving shares (`Context`) and leaves (`Scenario`) names the types of what the readers of sections return, and
# these readers take a `Context`: for a type checker alone, `case` looks up to them.
LOOKS_UP = {
    ("calc.scenario.case", f"calc.scenario.{name}")
    for name in ("conditions", "document", "facts_files", "place_section", "requested", "resolve", "studies")
}


def typing_only(path: Path) -> set[int]:
    """Return the lines of what a file imports for type checkers alone."""
    blocks = [node for node in ast.walk(tree(path)) if isinstance(node, ast.If)]
    return {
        inner.lineno
        for node in blocks
        if "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }


def needs() -> dict[str, set[str]]:
    """Return by module the modules that it imports, wherever and for whatever, but for the ones in `LOOKS_UP`."""
    modules = {relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in FILES}
    found: dict[str, set[str]] = {}
    for module, path in modules.items():
        typed = typing_only(path)
        found[module] = {
            each
            for line, name in imports(path)
            for each in (name, name.rpartition(".")[0])
            if each in modules and each not in {module, "calc"}
            and not (line in typed and (module, each) in LOOKS_UP)
        }  # fmt: skip
    return found


def test_there_is_no_circle_of_imports_between_files() -> None:
    """Imports inside functions and for type checkers count too."""
    left = needs()
    while left:
        free = [module for module, below in left.items() if not below & set(left)]
        assert free, f"a circle among {sorted(left)}"
        for module in free:
            del left[module]


def test_what_may_look_up_does() -> None:
    """An entry of the list that is not needed any more goes."""
    files = {relative(path).removesuffix(".py").replace("/", "."): path for path in FILES}
    found = set()
    for module, looked_up in LOOKS_UP:
        names = {name.rpartition(".")[0] for line, name in imports(files[module]) if line in typing_only(files[module])}
        found |= {(module, looked_up)} if looked_up in names else set()
    assert found == LOOKS_UP


def test_one_file_imports_pint() -> None:
    importers = {relative(path) for path in FILES for _, name in imports(path) if name.split(".")[0] == "pint"}
    assert importers == {"calc/units/generate.py"}
    users = {relative(path) for path in FILES for _, name in imports(path) if name.startswith("calc.units.generate")}
    assert users == {"calc/api.py"}


def test_nothing_reaches_for_the_network() -> None:
    forbidden = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "webbrowser"}
    found = [f"{relative(path)}:{line}: {name}" for path in FILES for line, name in imports(path)
             if name.split(".")[0] in forbidden]  # fmt: skip
    assert found == []


@each_row("path", [path for path in FILES if relative(path) not in GENERATED])
def test_a_file_fits_on_a_few_screens(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{lines} lines; split it"


# What a run is made of: without models, importers, the backtest, long runs and generated tables. It is to become
# smaller: who adds a file merges one, and who comes below a limit lowers it.
BESIDE_THE_CORE = ("models", "importers", "backtest", "longrun")
CORE_FILES, CORE_CODE = 130, 29_100


def code_lines(path: Path) -> int:
    """Return how many lines of a file are neither blank nor comments nor docstrings."""
    told: set[int] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            told.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") and at not in told for at, line in enumerate(lines, 1)
    )


def test_the_core_does_not_grow_back() -> None:
    core = [path for path in FILES if own_part(path) not in BESIDE_THE_CORE and relative(path) not in GENERATED]
    assert len(core) <= CORE_FILES
    assert sum(map(code_lines, core)) <= CORE_CODE


# Files under 60 lines that at most one other reads, with the reason why they stand alone. A model is a topic, and is
# read because it lies in its folder; a package says what it holds in its `__init__`.
SHORT = {
    "calc/facts/generate.py": "a program: writes `extremes`",
}


def test_a_short_file_that_one_other_reads_has_a_reason() -> None:
    readers: dict[str, set[str]] = {}
    for path in FILES:
        for _, name in imports(path):
            for each in {name, name.rpartition(".")[0]}:
                readers.setdefault(each, set()).add(relative(path))
    short = {
        relative(path)
        for path in FILES
        if len(path.read_text(encoding="utf-8").splitlines()) < 60
        and len(readers.get(relative(path).removesuffix(".py").replace("/", "."), set()) - {relative(path)}) <= 1
        and path.stem not in {"__init__", "__main__"}
        and path.parent.name != "models"
    }
    assert short == set(SHORT)


def test_generated_files_exist() -> None:
    assert {relative(path) for path in FILES} >= GENERATED
