"""`calc list` and `calc describe`: what there is, and all about one quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli import complete
from calc.cli.commands import as_json_text
from calc.cli.options import FORMATS, Facts, FactsOf, Force, Name, Output, format_option, tab

if TYPE_CHECKING:
    from calc.facts import FactBook

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

LISTS = ("quantities", "facts", "bundles", "scenarios")


def list_things(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="[KIND]",
            help="What to list: quantities, facts, bundles or scenarios.",
            autocompletion=tab(complete.one_of(LISTS)),
        ),
    ] = "scenarios",
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORDS]...", help="List only what holds all these words.")
    ] = None,
    subject: Subject = None,
    quantity: FactQuantity = None,
    status: Status = None,
    model: Model = None,
    facts: Facts = None,
    scenario: FactsOf = None,
    form: Annotated[str | None, format_option("list")] = None,
    output: Output = None,
    force: Force = False,
    wide: Annotated[bool, typer.Option("--wide", help="Show all columns.")] = False,
) -> int:
    """List quantities, facts, bundles of facts or shipped scenarios; facts of your own among them."""
    from calc.cli.facts import book_at_hand
    from calc.errors import CalcError, quote
    from calc.facts.book import FACT_COLUMNS
    from calc.report import listing
    from calc.report.csv import table as csv_table
    from calc.report.output import deliver, format_of, written
    from calc.text import did_you_mean

    if kind not in LISTS:
        hint = (
            did_you_mean(kind, LISTS)
            or f"there are {', '.join(LISTS)}; words come after that, as in `calc list quantities {kind}`"
        )
        raise CalcError("E-USAGE", f"there is no list of {quote(kind)}", hint=hint)
    _refuse_other_filters(kind, {"--subject": subject, "--quantity": quantity, "--status": status, "--model": model})
    if (facts or scenario) and kind not in {"facts", "bundles"}:
        hint = "they give `calc list facts` and `calc list bundles` more to list"
        raise CalcError("E-USAGE", f"`--facts` and `--scenario` change no list of {kind}", hint=hint)
    chosen = format_of(form, output, FORMATS["list"])
    search, book = " ".join(words or []), None
    if kind == "quantities":
        columns, rows = listing.QUANTITY_COLUMNS, listing.quantities(model, search)
    elif kind == "scenarios":
        columns, rows = listing.SCENARIO_COLUMNS, listing.scenarios(search)
    else:
        with book_at_hand(facts, scenario) as book:
            if kind == "facts":
                columns, rows = FACT_COLUMNS, listing.facts(subject, quantity, status, search, book)
            else:
                columns, rows = listing.BUNDLE_COLUMNS, listing.bundles(quantity, search, book)
    if not rows and chosen == "table":
        hint = _known_of(kind, subject, quantity, status, model, book) or "use fewer words or filters"
        raise CalcError("E-NOTHING", f"no {kind} fit", hint=hint)
    if chosen == "json":
        text = as_json_text({"schema": f"calc.{kind}/1", kind: rows}, output)
    elif chosen == "csv":
        text = csv_table(columns, rows)
    else:
        shown = listing.best(rows, search)[: listing.MOST_FOUND] if kind == "facts" and search and not wide else rows
        report = listing.list_report(kind, columns, shown, wide=wide, more=len(rows) - len(shown))
        text = written(report, chosen, to_file=output is not None)
    deliver(text, output, force=force)
    return 0


def _refuse_other_filters(kind: str, filters: dict[str, str | None]) -> None:
    from calc.errors import CalcError

    for option, value in filters.items():
        fits = "quantities" if option == "--model" else "facts"
        if value is not None and kind != fits and (option, kind) != ("--quantity", "bundles"):
            raise CalcError(
                "E-USAGE", f"`{option}` filters {fits}, not {kind}", hint=f"write `calc list {fits} {option} {value}`"
            )


def _known_of(
    kind: str, subject: str | None, quantity: str | None, status: str | None, model: str | None, book: FactBook | None
) -> str | None:
    from calc.engine.plugins import known_catalogue
    from calc.facts import STATUSES
    from calc.text import did_you_mean

    if kind == "facts" and subject and book:
        return did_you_mean(subject, book.subjects)
    if kind in {"facts", "bundles"} and quantity and book:
        return did_you_mean(quantity, {fact.quantity for fact in book.by_id.values()})
    if kind == "facts" and status:
        return f"statuses are {', '.join(STATUSES)}"
    if kind == "quantities" and model:
        models = sorted({each.model for each in known_catalogue().quantities.values()})
        return f"models are {', '.join(models)}"
    return None


def describe(
    name: Name,
    facts: Facts = None,
    scenario: FactsOf = None,
    form: Annotated[str | None, format_option("describe")] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Describe a quantity: unit, formula, what it needs and what needs it, facts that fit."""
    from calc.cli.facts import book_at_hand
    from calc.report.listing import describe as described
    from calc.report.listing import describe_report
    from calc.report.output import deliver, format_of, written

    chosen = format_of(form, output, FORMATS["describe"])
    with book_at_hand(facts, scenario) as book:
        if chosen == "json":
            text = as_json_text({"schema": "calc.quantity/1", **described(name, book)}, output)
        else:
            text = written(describe_report(name, book), chosen, to_file=output is not None)
    deliver(text, output, force=force)
    return 0
