"""Promises that are not kept, written anew in the file that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.engine.figures import NoValue, at_year
from calc.scenario.requested import NO_VALUE
from calc.study.checks import keeps
from calc.text import pattern
from calc.units.format import amount_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Single
    from calc.errors import Place
    from calc.scenario.requested import Expectation
    from calc.study.results import Answer

_NUMBER = pattern(r"[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+")
# A promise that is written anew is as near as this to the figure, as a share of it.
_NEAR = 5e-5
_MOST_DECIMALS = 12


class Renewed(NamedTuple):
    """A promise as it is to stand in the file."""

    place: Place
    text: str


def renewed(answer: Answer) -> list[Renewed]:
    """Return a new text for every promise that is not kept, in the unit and with the digits of the old one."""
    found = {(each.place.line, each.place.column): each for each in _all(answer)}
    return list(found.values())


def _all(answer: Answer) -> Iterator[Renewed]:
    scenario = answer.scenario
    columns = {(case.case.name, ""): case for case in answer.cases}
    columns |= {(case.case.name, part.case.name): part for case in answer.cases for part in case.parts}
    for promise in scenario.expectations:
        case = columns.get((promise.case, promise.part))
        if case is None:
            continue
        for at, year in enumerate(scenario.years or (None,)):
            single = at_year(case.figures[promise.name], at)
            if (promise.year is None or promise.year == year) and not keeps(promise, single):
                yield Renewed(promise.place, _text(promise, single, scenario.catalogue[promise.name]))
                break
    for line in answer.lines:
        yield from _all(line.answer)


def _text(promise: Expectation, figure: Single, quantity: Quantity) -> str:
    if not isinstance(figure, float | int):
        return NO_VALUE if isinstance(figure, NoValue) else promise.text
    number = _NUMBER.search(promise.text)
    if promise.base is None or not promise.base or number is None:
        return amount_text(figure, quantity.unit, share=quantity.is_share, digits=6).replace(",", "")
    written = float(number[0].replace(",", ""))
    # The unit stays, whatever it is; so does a sign unless it changes.
    size = abs(written * figure / promise.base)
    before, after = promise.text[: number.start()].rstrip("-\u2212+ "), promise.text[number.end() :]
    sign = "-" if figure < 0 else ""
    joint = f"{before}{sign}" if before.endswith("$") or not before else f"{before} {sign}"
    return f"{joint}{_digits(size, number[0])}{after}"


def _digits(number: float, written: str) -> str:
    """Return a number with as many decimals as were written, and more where it takes them to be near."""
    decimals = len(written.partition(".")[2])
    for places in range(decimals, _MOST_DECIMALS):
        text = f"{number:{',' if ',' in written else ''}.{places}f}"
        if abs(float(text.replace(",", "")) - number) <= _NEAR * number:
            return text
    return f"{number:.6g}"


def rewritten(text: str, promises: list[Renewed]) -> str:
    """Return the text of a file with promises written anew; the quotes around an old one stay."""
    lines = text.splitlines(keepends=True)
    for each in sorted(promises, key=lambda one: (one.place.line, one.place.column), reverse=True):
        line, start = lines[each.place.line - 1], each.place.column - 1
        old = line[start : start + each.place.length]
        quotes = old[:1] if old[:1] in {'"', "'"} and old[-1:] == old[:1] else ""
        lines[each.place.line - 1] = f"{line[:start]}{quotes}{each.text}{quotes}{line[start + each.place.length :]}"
    return "".join(lines)
