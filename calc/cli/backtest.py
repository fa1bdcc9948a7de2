"""The command `calc backtest`: published training runs, or measured serving, foretold."""

from __future__ import annotations

from typing import Annotated

import typer

from calc.cli.commands import as_json_text
from calc.cli.options import FORMATS, Force, Output, format_option


def backtest(
    what: Annotated[
        str,
        typer.Argument(metavar="[training|serving]", help="Training runs, or measured serving.", show_default=False),
    ] = "training",
    runs: Annotated[
        str | None,
        typer.Option("--runs", metavar="FILE", help="Runs of your own, a CSV in the columns of the published ones."),
    ] = None,
    lint: Annotated[
        bool, typer.Option("--lint", help="Look for known errors of sources in the runs instead of predicting them.")
    ] = False,
    form: Annotated[str | None, format_option("backtest")] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Foretell published training runs, or measured serving, and show how far off that is."""
    if what == "serving":
        return _serving(runs, form, output, lint=lint, force=force)
    if what != "training":
        from calc.errors import CalcError, quote
        from calc.text import did_you_mean

        hint = did_you_mean(what, ("training", "serving")) or "give `training` or `serving`"
        raise CalcError("E-USAGE", f"there is no backtest of {quote(what)}", hint=hint)
    from calc.backtest import report
    from calc.backtest.runs import published_runs, runs_of
    from calc.cli import FAILED, FINE
    from calc.report.csv import table as csv_table
    from calc.report.output import deliver, format_of, written

    chosen = format_of(form, output, FORMATS["backtest"])
    given = published_runs() if runs is None else runs_of(runs)
    to_file = output is not None
    if lint:
        from calc.backtest.lint import lint as find

        findings = find(given, published_runs())
        found = report.lint_rows(findings)
        if chosen == "json":
            text = as_json_text({"schema": report.LINT_SCHEMA, "findings": found}, output)
        elif chosen == "csv":
            text = csv_table(report.LINT_COLUMNS, found)
        else:
            text = written(report.lint_report(findings), chosen, to_file=to_file)
        deliver(text, output, force=force)
        return FAILED if findings else FINE
    from calc.backtest.backtest import Backtester

    result = Backtester().run(given)
    if chosen == "json":
        text = as_json_text(report.as_dict(result), output)
    elif chosen == "csv":
        text = csv_table(report.COLUMNS, report.rows(result))
    else:
        text = written(report.backtest_report(result), chosen, to_file=to_file)
    deliver(text, output, force=force)
    return FINE


def _serving(runs: str | None, form: str | None, output: str | None, *, lint: bool, force: bool) -> int:
    """Foretell measured serving, by default the rows that ship, and deliver how far off that is."""
    from calc.backtest import serving_report as report
    from calc.backtest.runs import no_runs, source_of
    from calc.backtest.serving import backtest as foretell
    from calc.backtest.serving_rows import read_rows
    from calc.cli import FINE
    from calc.errors import CalcError
    from calc.report.csv import table as csv_table
    from calc.report.json import as_json
    from calc.report.output import deliver, format_of, stdout_is_utf8, written

    if lint:
        raise CalcError("E-USAGE", "`--lint` looks at training runs", hint="leave it out for serving")
    chosen = format_of(form, output, FORMATS["backtest"])
    given, unknown = (None, []) if runs is None else read_rows(source_of(runs))
    if given == []:
        raise no_runs(runs or "-")
    for name in unknown:
        typer.echo(f"note: the column `{name}` is not known and not read", err=True)
    found = foretell(given, unknown)
    if chosen == "json":
        text = as_json(report.as_dict(found), ascii_only=output is None and not stdout_is_utf8())
    elif chosen == "csv":
        text = csv_table(report.COLUMNS, report.rows(found))
    else:
        text = written(report.serving_report(found), chosen, to_file=output is not None)
    deliver(text, output, force=force)
    return FINE
