"""Names inside studies: `NAME`, `NAME in PART`, `NAME in YEAR`, `NAME in CASE`, and several of these together."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from calc.engine.catalogue import Catalogue
from calc.engine.flat import Key, qualified
from calc.errors import CalcError, quote
from calc.scenario.conditions import Condition, read_condition
from calc.scenario.expressions import unknown_name
from calc.scenario.years import YEAR, read_year, span_text
from calc.text import did_you_mean, or_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from calc.engine.catalogue import Quantity
    from calc.errors import Place
    from calc.scenario.context import Context

EVERY_PART = "every part"
# No quantity has this sign in its name, and Python's parser takes it inside one.
_FILLER = "·"


class Reference(NamedTuple):
    """A name, and the part, year and case that it is looked at in; empty or None where none is named."""

    name: str
    part: str = ""
    year: int | None = None
    case: str = ""

    @property
    def flat(self) -> Key:
        """Return what the quantity is called where parts and years are names."""
        part = "" if self.part == EVERY_PART else self.part
        return qualified(self.name, part, self.year)


def base_name(name: str) -> str:
    """Return the name of the quantity that a name such as `servers in training` is about."""
    # No quantity has a blank in its name, so that its end is plain in a text too.
    return name.name if isinstance(name, Key) else name.partition(" in ")[0].strip()


def read_reference(text: str, place: Place, context: Context, cases: Iterable[str] = ()) -> Reference:
    """Read a name with what stands after `in`, of which the order does not matter.

    cases: names of cases that may stand there. `part`, `year` or `case` may stand before what is one.
    Raises CalcError for a name that nobody declares, an unknown part or year, or a text that can be read in two ways.
    """
    known_cases = list(cases)
    labels = _labels(context, known_cases)
    readings = list(dict.fromkeys(_readings(text.strip(), Reference(""), labels)))
    # A sum over the parts is of none of them.
    readings = [each for each in readings if not each.part or each.name not in context.document.totals] or readings
    if len(readings) > 1:
        ways = " or ".join(_spelled(each) for each in readings[:2])
        hint = f"write {or_list([_spelled(each, exact=True) for each in readings])}, or give one of them another name"
        raise CalcError("E-NAME", f"{quote(text)} may be {ways}", place=place, hint=hint)
    twice = _named_twice(text.strip(), Reference(""), labels)
    if not readings and twice:
        message = f"{quote(text)} names both {' and '.join(twice)}"
        raise CalcError("E-NAME", message, place=place, hint="name one, as in `servers in training`")
    name, mark, where = text.strip().partition(" in ")
    if name.strip() not in context.catalogue:
        raise unknown_name(name.strip(), context.catalogue, place)
    if not readings and mark:
        raise _nowhere(_unknown_label(text.strip(), labels) or where.strip(), place, context, known_cases)
    return readings[0]


_Labels = list[tuple[str, str, str]]


def _labels(context: Context, cases: list[str]) -> _Labels:
    """Return what may stand after `in`: the words, what they name, and its name; first what is said at length."""
    document = context.document
    named = [("part", each) for each in document.parts] + [("year", str(each)) for each in document.years]
    named += [("case", each) for each in cases]
    found = [(f"{kind} {name}", kind, name) for kind, name in named] + [(name, kind, name) for kind, name in named]
    # A fiscal year may be named by its number alone.
    found += [(f"{each:d}", "year", str(each)) for each in document.years if str(each) != f"{each:d}"]
    return found + ([(EVERY_PART, "part", EVERY_PART)] if document.parts else [])


def _readings(text: str, found: Reference, labels: _Labels) -> Iterator[Reference]:
    """Yield every way to read a text from its end: a name, perhaps with a part, a year and a case."""
    if " in " not in text:
        yield found._replace(name=text)
    for label, kind, name in labels:
        rest = _before(text, label)
        if rest is not None and not _says(found, kind):
            yield from _readings(rest, _with(found, kind, name), labels)


def _before(text: str, label: str) -> str | None:
    """Return what stands before `in LABEL` at the end of a text, or None."""
    match = re.search(rf"\sin\s+{re.escape(label)}$", text)
    return text[: match.start()].rstrip() if match else None


def _with(found: Reference, kind: str, name: str) -> Reference:
    if kind == "year":
        return found._replace(year=read_year(name))
    return found._replace(part=name) if kind == "part" else found._replace(case=name)


def _says(found: Reference, kind: str) -> str:
    said = getattr(found, kind)
    return "" if said is None else str(said)


def _named_twice(text: str, found: Reference, labels: _Labels) -> tuple[str, str] | None:
    """Return two parts, years or cases that a text names, or None."""
    for label, kind, name in labels:
        rest = _before(text, label)
        if rest is None:
            continue
        if _says(found, kind):
            return _says(found, kind), name
        twice = _named_twice(rest, _with(found, kind, name), labels)
        if twice:
            return twice
    return None


def _unknown_label(text: str, labels: _Labels) -> str:
    """Return what is left after `in` when all that is known was taken from the end."""
    rests = [rest for label, _, _ in labels if (rest := _before(text, label)) is not None and " in " in rest]
    if rests:
        return _unknown_label(min(rests, key=len), labels)
    return text.partition(" in ")[2].strip()


def _spelled(found: Reference, *, exact: bool = False) -> str:
    """Return a reference in words, or as it can be written without doubt."""
    parts = [("part", found.part), ("year", "" if found.year is None else str(found.year)), ("case", found.case)]
    if exact:
        return " in ".join([found.name, *(f"{kind} {name}" for kind, name in parts if name)])
    return " of ".join([quote(found.name), *(f"{kind} {quote(name)}" for kind, name in parts if name)])


def _nowhere(where: str, place: Place, context: Context, cases: list[str]) -> CalcError:
    document = context.document
    if re.fullmatch(YEAR, where):
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
    either = "|".join([*(rf"(?:part\s+)?{re.escape(each)}" for each in labels), rf"(?:year\s+)?{YEAR}", r"[a-z_]\w*"])
    return re.compile(rf"(?<![\w.])([a-z_][a-z0-9_]*)((?:\s+in\s+(?:{either})(?!\w))+)")
