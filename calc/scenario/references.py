"""Names inside studies: `NAME`, `NAME in PART`, `NAME in YEAR`, `NAME in CASE`, and several of these together."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from calc.engine.catalogue import Catalogue
from calc.engine.flat import qualified
from calc.errors import CalcError, quote
from calc.scenario.conditions import Condition, read_condition
from calc.scenario.expressions import unknown_name
from calc.scenario.years import span_text
from calc.text import did_you_mean, or_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Quantity
    from calc.errors import Place
    from calc.scenario.context import Context

EVERY_PART = "every part"
_YEAR = re.compile(r"\d{4}")
# No quantity has this sign in its name, and Python's parser takes it inside one.
_FILLER = "·"


class Reference(NamedTuple):
    """A name, and the part, year and case that it is looked at in; empty or None where none is named."""

    name: str
    part: str = ""
    year: int | None = None
    case: str = ""

    @property
    def flat(self) -> str:
        """Return what the quantity is called where parts and years are names."""
        part = "" if self.part == EVERY_PART else self.part
        return qualified(self.name, part, self.year)


def base_name(name: str) -> str:
    """Return the name of the quantity that a name such as `servers in training` is about."""
    return name.partition(" in ")[0].strip()


def read_reference(text: str, place: Place, context: Context, cases: Iterable[str] = ()) -> Reference:
    """Read a name with what stands after `in`, of which the order does not matter.

    cases: names of cases that may stand there.
    Raises CalcError for a name that nobody declares, an unknown part or year, or a word that is a part and a case.
    """
    document, rest, found = context.document, text.strip(), Reference("")
    parts, known_cases = list(document.parts), list(cases)
    while " in " in rest:
        label = _last_label(rest, [*parts, *known_cases, *map(str, document.years), EVERY_PART])
        if label is None:
            break
        if label in parts and label in known_cases:
            message, hint = f"{quote(label)} is a part and a case", "give one of them another name"
            raise CalcError("E-NAME", message, place=place, hint=hint)
        if label in parts or (label == EVERY_PART and parts):
            named, found = found.part, found._replace(part=label)
        elif label in known_cases:
            named, found = found.case, found._replace(case=label)
        elif label.isdecimal():
            named, found = "" if found.year is None else str(found.year), found._replace(year=int(label))
        else:
            break
        if named:
            message = f"{quote(text)} names both {named} and {label}"
            raise CalcError("E-NAME", message, place=place, hint="name one, as in `servers in training`")
        rest = rest[: -len(label)].rstrip().removesuffix(" in").rstrip()
    name, mark, where = rest.partition(" in ")
    if name.strip() not in context.catalogue:
        raise unknown_name(name.strip(), context.catalogue, place)
    if mark:
        raise _nowhere(where.strip(), place, context, known_cases)
    return found._replace(name=name.strip())


def _last_label(text: str, labels: Iterable[str]) -> str | None:
    ends = [each for each in labels if re.search(rf"\sin\s+{re.escape(each)}$", text)]
    return max(ends, key=len, default=None)


def _nowhere(where: str, place: Place, context: Context, cases: list[str]) -> CalcError:
    document = context.document
    if _YEAR.fullmatch(where):
        message = f"the scenario has no year {where}"
        hint = f"`years` are {span_text(document.years)}" if document.years else "add `years: 2026 to 2030`"
        return CalcError("E-YEARS", message, place=place, hint=hint)
    if document.parts:
        hint = did_you_mean(where, [*document.parts, *cases]) or f"its parts are {or_list(document.parts)}"
        return CalcError("E-PART", f"there is no part {quote(where)}", place=place, hint=hint)
    message = f"there is no case {quote(where)}" if cases else f"the scenario has no part {quote(where)}"
    hint = (
        (did_you_mean(where, cases) or "as in `NAME in CASE < NAME in CASE`")
        if cases
        else "name the quantity alone; only parts and years stand after `in`"
    )
    return CalcError("E-CASE" if cases else "E-PART", message, place=place, hint=hint)


def quantity_of(reference: Reference, context: Context) -> Quantity:
    """Return the quantity that a reference is about, under its qualified name; a figure of a year is noted."""
    if reference.year is not None:
        context.dated.add((reference.name, reference.part, reference.year))
    return replace(context.catalogue[reference.name], name=reference.flat)


def read_study_condition(text: str, place: Place, context: Context, *, exact_place: bool) -> Condition:
    """Read a condition whose names may have a part or a year after `in`.

    Raises CalcError.
    """
    masks: dict[str, str] = {}
    quantities: dict[str, Quantity] = {}

    def masked(match: re.Match[str]) -> str:
        # As long as what it stands for, so that places in messages stay where they are.
        quantity = quantity_of(read_reference(match[0], place, context), context)
        end = str(len(masks))
        mask = match[1] + _FILLER * (len(match[0]) - len(match[1]) - len(end)) + end
        masks[mask] = match[0]
        quantities[mask] = quantities[quantity.name] = quantity
        return mask

    plain = _references(context).sub(masked, text)
    if not masks:
        return read_condition(text, context.catalogue, place, exact_place=exact_place)
    known = context.catalogue
    catalogue = Catalogue({**known.quantities, **quantities}, known.checks, known.choices, known.verdicts)
    try:
        return read_condition(plain, catalogue, place, exact_place=exact_place)._replace(text=text.strip())
    except CalcError as error:
        for mask, original in masks.items():
            error.message = error.message.replace(mask, original)
        raise


def _references(context: Context) -> re.Pattern[str]:
    labels = sorted([*context.document.parts, EVERY_PART], key=len, reverse=True)
    either = "|".join([*(re.escape(each) for each in labels), r"\d{4}", r"[a-z_]\w*"])
    return re.compile(rf"(?<![\w.])([a-z_][a-z0-9_]*)((?:\s+in\s+(?:{either})(?!\w))+)")
