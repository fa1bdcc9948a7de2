"""The command `calc backtest`: published training runs, or measured serving, foretold."""

from __future__ import annotations

from typing import Annotated

import typer

from calc.cli.options import FORMATS, Force, Output, format_option, option


def backtest(
    what: Annotated[
        str,
        typer.Argument(metavar="[training|serving]", help="Training runs, or measured serving.", show_default=False),
    ] = "training",
    runs: Annotated[
        str | None, option("--runs", "FILE", "Runs of your own, a CSV in the columns of the published ones.")
    ] = None,
    lint: Annotated[
        bool, typer.Option("--lint", help="Look for known errors of sources in the runs instead of predicting them.")
    ] = False,
    form: Annotated[str | None, format_option("backtest")] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Foretell published training runs, or measured serving, and show how far off that is."""
    from calc.backtest.runs import published_runs, runs_of
    from calc.cli import FAILED, FINE
    from calc.errors import CalcError, quote
    from calc.report.csv import table
    from calc.report.output import deliver_found, format_of
    from calc.text import did_you_mean

    if what == "serving":
        return _serving(runs, form, output, lint=lint, force=force)
    if what != "training":
        hint = did_you_mean(what, ("training", "serving")) or "give `training` or `serving`"
        raise CalcError("E-USAGE", f"there is no backtest of {quote(what)}", hint=hint)
    from calc.backtest import report

    chosen = format_of(form, output, FORMATS["backtest"])
    given = published_runs() if runs is None else runs_of(runs)
    if lint:
        from calc.backtest.lint import lint as find

        findings = find(given, published_runs())
        found = report.lint_rows(findings)
        deliver_found(
            chosen, output, lambda: report.lint_report(findings),
            lambda: {"schema": report.LINT_SCHEMA, "findings": found}, lambda: table(report.LINT_COLUMNS, found),
            force=force,
        )  # fmt: skip
        return FAILED if findings else FINE
    from calc.backtest.backtest import Backtester

    result = Backtester().run(given)
    deliver_found(
        chosen, output, lambda: report.backtest_report(result), lambda: report.as_dict(result),
        lambda: table(report.COLUMNS, report.rows(result)), force=force,
    )  # fmt: skip
    return FINE


def _serving(runs: str | None, form: str | None, output: str | None, *, lint: bool, force: bool) -> int:
    """Foretell measured serving, by default the rows that ship, and deliver how far off that is."""
    from calc.backtest import serving_report as report
    from calc.backtest.runs import no_runs, source_of
    from calc.backtest.serving import backtest as foretell
    from calc.backtest.serving_rows import read_rows
    from calc.cli import FINE
    from calc.errors import CalcError
    from calc.report.csv import table
    from calc.report.output import deliver_found, format_of

    if lint:
        raise CalcError("E-USAGE", "`--lint` looks at training runs", hint="leave it out for serving")
    chosen = format_of(form, output, FORMATS["backtest"])
    given, unknown = (None, []) if runs is None else read_rows(source_of(runs))
    if given == []:
        raise no_runs(runs or "-")
    for name in unknown:
        typer.echo(f"note: the column `{name}` is not known and not read", err=True)
    found = foretell(given, unknown)
    deliver_found(
        chosen, output, lambda: report.serving_report(found), lambda: report.as_dict(found),
        lambda: table(report.COLUMNS, report.rows(found)), force=force,
    )  # fmt: skip
    return FINE
