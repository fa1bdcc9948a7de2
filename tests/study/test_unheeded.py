"""What is given and not used because another variant was chosen is said first, with what would use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from as_text import as_markdown, as_table

import calc
from calc.errors import Problems
from calc.report.json import studies_dict, study_dict
from calc.report.output import written
from calc.report.report import study_report
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer, of_studies, run_studies

if TYPE_CHECKING:
    from pathlib import Path

STRAIGHT = """\
title: Interest that nothing takes
question: What does it cost?
inputs:
  servers: {value: 100 servers, source: test}
  server_price: {value: 270k USD/server, source: test}
  server_life: {value: 4 years, source: test}
  discount_rate: {value: 7 %/year, source: test}
  gpu_hour_price: {value: 2 USD/gpu/hour, source: test}
use: {amortisation: straight_line}
show: [server_cost_per_month]
"""
SAID = (
    "`discount_rate` is given, but `straight_line` does not use it (the same share of the price each month, without "
    "interest); `use: {amortisation: annuity_monthly}`, `use: {amortisation: annuity_yearly}` or "
    "`use: {amortisation: interest_only}` does"
)


def warnings(scenario: dict[str, Any]) -> list[str]:
    found: list[str] = calc.run(scenario).to_dict()["warnings"]
    return found


def test_it_is_the_first_thing_that_a_report_says(tmp_path: Path) -> None:
    path = tmp_path / "idle.yaml"
    path.write_text(STRAIGHT, encoding="utf-8")
    problems = Problems()
    found = answer(resolve(load(str(path), problems), Options(), problems))
    assert found.warnings[0] == SAID
    # What no variant would use is an unused input, as before.
    assert [each for each in found.warnings if each.startswith("unused")] == [
        "unused input: gpu_hour_price (no figure asked for needs it)"
    ]
    for text in (as_table(found), as_markdown(found)):
        words = " ".join(text.replace("\\", "").split())
        assert words.count(SAID) == 1
        assert words.index("Given, but not used") < words.index(SAID) < words.index("Results")


def test_a_variant_that_uses_it_ends_the_remark(tmp_path: Path) -> None:
    path = tmp_path / "used.yaml"
    path.write_text(STRAIGHT.replace("straight_line", "annuity_monthly"), encoding="utf-8")
    assert not [each for each in calc.run(str(path)).warnings if "discount_rate" in each]


def test_quiet_leaves_out_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "idle.yaml"
    path.write_text(STRAIGHT, encoding="utf-8")
    problems = Problems()
    found = answer(resolve(load(str(path), problems), Options(), problems))
    words = " ".join(as_table(found, quiet=True).split())
    assert [each for each in found.warnings if each not in words] == []
    assert "What does it cost?" not in words


def test_what_a_case_gives_in_vain_is_said_although_another_case_uses_its_own() -> None:
    """The 7 % of the one case are no use of the 9 % of the other."""
    base = {"servers": "100 servers", "server_price": "270k USD/server", "server_life": "4 years"}
    cases = {
        "loan": {"use": {"amortisation": "annuity_monthly"}, "discount_rate": "7 %/year"},
        "cash": {"use": {"amortisation": "straight_line"}, "discount_rate": "9 %/year"},
    }
    found = warnings({"inputs": base, "cases": cases, "show": ["server_cost_per_month"]})
    assert SAID in found


def test_a_study_says_it_too(tmp_path: Path) -> None:
    path = tmp_path / "idle.yaml"
    path.write_text(STRAIGHT + "sweep: {servers: 100 to 200 servers step 100 servers}\n", encoding="utf-8")
    problems = Problems()
    scenario = of_studies(resolve(load(str(path), problems), Options(), problems))
    body = studies_dict(scenario, run_studies(scenario))["sweep"]
    assert study_dict("sweep", scenario, body)["warnings"][0] == SAID
    report = study_report("sweep", scenario, body)
    for text in (written(report, form, to_file=True) for form in ("table", "markdown", "html")):
        # A page shows what stands in backquotes as code.
        words = " ".join(re.sub(r"</?code>", "`", text).replace("\\", "").split())
        assert words.index(SAID) < words.index("Sweep")


def test_an_input_of_another_case_is_not_in_vain(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(STRAIGHT + "cases: {cash: {}, loan: {use: {amortisation: annuity_monthly}}}\n", encoding="utf-8")
    problems = Problems()
    found = answer(resolve(load(str(path), problems), Options(cases=("cash",)), problems))
    assert not found.unheeded
