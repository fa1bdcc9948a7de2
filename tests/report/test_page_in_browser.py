"""The page in a real browser: nothing on the console, nothing fetched, no violation that axe-core finds.

Run it with `pytest -m browser`; CONTRIBUTING.md has the command that installs what it needs.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rows import each_row
from test_page import SHOWN, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CALC_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = importlib.import_module("playwright.sync_api")
    with playwright.sync_playwright() as found:
        chromium = found.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def opened(browser: Any, name: str, folder: Path, **context: Any) -> tuple[Any, list[str], list[str]]:
    """Return a page, what it wrote to the console, and the addresses that it asked for."""
    file = folder / f"{name}.html"
    file.write_text(page_of(name), encoding="utf-8")
    # Without script, as a reader may have it; what a test evaluates is not the page's.
    page = browser.new_context(**context).new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    return page, told, [each for each in asked if each != file.as_uri()]


@each_row("name", {name: name for name in (*SHOWN, "hostile")})
def test_it_fetches_nothing_and_has_no_errors(name: str, browser: Any, tmp_path: Path) -> None:
    page, told, asked = opened(browser, name, tmp_path, java_script_enabled=False)
    assert (told, asked) == ([], [])
    assert page.locator("h1").count() == 1


@each_row("name", {name: name for name in (*SHOWN, "hostile")})
def test_axe_finds_nothing_in_light_and_in_dark(name: str, browser: Any, tmp_path: Path) -> None:
    axe = Path(importlib.import_module("axe_playwright_python").__file__ or "").parent / "axe.min.js"
    for scheme in ("light", "dark"):
        # What axe runs is put in from outside the page, past the page's own policy.
        page, _, _ = opened(browser, name, tmp_path, color_scheme=scheme, bypass_csp=True)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.add_script_tag(path=str(axe))
        found = page.evaluate("axe.run()")
        assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == [], scheme


def test_a_phone_scrolls_a_wide_table_and_not_the_page(browser: Any, tmp_path: Path) -> None:
    page, _, _ = opened(browser, "h100-cluster-4-years", tmp_path, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_print_opens_what_is_folded(browser: Any, tmp_path: Path) -> None:
    page, _, _ = opened(browser, "lingang-racks", tmp_path)
    folded = page.locator("details table").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()


def test_a_hostile_title_is_the_title(browser: Any, tmp_path: Path) -> None:
    page, _, _ = opened(browser, "hostile", tmp_path)
    assert page.title().startswith("<script>alert(1)</script>")
