"""Which conditions a study of a case holds its figures against, and of which parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.flat import qualified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.conditions import Condition
    from calc.scenario.resolved import ResolvedCase, Scenario


def applicable(scenario: Scenario, case: ResolvedCase, conditions: Iterable[Condition]) -> list[Condition]:
    """Return the conditions that the figures of a case answer; one on figures of parts becomes one for each."""
    known, found = set(case.asked), []
    for condition in conditions:
        ours = [name for name in condition.names if name not in known]
        if not ours:
            found.append(condition)
            continue
        for part in scenario.parts:
            names = {name: qualified(name, part) for name in ours}
            if known.issuperset(names.values()):
                found.append(condition.in_part(part, names))
    return found
