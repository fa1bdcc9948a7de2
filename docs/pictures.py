"""Draw the pictures of these pages anew, a terminal as SVG and a page as PNG: `python docs/pictures.py`.

The page is photographed in Chromium, for which CONTRIBUTING.md says what to install; without it that picture stays.
"""

from __future__ import annotations

import importlib
import os
import re
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from calc.cli.answering import answered, options
from calc.report.answer_report import answer_page, answer_report
from calc.report.output import written
from calc.report.terminal import Screen, render

FOLDER = Path(__file__).resolve().parent / "pictures"
SCENARIO, WIDTHS = "own-colo-rent", (80, 120)
# 23 November 2026, so that prices do not age between two pictures.
TODAY = "1795392000"
CHROMIUM = os.environ.get("CALC_CHROMIUM", "/usr/bin/chromium")
PAGE = {"width": 760, "height": 690}


def terminal(columns: int) -> str:
    """Return what `calc run` draws on a terminal that is so wide, as SVG that fetches nothing."""
    drawn = render(
        answer_report(answered(SCENARIO, options(), everything=None)),
        on=Screen(columns, colour=True, encoding="utf-8"),
        brief=True,
    )
    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"\x1b[1m$ calc run {SCENARIO}\x1b[0m\n{drawn}"), end="")
    picture = console.export_svg(title="calc", theme=MONOKAI, unique_id=f"calc-{columns}")
    return re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)


def photograph(html: str, target: Path) -> bool:
    """Take a picture of the top of a page; tell whether there is a browser."""
    try:
        playwright = importlib.import_module("playwright.sync_api")
    except ImportError:
        return False
    with tempfile.TemporaryDirectory() as name, playwright.sync_playwright() as found:
        file = Path(name, "answer.html")
        file.write_text(html, encoding="utf-8")
        browser = found.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=PAGE)
        page.goto(file.as_uri())
        page.screenshot(path=str(target))
        browser.close()
    return True


def main() -> None:
    """Write all pictures."""
    os.environ["SOURCE_DATE_EPOCH"] = TODAY
    FOLDER.mkdir(exist_ok=True)
    for columns in WIDTHS:
        (FOLDER / f"terminal-{columns}.svg").write_text(terminal(columns), encoding="utf-8")
    target = FOLDER / "page.png"
    taken = photograph(
        written(answer_page(answered(SCENARIO, options(), everything=None)), "html", to_file=True), target
    )
    print("\n".join(f"{each.name}: {each.stat().st_size / 1000:.0f} kB" for each in sorted(FOLDER.iterdir())))
    if not taken:
        print("page.png as it was: there is no playwright")


if __name__ == "__main__":
    main()
