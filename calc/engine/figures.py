"""What a figure can be at the point values: a number, one a year, no value in reality, or not included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class NoValue:
    """A figure that does not exist in reality, such as the cabinets for servers that fit into none."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotIncluded:
    """A figure left out because optional inputs were not given; `names` are those inputs."""

    names: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Return why there is no figure."""
        listed = " and ".join(f"`{name}`" for name in self.names)
        return f"not included: {listed} {'is' if len(self.names) == 1 else 'are'} not given"


@dataclass(frozen=True, slots=True)
class Series:
    """A figure with a value of its own in every year of the scenario, in order."""

    values: tuple[float | NoValue | NotIncluded, ...]

    @property
    def numbers(self) -> list[float]:
        """Return the years' numbers, leaving out years without a value."""
        return [each for each in self.values if isinstance(each, float | int)]


Single = float | NoValue | NotIncluded
Figure = Single | Series


def at_year(figure: Figure, year: int) -> Single:
    """Return a figure in the year with that position; one without a time holds in every year."""
    return figure.values[year] if isinstance(figure, Series) else figure


def absent(args: Sequence[object]) -> NoValue | NotIncluded | None:
    """Return why an operation has no figure: all that is not included goes before what has no value."""
    left_out = [name for each in args if isinstance(each, NotIncluded) for name in each.names]
    if left_out:
        return NotIncluded(tuple(dict.fromkeys(left_out)))
    return next((each for each in args if isinstance(each, NoValue)), None)
