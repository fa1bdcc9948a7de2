"""What the commands of studies share: from a scenario and options to a study's result, and to a report of it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from calc.errors import Place
    from calc.scenario.nodes import Node
    from calc.scenario.resolve import Options, Scenario
    from calc.study.studied import Studied

FORMATS = ("table", "json", "csv", "markdown")


def studied(
    scenario: str, name: str, chosen: Options, section: Callable[[Node | None, Place], Node | None], missing: str
) -> tuple[Scenario, Studied]:
    """Load a scenario and run one study of it, whatever others its file asks for.

    Takes and raises what `resolved_study` does.
    """
    from dataclasses import replace

    from calc.study.studies import run_studies

    resolved = resolved_study(scenario, name, chosen, section, missing)
    with placed(resolved):
        found = run_studies(resolved)
    warnings = [*resolved.warnings, *(each.text for each in found.doubts)]
    return replace(resolved, warnings=warnings, doubts=[*resolved.doubts, *found.doubts]), found


@contextmanager
def placed(scenario: Scenario) -> Iterator[None]:
    """Give errors the place of the scenario where they have none."""
    from calc.errors import CalcError
    from calc.study.answer import NOT_OF_SCENARIO

    try:
        yield
    except CalcError as error:
        if error.code not in NOT_OF_SCENARIO:
            error.place = error.place or scenario.place
        raise


def resolved_study(
    scenario: str, name: str, chosen: Options, section: Callable[[Node | None, Place], Node | None], missing: str
) -> Scenario:
    """Load a scenario with one study of it, whatever others its file asks for.

    section: from what the file says of the study to what is studied. missing: the hint where nothing is.
    Raises CalcErrors with everything that is wrong.
    """
    from calc.errors import CalcError, Place, Problems
    from calc.scenario.load import load
    from calc.scenario.resolve import resolve
    from calc.study.studies import of_studies

    problems = Problems()
    loaded = load(scenario, problems)
    place = Place(loaded.document.source, 1, 1)
    node = section(loaded.document.studies.get(name), place)
    if node is None:
        raise CalcError("E-USAGE", f"the scenario has no section `{name}`", hint=missing)
    return of_studies(resolve(loaded, chosen._replace(studies=((name, node),), alone=True), problems))


def deliver_study(name: str, scenario: Scenario, found: Studied, form: str, output: str | None, *, force: bool) -> int:
    """Write the result of one study; return the exit code, and say which goals were missed."""
    from calc.cli.exit_codes import FAILED, FINE
    from calc.errors import render
    from calc.report.studies_json import studies_dict
    from calc.study.failures import missed_goals

    body = studies_dict(scenario, found).get(name, {})
    write(name, scenario, body, form, output, force=force)
    errors = missed_goals(found)
    if errors:
        sys.stdout.flush()
        print("\n\n".join(render(error) for error in errors), file=sys.stderr)
    return FAILED if errors else FINE


def write(name: str, scenario: Scenario, body: dict[str, Any], form: str, output: str | None, *, force: bool) -> None:
    """Write the result of one study."""
    from calc.report.output import deliver, stdout_is_utf8

    deliver(
        _text(name, scenario, body, form, output, ascii_only=not output and not stdout_is_utf8()), output, force=force
    )


def _text(
    name: str, scenario: Scenario, body: dict[str, Any], form: str, output: str | None, *, ascii_only: bool
) -> str:
    if form == "json":
        from calc.report.json import as_json
        from calc.report.studies_json import study_dict

        return as_json(study_dict(name, scenario, body), ascii_only=ascii_only)
    if form == "csv":
        from calc.report.studies_csv import study_csv

        # The rows of a study hold figures only.
        for doubt in scenario.doubts:
            print(f"{doubt.place}: warning: {doubt.text}", file=sys.stderr)
        return study_csv(name, body)
    from calc.report.studies import study_markdown, study_table

    if form == "markdown":
        return study_markdown(name, scenario, body)
    return study_table(name, scenario, body, to_file=output is not None)
