"""`calc run`: answer a scenario."""

from typing import TYPE_CHECKING, Annotated

from calc.cli.options import (
    FORMATS,
    AllowModels,
    Cases,
    Checkpoint,
    Cluster,
    Force,
    Output,
    Quiet,
    Samples,
    Scenario,
    Seed,
    Settings,
    Show,
    Verbose,
    Workers,
    format_option,
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
    workers: Workers = None,
    cluster: Cluster = None,
    checkpoint: Checkpoint = None,
    form: Annotated[str | None, format_option("run")] = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Answer a scenario."""
    from calc.cli.answering import Stopwatch, answered, long_run, options, report_failures
    from calc.errors import CalcError
    from calc.report.output import deliver, format_of

    if quiet and verbose:
        raise CalcError("E-USAGE", "`--quiet` and `--verbose` ask for opposites", hint="give one of them")
    watch = Stopwatch()
    chosen = format_of(form, output, FORMATS["run"])
    wanted = options(case, setting, show, samples, seed, allow_models=allow_models)
    answer = answered(scenario, wanted, watch, long_run(workers, cluster, checkpoint), everything=verbose)
    deliver(_text(answer, chosen, to_file=output is not None, quiet=quiet, verbose=verbose), output, force=force)
    watch.lap("written")
    if verbose:
        watch.tell()
    return report_failures(answer)


def _text(answer: "Answer", form: str, *, to_file: bool, quiet: bool, verbose: bool) -> str:
    if verbose and form != "table":
        from calc.study.verbose import with_all_figures

        answer = with_all_figures(answer)
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

    return render(answer, to_file=to_file, quiet=quiet, verbose=verbose)
