"""What a model file declares beside its formulas: inputs, choices, checks and verdicts."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from calc.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Input:
    """A quantity that a scenario or a fact has to give; the variable that holds it is its name.

    unit: an annotated type of `calc.units.vocabulary`, such as `kW_per_server`.
    text: what it is, in one line.
    low, high: inclusive bounds in the declared unit; left out, those of the type; None for open.
    why: what speaks for the bounds, or why there can be none, in words for a reader; left out, those of the type.
    band: smallest and largest figure in the declared unit that a reader takes without a second look; for quantities
    of which no fact tells what is usual.
    label: what a reader calls it, in a few words; left out, its name with spaces.
    topic: what several optional inputs are about, so that they are listed together where they are left out; perhaps
    with a part of it, as in `cabinet: height`.
    optional: left out of a scenario it is *not included*, listed as such and never a number.
    """

    __slots__ = ("band", "high", "label", "low", "optional", "text", "topic", "unit", "why")

    def __init__(  # noqa: PLR0913  # each is a keyword that a declaration may leave out
        self,
        unit: object,
        text: str,
        *,
        low: float | object | None = ...,
        high: float | object | None = ...,
        why: str = "",
        band: tuple[float, float] | None = None,
        optional: bool = False,
        label: str = "",
        topic: str = "",
    ) -> None:
        self.unit = unit
        self.text = text
        self.low = low
        self.high = high
        self.why = why
        self.band = band
        self.optional = optional
        self.label = label
        self.topic = topic


class Choice(NamedTuple):
    """A decision that picks the variants of one or several quantities at once; a scenario makes it under `use:`.

    text: what is decided. options: what each option means, by name; the first is the default.
    binds: the quantities whose formulas have exactly these options as their variants.
    when: names that make the choice where one of them is given, by option; `use:` wins. The first option of such a
    choice goes without saying.
    spares: options with which a name is not needed, by that name, for the hint where it is missing.
    whole: a quantity that it binds, named by itself under `use:`, makes the whole choice.
    """

    text: str
    options: Mapping[str, str]
    binds: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    spares: Mapping[str, str] = MappingProxyType({})
    whole: bool = False

    def goes_without_saying(self, option: str) -> bool:
        """Tell whether an option holds where nothing that would decide otherwise is given."""
        return bool(self.when) and option == next(iter(self.options))


class Check(NamedTuple):
    """A condition that a model's figures must meet whenever all its names are part of an answer.

    condition: a comparison of expressions over quantity names, as in a scenario's `checks:`. What stands inside
    `if_included` may be unknown; the rest has to be known for the check to be held.
    text: what a failure means.
    """

    condition: str
    text: str


class Verdict(NamedTuple):
    """What a model says in words beside its figures.

    about: figures; the verdict is told where one of them is asked for and everything that it names is known.
    sentences: by condition, which is written as in a scenario's `checks:`. The first condition that holds decides; an
    empty one always does. A name in braces stands for that figure.
    instead_of: verdicts that are not told where this one is.
    """

    about: tuple[str, ...]
    sentences: Mapping[str, str]
    instead_of: tuple[str, ...] = ()
