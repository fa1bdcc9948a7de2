"""What all importers share: what is asked of them, what they return, and which prices are none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Problems, quote
from calc.facts.book import is_period
from calc.facts.delimited import Delimited, find_columns, missing_columns, plain_number
from calc.records import NamedTuple, dataclass, field
from calc.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calc.errors import Place, SourceText

# No measure and no sum of money is larger, and a file of such numbers has a sum.
_LARGEST = 1e100
COLUMNS = ("subject", "quantity", "value", "low", "high", "unit", "source", "as_of", "status", "note")
_LISTED = 5
# Whole numbers below are written without `.0`.
_WHOLE = 1e15


class Asked(NamedTuple):
    """What the command line says.

    as_of: the date of a file that has none. source: its source in words. subject: what the facts are about. only: words
    that a row has to hold. gpus: GPUs of an instance by its type. capacity: how many GPUs there are in all.
    """

    as_of: str | None = None
    source: str | None = None
    subject: str | None = None
    only: tuple[str, ...] = ()
    gpus: dict[str, float] | None = None
    capacity: float | None = None

    def date(self, why: str) -> str:
        """Return the date that was given; raises CalcError where it is needed and not there, or is none."""
        if self.as_of is None:
            raise CalcError("E-USAGE", why, hint="say when it held, as in `--as-of 2026-11-03`")
        if not is_period(self.as_of):
            hint = "write `2026-11-03`, `2026-11`, `2026`, or `2026-01 to 2026-06`"
            raise CalcError("E-USAGE", f"`--as-of` is {quote(self.as_of)}, which is no date", hint=hint)
        return self.as_of

    def wants(self, *texts: str) -> bool:
        """Tell whether a row holds all words that it has to hold."""
        whole = " ".join(texts).casefold()
        return all(word.casefold() in whole for word in self.only)


@dataclass(slots=True)
class Imported:
    """Facts as rows in COLUMNS, and what to tell of rows that gave none, by the reason."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, subject: str, quantity: str, value: float | None, unit: str, **rest: object) -> None:
        """Add a fact; numbers keep twelve digits, so that a quotient has no noise."""
        numbers = {name: rest.pop(name, None) for name in ("low", "high")}
        cells = {"value": value, **numbers}
        shown = {name: _rounded(each) if isinstance(each, float | int) else "" for name, each in cells.items()}
        self.facts.append({"subject": subject, "quantity": quantity, "unit": unit, **shown, **rest})

    def leave_out(self, reason: str, where: str) -> None:
        """Note a row that gave nothing."""
        self.left_out.setdefault(reason, []).append(where)

    def told(self) -> list[str]:
        """Return in words what a reader has to know."""
        found = list(self.notes)
        for reason, rows in self.left_out.items():
            more = f" and {len(rows) - _LISTED} more" if len(rows) > _LISTED else ""
            found.append(f"left out: {reason}: {', '.join(rows[:_LISTED])}{more}")
        return found


def _rounded(number: float) -> float:
    found = float(f"{number:.12g}")
    return int(found) if found.is_integer() and abs(found) < _WHOLE else found


class Table:
    """A delimited file of known columns.

    What is neither needed nor optional is not read, and told unless it is one of `ignored`.
    """

    def __init__(
        self,
        source: SourceText,
        needed: Sequence[str],
        optional: Sequence[str],
        found: Imported,
        what: str,
        *,
        separators: str = ",;\t|",
        ignored: Sequence[str] = (),
    ) -> None:
        self.table = Delimited(source, separators)
        names = [re.sub(r"\s*\[[^\]]*\]$", "", each) for each in self.table.columns]
        self.units = {
            name: unit[1]
            for name, each in zip(names, self.table.columns, strict=True)
            if (unit := re.search(r"\[([^\]]*)\]$", each))
        }
        self.columns, unknown = find_columns(self.table, names, (*needed, *optional, *ignored))
        missing = [each for each in needed if each not in self.columns]
        if missing:
            raise missing_columns(self.table, missing, what)
        if unknown:
            listed = ", ".join(quote(each) for each in unknown[:8])
            more = f" and {len(unknown) - 8} more" if len(unknown) > 8 else ""
            found.notes.append(f"{source.name}: not read: {'columns' if len(unknown) > 1 else 'column'} {listed}{more}")

    def rows(self, problems: Problems) -> Iterator[dict[str, str]]:
        """Yield the cells of each row by column, and its file and line as text under the empty name."""
        for row in self.table.rows(problems):
            cells = {name: row.cells[at].strip() for name, at in self.columns.items()}
            yield {"": f"{self.table.source.name}:{row.line}", **cells}

    def place(self, where: str, column: str) -> Place:
        """Return the place of a cell of a row that has been yielded."""
        return self.table.place(int(where.rpartition(":")[2]), self.columns[column])

    def number(self, row: dict[str, str], column: str) -> float | None:
        """Return the number of a cell, None for an empty one; raises CalcError with its place for what is none."""
        text = row.get(column, "")
        if not text:
            return None
        found = plain_number(text)
        if found is None or abs(found) > _LARGEST:
            message = f"{quote(text)} under `{column}` is no number"
            raise CalcError("E-VALUE", message, place=self.place(row[""], column), hint="as in `12.5`")
        return found


def named(*parts: str) -> str:
    """Return what facts are about, made of names: without blanks and slashes, in small letters."""
    whole = "-".join(each for each in parts if each)
    return shorten(re.sub(r"[\s/:]+", "-", whole.strip()).strip("-").casefold(), 150) or "unnamed"
