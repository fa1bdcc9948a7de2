"""The command line's outermost layer: runs a command and turns every way it can end into an exit code."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from contextlib import suppress
from time import monotonic
from typing import Any, NoReturn, TextIO, cast

from calc.cli import BAD_INPUT, FAILED, FINE, INTERNAL, INTERRUPTED, OUTPUT_FAULT, TERMINATED
from calc.errors import say, say_error


def main() -> NoReturn:
    """Run the command line.

    Ends with 0 fine, 1 a check or promise failed, 2 bad input or usage, 3 output or machine fault, 4 internal error,
    130 interrupt, 143 asked to end by SIGTERM.
    """
    # Nothing here is worth several threads, and starting them takes longer than the rest of numpy's import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A command ends before there is anything to collect, and looking for it takes a few milliseconds.
    gc.disable()
    if sys.stdout is None or sys.stderr is None:
        if sys.stderr is not None:
            say("error[E-OUTPUT]: standard output is closed\n  hint: send it somewhere, as in `> FILE`")
        sys.exit(OUTPUT_FAULT)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stderr = cast("TextIO", _Telling(sys.stderr))
    # Those that a process is to ignore, as one in the background does Ctrl-C, it goes on to ignore.
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    heard = [each for each, answer in before.items() if answer != signal.SIG_IGN]
    try:
        with suppress(ValueError):  # of a thread
            for each in heard:
                signal.signal(each, _interrupt)
        code = _run()
    except KeyboardInterrupt:
        code = INTERRUPTED
    # The command-line library makes an exit code of an interrupt that it meets.
    if code == INTERRUPTED:
        # Everything has been put in order; taking large libraries apart takes longer than a person waits.
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(TERMINATED if _asked and _asked[0][0] == signal.SIGTERM else INTERRUPTED)
    with suppress(ValueError):
        for each in heard:
            signal.signal(each, before[each])
    # The interpreter looks for garbage once more at its end.
    gc.freeze()
    sys.exit(code)


class _Telling:
    """Standard error, where what cannot be told does not change how the command ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, or let it go where nobody takes it."""
        try:
            return self._stream.write(text)
        except OSError:
            # The interpreter writes once more at its end what is left.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            return len(text)

    def flush(self) -> None:
        """Write what is left."""
        self.write("")
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


# The signals that have asked the process to end, and when.
_asked: list[tuple[int, float]] = []
# Who presses twice means once; what is put in order takes less.
_ONCE = 0.4


def _interrupt(number: int, _frame: object) -> None:
    """Raise KeyboardInterrupt, so that everything is put in order, because somebody asked the process to end."""
    now = monotonic()
    if not _asked or now - _asked[-1][1] > _ONCE:
        _asked.append((number, now))
        raise KeyboardInterrupt


def _run() -> int:
    from calc.errors import CalcError, quote_path

    try:
        from calc.cli.options import run

        code = run()
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OSError(error.errno, error.strerror, "standard output") from error
    except CalcError as error:
        say_error(error)
        return BAD_INPUT
    except SystemExit as error:
        # Shell completion ends so. The command-line library also does when the reader has left, and wraps the output.
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":
            return FINE
        return error.code if isinstance(error.code, int) else FAILED
    except BrokenPipeError:
        # The reader has left (`| head`).
        _drop_output()
        return FINE
    except OSError as error:
        _drop_output()
        where = f"{quote_path(str(error.filename))}: " if error.filename else ""
        say(f"error[E-OUTPUT]: {where}{error.strerror or error}")
        say("  hint: check that the place exists, is writable and has room")
        return OUTPUT_FAULT
    except MemoryError:
        say("error[E-MEMORY]: there is not enough memory\n  hint: take fewer `samples`")
        return OUTPUT_FAULT
    except Exception as error:  # noqa: BLE001  # the last net: a traceback never reaches the screen
        return _usage(error) if hasattr(error, "format_message") else _internal(error)
    return code if isinstance(code, int) else FINE


def _drop_output() -> None:
    """Send what is left in the buffer nowhere; python would complain once more when it flushes at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None


def _usage(error: Exception) -> int:
    from calc.cli import COMMANDS
    from calc.errors import CalcError
    from calc.text import did_you_mean, escape

    message = str(error.format_message()).rstrip(".")  # type: ignore[attr-defined]  # click is not imported for a type
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "calc"
    hint = f"`{command} --help` lists what it takes"
    known = getattr(error, "possibilities", None)
    if known:
        message = message.partition(" (")[0]
        # Some of these have two letters in common, and another meaning: `--flip` for `--of`.
        found = did_you_mean(str(getattr(error, "option_name", "")), known)
        hint = f"{found} {hint}" if found else hint
    elif message.startswith("No such command"):
        wrong = message.partition("'")[2].rpartition("'")[0]
        found = did_you_mean(wrong, COMMANDS)
        hint = f"{found} {hint}" if found else hint
    say(str(CalcError("E-USAGE", escape(message), hint=hint)))
    return BAD_INPUT


def _internal(error: Exception) -> int:
    import tempfile
    import traceback

    say(f"error[E-INTERNAL]: calc failed with {type(error).__name__}; this is a bug")
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="calc-error-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write("".join(traceback.format_exception(error)))
        say(f"  hint: the details are in {file.name}")
    except OSError:
        say("  hint: the details could not be saved; make the temporary folder writable")
    return INTERNAL
