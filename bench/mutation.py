"""Mutation testing: which of a fixed random sample of small changes to the code the tests notice.

    python bench/mutation.py map                 # which tests run which lines, and how long they take; once
    python bench/mutation.py run --mutants 1500  # goes on where it was left; Ctrl-C at any time
    python bench/mutation.py report              # the share noticed by folder, and a line for each that lives

All happens in a copy of the files in `--folder`; the working tree is never changed. A mutant's tests are those that run
its line: of its own folder first, then the others, quick ones before slow ones, to the first that fails, to the end of
their time (`--seconds`), or to an endless loop, which counts as noticed. Each mutant is a fork of a process that has
imported pytest, numpy and pint, but nothing of `calc`. The sample is ordered by a hash of what is changed: an edit
elsewhere leaves it as it is. Results are lines of JSON; the last line about a mutant counts.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mutants import Mutant, mutants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
# What is changed, and the tests that are asked first.
FOLDERS = {
    "calc/units": ("tests/units",),
    "calc/scenario": ("tests/scenario", "tests/messages"),
    "calc/engine": ("tests/engine",),
    "calc/op.py calc/ops.py calc/dated.py calc/flows.py": ("tests/engine",),
    "calc/models": ("tests/models", "tests/golden"),
    "calc/study": ("tests/study",),
}
# Generated tables.
LEFT_OUT = {"calc/units/table.py"}
# Not those of the repository's own text, of speed, and of real kills; and no page in a browser.
ASKED = (
    "messages",
    "units",
    "study",
    "engine",
    "scenario",
    "models",
    "golden",
    "placement",
    "api",
    "report",
    "facts",
    "backtest",
)
# The pages that are written from the catalogue hold every bound of an input.
ASKED_ALONE = ("tests/docs/test_docs.py::test_what_is_generated_is_fresh",)
NOT_ASKED = ("test_page_in_browser", "test_studies_as_runs", "test_size", "test_too_large")
WARM = ("numpy", "yaml", "pint", "scipy.stats", "scipy.optimize", "hypothesis", "rich.console", "rich.table", "typer",
        "xlsxwriter", "pyxirr", "numpy_financial", "jsonschema")  # fmt: skip
BATCHES = (2, 6, 30, 10_000)
# Seconds of a processor after which tests are in an endless loop.
LIMIT = 120.0


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("map", "map-file", "run", "report"))
    parser.add_argument("file", nargs="?", help="for `map-file`: a file of tests")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutation", help="of the copy and the results")
    parser.add_argument("--mutants", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=240, help="of tests of a mutant, as `map` saw them")
    parser.add_argument(
        "--only", default="", help="a regular expression for the mutants to look at, by file and function"
    )
    parser.add_argument("--again", action="store_true", help="try those anew that live")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    # Commands that tests start are then run by the tests' own process, which is watched and holds the mutant.
    os.environ["CALC_TESTS_IN_ONE_PROCESS"] = "1"
    {"map": make_map, "map-file": map_file, "run": run, "report": report}[options.action](options)


def copy_tree(copy: Path) -> Path:
    """Bring a copy up to date with the files of the working tree; return where it is."""
    listed = subprocess.run(  # our own command
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # that of the user's path
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    names = [each for each in listed.stdout.decode().split("\0") if each and (ROOT / each).is_file()]
    for name in names:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_bytes() != (ROOT / name).read_bytes():
            shutil.copyfile(ROOT / name, target)
    for path in [*copy.glob("tests/**/*.py"), *copy.glob("calc/**/*.py")]:
        if str(path.relative_to(copy)) not in set(names):
            path.unlink()
    return copy


# ---------------------------------------------------------------- which tests run which lines


class _Watch:
    """A plugin of pytest that tells coverage which test runs, and keeps how long each took and whether it passed."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note one test."""
        self.coverage.switch_context(item.nodeid)
        begun = time.perf_counter()
        found = yield
        self.seconds[item.nodeid] = time.perf_counter() - begun
        self.coverage.switch_context("")
        return found

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what does not pass without any change: it can notice nothing."""
        if not report.passed:
            self.failed.add(report.nodeid)


def make_map(options: argparse.Namespace) -> None:
    """Run every file of tests once under coverage, each in a process of its own; what is mapped already is kept."""
    copy = copy_tree(options.folder / "mapped")
    for file in _test_files(copy):
        if not (options.folder / "map" / f"{file.replace('/', '-')}.json").is_file():
            begun = time.perf_counter()
            command = [sys.executable, __file__, "map-file", file, "--folder", str(options.folder)]
            subprocess.run(  # noqa: S603  # our own command
                command, cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, check=False
            )
            print(f"{file}: {time.perf_counter() - begun:.0f} s", flush=True)


def _test_files(copy: Path) -> list[str]:
    found = [path for each in ASKED for path in sorted((copy / "tests" / each).glob("test_*.py"))]
    return [*(str(path.relative_to(copy)) for path in found if path.stem not in NOT_ASKED), *ASKED_ALONE]


def map_file(options: argparse.Namespace) -> None:
    """Run one file of tests under coverage; the current folder is the copy."""
    import coverage

    name = options.file.replace("/", "-")
    folder = options.folder / "map"
    folder.mkdir(exist_ok=True)
    # Without the commands that tests start: writing down what each runs takes longer than the command.
    measured = coverage.Coverage(
        data_file=str(folder / f"{name}.coverage"), config_file=False, branch=True, source=["calc"]
    )
    watch = _Watch(measured)
    measured.start()
    pytest.main([options.file, "-q", "--tb=line", "-p", "no:cacheprovider", "--hypothesis-seed=0"], plugins=[watch])
    measured.stop()
    measured.save()
    data = measured.get_data()
    lines = {}
    for path in data.measured_files():
        by_line = data.contexts_by_lineno(path)
        lines[str(Path(path).relative_to(Path.cwd()))] = {
            line: sorted({each or options.file for each in tests}) for line, tests in by_line.items()
        }
    seconds = {test: taken for test, taken in watch.seconds.items() if test not in watch.failed}
    (folder / f"{name}.json").write_text(json.dumps({"seconds": seconds, "lines": lines}))


class Tests:
    """Which tests run a line, and how long each takes."""

    def __init__(self, folder: Path) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: dict[tuple[str, int], list[str]] = defaultdict(list)
        # How many mutants of a folder a test has noticed: who did so often is asked first.
        self.noticed: dict[str, Counter[str]] = defaultdict(Counter)
        for path in sorted((folder / "map").glob("*.json")):
            found = json.loads(path.read_text())
            self.seconds |= found["seconds"]
            file = next(iter(found["seconds"]), "").partition("::")[0]
            self.seconds[file] = sum(found["seconds"].values())
            for source, lines in found["lines"].items():
                for line, tests in lines.items():
                    self.lines[source, int(line)] += [each for each in tests if each in self.seconds]

    def of(self, mutant: Mutant, own: tuple[str, ...], limit: float) -> list[str]:
        """Return the tests to ask: own folder first, then by how long they take, as many as `limit` seconds allow.

        A line that runs on import, or in a command that a test starts, belongs to whole files of tests.
        """
        # Of a statement of many lines the first may be all that is seen.
        above = (self.lines.get((mutant.file, line), []) for line in range(mutant.line, 0, -1))
        keen = self.noticed[mutant.file.rpartition("/")[0]]
        tests = sorted(set(next(filter(None, above), [])), key=lambda each: (-keen[each] // 3, *self._order(each, own)))
        single = [each for each in tests if "::" in each]
        files = [each for each in tests if "::" not in each and not any(one.startswith(each) for one in single)]
        found: list[str] = []
        taken = 0.0
        for each in [*single, *files]:
            taken += self.seconds[each]
            if taken > limit and found:
                break
            found.append(each)
        return found

    def _order(self, test: str, own: tuple[str, ...]) -> tuple[bool, float]:
        return self.seconds[test] > 1 or not test.startswith(own), self.seconds[test]


# ---------------------------------------------------------------- trying mutants


def sample(copy: Path, options: argparse.Namespace) -> list[tuple[Mutant, tuple[str, ...]]]:
    """Return as many mutants, by chance but always the same, each with the folders of its own tests."""
    found: list[tuple[Mutant, tuple[str, ...]]] = []
    for places, own in FOLDERS.items():
        for place in places.split():
            paths = [copy / place] if place.endswith(".py") else sorted((copy / place).glob("*.py"))
            files = [str(path.relative_to(copy)) for path in paths]
            found += [(each, own) for file in files if file not in LEFT_OUT for each in mutants_of(copy, file)]
    found = [each for each in found if re.search(options.only, f"{each[0].file} {each[0].function}")]
    return sorted(found, key=lambda each: each[0].rank(options.seed))[: options.mutants]


def run(options: argparse.Namespace) -> None:
    """Try the mutants of the sample that have no result yet."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    copy = copy_tree(options.folder / "copy")
    os.environ["PYTHONPATH"] = str(copy)
    os.chdir(copy)
    sys.path[0] = str(copy)
    for name in WARM:
        importlib.import_module(name)
    if "calc" in sys.modules:
        raise SystemExit("what is to be changed is imported already")
    tests, known = Tests(options.folder), results(options.folder)
    for key, found in known.items():
        tests.noticed[key.partition(" ")[0].rpartition("/")[0]][found["by"] or ""] += 1
    wanted = sample(copy, options)
    by = _noticed_by([test for mutant, own in wanted[:9] for test in tests.of(mutant, own, 1)])
    if by:
        raise SystemExit(f"{by} fails without any change")
    with (options.folder / "results.jsonl").open("a") as file:
        for at, (mutant, own) in enumerate(wanted):
            if mutant.key in known and not (options.again and known[mutant.key]["lives"]):
                continue
            found = {
                "key": mutant.key,
                "line": mutant.line,
                **tried(copy, mutant, tests.of(mutant, own, options.seconds)),
            }
            print(json.dumps(found), file=file, flush=True)
            tests.noticed[mutant.file.rpartition("/")[0]][found["by"] or ""] += 1
            word = "LIVES" if found["lives"] else "noticed"
            print(f"{at + 1}/{len(wanted)} {word} in {found['seconds']:.1f} s: {mutant.key[:150]}", flush=True)


def results(folder: Path) -> dict[str, dict[str, Any]]:
    """Return by mutant the last result."""
    path = folder / "results.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    return {found["key"]: found for found in map(json.loads, lines)}


def tried(copy: Path, mutant: Mutant, tests: list[str]) -> dict[str, Any]:
    """Put the mutant into the copy and ask its tests."""
    path = copy / mutant.file
    source, begun = path.read_bytes(), time.time()
    # Compiled files are known by size and whole seconds of the time of change.
    changed = int(begun) + 10 + next(_TICKS) * 2
    try:
        path.write_bytes(mutant.applied(source))
        os.utime(path, (changed, changed))
        by = _noticed_by(tests)
    finally:
        path.write_bytes(source)
        os.utime(path, (changed + 1, changed + 1))
    return {"lives": by is None, "by": by, "asked": len(tests), "seconds": round(time.time() - begun, 1)}


_TICKS = itertools.count()


def _noticed_by(tests: list[str]) -> str | None:
    asked = 0
    for size in BATCHES:
        batch = tests[asked : asked + size]
        asked += size
        if batch:
            by = in_fork(lambda batch=batch: _first_failure(batch), LIMIT)  # type: ignore[misc]  # a default
            if by:
                return by
    return None


def in_fork(work: Callable[[], str], limit: float) -> str:
    """Return what `work` says in a forked process; "time" if it takes more seconds of a processor, "end" if it dies."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        for each, timer, seconds in (
            (signal.SIGPROF, signal.ITIMER_PROF, limit),
            (signal.SIGALRM, signal.ITIMER_REAL, 600),
        ):
            signal.signal(each, signal.SIG_DFL)
            signal.setitimer(timer, seconds)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        try:
            os.write(writing, b"." + work().encode()[:1000])
        finally:
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        said = os.read(pipe.fileno(), 2000).decode() if status == 0 else ""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGPROF, signal.SIGALRM}:
        return "time"
    return said[1:] if said else "end"


def _first_failure(tests: list[str]) -> str:
    """Run tests and return the first that fails, or "" if all pass."""
    failed: list[str] = []

    class Plugin:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                failed.append(report.nodeid)

        def pytest_collectreport(self, report: pytest.CollectReport) -> None:
            if report.failed:
                failed.append(f"collecting {report.nodeid}")

    # Plugins were imported before pytest could rewrite their assertions.
    quietly = [
        "-q",
        "--tb=no",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    arguments = ["-x", *quietly, "--hypothesis-seed=0", *tests]
    code = pytest.main(arguments, plugins=[Plugin()])
    return (failed or [f"pytest ends with {code}"])[0] if code != pytest.ExitCode.OK else ""


# ---------------------------------------------------------------- what came of it


def report(options: argparse.Namespace) -> None:
    """Print the share noticed by folder and in all, and those that live."""
    copy = copy_tree(options.folder / "copy")
    known = results(options.folder)
    wanted = [(each, known[each.key]) for each, _ in sample(copy, options) if each.key in known]
    all_: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    for mutant, found in wanted:
        place = re.sub(r"/[^/]*$", "", mutant.file)
        for each in (place, "all"):
            all_[each] += 1
            noticed[each] += not found["lives"]
    for place in sorted(all_):
        print(f"{place}: {noticed[place]} of {all_[place]} noticed, {noticed[place] / all_[place]:.1%}")
    for mutant, found in sorted(wanted, key=lambda each: each[0][:2]):
        if found["lives"]:
            change = f"`{mutant.old}` -> `{mutant.new}`"
            print(f"{mutant.file}:{mutant.line} {mutant.function}: {change} ({found['asked']} tests)")


if __name__ == "__main__":
    main()
