"""`calc backtest`: how far off the calculator is on published training runs."""

from typing import Annotated

import typer

from calc.cli.options import FORMATS, Force, Output, format_option


def backtest(
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
    """Foretell published training runs and show how far off that is."""
    from calc.backtest import report
    from calc.backtest.run_file import runs_of
    from calc.backtest.runs import published_runs
    from calc.cli.exit_codes import FAILED, FINE
    from calc.report.csv import table as csv_table
    from calc.report.json import as_json
    from calc.report.output import deliver, format_of, stdout_is_utf8

    chosen = format_of(form, output, FORMATS["backtest"])
    given = published_runs() if runs is None else runs_of(runs)
    ascii_only = output is None and not stdout_is_utf8()
    to_file = output is not None
    if lint:
        from calc.backtest.lint import lint as find

        findings = find(given, published_runs())
        found = report.lint_rows(findings)
        if chosen == "json":
            text = as_json({"schema": report.LINT_SCHEMA, "findings": found}, ascii_only=ascii_only)
        elif chosen == "csv":
            text = csv_table(report.LINT_COLUMNS, found)
        else:
            text = report.lint_table(findings, to_file=to_file)
        deliver(text, output, force=force)
        return FAILED if findings else FINE
    from calc.backtest.backtest import Backtester

    result = Backtester().run(given)
    if chosen == "json":
        text = as_json(report.as_dict(result), ascii_only=ascii_only)
    elif chosen == "csv":
        text = csv_table(report.COLUMNS, report.rows(result))
    else:
        text = report.table(result, to_file=to_file)
    deliver(text, output, force=force)
    return FINE
