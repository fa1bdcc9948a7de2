"""`calc run`: answer a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from calc.study.answer import Answer

FORMATS = ("table", "json", "csv", "markdown")


def run(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", help="A YAML file, `-` for standard input, or the name of a shipped scenario."
        ),
    ],
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="NAME", help="Answer this case only; may be repeated.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Give a value that wins over all others; may be repeated."),
    ] = None,
    show: Annotated[
        str | None, typer.Option("--show", metavar="NAMES", help="Figures to show, separated by commas.")
    ] = None,
    samples: Annotated[str | None, typer.Option("--samples", metavar="N", help="Samples for uncertain inputs.")] = None,
    seed: Annotated[str | None, typer.Option("--seed", metavar="N", help="Seed of the samples.")] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="table (the default), json, csv or markdown.")
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write a file; its suffix picks the format.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there already.")] = False,
) -> int:
    """Answer a scenario."""
    from calc.cli.answering import answered, options, report_failures
    from calc.report.output import deliver, format_of

    chosen = format_of(form, output, FORMATS)
    answer = answered(scenario, options(case, setting, show, samples, seed))
    deliver(_text(answer, chosen, to_file=output is not None), output, force=force)
    return report_failures(answer)


def _text(answer: Answer, form: str, *, to_file: bool) -> str:
    if form == "json":
        from calc.report.json import render as render_json
        from calc.report.output import stdout_is_utf8

        return render_json(answer, ascii_only=not to_file and not stdout_is_utf8())
    if form == "csv":
        from calc.report.csv import render as render_csv

        return render_csv(answer)
    if form == "markdown":
        from calc.report.markdown import render as render_markdown

        return render_markdown(answer)
    from calc.report.table import render

    return render(answer, to_file=to_file)
