"""`calc compare`: cases or scenarios side by side, and what explains their difference."""

from functools import partial
from typing import Annotated, Any

import typer

from calc.cli import complete
from calc.cli.options import FORMATS, tab
from calc.cli.studies import deliver_study, study_options

Sides = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO...",
        help="A scenario and cases of it, or several scenarios.",
        autocompletion=tab(complete.scenario_names),
    ),
]


def compare(scenario: list[str], **given: Any) -> int:
    """Compare cases of a scenario, or several scenarios: differences, ratios, and the inputs that explain them."""
    from calc.cli.answering import loaded_with_notice, options_of
    from calc.report.output import format_of
    from calc.study.sides import compare_files, side_files

    chosen = format_of(given["form"], given["output"], FORMATS["compare"])
    folders = given["allow_folder"] or ()
    files = side_files(
        ((name, partial(loaded_with_notice, name, folders=folders)) for name in scenario), given["case"] or []
    )
    resolved, study = compare_files(files, given["figure"] or (), options_of({**given, "case": None}))
    return deliver_study("compare", resolved, study, chosen, given["output"], force=given["force"])


compare.__signature__ = study_options("compare", Sides)  # type: ignore[attr-defined]  # of any function
