"""What a sensitivity study is asked for and would leave without an answer is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.text import and_list

if TYPE_CHECKING:
    from collections.abc import Collection

    from calc.errors import Place
    from calc.scenario.resolved import Scenario
    from calc.scenario.sensitivity_section import Sensitivity


def refuse_without_effect(
    scenario: Scenario, asked: Sensitivity, answered: Collection[str], moved: Collection[str]
) -> None:
    """Refuse conditions that no input can flip, and ranges of inputs that no condition needs.

    answered: the texts of conditions that have a row. moved: the inputs that do. What the file asks for is not refused
    where the command line leaves out cases of it.
    Raises CalcError.
    """

    def is_ours(place: Place | None) -> bool:
        is_option = place is not None and place.source.name.startswith("--")
        return is_option or not scenario.origin.options.cases

    verdicts: list[tuple[str, Place | None, list[str]]] = [(each.text, each.place, []) for each in asked.conditions]
    verdicts += [(each.text, each.place, [each.left[1], each.right[1]]) for each in asked.between]
    for text, place, sides in verdicts:
        if text not in answered and is_ours(place):
            absent = [each for each in dict.fromkeys(sides) if all(case.name != each for case in scenario.cases)]
            why = f"without case {and_list(absent)}" if absent else "no input that it needs is uncertain or has a range"
            hint = "leave out `--case`" if absent else "give one a range, as in `--within server_power=4 to 6 kW`"
            raise CalcError("E-NOTHING", f"nothing flips {quote(text)}: {why}", place=place, hint=hint)
    for each in asked.ranges:
        if each.name not in moved and is_ours(each.place):
            message = f"the range of `{each.name}` has no effect: no check and no condition under `flip` needs it"
            hint = "name what could flip, as in `--flip 'racks_needed <= 20 racks'`"
            raise CalcError("E-NOTHING", message, place=each.place, hint=hint)
