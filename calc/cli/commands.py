"""The commands other than studies. What a command computes with is imported when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    argument,
    fact_quantities,
    fact_statuses,
    fact_subjects,
    format_option,
    help_topics,
    model_names,
    one_of,
    option,
)

if TYPE_CHECKING:
    from calc.facts import FactBook
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
    from calc.cli.answering import Stopwatch, annotate, answered, long_run, options, report_failures
    from calc.errors import CalcError
    from calc.report.output import deliver, format_of, refuse_on_screen

    if quiet and verbose:
        raise CalcError("E-USAGE", "`--quiet` and `--verbose` ask for opposites", hint="give one of them")
    watch = Stopwatch()
    chosen = format_of(form, output, FORMATS["run"])
    refuse_on_screen(chosen, output)
    if wide and chosen != "csv":
        raise CalcError("E-USAGE", "`--wide` lays out a CSV", hint="add `--csv`")
    wanted = options(case, setting, show, samples, seed, facts, allow_models=allow_models, allow_folder=allow_folder)
    if chosen == "github":
        return annotate(scenario, wanted, output, force=force)
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
        from calc.report.output import json_text

        return json_text(as_dict(answer), output)
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
        from calc.report.answer_report import answer_page

        return written(answer_page(answer), form, to_file=output is not None)
    from calc.report.answer_report import answer_report

    brief = form == "table" and not (quiet or plot or details or verbose)
    report = answer_report(answer, verbose=verbose, likely=form != "table", brief=brief)
    if form == "table" and quiet:
        report = report.brief()
    elif form == "table" and plot:
        from calc.report.breakdowns import pictures

        if not (details or verbose):
            report.question, report.sections = "", []
        report.sections = [*pictures(answer), *report.sections]
    return written(report, form, to_file=output is not None, brief=brief)


# So many levels of an explanation fit a screen or two.
_LEVELS = 2


def explain(
    scenario: Scenario,
    name: Name,
    case: Cases = None,
    setting: Settings = None,
    facts: Facts = None,
    depth: Annotated[
        str | None, option("--depth", "N", "Levels below the figure, or all (default 2 on a terminal).")
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
    from calc.report.output import deliver_found, format_of

    chosen = format_of(form, output, FORMATS["explain"])
    wanted = options(case, setting, facts=facts, allow_models=allow_models, allow_folder=allow_folder)
    wanted = wanted._replace(show=(asked_name(name),), as_it_stands=True)
    answer = answered(scenario, wanted, everything=True)
    levels = _LEVELS if depth is None and chosen == "table" else read_depth(depth)
    deliver_found(
        chosen, output, lambda: explain_report(answer, name, depth=levels),
        lambda: as_dict(answer, name, depth=levels), force=force,
    )  # fmt: skip
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
    from calc.cli.answering import check_all, found_in, options

    wanted = options(facts=facts, allow_models=allow_models, allow_folder=allow_folder)
    names = found_in(scenarios)
    return max(check_all(names, wanted, _update if update else None))


def _update(name: str, answer: Answer) -> bool:
    """Show how the promises of a file change, and write them anew; tell whether any does."""
    import sys
    from difflib import unified_diff
    from pathlib import Path

    from calc.errors import CalcError, paint, quote, wants_colour
    from calc.report.output import on_screen, write_file
    from calc.scenario.facts_files import unreadable
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
    except OSError as error:
        raise unreadable(name, error) from None
    except UnicodeDecodeError:
        raise CalcError("E-USAGE", f"{quote(name)} is no UTF-8", hint="save it as UTF-8 first") from None
    changed = rewritten(text, promises)
    difference = unified_diff(text.splitlines(), changed.splitlines(), name, name, n=0, lineterm="")
    colours = {"+": "green", "-": "red"} if wants_colour(sys.stdout) else {}
    shown = (paint(line, colours[line[0]]) if line[:1] in colours else line for line in difference)
    with on_screen():
        sys.stdout.write("".join(f"{line}\n" for line in shown))
        sys.stdout.flush()
    write_file(name, changed, force=True)
    return True


def schema(facts: Facts = None, scenario: FactsOf = None, output: Output = None, force: Force = False) -> int:
    """Print the JSON Schema of a scenario, for editors that complete and check YAML; it knows facts of your own too."""
    from calc.cli.facts import book_at_hand
    from calc.report.output import deliver, json_text
    from calc.scenario.schema import scenario_schema

    with book_at_hand(facts, scenario) as book:
        deliver(json_text(scenario_schema(book), output), output, force=force)
    return 0


def explain_code(
    context: typer.Context,
    topic: Annotated[str | None, argument("[E-NAME]", "A code of an error, or a command.", help_topics)] = None,
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


# ---------------------------------------------------------------- what there is

Subject = Annotated[str | None, option("--subject", "NAME", "Facts of this bundle only.", fact_subjects)]
FactQuantity = Annotated[
    str | None, option("--quantity", "NAME", "Facts and bundles of this quantity only.", fact_quantities)
]
Status = Annotated[str | None, option("--status", "STATUS", "Facts of this status only.", fact_statuses)]
Model = Annotated[str | None, option("--model", "NAME", "Quantities of this model only.", model_names)]

LISTS = ("quantities", "facts", "bundles", "scenarios")


def list_things(
    kind: Annotated[
        str, argument("[KIND]", "What to list: quantities, facts, bundles or scenarios.", one_of(LISTS))
    ] = "scenarios",
    words: Annotated[list[str] | None, argument("[WORDS]...", "List only what holds all these words.")] = None,
    subject: Subject = None,
    quantity: FactQuantity = None,
    status: Status = None,
    model: Model = None,
    facts: Facts = None,
    scenario: FactsOf = None,
    form: Annotated[str | None, format_option("list")] = None,
    output: Output = None,
    force: Force = False,
    wide: Annotated[bool, typer.Option("--wide", help="Show all columns.")] = False,
) -> int:
    """List quantities, facts, bundles of facts or shipped scenarios; facts of your own among them."""
    from calc.cli.facts import book_at_hand
    from calc.errors import CalcError, quote
    from calc.facts.book import FACT_COLUMNS, search
    from calc.report import listing
    from calc.report.csv import table
    from calc.report.output import deliver_found, format_of
    from calc.text import did_you_mean

    if kind not in LISTS:
        hint = (
            did_you_mean(kind, LISTS)
            or f"there are {', '.join(LISTS)}; words come after that, as in `calc list quantities {kind}`"
        )
        raise CalcError("E-USAGE", f"there is no list of {quote(kind)}", hint=hint)
    _refuse_other_filters(kind, {"--subject": subject, "--quantity": quantity, "--status": status, "--model": model})
    if (facts or scenario) and kind not in {"facts", "bundles"}:
        hint = "they give `calc list facts` and `calc list bundles` more to list"
        raise CalcError("E-USAGE", f"`--facts` and `--scenario` change no list of {kind}", hint=hint)
    chosen = format_of(form, output, FORMATS["list"])
    wanted, book = " ".join(words or []), None
    if kind == "quantities":
        columns, rows = listing.QUANTITY_COLUMNS, listing.quantities(model, wanted)
    elif kind == "scenarios":
        columns, rows = listing.SCENARIO_COLUMNS, listing.scenarios(wanted)
    else:
        with book_at_hand(facts, scenario) as book:
            if kind == "facts":
                columns, rows = (
                    FACT_COLUMNS,
                    search(wanted, subject=subject, quantity=quantity, status=status, book=book),
                )
            else:
                columns, rows = listing.BUNDLE_COLUMNS, listing.bundles(quantity, wanted, book)
    if not rows and chosen == "table":
        hint = _known_of(kind, subject, quantity, status, model, book) or "use fewer words or filters"
        raise CalcError("E-NOTHING", f"no {kind} fit", hint=hint)
    shown = listing.best(rows, wanted)[: listing.MOST_FOUND] if kind == "facts" and wanted and not wide else rows
    deliver_found(
        chosen, output, lambda: listing.list_report(kind, columns, shown, wide=wide, more=len(rows) - len(shown)),
        lambda: {"schema": f"calc.{kind}/1", kind: rows}, lambda: table(columns, rows), force=force,
    )  # fmt: skip
    return 0


def _refuse_other_filters(kind: str, filters: dict[str, str | None]) -> None:
    from calc.errors import CalcError

    for flag, value in filters.items():
        fits = "quantities" if flag == "--model" else "facts"
        if value is not None and kind != fits and (flag, kind) != ("--quantity", "bundles"):
            hint = f"write `calc list {fits} {flag} {value}`"
            raise CalcError("E-USAGE", f"`{flag}` filters {fits}, not {kind}", hint=hint)


def _known_of(
    kind: str, subject: str | None, quantity: str | None, status: str | None, model: str | None, book: FactBook | None
) -> str | None:
    from calc.engine.catalogue import known_catalogue
    from calc.facts import STATUSES
    from calc.text import did_you_mean

    if kind == "facts" and subject and book:
        return did_you_mean(subject, book.subjects)
    if kind in {"facts", "bundles"} and quantity and book:
        return did_you_mean(quantity, {fact.quantity for fact in book.by_id.values()})
    if kind == "facts" and status:
        return f"statuses are {', '.join(STATUSES)}"
    if kind == "quantities" and model:
        models = sorted({each.model for each in known_catalogue().quantities.values()})
        return f"models are {', '.join(models)}"
    return None


def describe(
    name: Name,
    facts: Facts = None,
    scenario: FactsOf = None,
    form: Annotated[str | None, format_option("describe")] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Describe a quantity: unit, formula, what it needs and what needs it, facts that fit."""
    from calc.cli.facts import book_at_hand
    from calc.report.listing import describe as described
    from calc.report.listing import describe_report
    from calc.report.output import deliver_found, format_of

    chosen = format_of(form, output, FORMATS["describe"])
    with book_at_hand(facts, scenario) as book:
        deliver_found(
            chosen, output, lambda: describe_report(name, book),
            lambda: {"schema": "calc.quantity/1", **described(name, book)}, force=force,
        )  # fmt: skip
    return 0
