"""Bytes of a scenario file to text: UTF-8 only, no binary files, no characters that control a terminal or hide text."""

from __future__ import annotations

import re
import unicodedata

from calc.errors import CalcError, Place, SourceText, quote
from calc.text import is_unsafe

MAX_BYTES = 8_000_000

_BOM = "\ufeff"
_ALLOWED_CONTROL = frozenset("\n\r\t")
# Everything that `is_unsafe` could refuse, found fast; ordinary text of any script passes in one scan.
# It takes milliseconds to compile, so that a text in plain ASCII has a pattern of its own.
_ASCII_SUSPECT = re.compile(r"[^\n\r\t\x20-\x7e]")
_SUSPECT = (
    r"[^\n\r\t\x20-\x7e\u00a0-\u00ac\u00ae-\u05ff\u0620-\u06dc\u0900-\u115e\u1200-\u167f"
    r"\u2010-\u2027\u2030-\u205e\u2070-\u27ff\u2900-\u3163\u3165-\ud7ff\uf900-\ufaff\uff01-\uff9f]"
)
_BINARY = (
    (b"\x1f\x8b", "gzip-compressed data", "unpack it first"),
    (b"PK\x03\x04", "a ZIP archive, as spreadsheets (.xlsx) are", "export the figures and write them as YAML"),
    (b"\x7fELF", "a program", "give a YAML file"),
    (b"%PDF", "a PDF", "give a YAML file"),
    (b"\xff\xfe", "UTF-16 text", "save the file as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save the file as UTF-8"),
)


def is_refused(char: str) -> bool:
    """Tell whether a scenario may not hold the character: it controls a terminal or hides text.

    Letters that are merely drawn as nothing may stand in a file; they are escaped wherever they are shown.
    """
    return is_unsafe(char) and char not in _ALLOWED_CONTROL and unicodedata.category(char) != "Lo"


def decode(data: bytes, name: str, kind: str = "YAML", limit: int = MAX_BYTES) -> SourceText:
    """Return the text of a file.

    kind: what the file should be, for messages. limit: how many bytes it may have.

    Raises CalcError when it is too large, no UTF-8 text, or holds characters that a reader cannot see.
    """
    if len(data) > limit:
        what = "a scenario" if kind == "YAML" else "a file"
        hint = f"{what} has at most {limit:,} bytes"
        raise CalcError("E-TOO-LARGE", f"{quote(name)} has {len(data):,} bytes", hint=hint)
    for start, what, hint in _BINARY:
        if data.startswith(start):
            raise CalcError("E-ENCODING", f"{quote(name)} is {what}, not {kind} text", hint=hint.replace("YAML", kind))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        source = SourceText(name, data.decode("utf-8", "replace"))
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise CalcError(
            "E-ENCODING",
            f"the byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8",
            place=Place(source, line, column),
            hint="save the file as UTF-8",
        ) from None
    source = SourceText(name, text.removeprefix(_BOM))
    _refuse_unsafe(source)
    return source


def _refuse_unsafe(source: SourceText) -> None:
    suspect = _ASCII_SUSPECT if source.text.isascii() else re.compile(_SUSPECT)
    for match in suspect.finditer(source.text):
        char = match.group()
        if is_refused(char):
            before = source.text[: match.start()].replace("\r\n", "\n").replace("\r", "\n")
            place = Place(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
            raise CalcError(
                "E-CHARACTER",
                f"the character U+{ord(char):04X} cannot be seen or is a control character",
                place=place,
                hint="delete it",
            )
