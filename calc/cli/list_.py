"""`calc list`: what there is."""

from typing import Annotated

import typer

from calc.cli import complete
from calc.cli.options import FORMATS, Force, Output, format_option, tab

Subject = Annotated[
    str | None,
    typer.Option(
        "--subject", metavar="NAME", help="Facts of this bundle only.", autocompletion=tab(complete.fact_subjects)
    ),
]
FactQuantity = Annotated[
    str | None,
    typer.Option(
        "--quantity",
        metavar="NAME",
        help="Facts and bundles of this quantity only.",
        autocompletion=tab(complete.fact_quantities),
    ),
]
Status = Annotated[
    str | None,
    typer.Option(
        "--status", metavar="STATUS", help="Facts of this status only.", autocompletion=tab(complete.fact_statuses)
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME", help="Quantities of this model only.", autocompletion=tab(complete.model_names)
    ),
]

KINDS = ("quantities", "facts", "bundles", "scenarios")


def list_things(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="[KIND]",
            help="What to list: quantities, facts, bundles or scenarios.",
            autocompletion=tab(complete.one_of(KINDS)),
        ),
    ] = "scenarios",
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORDS]...", help="List only what holds all these words.")
    ] = None,
    subject: Subject = None,
    quantity: FactQuantity = None,
    status: Status = None,
    model: Model = None,
    form: Annotated[str | None, format_option("list")] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """List quantities, facts, bundles of facts or shipped scenarios."""
    from calc.errors import CalcError, quote
    from calc.report import listing
    from calc.report.output import deliver, format_of
    from calc.text import did_you_mean

    if kind not in KINDS:
        hint = (
            did_you_mean(kind, KINDS)
            or f"there are {', '.join(KINDS)}; words come after that, as in `calc list quantities {kind}`"
        )
        raise CalcError("E-USAGE", f"there is no list of {quote(kind)}", hint=hint)
    _refuse_other_filters(kind, {"--subject": subject, "--quantity": quantity, "--status": status, "--model": model})
    chosen = format_of(form, output, FORMATS["list"])
    search = " ".join(words or [])
    if kind == "quantities":
        columns, rows = listing.QUANTITY_COLUMNS, listing.quantities(model, search)
    elif kind == "facts":
        columns, rows = listing.FACT_COLUMNS, listing.facts(subject, quantity, status, search)
    elif kind == "bundles":
        columns, rows = listing.BUNDLE_COLUMNS, listing.bundles(quantity, search)
    else:
        columns, rows = listing.SCENARIO_COLUMNS, listing.scenarios(search)
    if not rows and chosen == "table":
        hint = _known(kind, subject, quantity, status, model) or "use fewer words or filters"
        raise CalcError("E-NOTHING", f"no {kind} fit", hint=hint)
    deliver(listing.render(kind, columns, rows, chosen, to_file=output is not None), output, force=force)
    return 0


def _refuse_other_filters(kind: str, filters: dict[str, str | None]) -> None:
    from calc.errors import CalcError

    for option, value in filters.items():
        fits = "quantities" if option == "--model" else "facts"
        if value is not None and kind != fits and (option, kind) != ("--quantity", "bundles"):
            raise CalcError(
                "E-USAGE", f"`{option}` filters {fits}, not {kind}", hint=f"write `calc list {fits} {option} {value}`"
            )


def _known(kind: str, subject: str | None, quantity: str | None, status: str | None, model: str | None) -> str | None:
    from calc.engine.plugins import known_catalogue
    from calc.facts import STATUSES, standard_facts
    from calc.text import did_you_mean

    if kind == "facts" and subject:
        return did_you_mean(subject, standard_facts().subjects)
    if kind in {"facts", "bundles"} and quantity:
        return did_you_mean(quantity, {fact.quantity for fact in standard_facts().by_id.values()})
    if kind == "facts" and status:
        return f"statuses are {', '.join(STATUSES)}"
    if kind == "quantities" and model:
        models = sorted({each.model for each in known_catalogue().quantities.values()})
        return f"models are {', '.join(models)}"
    return None
