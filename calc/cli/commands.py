"""The commands other than studies. What a command computes with is imported when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from calc.cli import complete
from calc.cli.options import (
    FORMATS,
    AllowFolder,
    AllowModels,
    Cases,
    Checkpoint,
    Cluster,
    Details,
    Facts,
    FactsOf,
    Force,
    Name,
    Output,
    Plot,
    Quiet,
    Samples,
    Scenario,
    Scenarios,
    Seed,
    Settings,
    Show,
    Verbose,
    Workers,
    format_option,
    tab,
)

if TYPE_CHECKING:
    from calc.study.results import Answer


def run(
    scenario: Scenario,
    case: Cases = None,
    setting: Settings = None,
    show: Show = None,
    samples: Samples = None,
    seed: Seed = None,
    facts: Facts = None,
    workers: Workers = None,
    cluster: Cluster = None,
    checkpoint: Checkpoint = None,
    form: Annotated[str | None, format_option("run")] = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
    details: Details = False,
    plot: Plot = False,
    allow_folder: AllowFolder = None,
    wide: Annotated[bool, typer.Option("--wide", help="CSV with the years across.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Answer a scenario."""
    from calc.cli.answering import Stopwatch, answered, long_run, options, report_failures
    from calc.errors import CalcError
    from calc.report.output import deliver, format_of, refuse_on_screen

    if quiet and verbose:
        raise CalcError("E-USAGE", "`--quiet` and `--verbose` ask for opposites", hint="give one of them")
    watch = Stopwatch()
    chosen = format_of(form, output, FORMATS["run"])
    refuse_on_screen(chosen, output)
    if wide and chosen != "csv":
        raise CalcError("E-USAGE", "`--wide` lays out a CSV", hint="add `--csv`")
    if chosen == "github":
        from calc.cli.answering import annotate

        return annotate(
            scenario,
            options(case, setting, show, samples, seed, facts, allow_models=allow_models, allow_folder=allow_folder),
            output,
            force=force,
        )
    wanted = options(case, setting, show, samples, seed, facts, allow_models=allow_models, allow_folder=allow_folder)
    long = long_run(workers, cluster, checkpoint)
    answer = answered(scenario, wanted, watch, long, everything=verbose or (None if chosen == "table" else False))
    shown = {"quiet": quiet, "details": details, "plot": plot, "verbose": verbose, "wide": wide}
    deliver(_answer_text(answer, chosen, output, **shown), output, force=force)
    watch.lap("written")
    if verbose:
        watch.tell()
    return report_failures(answer)


def _answer_text(
    answer: Answer, form: str, output: str | None, *, quiet: bool, details: bool, plot: bool, verbose: bool, wide: bool
) -> str | bytes:
    if verbose and form != "table":
        from calc.study.results import with_all_figures

        answer = with_all_figures(answer)
    if form == "json":
        from calc.report.json import as_dict

        return as_json_text(as_dict(answer), output)
    if form == "csv":
        from calc.cli.answering import report_doubts
        from calc.report.csv import render as render_csv

        # The rows hold figures only.
        report_doubts(answer)
        return render_csv(answer, wide=wide)
    if form == "xlsx":
        from calc.report.xlsx import render as render_xlsx

        return render_xlsx(answer)
    from calc.report.output import written

    if form == "html":
        from calc.report.page import answer_page

        return written(answer_page(answer), form, to_file=output is not None)
    from calc.report.answer_report import answer_report

    brief = form == "table" and not (quiet or plot or details or verbose)
    report = answer_report(answer, verbose=verbose, likely=form != "table", brief=brief)
    if form == "table" and quiet:
        return written(report.brief(), form, to_file=output is not None)
    if plot and form == "table":
        from calc.report.breakdowns import pictures

        drawn = pictures(answer)
        if details or verbose:
            report.sections = [*drawn, *report.sections]
        else:
            report.question, report.sections = "", drawn
            return written(report, form, to_file=output is not None)
    if brief:
        from calc.report.terminal import render

        return render(report, to_file=output is not None, brief=True)
    return written(report, form, to_file=output is not None)


def as_json_text(found: object, output: str | None) -> str:
    """Return what a command found as JSON, in escapes where standard output is not UTF-8."""
    from calc.report.json import as_json
    from calc.report.output import stdout_is_utf8

    return as_json(found, ascii_only=output is None and not stdout_is_utf8())


# So many levels of an explanation fit a screen or two.
_LEVELS = 2


def explain(
    scenario: Scenario,
    name: Name,
    case: Cases = None,
    setting: Settings = None,
    facts: Facts = None,
    depth: Annotated[
        str | None,
        typer.Option("--depth", metavar="N", help="Levels below the figure, or all (default 2 on a terminal)."),
    ] = None,
    form: Annotated[str | None, format_option("explain")] = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
    allow_folder: AllowFolder = None,
) -> int:
    """Show what a figure was computed from, down to the source of every number."""
    from calc.cli.answering import answered, options, read_depth
    from calc.report.explain_report import as_dict, asked_name, explain_report
    from calc.report.output import deliver, format_of, written

    chosen = format_of(form, output, FORMATS["explain"])
    wanted = options(case, setting, facts=facts, allow_models=allow_models, allow_folder=allow_folder)
    wanted = wanted._replace(show=(asked_name(name),), as_it_stands=True)
    answer = answered(scenario, wanted, everything=True)
    levels = _LEVELS if depth is None and chosen == "table" else read_depth(depth)
    if chosen == "json":
        text = as_json_text(as_dict(answer, name, depth=levels), output)
    else:
        text = written(explain_report(answer, name, depth=levels), chosen, to_file=output is not None)
    deliver(text, output, force=force)
    return 0


def check(
    scenarios: Scenarios,
    facts: Facts = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write promises that are not kept anew, and show what changes.")
    ] = False,
    allow_models: AllowModels = False,
    allow_folder: AllowFolder = None,
) -> int:
    """Validate scenarios, test checks and promises; print nothing when all is well."""
    from calc.cli.answering import options
    from calc.cli.checking import check_all, found_in

    wanted = options(facts=facts, allow_models=allow_models, allow_folder=allow_folder)
    names = found_in(scenarios)
    return max(check_all(names, wanted, _update if update else None))


def _update(name: str, answer: Answer) -> bool:
    """Show how the promises of a file change, and write them anew; tell whether any does."""
    import sys
    from difflib import unified_diff
    from pathlib import Path

    from calc.colour import paint, wants_colour
    from calc.errors import CalcError, quote
    from calc.report.output import write_file
    from calc.study.checks import renewed, rewritten

    promises = renewed(answer)
    if not promises:
        return False
    path = Path(name)
    if not path.is_file():
        hint = f"copy it first, as in `calc new --from {name} -o mine.yaml`" if name != "-" else "name a file"
        raise CalcError("E-USAGE", f"{quote(name)} is no file whose promises could be written anew", hint=hint)
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise CalcError("E-USAGE", f"{quote(name)} is no UTF-8", hint="save it as UTF-8 first") from None
    changed = rewritten(text, promises)
    difference = unified_diff(text.splitlines(), changed.splitlines(), name, name, n=0, lineterm="")
    colours = {"+": "green", "-": "red"} if wants_colour(sys.stdout) else {}
    shown = (paint(line, colours[line[0]]) if line[:1] in colours else line for line in difference)
    sys.stdout.write("".join(f"{line}\n" for line in shown))
    sys.stdout.flush()
    write_file(name, changed, force=True)
    return True


def schema(facts: Facts = None, scenario: FactsOf = None, output: Output = None, force: Force = False) -> int:
    """Print the JSON Schema of a scenario, for editors that complete and check YAML; it knows facts of your own too."""
    from calc.cli.facts import book_at_hand
    from calc.report.output import deliver
    from calc.scenario.schema import scenario_schema

    with book_at_hand(facts, scenario) as book:
        deliver(as_json_text(scenario_schema(book), output), output, force=force)
    return 0


def explain_code(
    context: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[E-NAME]", help="A code of an error, or a command.", autocompletion=tab(complete.help_topics)
        ),
    ] = None,
) -> int:
    """Explain a code such as E-NAME, or show how a command is called."""
    import shutil

    from calc.cli import COMMANDS
    from calc.error_codes import CODES, explanation, known_code
    from calc.errors import CalcError, quote
    from calc.text import did_you_mean, wrapped

    group = context.find_root()
    if topic is None:
        typer.echo(group.get_help())
        return 0
    if topic in COMMANDS:
        command: Any = group.command
        found = command.get_command(group, topic)
        typer.echo(found.get_help(typer.Context(found, info_name=topic, parent=group)))
        return 0
    text = explanation(topic)
    if text is None:
        hint = did_you_mean(f"E-{topic.upper().removeprefix('E-')}", CODES) or did_you_mean(topic, COMMANDS)
        hint = hint or "a code stands in brackets before a message, as in `error[E-NAME]`"
        raise CalcError("E-USAGE", f"there is no code and no command {quote(topic)}", hint=hint)
    columns = max(20, min(shutil.get_terminal_size().columns, 100))
    typer.echo("\n".join([str(known_code(topic)), *(f"  {line}" for line in wrapped(text, columns - 2))]))
    return 0
