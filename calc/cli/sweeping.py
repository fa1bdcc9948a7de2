"""How `calc sweep` is run and written: held whole, or piece by piece where it is large or others do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calc.longrun.resources import Means
    from calc.scenario.resolve import Scenario

# So many numbers are soon computed and fit anywhere.
HELD = 2_000_000


def deliver_sweep(scenario: Scenario, form: str, output: str | None, means: Means, *, force: bool) -> int:
    """Run the sweep of a scenario and write it; return the exit code.

    Raises CalcError when it is too large.
    """
    from calc.cli.exit_codes import FINE
    from calc.cli.studying import deliver_study, placed
    from calc.errors import CalcError
    from calc.longrun.resources import Means
    from calc.report.output import check_target
    from calc.study.studied import Studied
    from calc.study.studies import run_studies

    if form == "parquet" and output is None:
        raise CalcError("E-USAGE", "a Parquet file is not text", hint="name a file, as in `-o sweep.parquet`")
    if output is not None:
        check_target(output, force=force)
    large = _numbers(scenario) > HELD
    with placed(scenario):
        if form == "parquet" or (form == "csv" and (large or means != Means())):
            _stream(scenario, form, output, means, force=force)
            return FINE
        if large and form in {"table", "markdown"}:
            _summarise(scenario, form, output, means, force=force)
            return FINE
        found = run_studies(scenario) if means == Means() else Studied(sweep=_held(scenario, means))
    return deliver_study("sweep", scenario, found, form, output, force=force)


def _numbers(scenario: Scenario) -> int:
    """Return how many numbers a sweep holds, about."""
    from math import prod

    sweep, years = scenario.studies.sweep, max(1, len(scenario.years))
    if sweep is None:
        raise AssertionError("no sweep")
    points = prod(len(axis.values) for axis in sweep.axes)
    return points * sum(len(case.asked) * years + len(sweep.axes) for case in scenario.studies.sweep_cases)


def _stream(scenario: Scenario, form: str, output: str | None, means: Means, *, force: bool) -> None:
    from calc.report.sweep_file import csv_rows, parquet_rows
    from calc.report.sweep_rows import RowsWork, heads
    from calc.study.sweep_estimate import size_up_pieces
    from calc.study.sweep_pieces import case_runs, sweep_in_pieces, work_on

    runs, catalogue = case_runs(scenario), scenario.catalogue
    if form == "csv":
        work = work_on(scenario, RowsWork, "csv", tuple(heads(runs, catalogue)))
        writer = csv_rows(runs, catalogue, output, force=force)
    else:
        work = work_on(scenario, RowsWork, "columns")
        writer = parquet_rows(runs, catalogue, output or "", force=force)
    size_up_pieces(runs, work, means, output, scenario.place)
    with writer as take:
        sweep_in_pieces(scenario, work, runs, means, take)


def _summarise(scenario: Scenario, form: str, output: str | None, means: Means, *, force: bool) -> None:
    from calc.cli.studying import write
    from calc.report.sweep_json import swept_dict
    from calc.study.sweep_estimate import size_up_pieces
    from calc.study.sweep_pieces import SweepWork, case_runs, sweep_in_pieces, work_on

    runs, work = case_runs(scenario), work_on(scenario, SweepWork, None)
    size_up_pieces(runs, work, means, None, scenario.place)
    found = sweep_in_pieces(scenario, work, runs, means, lambda *_: None)
    write("sweep", scenario, swept_dict(scenario, found), form, output, force=force)


def _held(scenario: Scenario, means: Means) -> list[Any]:
    """Return sweeps that are held whole, made in pieces."""
    from calc.study.sweep import size_up
    from calc.study.sweep_pieces import SweepWork, assembled, case_runs, sweep_in_pieces, work_on

    sweep = scenario.studies.sweep
    if sweep is None:
        raise AssertionError("no sweep")
    size_up(scenario, sweep, scenario.studies.sweep_cases)
    runs, rows = case_runs(scenario), dict[int, list[list[Any]]]()
    places = {id(run): at for at, run in enumerate(runs)}
    found = sweep_in_pieces(
        scenario, work_on(scenario, SweepWork, "arrays"), runs, means,
        lambda run, some: rows.setdefault(places[id(run)], []).append(some),
    )  # fmt: skip
    return assembled(found, rows)
