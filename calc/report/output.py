"""Where a report goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from calc.errors import CalcError, quote
from calc.locks import locked
from calc.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = {
    ".json": "json", ".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".txt": "table", ".parquet": "parquet",
}  # fmt: skip


def format_of(form: str | None, path: str | None, allowed: tuple[str, ...]) -> str:
    """Return the format to write: the one asked for, or the one that the file's suffix names.

    Raises CalcError for a format that does not exist, or a suffix that names none.
    """
    if form is not None:
        if form not in allowed:
            hint = did_you_mean(form, allowed) or f"formats are {', '.join(allowed)}"
            raise CalcError("E-USAGE", f"there is no format {quote(form)}", hint=hint)
        return form
    if path is None:
        return allowed[0]
    found = SUFFIXES.get(Path(path).suffix.lower())
    if found is None or found not in allowed:
        known = ", ".join(suffix for suffix, name in SUFFIXES.items() if name in allowed)
        raise CalcError(
            "E-USAGE", f"the suffix of {quote(path)} names no format", hint=f"use {known}, or add `--format`"
        )
    return found


def deliver(text: str, path: str | None, *, force: bool = False) -> None:
    """Write a report to standard output, or to a file where a path is given.

    Raises what `write_file` raises.
    """
    if path is None:
        sys.stdout.write(text)
    else:
        write_file(path, text, force=force)


def stdout_is_utf8() -> bool:
    """Tell whether standard output writes UTF-8, which JSON is made of."""
    return (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "") in {"utf8", "utf8sig"}


def write_file(path: str, content: str | bytes, *, force: bool) -> None:
    """Write a file through a temporary name in the same folder and a rename.

    Raises CalcError when the file is there already and `force` is not given; OSError when it cannot be written.
    """
    target = check_target(path, force=force)
    try:
        _replace(target, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        # The name that the user knows, not that of the temporary file.
        raise OSError(error.errno, error.strerror, path) from error


@contextmanager
def whole_file(path: str, *, force: bool) -> Iterator[BinaryIO]:
    """Yield a file to write to that gets its name when it is complete; what a killed process left of it is used again.

    Raises what `write_file` does, and CalcError when another process writes the same file.
    """
    target = check_target(path, force=force)
    fresh = target.with_name(f".{target.name}.calc-part")
    with locked(fresh, "ab", f"another run is writing {quote(path, 300)}", "wait for it, or name another file") as file:
        try:
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(file.fileno())
            fresh.replace(target)
        except BaseException as error:
            fresh.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno is not None:
                raise OSError(error.errno, error.strerror, path) from error
            raise


def check_target(path: str, *, force: bool) -> Path:
    """Return where a file is to be written.

    Raises what `write_file` does before it writes.
    """
    target = Path(path)
    if not path or path.endswith(("/", os.sep)) or target.is_dir():
        raise CalcError(
            "E-USAGE", f"{quote(path, 300)} is no name for a file", hint="give a file, as in `-o answer.json`"
        )
    if os.path.lexists(target) and not force:
        raise CalcError("E-EXISTS", f"{quote(path, 300)} is there already", hint="add `--force` to replace it")
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    return target


def _replace(target: Path, content: bytes) -> None:
    import tempfile

    handle, name = tempfile.mkstemp(prefix=".calc-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes private files; a report has the rights that any new file of this user has.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
