"""What the commands share: from a scenario's name to its answer, and from an answer to an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from time import perf_counter
from typing import TYPE_CHECKING, Any

from calc.cli import BAD_INPUT
from calc.errors import CalcError, quote_path, say, say_error, warn
from calc.scenario.load import in_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from calc.errors import Problems
    from calc.longrun import Resources
    from calc.scenario.case import Options
    from calc.scenario.document import Loaded
    from calc.study.results import Answer

    Update = Callable[[str, Answer], bool]


def options(
    case: list[str] | None = None,
    setting: list[str] | None = None,
    show: str | None = None,
    samples: str | None = None,
    seed: str | None = None,
    facts: list[str] | None = None,
    *,
    allow_models: bool = False,
    allow_folder: list[str] | None = None,
) -> Options:
    """Return the command line's options as the resolver takes them.

    Raises CalcError when samples or seed are no whole numbers.
    """
    from calc.scenario.document import read_whole
    from calc.scenario.resolve import Options

    return Options(
        settings=tuple(setting or ()),
        cases=tuple(case or ()),
        show=tuple(each.strip() for each in (show or "").split(",") if each.strip()),
        samples=None if samples is None else read_whole(samples, "--samples"),
        seed=None if seed is None else read_whole(seed, "--seed"),
        allow_models=allow_models,
        allow_folders=tuple(allow_folder or ()),
        facts=tuple(facts or ()),
    )


def options_of(given: dict[str, Any]) -> Options:
    """Return the options that commands of studies share, from what was given for each, by name; raises CalcError."""
    names = ("case", "setting", "show", "samples", "seed", "facts")
    allowed = {name: given[name] for name in ("allow_models", "allow_folder")}
    return options(*(given.get(name) for name in names), **allowed)


class Stopwatch:
    """How long the steps of a command took."""

    def __init__(self) -> None:
        self._since = perf_counter()
        self._laps: list[str] = []

    def lap(self, done: str) -> None:
        """Note how long the step took that is now done."""
        now = perf_counter()
        self._laps.append(f"{done} in {(now - self._since) * 1000:.0f} ms")
        self._since = now

    def tell(self) -> None:
        """Write the steps to standard error."""
        sys.stdout.flush()
        print(f"time: {', '.join(self._laps)}", file=sys.stderr)


MAX_WORKERS = 256


def read_workers(text: str | None) -> int:
    """Return the number of processes that `--workers` asks for.

    Raises CalcError.
    """
    from calc.errors import CalcError, quote

    plain = text or "1"
    count = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 9 else 0
    if not 1 <= count <= MAX_WORKERS:
        message = f"`--workers` is {quote(plain)}, which is no number of processes"
        raise CalcError("E-USAGE", message, hint=f"write a whole number from 1 to {MAX_WORKERS}")
    return count


def read_depth(text: str | None) -> int | None:
    """Return how many levels `--depth` asks for, None for all.

    Raises CalcError.
    """
    from calc.errors import CalcError, quote

    if text is None or text == "all":
        return None
    if not text.isascii() or not text.isdigit():
        message = f"`--depth` is {quote(text)}, which is no number of levels"
        raise CalcError("E-USAGE", message, hint="write a whole number from 0 on, or `all`")
    return int(text[:9])


def long_run(workers: str | None, cluster: str | None, checkpoint: str | None) -> Resources:
    """Return what the options for long runs say.

    Raises CalcError.
    """
    from calc.errors import CalcError
    from calc.longrun import Resources

    if workers is not None and cluster is not None:
        hint = "the workers of a cluster are those that it has; leave out `--workers`"
        raise CalcError("E-USAGE", "`--workers` and `--cluster` are two ways to do the same", hint=hint)
    if checkpoint is not None and not checkpoint.strip():
        raise CalcError("E-USAGE", "`--checkpoint` names no folder", hint="as in `--checkpoint pieces`")
    return Resources(read_workers(workers), cluster, checkpoint)


def loaded_with_notice(name: str, problems: Problems, folders: Iterable[str] = ()) -> Loaded:
    """Load a scenario, and say where a shipped one is taken although a file of its name stands here."""
    from calc.scenario.load import load, shadowed

    notice = shadowed(name)
    if notice is not None:
        say(f"note: {notice}")
    return load(name, problems, folders)


def answered(
    scenario: str,
    chosen: Options,
    watch: Stopwatch | None = None,
    resources: Resources | None = None,
    *,
    everything: bool | None = False,
) -> Answer:
    """Load, resolve and compute a scenario; see `calc.study.answer` for everything and resources.

    Raises CalcErrors with everything that is wrong with it.
    """
    from calc.errors import Problems
    from calc.study.answer import answer, answer_lines, resolve_lines, resolved

    problems, watch = Problems(), watch or Stopwatch()
    loaded = loaded_with_notice(scenario, problems, chosen.allow_folders)
    watch.lap("read")
    lines = resolve_lines(loaded.document, chosen, problems)
    ready = resolved(loaded, chosen, problems, everything=everything)
    watch.lap("checked")
    found = answer(ready, everything=everything, resources=resources)
    if resources is not None and (resources.cluster is not None or resources.checkpoint is not None):
        _tell_what_is_idle(resources, ready.samples)
    found.lines = answer_lines(lines)
    watch.lap("computed")
    return found


def _tell_what_is_idle(resources: Resources, samples: int) -> None:
    """Say which options for long runs have had no effect."""
    from calc.study.simulate import KEPT

    if samples > KEPT:
        return
    given = {"--cluster": resources.cluster, "--checkpoint": resources.checkpoint}
    idle = [f"`{name}`" for name, value in given.items() if value is not None]
    has = "have" if len(idle) > 1 else "has"
    words = f"{' and '.join(idle)} {has} no effect on {samples:,} samples, which are computed here at once"
    say(words)


def report_doubts(answer: Answer) -> None:
    """Write what should be looked at again to standard error: values, and checks that hold in too few samples."""
    from calc.study.remarks import doubts

    for place, words in [*((each.place, each.text) for each in answer.doubts), *doubts(answer)]:
        warn(words, place)


def report_failures(answer: Answer) -> int:
    """Write failed checks and broken promises to standard error; return the exit code."""
    from calc.cli import FAILED, FINE
    from calc.errors import render
    from calc.study.remarks import failures

    errors = failures(answer)
    if errors:
        say("\n\n".join(render(error) for error in errors))
    return FAILED if errors else FINE


def annotate(scenario: str, wanted: Options, output: str | None, *, force: bool) -> int:
    """Write what is wrong or doubtful as lines that a workflow shows at the lines of the scenario."""
    from calc.cli import BAD_INPUT, FAILED, FINE
    from calc.errors import CalcError, flatten
    from calc.report.markdown import annotated, annotation
    from calc.report.output import deliver
    from calc.study.remarks import doubts, failures

    try:
        answer = answered(scenario, wanted)
    except CalcError as error:
        deliver("".join(annotation("error", each) for each in flatten([error])), output, force=force)
        return BAD_INPUT
    errors = failures(answer)
    told = [*((each.place, each.text) for each in answer.doubts), *doubts(answer)]
    said = {words for _, words in told}
    lines = [annotation("error", each) for each in errors]
    lines += [annotated("warning", words, "doubtful", place) for place, words in told]
    lines += [annotated("notice", words, "calc") for words in answer.warnings if words not in said]
    deliver("".join(lines), output, force=force)
    return FAILED if errors else FINE


# ---------------------------------------------------------------- many at once

# Fewer are soon done here; so many are handed to a process at a time, and it takes so many processes at most.
MANY = 16
_AT_A_TIME = 8
_MOST = 16


def found_in(scenarios: Sequence[str]) -> list[str]:
    """Return what is to be checked, for a folder the scenarios in it.

    Raises CalcError for a folder without any.
    """
    found = []
    for name in scenarios:
        inside = in_folder(name)
        if inside == []:
            hint = "the name of a scenario's file ends in .yaml or .yml"
            raise CalcError("E-FILE", f"{quote_path(name)} is a folder without scenarios", hint=hint)
        found += [name] if inside is None else inside
    return found


def check_all(names: Sequence[str], wanted: Options, update: Update | None = None) -> Iterator[int]:
    """Check scenarios and say what is wrong with each, in their order; yield an exit code for each.

    update: writes the promises of a file anew, and tells whether any has changed.
    """
    count = 1 if update or len(names) <= MANY else _processors()
    # One here first: what is imported, read and traced for it is there for the others, whoever checks them.
    here, rest = (names[:1], names[1:]) if count > 1 else (names, [])
    yield from (check_one(name, wanted, update) for name in here)
    if not rest:
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    pieces = [rest[at : at + _AT_A_TIME] for at in range(0, len(rest), _AT_A_TIME)]
    gc.freeze()
    pool = ProcessPoolExecutor(min(count, len(pieces)), multiprocessing.get_context("fork"), _begin)
    try:
        for piece in pool.map(partial(_checked, wanted), pieces):
            for code, text in piece:
                if text:
                    say(text)
                yield code
    finally:
        # At once, also where Ctrl-C ends it.
        pool.shutdown(wait=False, cancel_futures=True)


def check_one(name: str, wanted: Options, update: Update | None = None) -> int:
    """Check a scenario, say what is wrong with it, and return the exit code."""
    try:
        found = answered(name, wanted)
        if update and update(name, found):
            found = answered(name, wanted)
        report_doubts(found)
        return report_failures(found)
    except CalcError as error:
        say_error(error)
        return BAD_INPUT


def _processors() -> int:
    """Return how many processes may work at a time: one where they are not forked, and would begin anew."""
    return min(_MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def _begin() -> None:
    """Prepare a process: it ends with the one that has forked it, and leaves Ctrl-C and colours to that."""
    from calc.longrun.processes import end_with_parent

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ["NO_COLOR"] = "1"
    gc.enable()
    end_with_parent()


def _checked(wanted: Options, names: Sequence[str]) -> list[tuple[int, str]]:
    """Return the exit code of each scenario and what is to be said about it."""
    found = []
    for name in names:
        with redirect_stderr(StringIO()) as said:
            code = check_one(name, wanted)
        found.append((code, said.getvalue().removesuffix("\n")))
    return found
