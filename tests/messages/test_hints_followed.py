"""Every hint is followed: what it says to write is written where the error points, and then that error is gone."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

from calc_command import calc
from hints import followed, offers

HERE = Path(__file__).resolve().parent
# What is said of each file, as test_messages.py holds it word for word.
SAID = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.txt"))}
# Errors about an amount. Once their hint was followed nothing may be wrong on the line, but for readings that the hint
# asks about and that the quantity of the file does not have, and for a currency that has no rate in it.
ABOUT_AMOUNTS = {"E-VALUE", "E-UNIT", "E-DIMENSION", "E-BOUNDS"}
LEFT = {
    "unit-bit-or-byte": {"E-DIMENSION"},
    "unit-flops": {"E-DIMENSION"},
    "unit-cents": {"E-CURRENCY"},
    "value-yen-or-yuan": {"E-CURRENCY"},
}


class Told(NamedTuple):
    """One error as it is shown: what it is, where, and its hint."""

    code: str
    file: str
    line: int
    column: int
    length: int
    words: str
    hint: str

    def following(self, line: str, offer: str) -> str:
        """Return the line as the hint wants it: where the place holds more than the name that is wrong, only that."""
        at, length = self.column - 1, self.length
        if self.code not in ABOUT_AMOUNTS:
            for name in re.findall(r"`([^`]+)`", self.words):
                beyond = re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", line[at : at + length])
                if beyond:
                    return followed(line, at + beyond.start(), len(name), offer)
                # A study names an input in the key of the value that the error points at.
                if name in line[:at]:
                    return followed(line, line.index(name), len(name), offer)
        return followed(line, at, length, offer)


def told(message: str) -> list[Told]:
    """Return the errors of a message that have a place."""
    found = []
    for block in re.split(r"\n\n", message):
        head = re.match(r"([\w.-]+):(\d+):(\d+): error\[(E-[A-Z-]+)\]: (.*)", block)
        caret = re.search(r"\| +(\^+)", block)
        hint = re.search(r"^  hint: (.*)", block, re.MULTILINE)
        if head and caret and hint:
            found.append(Told(head[4], head[1], int(head[2]), int(head[3]), len(caret[1]), head[5], hint[1]))
    return found


def test_what_a_hint_says_to_write_is_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "messages"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "*.txt", "__pycache__"))
    wrong, tried = [], 0
    for name, message in SAID.items():
        for error in told(message):
            path = folder / error.file
            written = path.read_bytes()
            for offer in offers(error.hint):
                lines = written.decode().splitlines(keepends=True)
                lines[error.line - 1] = error.following(lines[error.line - 1], offer)
                path.write_text("".join(lines), encoding="utf-8")
                after = [
                    each for each in told(calc("check", f"{name}.yaml", cwd=folder).err) if each.file == error.file
                ]
                codes = {each.code for each in after if each.line == error.line}
                tried += 1
                left = codes - LEFT.get(name, set()) if error.code in ABOUT_AMOUNTS else codes & {error.code}
                if error.code in codes or left:
                    wrong.append(f"{name}: {error.hint}\n    {lines[error.line - 1].strip()}: {codes}")
            path.write_bytes(written)
    assert not wrong, "\n".join(wrong)
    assert tried > 80


def test_the_commands_that_hints_name_work() -> None:
    wrong, tried = [], set()
    for name, message in SAID.items():
        for command in re.findall(r"`calc ([^`]+)`", message):
            if (name, command) in tried or "FILE" in command:
                continue
            tried.add((name, command))
            done = calc(*shlex.split(command), cwd=HERE)
            # What fails a promise or a check is answered all the same.
            if done.code not in {0, 1}:
                wrong.append(f"{name}: calc {command}: {done.code} {done.err[:200]}")
    assert not wrong, "\n".join(wrong)
    assert len(tried) > 20
