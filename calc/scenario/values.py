"""Values of scenario inputs: an amount, a range, a distribution, perhaps with its source; steps and mixes of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.facts.book import STATUSES, is_period
from calc.records import replace
from calc.scenario.amount import Amount, AmountError, amount_at, as_meant, parse_amount
from calc.scenario.fact_values import CHIPS, Doubt, Reading, example, fact_value, fitting, refuse_other_quantity
from calc.scenario.shapes import refuse_broken_braces
from calc.scenario.unit_check import (
    bounded,
    check_bounds,
    may_be_bare,
    point_remarks,
    refuse_backwards,
    spelled,
    unit_hint,
    unit_of,
)
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence
from calc.scenario.years import KEYS as YEARLY_KEYS
from calc.scenario.years import read_yearly
from calc.text import did_you_mean, or_list, pattern, spelling
from calc.units import RATIO, Unit
from calc.value import FORMS, Distribution, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Quantity

# Each becomes a formula over inputs of the scenario's own when the file is read, so that all that holds for formulas
# and inputs holds for them: units, ranges, sources, explanations, studies.


MIX = "mix"
STEPS = pattern(r"steps by ([a-z_][a-z0-9_]*)")
_ANNOTATIONS = ("source", "note", "as_of", "status")
# Shares of a mix that add up to all of it.
_SLACK = 1e-9
Entries = dict[str, tuple[Scalar, Node]]


def _range_hint(node: Mapping) -> str | None:
    """Return how a range of two ends alone is written, where a value has these."""
    ends = [node.entries[each][1] for each in ("low", "high") if each in node.entries]
    if len(ends) < 2 or {"likely", "median"} & node.entries.keys():
        return None
    low, high = (each.text.strip() if isinstance(each, Scalar) else "" for each in ends)
    return f"a range of which all is equally likely is one text, as in `{low} to {high}`; or add `likely`"


def composed_key(node: Node) -> str | None:
    """Return the key of a value by which it is made of others, or None."""
    keys = node.entries if isinstance(node, Mapping) else ()
    return next((key for key in keys if key == MIX or STEPS.fullmatch(key)), None)


def take_apart(
    entries: Entries, problems: Problems, torn: set[str]
) -> tuple[Entries, dict[str, tuple[Scalar, Scalar]]]:
    """Return the inputs with those that are made of others taken apart and the formulas that make them.

    What is wrong is added to `problems`, and its name to `torn`.
    """
    plain: Entries = {}
    formulas: dict[str, tuple[Scalar, Scalar]] = {}
    for name, (key, node) in entries.items():
        found = composed_key(node)
        if found is None or not isinstance(node, Mapping):
            plain[name] = (key, node)
            continue
        try:
            text = _mix(name, node, plain) if found == MIX else _steps(name, node, found, plain)
        except CalcError as error:
            problems.add(error)
            # The volume of steps is used, though nobody can say how.
            torn |= {name, found.removeprefix("steps by ")}
            continue
        formulas[name] = (key, Scalar(text, plain=False, place=node.place))
    return plain, formulas


def _steps(name: str, node: Mapping, key: str, plain: Entries) -> str:
    """Add the beginnings and values of steps to the inputs, and return the formula that picks one.

    The first step begins at 0 or with the first thing, so that there is a value for every volume.
    """
    volume = key.removeprefix("steps by ")
    hint = f"as in `{{steps by {volume}: {{1 gpu: 3 USD/gpu/hour, 64 gpus: 2.60 USD/gpu/hour}}}}`"
    steps = list(_inner(name, node, key, hint))
    begins = [amount_at(text, at.place, f"`{name}`: ").base for text, at, _ in steps]
    if begins != sorted(set(begins)):
        message = f"the steps of `{name}` do not begin at more and more {volume}"
        raise CalcError("E-VALUE", message, place=node.entries[key][1].place, hint="write the smallest first")
    if begins[0] > 1:
        message = f"the first step of `{name}` begins at {steps[0][0]}, and nothing says what holds below"
        raise CalcError("E-VALUE", message, place=steps[0][1].place, hint="begin with 0 or 1, as in `1 gpu`")
    formula = ""
    for number, (text, at, value) in reversed(list(enumerate(steps, 1))):
        step, begin = f"{name}_step_{number}", f"{name}_step_{number}_from"
        plain[step] = (at, _sourced(value, node))
        if number > 1:
            plain[begin] = (at, _sourced(Scalar(text, plain=True, place=at.place), node))
        formula = f"where({volume} < {name}_step_{number + 1}_from, {step}, {formula})" if formula else step
    return formula


def _mix(name: str, node: Mapping, plain: Entries) -> str:
    """Add the facts and shares of a mix to the inputs, and return the formula of their weighted mean."""
    hint = "as in `{mix: {rent-h100-sxm-lambda: 60 %, rent-h100-sxm-lambda-1y: 40 %}}`"
    parts = list(_inner(name, node, MIX, hint))
    shares = []
    for _, _, value in parts:
        text = value.text if isinstance(value, Scalar) else ""
        share = amount_at(text, value.place, f"`{name}`: ").base
        if not isinstance(value, Scalar) or not 0 <= share <= 1:
            raise CalcError("E-VALUE", f"a part of the mix of `{name}` is no share", place=value.place, hint=hint)
        shares.append(share)
    if abs(sum(shares) - 1) > _SLACK:
        message = f"the shares of the mix of `{name}` add up to {sum(shares) * 100:.6g} %"
        raise CalcError("E-VALUE", message, place=node.entries[MIX][1].place, hint="they add up to 100 %")
    for number, (subject, key, value) in enumerate(parts, 1):
        # A fact by its id, or the one of this quantity in a bundle.
        fact = subject if "." in subject else f"{subject}.{name}"
        named = Scalar(fact, plain=key.plain, place=key.place)
        plain[f"{name}_mix_{number}"] = (key, Mapping({"fact": (key, named)}, key.place, flow=True))
        plain[f"{name}_share_{number}"] = (key, _sourced(value, node))
    return " + ".join(f"{name}_share_{number} * {name}_mix_{number}" for number in range(1, len(parts) + 1))


def _inner(name: str, node: Mapping, key: str, hint: str) -> Iterator[tuple[str, Scalar, Node]]:
    strange = next((each for each in node.entries if each != key and each not in _ANNOTATIONS), None)
    if strange:
        place = node.entries[strange][0].place
        raise CalcError("E-KEY", f"{quote(strange)} does not stand beside `{key}`", place=place, hint=hint)
    section = node.entries[key][1]
    if not isinstance(section, Mapping) or not section.entries:
        raise CalcError("E-VALUE", f"`{key}` of `{name}` is a mapping", place=section.place, hint=hint)
    for text, (at, value) in section.entries.items():
        yield text, at, value


def _with_bundle(hint: str | None, text: str, reading: Reading) -> str | None:
    """Add to a hint that asks for a GPU's bundle of facts which ones there are of the GPU that a text names."""
    if not hint or "says which GPU" not in hint:
        return hint
    word = text.rsplit(maxsplit=1)[-1].casefold()
    found = [each.subject for each in reading.facts.for_quantity(CHIPS) if each.subject.partition("-")[0] == word]
    found = sorted(dict.fromkeys(found), key=lambda each: ("sxm" not in each, each))[:3]
    return f"{hint}, and name it, as in `facts: [{found[0]}]`" if found else hint


def _sourced(value: Node, whole: Mapping) -> Node:
    """Return a value with the source and the notes of the whole, unless it has its own."""
    about = {key: entry for key, entry in whole.entries.items() if key in _ANNOTATIONS}
    if isinstance(value, Mapping) or not about:
        return value
    return Mapping({"value": (next(iter(about.values()))[0], value), **about}, value.place, flow=True)


# ---------------- values of scenario inputs: an amount, a range or a distribution, perhaps with its source


_TO = pattern(r"\s+to\s+")
_PER = pattern(r"/|per\b")


def read_value(node: Node, quantity: Quantity | None, name: str, reading: Reading) -> Value | None:
    """Read the value of quantity `name`.

    quantity: its declaration, or None for a scenario's own input, whose unit is then the one written.
    Returns None when there were errors, which are added to the reading's problems.
    """
    try:
        return _Reader(quantity, name, reading).read(node)
    except CalcError as error:
        reading.problems.add(error)
        return None


class _Reader:
    def __init__(self, quantity: Quantity | None, name: str, reading: Reading) -> None:
        self.quantity = quantity
        self.name = name
        self.reading = reading

    def read(self, node: Node) -> Value:
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Sequence):
            message, hint = f"`{self.name}` is a list, not one value", "choices side by side stand under `cases:`"
            raise CalcError("E-VALUE", message, place=node.place, hint=hint)
        return self._mapping(node)

    # ------------------------------------------------------------ scalars

    def _scalar(self, node: Scalar) -> Value:
        if node.is_null:
            hint = f"write a number and its unit, as in `{self._example()}`"
            raise CalcError("E-MISSING-VALUE", f"`{self.name}` is missing a value", place=node.place, hint=hint)
        parts = _TO.split(node.text.strip())
        if len(parts) == 2:
            return self._range(node, parts[0], parts[1])
        amount = self._amount(node, node.text)
        unit, currency = unit_of(amount, self.quantity, node.place, self.name)
        check_bounds(amount.base, self.quantity, node.place, amount)
        return Value(amount.base, None, unit, "given", place=node.place, currency=currency)

    def _range(self, node: Scalar, left: str, right: str) -> Value:
        if " step " in right:
            message = "a range with steps is a sweep, not one value"
            hint = f"a sweep is a section: `sweep: {{{self.name}: {node.text.strip()}}}`"
            raise CalcError("E-VALUE", message, place=node.place, hint=hint)
        high = self._amount(node, right)
        low = self._low_end(node, left, high)
        borrowed = low.unit_text == "" or left.lstrip().startswith("$")
        if high.has_magnitude and not low.has_magnitude and borrowed:
            message = f"does the magnitude of {quote(right)} belong to {quote(left)} too?"
            sign = "$" if right.strip().startswith("$") and not low.bare_text.startswith("$") else ""
            hint = f"write it on both sides, as in `{sign}{low.bare_text}{high.bare_text[-1]} to {right.strip()}`"
            raise CalcError("E-VALUE", message, place=node.place, hint=hint)
        if high.unit is None and self.quantity is not None and not may_be_bare(self.quantity):
            ends = f"{left.strip()} to {right.strip()}"
            hint = f"write `{ends} {low.unit_text}`" if low.unit_text else unit_hint(ends, self.quantity)
            raise CalcError("E-UNIT", f"`{self.name}` has no unit", place=node.place, hint=hint)
        place = node.place.shifted(node.text.rindex(right), len(right.strip())) if node.plain else node.place
        unit, currency = unit_of(high, self.quantity, place, self.name)
        low = low if low.unit_text or low.unit is not None else low._replace(unit=high.unit)
        low_unit, low_currency = unit_of(low, self.quantity, node.place, self.name)
        if low_unit.dimension != unit.dimension or low_currency != currency:
            message = f"the two ends of {quote(node.text)} have different units"
            raise CalcError("E-VALUE", message, place=node.place, hint="give both in one unit")
        return self._spread(Distribution("uniform", (("low", low.base), ("high", high.base))), unit, currency, node)

    def _low_end(self, node: Scalar, left: str, high: Amount) -> Amount:
        """Read the lower end; the unit that stands once, after the upper end, is its unit too."""
        joint = "" if high.unit_text == "x" else " "
        try:
            low = parse_amount(self._meant(left))
        except AmountError:
            low = None
        # `$20 to $30/MWh`: the currency stands at both ends, what it is per at the second.
        if low is not None and low.unit is not None and not low.unit_text and _PER.match(high.unit_text):
            return self._amount(node, f"{left} {high.unit_text}")._replace(unit_text="")
        if low is not None and (low.unit is not None or high.unit is None):
            return self._noted(low, left)
        if left.strip().endswith(("x", "%")) or not high.unit_text:
            return self._amount(node, left)
        return self._amount(node, f"{left}{joint}{high.unit_text}")._replace(unit_text="")

    def _amount(self, node: Scalar, text: str) -> Amount:
        try:
            return self._noted(parse_amount(self._meant(text)), text)
        except AmountError as error:
            place = node.place
            if node.plain and node.text.strip() == text.strip():
                place = place.shifted(error.start, error.length)
            hint = _with_bundle(error.hint, text, self.reading)
            if (
                self.quantity is not None
                and "has no unit after it" in error.message
                and self.quantity.unit.dimension.is_count
            ):
                hint = f"write `{text.strip()} {spelled(self.quantity)}`"
            raise CalcError("E-VALUE", f"`{self.name}`: {error.message}", place=place, hint=hint) from None

    def _meant(self, text: str) -> str:
        return as_meant(text, self.quantity.unit.dimension if self.quantity else None)

    def _noted(self, amount: Amount, text: str) -> Amount:
        self.reading.warnings.extend(point_remarks(amount, text, self.quantity, self.name))
        return amount

    # ------------------------------------------------------------ mappings

    def _mapping(self, node: Mapping) -> Value:
        refuse_broken_braces(node)
        keys = [key for key in node.entries if key not in _ANNOTATIONS]
        source = self._text(node, "source")
        note = self._text(node, "note")
        value = self._form(node, keys)
        named = self.reading.sources.get(source or "", source)
        meant = did_you_mean(source, self.reading.sources) if source and source not in self.reading.sources else None
        if meant:
            text = f"{self.name}: the source {quote(str(source))} is no key of `sources`; {meant}"
            self.reading.doubts.append(Doubt(text, node.entries["source"][1].place))
        as_of, status = self._as_of(node), self._status(node)
        said = f"{named}, {as_of}" if named and as_of else named
        return replace(
            value,
            source=said or value.source,
            note=note or value.note,
            as_of=as_of or value.as_of,
            fact_status=status or value.fact_status,
        )

    def _as_of(self, node: Mapping) -> str | None:
        text = self._text(node, "as_of", "2026-10")
        if text is not None and not is_period(text):
            hint = "write `2026-10-12`, `2026-10`, `2026`, or `2026-01 to 2026-06`"
            raise CalcError("E-VALUE", f"{quote(text)} is no date", place=node.entries["as_of"][1].place, hint=hint)
        return text

    def _status(self, node: Mapping) -> str | None:
        text = self._text(node, "status", "vendor")
        if text is not None and text not in STATUSES:
            hint = did_you_mean(text, STATUSES) or f"it is {or_list(STATUSES)}"
            raise CalcError("E-VALUE", f"{quote(text)} is no status", place=node.entries["status"][1].place, hint=hint)
        return text

    def _form(self, node: Mapping, keys: list[str]) -> Value:
        composed = composed_key(node)
        if composed:
            message = f"`{composed}` of `{self.name}` stands in no case, no part and no option"
            hint = "write it under `inputs:` of the file; a case may give one value instead"
            raise CalcError("E-VALUE", message, place=node.entries[composed][0].place, hint=hint)
        if keys == ["value"]:
            return self.read(node.entries["value"][1])
        if keys == ["fact"]:
            return self._fact(node)
        yearly = read_yearly(node, keys, self.quantity, self.name, self.reading, self._part)
        if yearly is not None:
            return yearly
        for kind, names in FORMS.items():
            if sorted(keys) == sorted(names):
                return self._distribution(node, kind, names)
        known = ["value", "fact", *YEARLY_KEYS, *(name for names in FORMS.values() for name in names), *_ANNOTATIONS]
        strange = next((key for key in keys if key not in known), None)
        place = node.entries[strange][0].place if strange else node.place
        if not keys:
            message, hint = f"`{self.name}` has a source or a note, but no value", "add `value:`"
            raise CalcError("E-MISSING-VALUE", message, place=place, hint=hint)
        if strange:
            message, hint = f"{quote(strange)} is no part of a value", spelling(strange, known) or _FORM_HINT
            raise CalcError("E-KEY", message, place=place, hint=hint)
        if "median" in keys and "likely" in keys:
            message = f"`{self.name}` has likely and median, which are two things"
            hint = (
                "keep `likely` where the peak of a triangle is meant, `median` where half of the probability lies on "
                "either side"
            )
            raise CalcError("E-VALUE", message, place=node.entries["median"][0].place, hint=hint)
        message = f"`{self.name}` has {' and '.join(keys)}, which is no known form"
        raise CalcError("E-VALUE", message, place=place, hint=_range_hint(node) or _FORM_HINT)

    def _part(self, node: Node, quantity: Quantity | None, name: str) -> Value:
        return _Reader(quantity, name, self.reading).read(node)

    def _text(self, node: Mapping, key: str, such: str = '"NEC 210.20(A)"') -> str | None:
        found = node.get(key)
        if found is None:
            return None
        if not isinstance(found, Scalar) or found.is_null or not found.text.strip():
            raise CalcError("E-VALUE", f"`{key}` is text", place=found.place, hint=f"as in `{key}: {such}`")
        return found.text

    def _distribution(self, node: Mapping, kind: str, names: tuple[str, ...]) -> Value:
        amounts: dict[str, float] = {}
        unit: Unit | None = None
        currency = None
        for name in names:
            part = node.entries[name][1]
            if not isinstance(part, Scalar) or part.is_null:
                message, hint = f"`{name}` of `{self.name}` is missing a value", "write a number and its unit"
                raise CalcError("E-MISSING-VALUE", message, place=part.place, hint=hint)
            amount = self._amount(part, part.text)
            part_unit, part_currency = unit_of(amount, self.quantity, part.place, self.name)
            if unit is not None and (part_unit.dimension != unit.dimension or part_currency != currency):
                message, hint = f"`{name}` has another unit than the rest", "give all parts in one unit"
                raise CalcError("E-VALUE", message, place=part.place, hint=hint)
            unit, currency = part_unit, part_currency
            amounts[name] = amount.base
        pairs = tuple((name, amounts[name]) for name in names)
        return self._spread(Distribution(kind, pairs), unit or RATIO, currency, node)

    def _spread(self, distribution: Distribution, unit: Unit, currency: str | None, node: Node) -> Value:
        place = node.place
        refuse_backwards(distribution, self.name, place)
        distribution = bounded(distribution, self.quantity, self.name, place, self.reading.warnings)
        return Value(distribution.point, distribution, unit, "given", place=place, currency=currency)

    # ------------------------------------------------------------ facts

    def _fact(self, node: Mapping) -> Value:
        part = node.entries["fact"][1]
        if not isinstance(part, Scalar) or part.is_null:
            raise CalcError(
                "E-FACT", "`fact` names a fact", place=part.place, hint="as in `{fact: dgx-a100.server_price}`"
            )
        fact = self.reading.facts.find(part.text)
        if fact is None:
            raise CalcError(
                "E-FACT",
                f"there is no fact {quote(part.text)}",
                place=part.place,
                hint=did_you_mean(part.text, self.reading.facts.by_id)
                or fitting(self.name, self.reading.facts, self.reading.used)
                or "`calc list facts` shows what there is",
            )
        refuse_other_quantity(fact, self.quantity, part.place, self.reading.facts)
        return replace(
            fact_value(fact, self.quantity, self.name, self.reading.warnings, part.place),
            status="given",
            place=part.place,
        )

    def _example(self) -> str:
        return example(self.quantity, self.reading.facts, self.reading.used) if self.quantity else "4.5 kW"


_FORM_HINT = (
    "its forms are `value`, `fact`, `low, likely, high`, `low, median, high`, `p10, p90`, `p10, median, p90`, "
    "`mean, sd`, `by year`, `fact by year` or `start, grows`, each with `source`, `note`, `as_of` "
    "and `status` if you like; a plain range is `10 to 25 kW`"
)
