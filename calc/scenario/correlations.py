"""`correlate:` under `uncertainty`: which uncertain inputs go together, and how closely."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.scenario.expressions import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from calc.scenario.context import Context
    from calc.scenario.nodes import Scalar
    from calc.scenario.resolved import ResolvedCase

_PAIR = re.compile(r"(\w+)\s+with\s+(\w+)")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")


def read_correlations(context: Context) -> dict[tuple[str, str], float]:
    """Read entries such as `mfu with effective_time_share: 0.5`; what is wrong with them is added to the problems.

    Returns the rank correlation of each pair of inputs.
    """
    found: dict[tuple[str, str], float] = {}
    for key, value in context.document.correlate.values():
        try:
            pair = _pair(key, found, context)
            found[pair] = _correlation(value)
        except CalcError as error:
            context.problems.add(error)
    return found


def without_effect(correlated: Iterable[tuple[str, str]], columns: Sequence[ResolvedCase]) -> list[str]:
    """Return a sentence for each pair of inputs that are not uncertain together in any of the cases and parts."""
    uncertain = [{name for name, value in each.values.items() if value.is_uncertain} for each in columns]
    given = {name for each in columns for name in each.values}
    found = []
    for pair in correlated:
        if not columns or any(each.issuperset(pair) for each in uncertain):
            continue
        steady = [name for name in pair if not any(name in each for each in uncertain)]
        why = [f"`{name}` is {'certain' if name in given else 'not given'}" for name in steady]
        why = why or ["no case has a range for both"]
        found.append(f"`{pair[0]}` and `{pair[1]}` are not correlated: {' and '.join(why)}")
    return found


def _pair(key: Scalar, found: Mapping[tuple[str, str], float], context: Context) -> tuple[str, str]:
    match = _PAIR.fullmatch(key.text.strip())
    if match is None or match[1] == match[2]:
        message = f"{quote(key.text)} names no two inputs"
        raise CalcError("E-CORRELATE", message, place=key.place, hint="as in `mfu with effective_time_share: 0.5`")
    for name in match.groups():
        if name not in context.catalogue:
            raise unknown_name(name, context.catalogue, key.place)
    if (match[2], match[1]) in found:
        message = f"{match[1]} and {match[2]} are correlated twice"
        raise CalcError("E-CORRELATE", message, place=key.place, hint="keep one of the two lines")
    return match[1], match[2]


def _correlation(value: Scalar) -> float:
    if _NUMBER.fullmatch(value.text.strip()) is None or not -1 < float(value.text) < 1:
        message = f"{quote(value.text)} is no correlation"
        raise CalcError("E-CORRELATE", message, place=value.place, hint="write a number between -1 and 1, as in 0.5")
    return float(value.text)
