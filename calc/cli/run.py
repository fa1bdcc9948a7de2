"""`calc run`: answer a scenario."""

from typing import TYPE_CHECKING

from calc.cli.parameters import (
    AllowModels,
    Cases,
    Force,
    Format,
    Output,
    Quiet,
    Samples,
    Scenario,
    Seed,
    Settings,
    Show,
)

if TYPE_CHECKING:
    from calc.study.results import Answer

FORMATS = ("table", "json", "csv", "markdown")


def run(
    scenario: Scenario,
    case: Cases = None,
    setting: Settings = None,
    show: Show = None,
    samples: Samples = None,
    seed: Seed = None,
    form: Format = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
    quiet: Quiet = False,
) -> int:
    """Answer a scenario."""
    from calc.cli.answering import answered, options, report_failures
    from calc.report.output import deliver, format_of

    chosen = format_of(form, output, FORMATS)
    answer = answered(scenario, options(case, setting, show, samples, seed, allow_models=allow_models))
    deliver(_text(answer, chosen, to_file=output is not None, quiet=quiet), output, force=force)
    return report_failures(answer)


def _text(answer: "Answer", form: str, *, to_file: bool, quiet: bool) -> str:
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

    return render(answer, to_file=to_file, quiet=quiet)
