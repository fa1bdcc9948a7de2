"""Results of studies as plain dictionaries: `calc.sweep/1`, `calc.find/1`, `calc.sensitivity/1`, `calc.compare/1`.

Every value is in the declared unit that stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.report.compare_json import compare_dict
from calc.report.find_json import find_dict
from calc.report.json_values import uncertainty
from calc.report.sensitivity_json import sensitivity_dict
from calc.report.sweep_json import sweep_dict
from calc.study.remarks import unheeded_by_studies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.scenario.resolve import Scenario
    from calc.study.studied import Studied

__all__ = ["studies_dict", "study_dict"]


def studies_dict(scenario: Scenario, studied: Studied) -> dict[str, Any]:
    """Return the results of all studies by the name of their section."""
    found: dict[str, Any] = {}
    scenario = studied.scenario or scenario
    if studied.sweep:
        found["sweep"] = sweep_dict(scenario, studied.sweep)
    if studied.goals:
        found["find"] = find_dict(scenario, studied.goals)
    if studied.sensitivity:
        found["sensitivity"] = sensitivity_dict(scenario, studied.sensitivity, studied.between)
    if studied.comparison:
        found["compare"] = compare_dict(studied.comparison)
    return found


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
