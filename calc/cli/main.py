"""The command line's outermost layer: runs a command and turns every way it can end into an exit code."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from calc.cli.exit_codes import BAD_INPUT, FINE, INTERNAL, INTERRUPTED, OUTPUT_FAULT


def main() -> NoReturn:
    """Run the command line.

    Ends with 0 fine, 1 a check or promise failed, 2 bad input or usage, 3 output or machine fault, 4 internal error,
    130 interrupt.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run())


def _run() -> int:
    from calc.errors import CalcError, quote

    try:
        from calc.cli.app import app

        code = app(standalone_mode=False, prog_name="calc")
        sys.stdout.flush()
    except CalcError as error:
        print(str(error), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has left (`| head`); python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:
        where = f"{quote(str(error.filename))}: " if error.filename else ""
        print(f"error[E-OUTPUT]: {where}{error.strerror or error}", file=sys.stderr)
        return OUTPUT_FAULT
    except MemoryError:
        print("error[E-MEMORY]: there is not enough memory\n  hint: take fewer `samples`", file=sys.stderr)
        return OUTPUT_FAULT
    except Exception as error:  # noqa: BLE001  # the last net: a traceback never reaches the screen
        return _usage(error) if hasattr(error, "format_message") else _internal(error)
    return code if isinstance(code, int) else FINE


def _usage(error: Exception) -> int:
    message = str(error.format_message()).rstrip(".")  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "calc"
    print(f"error[E-USAGE]: {message}\n  hint: `{command} --help` lists what it takes", file=sys.stderr)
    return BAD_INPUT


def _internal(error: Exception) -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="calc-error-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    print(f"error[E-INTERNAL]: calc failed with {type(error).__name__}; this is a bug", file=sys.stderr)
    print(f"  hint: the details are in {file.name}", file=sys.stderr)
    return INTERNAL
