"""The command `calc backtest serving`, beside `commands`, which has no room for it."""

from __future__ import annotations

import typer

from calc.cli.options import FORMATS


def backtest_serving(runs: str | None, form: str | None, output: str | None, *, lint: bool, force: bool) -> int:
    """Foretell measured serving, by default the rows that ship, and deliver how far off that is."""
    from calc.backtest import serving_report as report
    from calc.backtest.run_file import no_runs, source_of
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
