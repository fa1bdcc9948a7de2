"""Where a report goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from calc.errors import CalcError, quote, quote_path
from calc.files import locked
from calc.text import did_you_mean, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from calc.report.report import Report

SUFFIXES = {
    ".json": "json", ".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".txt": "table", ".parquet": "parquet",
    ".xlsx": "xlsx", ".html": "html", ".htm": "html",
}  # fmt: skip
# What the name of a file may take, in bytes, on the systems that calc runs on.
_LONGEST = 255


def written(report: Report, form: str, *, to_file: bool, brief: bool = False) -> str:
    """Return a report in one of the formats that are written from it; a table where none other is named.

    to_file: as a file holds it, whatever the terminal is. brief: on a terminal no more than one screen.
    """
    if form == "markdown":
        from calc.report.markdown import render as render_markdown

        return render_markdown(report)
    if form == "html":
        from calc.report.html import page

        return page(report)
    from calc.report.terminal import render

    return render(report, to_file=to_file, brief=brief)


def deliver_found(
    form: str,
    path: str | None,
    report: Callable[[], Report],
    body: Callable[[], object],
    rows: Callable[[], str] | None = None,
    *,
    force: bool,
) -> None:
    """Write what a command found: its body as JSON, its rows as CSV, else its report; what is not written is not made.

    Raises what `write_file` raises.
    """
    if form == "json":
        text = json_text(body(), path)
    elif form == "csv" and rows:
        text = rows()
    else:
        text = written(report(), form, to_file=path is not None)
    deliver(text, path, force=force)


def json_text(found: object, path: str | None) -> str:
    """Return what was found as JSON, in escapes where it goes to a standard output that is not UTF-8."""
    from calc.report.json import as_json

    return as_json(found, ascii_only=path is None and not stdout_is_utf8())


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
            "E-USAGE", f"the suffix of {quote_path(path)} names no format", hint=f"use {known}, or add `--format`"
        )
    return found


def deliver(text: str | bytes, path: str | None, *, force: bool = False) -> None:
    """Write a report to standard output, or to a file where a path is given.

    Raises what `write_file` raises.
    """
    if path is None and isinstance(text, str):
        with on_screen():
            sys.stdout.write(text)
    elif path is None:
        raise AssertionError("`refuse_on_screen` comes first")
    else:
        write_file(path, text, force=force)
        say_written(path)


@contextmanager
def on_screen() -> Iterator[None]:
    """Call standard output by its name where it cannot be written; a reader who has left is none of that."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def say_written(path: str) -> None:
    """Say on standard error which file was written, and how large it is; nothing of a device or a pipe."""
    try:
        found = Path(path).stat()
    except OSError:
        # It is there all the same.
        print(f"wrote {escape(path)}", file=sys.stderr)
        return
    if stat.S_ISREG(found.st_mode):
        print(f"wrote {escape(path)} ({_size_text(found.st_size)})", file=sys.stderr)


def _size_text(size: int) -> str:
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"


def refuse_on_screen(form: str, path: str | None) -> None:
    """Refuse a format that is no text where no file is named; raises CalcError."""
    named = {"xlsx": ("a workbook", "answer.xlsx"), "parquet": ("a Parquet file", "sweep.parquet")}
    if path is None and form in named:
        what, file = named[form]
        raise CalcError("E-USAGE", f"{what} is not text", hint=f"name a file, as in `-o {file}`")


def stdout_is_utf8() -> bool:
    """Tell whether standard output writes UTF-8, which JSON is made of."""
    return (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "") in {"utf8", "utf8sig"}


def write_file(path: str, content: str | bytes, *, force: bool) -> None:
    """Write a file through a temporary name in the same folder and a rename, or into what is no file to replace.

    Raises CalcError when the file is there already and `force` is not given; OSError when it cannot be written.
    """
    import tempfile

    target, data = check_target(path, force=force), content.encode() if isinstance(content, str) else content
    with _told_as(path):
        if _is_no_file(target):
            with _into(target, path) as into:
                into.write(data)
            return
        handle, name = tempfile.mkstemp(prefix=".calc-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            _put_in_place(Path(name), target)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise


@contextmanager
def whole_file(path: str, *, force: bool) -> Iterator[BinaryIO]:
    """Yield a file to write to that gets its name when it is complete; what a killed process left of it is used again.

    What is no file to replace, such as a pipe, is written into as it comes.
    Raises what `write_file` does, and CalcError when another process writes the same file.
    """
    target = check_target(path, force=force)
    if _is_no_file(target):
        with _told_as(path), _into(target, path) as into:
            yield into
        return
    fresh = target.with_name(_beside(target.name))
    busy, hint = f"another run is writing {quote_path(path)}", "wait for it, or name another file"
    with _told_as(path), locked(fresh, busy, hint, is_left=False) as file:
        file.truncate(0)
        yield file
        file.flush()
        os.fsync(file.fileno())
        _put_in_place(fresh, target)


def _beside(name: str) -> str:
    """Return what a file is called while it is written, always the same; no longer than a name may be."""
    from hashlib import sha256

    found = f".{name}.calc-part"
    return found if len(os.fsencode(found)) <= _LONGEST else f".{sha256(os.fsencode(name)).hexdigest()}.calc-part"


@contextmanager
def _into(target: Path, path: str) -> Iterator[BinaryIO]:
    """Yield what is written into as it comes; that a pipe waits for its reader is said."""
    handle = -1
    if stat.S_ISFIFO(target.stat().st_mode):
        try:
            handle = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
            os.set_blocking(handle, True)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            print(f"waiting for a reader of {escape(path)}", file=sys.stderr)
    with target.open("wb") if handle < 0 else os.fdopen(handle, "wb") as file:
        yield file


@contextmanager
def _told_as(path: str) -> Iterator[None]:
    """Tell of a file by the name that the user knows; of others that are written meanwhile by their own."""
    try:
        yield
    except OSError as error:
        places = {Path(path).parent, Path(os.path.realpath(path)).parent}
        if error.filename is not None and Path(error.filename).parent not in places:
            raise
        raise OSError(error.errno or errno.EIO, error.strerror or str(error), path) from error


def check_target(path: str, *, force: bool) -> Path:
    """Return where a file is to be written: for a link, what it leads to.

    Raises what `write_file` does before it writes.
    """
    target = Path(path)
    if not path or path.endswith(("/", os.sep)) or target.is_dir():
        raise CalcError(
            "E-USAGE", f"{quote_path(path)} is no name for a file", hint="give a file, as in `-o answer.json`"
        )
    if _is_no_file(target):
        return target
    with suppress(FileNotFoundError, NotADirectoryError):
        found = target.lstat()
        if not force:
            raise CalcError("E-EXISTS", f"{quote_path(path)} is there already", hint="add `--force` to replace it")
        if stat.S_ISLNK(found.st_mode):
            target = _led_to(target)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    return target


def _is_no_file(path: Path) -> bool:
    """Tell whether something stands at a path that is written into and never replaced: a device, a pipe, a socket."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _led_to(link: Path) -> Path:
    """Return what a link leads to, whether that is there or not."""
    try:
        return link.resolve(strict=True)
    except FileNotFoundError:
        return link.resolve()


def _put_in_place(fresh: Path, target: Path) -> None:
    """Give a complete file its name, with mode and owner of the file that it replaces, or those of any new file."""
    try:
        before = target.stat()
    except FileNotFoundError:
        # Temporary files are private; a report has the rights that any new file of this user has.
        mask = os.umask(0)
        os.umask(mask)
        fresh.chmod(0o666 & ~mask)
    else:
        now = fresh.stat()
        if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
            try:
                os.chown(fresh, before.st_uid, before.st_gid)
            except PermissionError:
                # Only a file that is written into stays somebody else's.
                target.write_bytes(fresh.read_bytes())
                with suppress(OSError):
                    fresh.unlink()
                return
        fresh.chmod(stat.S_IMODE(before.st_mode))
    fresh.replace(target)
