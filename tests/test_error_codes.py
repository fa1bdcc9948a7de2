"""Every code that an error may have is explained by `calc help`, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import calc
from calc.error_codes import CODES, explanation


def test_every_code_is_explained_and_every_explanation_is_of_a_code() -> None:
    files = [path for path in Path(calc.__file__).parent.rglob("*.py") if path.name != "error_codes.py"]
    raised = {code for path in files for code in re.findall(r"\bE-[A-Z]+(?:-[A-Z]+)*\b", path.read_text("utf-8"))}
    assert raised - {"E-NAME"} - CODES.keys() == set(), "add them to calc/error_codes.py"
    assert CODES.keys() - raised == set(), "nothing raises them"


def test_a_code_is_found_however_it_is_written() -> None:
    assert explanation("e_loop") == explanation("LOOP") == explanation("error[E-LOOP]") == CODES["E-LOOP"]
    assert explanation("E-NOTHING-SUCH") is None
    assert all(text.endswith(".") and "  " not in text for text in CODES.values())
