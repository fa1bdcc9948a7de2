"""The commands of studies, made of the options that their sections declare, and how a study is run and written.

A sweep is held whole, or made piece by piece where it is large or others do it.
"""

from __future__ import annotations

import sys
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any

from calc.cli import options
from calc.errors import say, warn
from calc.scenario.sections import STUDIES, Key

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.longrun import Resources
    from calc.scenario.resolve import Scenario
    from calc.scenario.studies import Studied
    from calc.scenario.study_sections import Sweep


def study_options(study: str, first: Any, more: dict[str, Any] | None = None) -> Signature:
    """Return what the command of a study takes: first, the options of its section, and those that studies share.

    first: the annotation of the scenarios. more: options of this command alone.
    """
    section = STUDIES[study].section
    declared: dict[str, Any] = _declared(section)
    for name, key in section.keys.items():
        declared |= {"show": options.Show} if name == "show" else _declared(key)
    if STUDIES[study].shows:
        declared["show"] = options.Show
    shared: dict[str, Any] = {
        **(more or {}),
        "case": options.Cases,
        "setting": options.Settings,
        "samples": options.Samples,
        "seed": options.Seed,
        "facts": options.Facts,
    }
    if STUDIES[study].in_pieces:
        shared |= {"workers": options.Workers, "cluster": options.Cluster, "checkpoint": options.Checkpoint}
    shared |= {
        "form": Annotated[str | None, options.format_option(study)],
        "output": options.Output, "force": options.Force, "allow_models": options.AllowModels,
        "allow_folder": options.AllowFolder,
    }  # fmt: skip
    switches = ("force", "allow_models")
    return Signature(
        [
            Parameter("scenario", Parameter.POSITIONAL_OR_KEYWORD, annotation=first),
            *(
                Parameter(name, Parameter.KEYWORD_ONLY, annotation=each, default=False if name in switches else None)
                for name, each in (declared | shared).items()
            ),
        ]
    )


def _declared(key: Key) -> dict[str, Any]:
    """Return the parameter of a key's option, as typer reads it."""
    option = key.option
    if option is None:
        return {}
    offer = getattr(options, option.offers) if option.offers else None
    info = options.option(option.flag, option.metavar, option.help, offer)
    return {option.name: Annotated[list[str] | None if key.is_repeated else str | None, info]}


def __getattr__(study: str) -> Callable[..., int]:
    """Return the command of a study, by the name of its section."""
    if study not in STUDIES:
        raise AttributeError(study)

    def command(scenario: str, **given: Any) -> int:
        return _run(study, scenario, given)

    command.__doc__ = STUDIES[study].command
    command.__signature__ = study_options(study, options.Scenario)  # type: ignore[attr-defined]  # of any function
    return command


def _run(study: str, scenario: str, given: dict[str, Any]) -> int:
    from calc.cli.answering import loaded_with_notice, long_run, options_of
    from calc.errors import Problems
    from calc.report.output import format_of, refuse_on_screen
    from calc.study.answer import run_alone, study_alone

    output, force = given["output"], given["force"]
    form = format_of(given["form"], output, options.FORMATS[study])
    refuse_on_screen(form, output)
    wanted = options_of(given)
    problems = Problems()
    resolved = study_alone(study, loaded_with_notice(scenario, problems, wanted.allow_folders), problems, given, wanted)
    if STUDIES[study].in_pieces:
        resources = long_run(given["workers"], given["cluster"], given["checkpoint"])
        return deliver_sweep(resolved, form, output, resources, force=force)
    resolved, found = run_alone(resolved)
    return deliver_study(study, resolved, found, form, output, force=force)


def deliver_study(name: str, scenario: Scenario, found: Studied, form: str, output: str | None, *, force: bool) -> int:
    """Write the result of one study; return the exit code, and say which goals were missed."""
    from calc.cli import FAILED, FINE
    from calc.errors import render
    from calc.report.json import studies_dict

    body = studies_dict(scenario, found).get(name, {})
    write(name, scenario, body, form, output, force=force)
    errors = found.missed()
    if errors:
        sys.stdout.flush()
        say("\n\n".join(render(error) for error in errors))
    return FAILED if errors else FINE


def write(name: str, scenario: Scenario, body: dict[str, Any], form: str, output: str | None, *, force: bool) -> None:
    """Write the result of one study."""
    from calc.report.json import study_dict
    from calc.report.output import deliver, deliver_found
    from calc.report.report import report_of, study_report

    def rows() -> str:
        # The rows of a study hold figures only.
        for doubt in scenario.doubts:
            warn(doubt.text, doubt.place)
        return report_of(name).csv(body)

    if form == "xlsx":
        from calc.report.xlsx import render_study

        deliver(render_study(name, scenario, body), output, force=force)
        return
    deliver_found(
        form, output, lambda: study_report(name, scenario, body), lambda: study_dict(name, scenario, body), rows,
        force=force,
    )  # fmt: skip


# So many numbers are soon computed and fit anywhere.
HELD = 250_000


def deliver_sweep(scenario: Scenario, form: str, output: str | None, resources: Resources, *, force: bool) -> int:
    """Run the sweep of a scenario and write it; return the exit code.

    Raises CalcError when it is too large.
    """
    from calc.cli import FINE
    from calc.errors import CalcError
    from calc.longrun import Resources
    from calc.report.output import check_target
    from calc.scenario.studies import Studied
    from calc.study.answer import placed, run_studies

    if form == "parquet" and output is None:
        raise CalcError("E-USAGE", "a Parquet file is not text", hint="name a file, as in `-o sweep.parquet`")
    if output is not None:
        check_target(output, force=force)
    large = _numbers(scenario) > HELD
    with placed(scenario):
        if form == "parquet" or (form == "csv" and (large or resources != Resources())):
            _stream(scenario, form, output, resources, force=force)
            return FINE
        if large and form not in {"json", "csv", "xlsx"}:
            _summarise(scenario, form, output, resources, force=force)
            return FINE
        if form == "json" and large and _write_points(scenario, output, resources, force=force):
            return FINE
        found = (
            run_studies(scenario)
            if resources == Resources()
            else Studied(scenario, {"sweep": _held(scenario, resources)})
        )
    return deliver_study("sweep", scenario, found, form, output, force=force)


def _numbers(scenario: Scenario) -> int:
    """Return how many numbers a sweep holds, about."""
    from math import prod

    sweep: Sweep = scenario.studies.request("sweep")
    years = max(1, len(scenario.years))
    points = prod(len(axis.values) for axis in sweep.axes)
    return points * sum(len(case.asked) * years + len(sweep.axes) for case in scenario.studies.cases("sweep"))


def _stream(scenario: Scenario, form: str, output: str | None, resources: Resources, *, force: bool) -> None:
    from pathlib import Path

    from calc.report.output import say_written
    from calc.report.sweep_file import RowsWork, csv_rows, heads, parquet_rows
    from calc.study.sweep_pieces import case_runs, size_up_pieces, sweep_in_pieces, work_on

    runs, catalogue = case_runs(scenario), scenario.catalogue
    if form == "csv":
        work = work_on(scenario, RowsWork, "csv", tuple(heads(runs, catalogue)))
        writer = csv_rows(runs, catalogue, output, force=force)
    else:
        work = work_on(scenario, RowsWork, "columns")
        writer = parquet_rows(runs, catalogue, output or "", force=force)
    size_up_pieces(runs, work, resources, [Path(output).parent] if output else [], scenario.place)
    with writer as take:
        sweep_in_pieces(scenario, work, runs, resources, take)
    if output is not None:
        say_written(output)


def _write_points(scenario: Scenario, output: str | None, resources: Resources, *, force: bool) -> bool:
    """Write the JSON of a large sweep from files that hold its points; tell whether it is one without samples."""
    from contextlib import ExitStack
    from pathlib import Path
    from tempfile import gettempdir

    from calc.report.output import say_written, stdout_is_utf8, whole_file
    from calc.report.sweep_file import Points, write_points
    from calc.study.sweep_pieces import SweepWork, case_runs, size_up_pieces, sweep_in_pieces, work_on

    runs, work = case_runs(scenario), work_on(scenario, SweepWork, "arrays")
    if any(kind == "p10" for run in runs for _, _, kind in run.columns):
        return False
    folders = [Path(gettempdir()), *([Path(output).parent] if output else [])]
    size_up_pieces(runs, work, resources, folders, scenario.place)
    with ExitStack() as opened:
        points = [Points(run, opened) for run in runs]
        takers = {id(run): each.take for run, each in zip(runs, points, strict=True)}
        found = sweep_in_pieces(scenario, work, runs, resources, lambda run, rows: takers[id(run)](rows))
        if output is None:
            write_points(scenario, found, points, sys.stdout.write, ascii_only=not stdout_is_utf8())
            return True
        file = opened.enter_context(whole_file(output, force=force))
        write_points(scenario, found, points, lambda text: file.write(text.encode()), ascii_only=False)
    say_written(output)
    return True


def _summarise(scenario: Scenario, form: str, output: str | None, resources: Resources, *, force: bool) -> None:
    from calc.report.sweep_report import swept_dict
    from calc.study.sweep_pieces import SweepWork, case_runs, size_up_pieces, sweep_in_pieces, work_on

    runs, work = case_runs(scenario), work_on(scenario, SweepWork, None)
    size_up_pieces(runs, work, resources, [], scenario.place)
    found = sweep_in_pieces(scenario, work, runs, resources, lambda *_: None)
    write("sweep", scenario, swept_dict(scenario, found), form, output, force=force)


def _held(scenario: Scenario, resources: Resources) -> list[Any]:
    """Return sweeps that are held whole, made in pieces."""
    from calc.study.sweep import size_up
    from calc.study.sweep_pieces import SweepWork, assembled, case_runs, sweep_in_pieces, work_on

    size_up(scenario, scenario.studies.request("sweep"), scenario.studies.cases("sweep"))
    runs, rows = case_runs(scenario), dict[int, list[list[Any]]]()
    places = {id(run): at for at, run in enumerate(runs)}
    found = sweep_in_pieces(
        scenario, work_on(scenario, SweepWork, "arrays"), runs, resources,
        lambda run, some: rows.setdefault(places[id(run)], []).append(some),
    )  # fmt: skip
    return assembled(found, rows)
