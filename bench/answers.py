"""Write what every shipped scenario answers, in every format and at three widths, to compare two checkouts.

    python bench/answers.py before        # in the one checkout
    python bench/answers.py after         # in the other
    python bench/answers.py --compare before after

JSON, CSV and Markdown have to be equal byte by byte; of the terminal the words and numbers in their order, since rules,
borders, wrapping and spacing are its own affair. Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = ("40", "80", "120")
STUDIES = ("sweep", "find", "sensitivity")
# 23 November 2026: from this day the age of prices is counted.
TODAY = "1795392000"


def commands() -> dict[str, tuple[str, ...]]:
    """Return file names, and the arguments of the command whose output each holds."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((ROOT / "scenarios").glob("*.yaml")):
        text, name = path.read_text(encoding="utf-8"), path.stem
        lines: dict[str, tuple[str, ...]] = {"run": ("run", name)}
        lines |= {study: (study, name) for study in STUDIES if re.search(rf"^{study}:", text, re.MULTILINE)}
        shown = re.search(r"^show:\s*\[\s*(\w+)", text, re.MULTILINE)
        if shown:
            lines["explain"] = ("explain", name, shown[1])
        for kind, line in lines.items():
            found |= {f"{name}.{kind}.{width}.txt": (*line, "--format", "table", width) for width in WIDTHS}
            forms = ("json", "markdown") if kind == "explain" else ("json", "csv", "markdown")
            found |= {f"{name}.{kind}.{form}": (*line, "--format", form, "80") for form in forms}
    for kind in ("quantities", "facts", "bundles", "scenarios"):
        found[f"list.{kind}.txt"] = ("list", kind, "80")
    found["describe.txt"] = ("describe", "servers_per_rack", "80")
    found["backtest.txt"] = ("backtest", "80")
    return found


def answer(words: tuple[str, ...]) -> str:
    """Return exit code, standard output and standard error of a command; its last word is the width."""
    *arguments, width = words
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": width}
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "calc", *arguments],
        cwd=ROOT, env={**known, "SOURCE_DATE_EPOCH": TODAY}, capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    return f"{done.stdout.decode()}\n-- exit {done.returncode}\n{done.stderr.decode()}"


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a report for the terminal, without what draws it."""
    return re.sub(r"[─-▟|+=_-]{2,}|[│┃█-▏░▒▓]", " ", text).split()


def differences(before: Path, after: Path) -> list[str]:
    """Return the differences of two folders, file by file."""
    found = []
    for name in sorted({path.name for folder in (before, after) for path in folder.iterdir()}):
        old, new = (each / name for each in (before, after))
        if not old.is_file() or not new.is_file():
            found.append(f"{name}: only in {before if old.is_file() else after}")
            continue
        texts = [each.read_text(encoding="utf-8") for each in (old, new)]
        drawn = re.search(r"\.\d+\.txt$", name) is not None
        first, second = (words_of(each) if drawn else each.splitlines() for each in texts)
        if first != second:
            found += [f"{name}:", *(f"  {line}" for line in unified_diff(first, second, lineterm="", n=2))]
    return found


def main() -> int:
    """Write or compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--compare", action="store_true")
    given = parser.parse_args()
    if given.compare:
        found = differences(*given.folders)
        print("\n".join(found) or "no difference")
        return 1 if found else 0
    (folder,) = given.folders
    folder.mkdir(parents=True, exist_ok=True)
    asked = commands()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, text in zip(asked, pool.map(answer, asked.values()), strict=True):
            (folder / name).write_text(text, encoding="utf-8")
    print(f"{len(asked)} answers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
