"""`calc compare`: cases or scenarios side by side, and what explains their difference."""

from functools import partial
from typing import Annotated, Any

import typer

from calc.cli import complete
from calc.cli.importing import Gpus
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
    """Compare cases of a scenario, or several scenarios, or a plan with a bill: differences and what explains them."""
    if given["actual"]:
        from calc.cli.actual import compare_actual

        return compare_actual(_one(scenario), given)
    _refuse_without_bill(given)
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


def _one(scenarios: list[str]) -> str:
    """Return the plan that a bill is compared with; raises CalcError where there are several."""
    from calc.errors import CalcError

    if len(scenarios) > 1:
        hint = "name one plan; `--case` names a case of it"
        raise CalcError("E-USAGE", "a bill is compared with one plan", hint=hint)
    return scenarios[0]


def _refuse_without_bill(given: dict[str, Any]) -> None:
    """Refuse options that say how a bill is read where there is none; raises CalcError."""
    from calc.errors import CalcError

    for name in _ACTUAL:
        if given[name]:
            hint = "add `--actual FILE`"
            raise CalcError("E-USAGE", f"`--{name}` says how a bill is read, and there is none", hint=hint)


_ACTUAL: dict[str, Any] = {
    "actual": Annotated[
        list[str] | None,
        typer.Option("--actual", metavar="FILE", help="Compare with a bill in FOCUS columns; may be repeated."),
    ],
    "month": Annotated[
        list[str] | None,
        typer.Option("--month", metavar="MONTH", help="Only this month of the bill, as in 2026-09; may be repeated."),
    ],
    "cost": Annotated[
        str | None,
        typer.Option("--cost", metavar="COST", help="billed (the default: what was paid) or effective (what ran)."),
    ],
    "line": Annotated[
        list[str] | None,
        typer.Option(
            "--line", metavar="PART=WORDS", help="Charges that hold these words are of this part; may be repeated."
        ),
    ],
    "price": Annotated[
        str | None,
        typer.Option(
            "--price",
            metavar="NAME",
            help="The price of an hour in the plan.",
            autocompletion=tab(complete.quantity_names),
        ),
    ],
    "gpus": Gpus,
}
compare.__signature__ = study_options("compare", Sides, _ACTUAL)  # type: ignore[attr-defined]  # of any function
