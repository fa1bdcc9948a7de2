"""One list of studies, and each of its entries does what the list and its protocols promise."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from rows import each_row

from calc.cli import COMMANDS, options
from calc.cli import studies as commands
from calc.report import compare_report, find_report, sensitivity_report, sweep_report
from calc.report.report import StudyReport, report_of
from calc.scenario.schema import scenario_schema
from calc.scenario.sections import SECTIONS, STUDIES
from calc.scenario.studies import Study, study_of

# For mypy: these modules have what the protocol asks for; of others the test below looks at the names.
TOLD: tuple[StudyReport, ...] = (sweep_report, find_report, sensitivity_report, compare_report)


@each_row("name", [*STUDIES])
def test_what_the_list_names_is_there(name: str) -> None:
    assert isinstance(study_of(name), Study)
    assert SECTIONS[name] is STUDIES[name].section
    assert all(callable(getattr(report_of(name), each)) for each in ("as_dict", "sections", "lines", "csv"))


@each_row("name", [*STUDIES])
def test_a_study_has_a_command_with_the_options_of_its_section(name: str) -> None:
    assert name in COMMANDS
    if not STUDIES[name].command:
        return
    assert COMMANDS[name] == f"studies.{name}"
    taken = typing.cast("Any", getattr(commands, name)).__signature__.parameters
    declared = [key.option for key in (SECTIONS[name], *SECTIONS[name].keys.values()) if key.option]
    assert {each.name for each in declared} <= set(taken)
    assert all(hasattr(options, each.offers) for each in declared if each.offers)
    assert options.FORMATS[name][:4] == ("table", "json", "csv", "markdown")


def test_the_schema_describes_every_study() -> None:
    assert set(STUDIES) <= set(scenario_schema()["properties"])


def test_a_study_that_is_not_listed_has_no_command() -> None:
    with pytest.raises(AttributeError):
        _ = commands.no_study
    with pytest.raises(KeyError):
        study_of("no_study")
