"""What studies found, for every format: each is told by a file of its own, which `sections.STUDIES` names.

A study's JSON result comes first, every value in the declared unit that stands beside it; its words, tables and CSV are
made of that, with `Words`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from calc import __version__
from calc.report.json_values import uncertainty
from calc.report.report import Cell, Report, notices, number, section, unit_text, written
from calc.scenario.case import BASE
from calc.scenario.sections import STUDIES
from calc.study.remarks import ASIDE, unheeded_by_studies
from calc.units.format import digits_apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.engine.catalogue import Catalogue
    from calc.report.report import Section
    from calc.scenario.case import Scenario
    from calc.scenario.studies import Studied


class StudyReport(Protocol):
    """A module that tells what one kind of study found."""

    def as_dict(self, scenario: Scenario, found: Any, /) -> dict[str, Any]:
        """Return the JSON result, without what all studies say."""

    def sections(self, body: dict[str, Any], catalogue: Catalogue, /) -> list[Section]:
        """Return the sections of a report; body: the JSON result."""

    def lines(self, body: dict[str, Any], catalogue: Catalogue, /) -> list[str]:
        """Return in a few lines what was found, the most important first."""

    def csv(self, body: dict[str, Any], /) -> str:
        """Return CSV with a header line."""


def report_of(name: str) -> StudyReport:
    """Return what tells of a study, by the name of its section."""
    return cast("StudyReport", import_module(STUDIES[name].report))


def studies_dict(scenario: Scenario, studied: Studied) -> dict[str, Any]:
    """Return the results of all studies by the name of their section."""
    scenario = studied.scenario or scenario
    return {name: report_of(name).as_dict(scenario, found) for name, found in studied.found.items()}


def study_dict(name: str, scenario: Scenario, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of one study as a document of its own."""
    return {
        "schema": f"calc.{name}/1",
        "calc_version": __version__,
        "scenario": {"title": scenario.title, "path": scenario.path, "sha256": scenario.sha256},
        "uncertainty": uncertainty(scenario),
        **({"years": list(scenario.years)} if scenario.years else {}),
        **body,
        "warnings": [*unheeded_by_studies(scenario), *scenario.warnings],
    }


def study_report(name: str, scenario: Scenario, body: dict[str, Any]) -> Report:
    """Return what one study of a scenario says."""
    found = Report(scenario.heading, name=name)
    found.sections += section(ASIDE, notices(unheeded_by_studies(scenario), "warning"), "given but not used")
    found.sections += report_of(name).sections(body, scenario.catalogue)
    found.sections += section("Warnings", notices(scenario.warnings, "warning"), "warnings")
    return found


# The statistics of an uncertain figure that reports show, the headline first.
SPREAD = ("p50", "p10", "p90")


class Words:
    """Numbers of a result as a reader sees them; they come in the declared unit of their quantity."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def cell(self, name: str, value: float | None, *, digits: int = 4) -> Cell:
        """Return a number as a cell, or that there is no value."""
        if value is None:
            return written("no value")
        quantity = self.catalogue[name]
        return number(value * quantity.unit.factor, quantity, digits=digits)

    def text(self, name: str, value: float | None, *, digits: int = 4) -> str:
        """Return a number with its unit."""
        return self.cell(name, value, digits=digits).alone

    def spread(self, name: str, numbers: Sequence[float | None], ends: tuple[float | None, float | None]) -> list[Cell]:
        """Return numbers with as many digits as it takes to tell the ends of a range apart."""
        low, high, quantity = *ends, self.catalogue[name]
        factor, digits = quantity.unit.factor, 4
        if low is not None and high is not None:
            digits = digits_apart(low * factor, high * factor, quantity.unit, share=quantity.is_share)
        return [self.cell(name, each, digits=digits) for each in numbers]

    def span(self, name: str, low: float, high: float) -> str:
        """Return a range with its unit, with as many digits as it takes to tell its ends apart."""
        one, other = self.spread(name, (low, high), (low, high))
        return f"{one.text} to {other.alone}"

    def unit(self, name: str) -> Cell:
        """Return the unit of a quantity."""
        return Cell(unit_text(self.catalogue[name]), tone="quiet")

    def with_unit(self, name: str, year: int | None = None) -> str:
        """Return a name with its unit, and perhaps a year."""
        words = unit_text(self.catalogue[name])
        dated = f"{name} {year}" if year is not None else name
        return f"{dated} ({words})" if words else dated


def label_of(case: dict[str, Any], before: str) -> str:
    """Return what tells a case apart; nothing where there is one case."""
    return "" if case["name"] == BASE else f"{before}{case['name']}"
