"""Everything about one quantity: its unit and formula, what it needs, what needs it, and the facts that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.plugins import known_catalogue
from calc.errors import CalcError
from calc.expression import expression_text
from calc.facts import standard_facts
from calc.report.console import drawn, fixed, prose
from calc.report.json import as_json
from calc.report.listing import ends_text
from calc.report.output import stdout_is_utf8
from calc.text import spelling
from calc.units.format import compact

if TYPE_CHECKING:
    from calc.facts import Fact
    from calc.report.console import Console


# So many facts stand in a description; the newest come first.
_LISTED = 20


def describe(name: str) -> dict[str, Any]:
    """Return what there is to know about a quantity.

    Raises CalcError for a name that no model declares.
    """
    catalogue = known_catalogue()
    if name not in catalogue:
        hint = spelling(name, catalogue.quantities) or "`calc list quantities` shows the names"
        raise CalcError("E-NAME", f"`{name}` is no quantity", hint=hint)
    quantity = catalogue[name]
    formulas = [
        {
            "variant": formula.variant or None,
            "formula": expression_text(formula.expression),
            "needs": list(formula.parameters),
            "assumes": formula.assumption or None,
            "source": formula.source.rstrip("."),
        }
        for formula in quantity.formulas.values()
    ]
    users = [each.name for each in catalogue.quantities.values() if _needs(each.formulas, name)]
    return {
        "name": name,
        "text": quantity.text.rstrip("."),
        "unit": quantity.unit_text,
        "low": quantity.low,
        "high": quantity.high,
        "bounds_reason": quantity.why or None,
        "model": quantity.model,
        "optional": quantity.optional,
        "written_per": quantity.omittable,
        "formulas": formulas,
        "used_by": users,
        "facts": [_fact(each) for each in standard_facts().for_quantity(name)],
    }


def _needs(formulas: dict[str, Any], name: str) -> bool:
    return any(name in formula.parameters for formula in formulas.values())


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id, "value": fact.value, "low": fact.low, "high": fact.high, "kind": fact.kind, "unit": fact.unit,
        "as_of": fact.as_of, "currency_year": fact.currency_year, "status": fact.status, "source": fact.source,
    }  # fmt: skip


def render(name: str, form: str, *, to_file: bool = False) -> str:
    """Return the description as text or JSON."""
    found = describe(name)
    if form == "json":
        return as_json({"schema": "calc.quantity/1", **found}, ascii_only=not to_file and not stdout_is_utf8())
    return drawn(lambda console: _draw(console, found), to_file=to_file)


def _draw(console: Console, found: dict[str, Any]) -> None:
    kind = "optional input" if found["optional"] else "formula" if found["formulas"] else "input"
    fixed(console, found["name"], "bold")
    prose(console, f"{found['text']}.")
    unit = "a ratio" if found["unit"] == "1" else f"unit {found['unit']}"
    prose(console, f"{unit}, {kind} of the model `{found['model']}`{_bounds(found)}", style="dim")
    if found["bounds_reason"]:
        prose(console, f"bounds: {found['bounds_reason']}", style="dim")
    if found["written_per"]:
        prose(console, f'"per {found["written_per"]}" may be left out of a value: the name says it.', style="dim")
    for formula in found["formulas"]:
        console.print()
        prose(console, f"variant {formula['variant']}" if formula["variant"] else "formula", style="bold")
        prose(console, f"= {formula['formula']}", 2, "cyan")
        for word in ("assumes", "source"):
            if formula[word]:
                prose(console, f"{word}: {formula[word]}", 2, "dim")
    if found["used_by"]:
        console.print()
        prose(console, "used by", style="bold")
        prose(console, ", ".join(found["used_by"]), 2)
    console.print()
    prose(console, "facts that fit" if found["facts"] else "no fact gives it", style="bold")
    for fact in found["facts"][:_LISTED]:
        ends = "" if fact["low"] is None else ends_text(f"{fact['low']:,.12g}", f"{fact['high']:,.12g}", fact["kind"])
        value = ends if fact["value"] is None else f"{fact['value']:,.12g}{f' ({ends})' if ends else ''}"
        unit = "" if fact["unit"] == "1" else f"{fact['unit']} "
        money = f", money of {fact['currency_year']}" if fact["currency_year"] else ""
        about = f"({fact['as_of'] or 'no date'}{money}, {fact['status']})"
        prose(console, f"{fact['id']}: {value} {unit}{about}", 2, "cyan")
        prose(console, fact["source"], 4, "dim")
    more = len(found["facts"]) - _LISTED
    if more > 0:
        prose(console, f"and {more} earlier ones: `calc list facts --quantity {found['name']}`", 2)


def _bounds(found: dict[str, Any]) -> str:
    low, high = found["low"], found["high"]
    if low is None and high is None:
        return ""
    if high is None:
        return f", at least {compact(low)}"
    return f", at most {compact(high)}" if low is None else f", from {compact(low)} to {compact(high)}"
