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
import functools
import gc
import importlib
import inspect
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter, defaultdict
from pathlib import Path
from types import CodeType, FunctionType
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
# The folders of tests that run most of it; the others come after them.
ASKED = ("engine", "units", "messages", "scenario", "study", "cli", "api", "report", "golden", "placement", "models")
# A page shows formulas as they are traced: it is asked about what stands outside of functions alone.
ASKED_ALONE = ("tests/docs/test_docs.py::test_what_is_generated_is_fresh",)
# What tells most about bounds, bands and keys, which stand outside of functions: these are asked first there.
ABOUT_TABLES = (*ASKED_ALONE, "tests/models/test_bounds.py", "tests/scenario/test_schema_and_new.py")
# What takes long, and shows little that others do not.
LAST = ("test_hostile_text", "test_hostile_files", "test_hints_followed", "test_studies_as_runs", "test_cluster")
# Files and folders of tests of speed, of real kills, of installing, and of pages in a browser.
NOT_ASKED = (
    "bench", "guard", "editor", "test_page_in_browser", "test_size", "test_too_large", "test_install", "test_faults",
    "test_signals", "test_long_runs",
)  # fmt: skip
WARM = ("numpy", "yaml", "pint", "scipy.stats", "scipy.optimize", "hypothesis", "rich.console", "rich.table", "typer",
        "xlsxwriter", "pyxirr", "numpy_financial", "jsonschema")  # fmt: skip
BATCHES = (4, 40, 10_000)
# Seconds of a processor after which tests are in an endless loop, and twice as long as all of them take.
LEAST_LIMIT = 40.0
# Tests of many rows that end with the first that fails, and begin with those about what is changed: seconds till then.
BY_FORMULA = "tests/models/test_second_computations.py::test_both_computations_agree"
BY_ROWS = {
    BY_FORMULA: 1.0,
    "tests/docs/test_docs.py::test_what_is_generated_is_fresh": 3.0,
    "tests/messages/test_messages.py::test_message_is_word_for_word": 5.0,
}
# Seconds of what is asked before all else.
QUICK = 1.0
# What the warm process says to what it cannot try.
COLD = "cold"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("map", "map-file", "run", "report"))
    parser.add_argument("file", nargs="?", help="for `map-file`: a file of tests")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutation", help="of the copy and the results")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the working tree to copy")
    parser.add_argument("--mutants", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="of tests of a mutant, as `map` saw them")
    parser.add_argument(
        "--only", default="", help="a regular expression for those of the sample to look at, by file and function"
    )
    parser.add_argument("--again", action="store_true", help="try those anew that live")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    # Commands that tests start are then run by the tests' own process, which is watched and holds the mutant.
    os.environ["CALC_TESTS_IN_ONE_PROCESS"] = "1"
    {"map": make_map, "map-file": map_file, "run": run, "report": report}[options.action](options)


def copy_tree(tree: Path, copy: Path) -> Path:
    """Bring a copy up to date with the files of a working tree; return where it is."""
    listed = subprocess.run(  # our own command
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # that of the user's path
        cwd=tree, capture_output=True, check=True,
    )  # fmt: skip
    names = [each for each in listed.stdout.decode().split("\0") if each and (tree / each).is_file()]
    for name in names:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_bytes() != (tree / name).read_bytes():
            shutil.copyfile(tree / name, target)
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
        begun = time.process_time()
        found = yield
        self.seconds[item.nodeid] = time.process_time() - begun
        self.coverage.switch_context("")
        return found

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what does not pass without any change: it can notice nothing."""
        if not report.passed:
            self.failed.add(report.nodeid)


def make_map(options: argparse.Namespace) -> None:
    """Run every file of tests once under coverage, each in a process of its own; what is mapped already is kept."""
    copy = copy_tree(options.tree, options.folder / "mapped")
    for file in _test_files(copy):
        if not (options.folder / "map" / f"{file.replace('/', '-')}.json").is_file():
            begun = time.perf_counter()
            command = [sys.executable, __file__, "map-file", file, "--folder", str(options.folder)]
            subprocess.run(  # noqa: S603  # our own command
                command, cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, check=False
            )
            print(f"{file}: {time.perf_counter() - begun:.0f} s", flush=True)


def _test_files(copy: Path) -> list[str]:
    """Return the files of tests: those that notice most mutants first, those that take long last."""
    first = [path for each in ASKED for path in sorted((copy / "tests" / each).glob("test_*.py"))]
    found = dict.fromkeys([*first, *sorted(copy.glob("tests/**/test_*.py"))])
    wanted = [path for path in found if path.stem not in NOT_ASKED and path.parent.name not in NOT_ASKED]
    slow = [path for path in wanted if path.stem in LAST]
    return [str(path.relative_to(copy)) for path in [*(path for path in wanted if path not in slow), *slow]]


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
        self.seconds |= {test: each for test, each in BY_ROWS.items() if test in self.seconds}

    def files(self) -> list[str]:
        """Return the files of tests that are mapped."""
        return sorted({each.partition("::")[0] for each in self.seconds})

    def of(self, mutant: Mutant, own: tuple[str, ...], limit: float) -> list[str]:
        """Return the tests to ask, quick ones that noticed others first, as many as `limit` seconds allow.

        A line that runs on import, or in a command that a test starts, belongs to whole files of tests.
        """
        # Of a statement of many lines the first may be all that is seen.
        above = (self.lines.get((mutant.file, line), []) for line in range(mutant.line, 0, -1))
        keen = self.noticed[mutant.file.rpartition("/")[0]]
        seen = {each for each in next(filter(None, above), []) if not (mutant.function and each in ASKED_ALONE)}
        if mutant.function and mutant.file.startswith("calc/models/"):
            # It evaluates every formula, whoever traced it first.
            seen |= {BY_FORMULA} & self.seconds.keys()
        if not mutant.function:
            seen |= {*ABOUT_TABLES} & self.seconds.keys()
        first = () if mutant.function else ABOUT_TABLES
        tests = sorted(seen, key=lambda each: (each not in first, *self._order(each, own, keen[each] // 3)))
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

    def _order(self, test: str, own: tuple[str, ...], noticed: int) -> tuple[bool, int, bool, float]:
        taken = self.seconds[test]
        return taken > QUICK, -noticed, not test.startswith(own), taken


# ---------------------------------------------------------------- trying mutants


def sample(copy: Path, options: argparse.Namespace) -> list[tuple[Mutant, tuple[str, ...]]]:
    """Return as many mutants, by chance but always the same, each with the folders of its own tests."""
    found: list[tuple[Mutant, tuple[str, ...]]] = []
    for places, own in FOLDERS.items():
        for place in places.split():
            paths = [copy / place] if place.endswith(".py") else sorted((copy / place).glob("*.py"))
            files = [str(path.relative_to(copy)) for path in paths]
            found += [(each, own) for file in files if file not in LEFT_OUT for each in mutants_of(copy, file)]
    found = sorted(found, key=lambda each: each[0].rank(options.seed))[: options.mutants]
    return [each for each in found if re.search(options.only, f"{each[0].file} {each[0].function}")]


def run(options: argparse.Namespace) -> None:
    """Try the mutants of the sample that have no result yet."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    copy = copy_tree(options.tree, options.folder / "copy")
    os.environ["PYTHONPATH"] = str(copy)
    os.chdir(copy)
    sys.path[0] = str(copy)
    # So that the path by which tests find it is the one that the runner imports.
    sys.path.insert(1, str(copy / "tests"))
    for name in WARM:
        importlib.import_module(name)
    tests, known = Tests(options.folder), results(options.folder)
    for key, found in known.items():
        tests.noticed[key.partition(" ")[0].rpartition("/")[0]][found["by"] or ""] += 1
    wanted = sample(copy, options)
    warm = Warm(copy, tests.files())
    if "calc" in sys.modules:
        raise SystemExit("what is to be changed is imported already")
    with (options.folder / "results.jsonl").open("a") as file:
        untried = [each for each in wanted if each[0].key not in known]
        living = [each for each in wanted if each[0].key in known and known[each[0].key]["lives"]]
        asked = [*untried, *(living if options.again else ())]
        for at, (mutant, own) in enumerate(asked):
            found = {
                "key": mutant.key,
                "line": mutant.line,
                **tried(copy, mutant, tests, tests.of(mutant, own, options.seconds), warm),
            }
            print(json.dumps(found), file=file, flush=True)
            tests.noticed[mutant.file.rpartition("/")[0]][found["by"] or ""] += 1
            word = "LIVES" if found["lives"] else "noticed"
            way = "warm" if found["warm"] else "cold"
            print(f"{at + 1}/{len(asked)} {word} in {found['seconds']:.1f} s {way}: {mutant.key[:150]}", flush=True)


def results(folder: Path) -> dict[str, dict[str, Any]]:
    """Return by mutant the last result."""
    path = folder / "results.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    return {found["key"]: found for found in map(json.loads, lines)}


def tried(copy: Path, mutant: Mutant, tests: Tests, asked: list[str], warm: Warm) -> dict[str, Any]:
    """Put the mutant into the copy and ask its tests: in the warm process if that can be, or else in a cold one."""
    path, begun = copy / mutant.file, time.time()
    source = path.read_bytes()
    # What fails without any change, by itself or in a warm process, can notice nothing.
    asked = [each for each in asked if all(_PASSES.get((each, cold), True) for cold in (False, True))]
    limit = LEAST_LIMIT + 2 * sum(tests.seconds[each] for each in asked)
    while True:
        with _written(path, mutant.applied(source), source):
            by, is_warm = warm.ask(path, source, asked, _words(mutant), limit), True
            if by == COLD:
                by, is_warm = _noticed_by(asked, _words(mutant), limit), False
        if not by or by in {"time", "end"} or _passes(by, path, source, warm if is_warm else None, limit):
            taken = round(time.time() - begun, 1)
            return {"lives": not by, "by": by or None, "asked": len(asked), "seconds": taken, "warm": is_warm}
        print(f"fails without any change: {by}", flush=True)
        asked = [each for each in asked if each != by and by.partition("::")[0] != each]


@contextlib.contextmanager
def _written(path: Path, changed: bytes, source: bytes) -> Iterator[None]:
    # Compiled files are known by size and whole seconds of the time of change.
    when = int(time.time()) + 10 + next(_TICKS) * 2
    try:
        path.write_bytes(changed)
        os.utime(path, (when, when))
        yield
    finally:
        path.write_bytes(source)
        os.utime(path, (when + 1, when + 1))


def _passes(test: str, path: Path, source: bytes, warm: Warm | None, limit: float) -> bool:
    """Tell whether a test passes without any change; each is asked once."""
    key = (test, warm is None)
    if key not in _PASSES:
        asked = [test.removeprefix("collecting ")]
        said = warm.ask(path, source, asked, ["-"], limit) if warm else _noticed_by(asked, ["-"], limit)
        _PASSES[key] = not said
    return _PASSES[key]


_PASSES: dict[tuple[str, bool], bool] = {}
_TICKS = itertools.count()


def _words(mutant: Mutant) -> list[str]:
    """Return what the rows of tests that are about the changed formula hold in their names."""
    return [mutant.function.rpartition(".")[2].partition("__")[0] or mutant.file]


def _noticed_by(tests: list[str], words: list[str], limit: float) -> str:
    asked = 0
    for size in BATCHES:
        batch = tests[asked : asked + size]
        asked += size
        if batch:
            by = in_fork(lambda batch=batch: _first_failure(batch, words), limit)  # type: ignore[misc]  # a default
            if by:
                return by
    return ""


def in_fork(work: Callable[[], str], limit: float) -> str:
    """Return what `work` says in a forked process; "time" if it takes more seconds of a processor, "end" if it dies."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        for each, timer, seconds in (
            (signal.SIGPROF, signal.ITIMER_PROF, limit),
            (signal.SIGALRM, signal.ITIMER_REAL, 10 * limit),
        ):
            signal.signal(each, signal.SIG_DFL)
            signal.setitimer(timer, seconds)
        _be_silent()
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


def _be_silent() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)


# Plugins were imported before pytest could rewrite their assertions.
_QUIETLY = [
    "-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning",
    "--hypothesis-seed=0",
]  # fmt: skip


def _hurry(words: list[str]) -> None:
    """Let tests of many rows try those first whose names hold one of the words, and end at the first that fails."""
    vars(importlib.import_module("rows"))["HURRY"].extend(words)


class _Failures:
    """A plugin of pytest that keeps what fails."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test."""
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file."""
        if report.failed:
            self.failed.append(f"collecting {report.nodeid}")


def _first_failure(tests: list[str], words: list[str]) -> str:
    """Run tests and return the first that fails, or "" if all pass."""
    _hurry(words)
    plugin = _Failures()
    code = pytest.main(["-x", *_QUIETLY, *tests], plugins=[plugin])
    return (plugin.failed or [f"pytest ends with {code}"])[0] if code != pytest.ExitCode.OK else ""


class Warm(_Failures):
    """A process that has collected all tests, and imported what they test; it forks, puts a mutant in, and runs some.

    Code that ran while tests were collected may have left results behind (formulas are traced, tables are built): it is
    tried in a cold process, as is what is no code of a function.
    """

    def __init__(self, copy: Path, files: list[str]) -> None:
        super().__init__()
        self.calc = str(copy / "calc")
        self.ran: dict[int, CodeType] = {}
        self.functions: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
        questions, self._ask = os.pipe()
        self._hear, answers = os.pipe()
        if os.fork() == 0:
            os.close(self._ask)
            self.asked, self.answers = os.fdopen(questions, "r"), os.fdopen(answers, "w")
            try:
                _be_silent()
                sys.setprofile(lambda frame, *_: self.ran.setdefault(id(frame.f_code), frame.f_code))
                # Without capture: what it keeps open would tell of tests in forks too.
                pytest.main([*_QUIETLY, "--capture=no", *files], plugins=[self])
            finally:
                os._exit(1)
        os.close(questions)
        os.close(answers)
        self.said = os.fdopen(self._hear, "r")
        print(f"{self.said.readline().strip()}", flush=True)

    def ask(self, path: Path, source: bytes, tests: list[str], words: list[str], limit: float) -> str:
        """Return the first test that fails, "" if none does; COLD if it has to be tried in a cold process."""
        question = {"path": str(path), "source": source.decode(), "tests": tests, "words": words, "limit": limit}
        os.write(self._ask, json.dumps(question).encode() + b"\n")
        answer: str = json.loads(self.said.readline())
        return answer

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer questions instead of running all tests."""
        sys.setprofile(None)
        ran = {_place(each) for each in self.ran.values()}
        gc.collect()
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(self.calc):
                self.functions[_place(each.__code__)].append(each)
        gc.freeze()
        items: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            items[item.nodeid].append(item)
            items[item.nodeid.partition("::")[0]].append(item)
        print(f"{len(session.items)} tests, without {self.failed}", file=self.answers, flush=True)
        self.failed.clear()
        for line in self.asked:
            asked = json.loads(line)
            pairs = changed_functions(asked["source"].encode(), Path(asked["path"]))
            is_warm = pairs is not None and not any(_place(old) in ran for old, _ in pairs)
            chosen = [item for each in asked["tests"] for item in items.get(each, ())]
            if is_warm and chosen:
                work = functools.partial(self._tried, pairs or [], chosen, asked["words"])
                answer = in_fork(work, asked["limit"])
            else:
                answer = COLD
            print(json.dumps(answer), file=self.answers, flush=True)
        return True

    def _tried(self, pairs: list[tuple[CodeType, CodeType]], items: list[pytest.Item], words: list[str]) -> str:
        for old, new in pairs:
            functions = self.functions[_place(old)]
            # A module that nothing has imported yet is read from the changed file.
            if not functions and any(getattr(each, "__file__", "") == old.co_filename for each in sys.modules.values()):
                return COLD
            for each in functions:
                if len(each.__code__.co_freevars) != len(new.co_freevars):
                    return COLD
                each.__code__ = new
        _hurry(words)
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return self.failed[0]
        return ""


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def changed_functions(source: bytes, path: Path) -> list[tuple[CodeType, CodeType]] | None:
    """Return the functions that differ, before and after; None if what runs on import differs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = (compile(each, str(path), "exec") for each in (source, path.read_bytes()))
    return _changed(before, after)


def _changed(before: CodeType, after: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    def body(code: CodeType) -> object:
        return code.co_code, code.co_names, [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]

    if body(before) != body(after):
        return None
    found: list[tuple[CodeType, CodeType]] = []
    inner = ([each for each in code.co_consts if isinstance(each, CodeType)] for code in (before, after))
    for old, new in zip(*inner, strict=True):
        if old == new:
            continue
        if old.co_flags & inspect.CO_OPTIMIZED:
            found.append((old, new))
            continue
        below = _changed(old, new)
        if below is None:
            return None
        found += below
    return found


# ---------------------------------------------------------------- what came of it


def report(options: argparse.Namespace) -> None:
    """Print the share noticed by folder and in all, and those that live."""
    copy = copy_tree(options.tree, options.folder / "copy")
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
