"""Facts: sourced figures of `seeds/`, by id and by bundle, those of one's own over them, and all of them as rows."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections import Counter
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.errors import CalcError, Place, SourceText, quote
from calc.files import data_folder
from calc.text import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

COLUMNS = (
    "id", "subject", "quantity", "value", "low", "high", "unit", "as_of", "currency_year", "source", "url", "status",
    "note", "seen",
)  # fmt: skip
# A file whose facts come with a standard deviation or a standard error, or whose values are medians, has these too.
SD, KIND = "sd", "kind"
OWN_COLUMNS = ((), (SD,), (KIND,), (SD, KIND))
# What the value of a fact with a range is: the likeliest; the median between the ends; the median between p10 and p90,
# which low and high then are.
LIKELY, MEDIAN, PERCENTILES = "likely", "median", "percentiles"
KINDS = (LIKELY, MEDIAN, PERCENTILES)
STATUSES = ("measured", "vendor", "estimate", "claim", "assumption", "unverified")
DEFAULTS = "defaults"
_NUMBER = pattern(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DATE = pattern(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
# A month's average depends on the season; averages of a year come out a year and more after it has ended.
_MONTH, _STANDS_IN = timedelta(days=31), timedelta(days=730)
_AVERAGE = "measured"


class Fact(NamedTuple):
    """One row of a seed file.

    id: subject.quantity, with @date where a subject has several of one quantity.
    value, low, high: numbers in `unit`; low and high are None when the source gives no range, value when it gives
    nothing but a range.
    as_of: the day of the figure, or its month or year, or the period of an average, as `read_period` reads them; empty
    where nobody knows. seen: the day on which the row was entered. currency_year: the year of the money, None where
    `unit` holds no currency or nobody knows. status: one of STATUSES. sd: standard deviation of a normal distribution
    around value, None for none. kind: one of KINDS, what the value between low and high is. file: of a fact of one's
    own its file and line.
    """

    id: str
    subject: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    as_of: str
    currency_year: int | None
    source: str
    url: str
    status: str
    note: str
    sd: float | None = None
    place: Place | None = None
    kind: str = LIKELY
    seen: str = ""
    file: str = ""


# ---------------- when a figure holds: the day of a price, the month or year of a figure, the period of an average


class Period(NamedTuple):
    """The days from `first` to `last`, both within."""

    first: date
    last: date

    @property
    def middle(self) -> date:
        """The day from which a figure of the period ages."""
        return self.first + (self.last - self.first) / 2


@lru_cache(maxsize=4096)
def read_period(as_of: str) -> Period | None:
    """Return the days that `2024`, `2024-07`, `2024-07-31` or `2026-01 to 2026-06` covers; None for an empty text.

    Raises ValueError for what is no date.
    """
    if not as_of:
        return None
    first, to, last = as_of.partition(" to ")
    found = Period(_days(first).first, _days(last if to else first).last)
    if found.last < found.first:
        raise ValueError(f"{quote(as_of)} ends before it begins")
    return found


def is_period(text: str) -> bool:
    """Tell whether a text says when a figure holds, as `read_period` reads it."""
    try:
        return read_period(text) is not None
    except ValueError:
        return False


def _days(text: str) -> Period:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{quote(text)} is no date such as 2024, 2024-07, 2024-07-31 or 2026-01 to 2026-06")
    year, month, day = (int(each) if each else None for each in match.groups())
    try:
        if day:
            only = date(int(match[1]), int(match[2]), day)
            return Period(only, only)
        begin, end = month or 1, month or 12
        return Period(date(year or 0, begin, 1), date(year or 0, end, monthrange(year or 0, end)[1]))
    except ValueError:
        raise ValueError(f"{quote(text)} is no day of the calendar") from None


def span(years: Sequence[int]) -> Period | None:
    """Return the days of the years that a scenario looks at, None where it names none."""
    return Period(date(min(years), 1, 1), date(max(years), 12, 31)) if years else None


def latest_key(fact: Fact) -> tuple[date, date, str]:
    """Return what facts are sorted by, oldest first; one without a date is older than all others."""
    period = read_period(fact.as_of) or Period(date.min, date.min)
    return period.last, period.first, fact.id


def fitting_fact(facts: Sequence[Fact], asked: Period | None) -> Fact:
    """Return which of the facts of one subject and quantity answers.

    The latest; where years are asked for, the latest that does not begin after them, if there is one. The average of a
    month yields to that of a longer time which ended less than two years before: one April is no year's price.
    """
    if len(facts) == 1:
        return facts[0]
    begun = [each for each in facts if asked and each.as_of and _period(each).first <= asked.last]
    ranked = sorted(begun or facts, key=latest_key)
    latest = ranked[-1]
    if not _is_average(latest) or _length(latest) > _MONTH:
        return latest
    longer = [each for each in ranked if _is_average(each) and _length(each) > _MONTH]
    if longer and _period(latest).first - _period(longer[-1]).last < _STANDS_IN:
        return longer[-1]
    return latest


def _period(fact: Fact) -> Period:
    return read_period(fact.as_of) or Period(date.min, date.min)


def _length(fact: Fact) -> timedelta:
    period = _period(fact)
    return period.last - period.first


def _is_average(fact: Fact) -> bool:
    # What was measured over more than a day is an average; a price of which the month is known is none.
    return fact.status == _AVERAGE and _length(fact) > timedelta(0)


# ---------------- all facts


class FactBook:
    """All facts; `bundle` gives of each quantity of a subject the fact that fits: the latest, or see `fitting_fact`.

    facts: those at hand. files: seed files, whose lines are read when somebody asks for their subject; so a run costs
    the same however many facts there are. asked: the days of the years that are looked at.
    """

    def __init__(
        self, facts: Iterable[Fact] = (), files: Iterable[SourceText] = (), asked: Period | None = None
    ) -> None:
        self._facts = list(facts)
        self._files = list(files)
        self._asked = asked
        self._bundles: dict[str, dict[str, Fact]] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    @cached_property
    def by_id(self) -> dict[str, Fact]:
        """Return every fact."""
        return {fact.id: fact for fact in self._read("")}

    @cached_property
    def subjects(self) -> dict[str, dict[str, Fact]]:
        """Return the bundle of every subject."""
        found: dict[str, list[Fact]] = {}
        for fact in self.by_id.values():
            found.setdefault(fact.subject, []).append(fact)
        return {subject: self._fitting(facts) for subject, facts in found.items()}

    def for_years(self, years: Sequence[int]) -> FactBook:
        """Return the book as a scenario that looks at these years reads it."""
        return FactBook(self._facts, self._files, span(years)) if years else self

    def bundle(self, subject: str) -> dict[str, Fact] | None:
        """Return quantity to fitting fact for a subject, or None when there is no such subject."""
        if subject not in self._bundles:
            self._bundles[subject] = self._fitting(self._of(subject))
        return self._bundles[subject] or None

    def find(self, identifier: str) -> Fact | None:
        """Return the fact with an id; an id without date means the one that fits."""
        subject, _, quantity = identifier.rpartition(".")
        exact = next((fact for fact in self._of(subject) if fact.id == identifier), None)
        return exact or (self.bundle(subject) or {}).get(quantity)

    def dated(self, name: str) -> list[Fact]:
        """Return the facts of one subject and quantity (`subject.quantity`), oldest first."""
        subject, _, quantity = name.rpartition(".")
        found = [fact for fact in self._of(subject) if fact.quantity == quantity]
        return sorted(found, key=latest_key)

    def series_names(self) -> list[str]:
        """Return subject and quantity of all facts, as `fact by year` takes them."""
        return list(dict.fromkeys(f"{fact.subject}.{fact.quantity}" for fact in self.by_id.values()))

    def for_quantity(self, quantity: str) -> list[Fact]:
        """Return every fact of a quantity, newest first."""
        if "by_id" in self.__dict__:
            found = self._by_quantity.get(quantity, [])
        else:
            # To read the whole book takes as long as to answer a scenario.
            found = [fact for fact in self._read("", f".{quantity}") if fact.quantity == quantity]
        return sorted(found, key=latest_key, reverse=True)

    @cached_property
    def _by_quantity(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self.by_id.values():
            found.setdefault(fact.quantity, []).append(fact)
        return found

    def _fitting(self, facts: list[Fact]) -> dict[str, Fact]:
        found: dict[str, list[Fact]] = {}
        for fact in facts:
            found.setdefault(fact.quantity, []).append(fact)
        return {quantity: fitting_fact(same, self._asked) for quantity, same in found.items()}

    def _of(self, subject: str) -> list[Fact]:
        return [fact for fact in self._read(f"{subject}.") if fact.subject == subject]

    def _read(self, beginning: str, holding: str = "") -> Iterator[Fact]:
        """Yield the facts whose id begins so; of the files only those whose line holds these words."""
        yield from (fact for fact in self._facts if fact.id.startswith(beginning))
        for file in self._files:
            yield from _facts(file, beginning, holding)


class OwnBook(FactBook):
    """The facts that ship, and layers of facts of one's own over them; a later layer wins, in a layer the later date.

    A fact of one's own wins over all that ship of the same subject and quantity, whatever their dates.
    own: one's own facts by id, which has the date where a subject has several of one quantity.
    """

    def __init__(self, shipped: FactBook, layers: Sequence[Sequence[Fact]], years: Sequence[int] = ()) -> None:
        super().__init__()
        self.shipped = shipped.for_years(years)
        names = Counter((fact.subject, fact.quantity) for layer in layers for fact in layer)
        self.layers = [
            FactBook(
                [
                    fact._replace(id=f"{fact.id}@{fact.as_of}")
                    if names[fact.subject, fact.quantity] > 1 and "@" not in fact.id
                    else fact
                    for fact in layer
                ]
            ).for_years(years)
            for layer in layers
        ]
        self.own = {name: fact for layer in self.layers for name, fact in layer.by_id.items()}

    @cached_property
    def by_id(self) -> dict[str, Fact]:
        """Return every fact; of two with one id that of one's own."""
        return {**self.shipped.by_id, **self.own}

    @cached_property
    def subjects(self) -> dict[str, dict[str, Fact]]:
        """Return the bundle of every subject."""
        names = dict.fromkeys((*self.shipped.subjects, *(fact.subject for fact in self.own.values())))
        return {name: self.bundle(name) or {} for name in names}

    def bundle(self, subject: str) -> dict[str, Fact] | None:
        """Return quantity to fact for a subject: what ships, and one's own instead."""
        found = dict(self.shipped.bundle(subject) or {})
        for layer in self.layers:
            found |= layer.bundle(subject) or {}
        return found or None

    def find(self, identifier: str) -> Fact | None:
        """Return the fact with an id; an id without date means one's own, or else the latest that ships."""
        subject, _, quantity = identifier.rpartition(".")
        found = self.own.get(identifier) if "@" in identifier else (self.bundle(subject) or {}).get(quantity)
        return found if found is not None and found.file else self.shipped.find(identifier)

    def for_quantity(self, quantity: str) -> list[Fact]:
        """Return every fact of a quantity, one's own first, the newest of each first."""
        own = [fact for fact in self.own.values() if fact.quantity == quantity]
        shipped = [fact for fact in self.shipped.for_quantity(quantity) if fact.id not in self.own]
        return [*sorted(own, key=latest_key, reverse=True), *shipped]

    def _of(self, subject: str) -> list[Fact]:
        return [fact for fact in self.by_id.values() if fact.subject == subject]


@lru_cache(maxsize=1)
def standard_facts() -> FactBook:
    """Return the facts that ship."""
    return FactBook(files=[read_seeds(path) for path in sorted(data_folder("seeds").glob("*.csv"))])


def read_seeds(path: Path) -> SourceText:
    """Return the text of one seed file: a head, and a line a fact.

    Raises CalcError when its columns are others than COLUMNS, perhaps with SD and KIND after them.
    """
    source = SourceText(f"seeds/{path.name}", path.read_text(encoding="utf-8"))
    if _columns(source) not in {(*COLUMNS, *own) for own in OWN_COLUMNS}:
        message = f"the columns of {source.name} are not {', '.join(COLUMNS)}, perhaps with {SD} and {KIND} after them"
        raise CalcError("E-FACT", message, place=Place(source, 1, 1))
    return source


def _columns(source: SourceText) -> tuple[str, ...]:
    # Of a long file its head alone is copied.
    end = source.text.find("\n")
    return tuple((source.text if end < 0 else source.text[:end]).split(","))


def _facts(source: SourceText, beginning: str, holding: str = "") -> Iterator[Fact]:
    """Yield the facts of a seed file whose lines begin so, and hold these words; a line begins with the id.

    Raises CalcError with file and line for a row that is no fact.
    """
    text = source.text
    # What is rarer is looked for: the words, where every line may begin so.
    wanted = f"\n{beginning}" if beginning or not holding else holding
    at = text.find(wanted, text.find("\n"))
    while at >= 0:
        start = at if wanted[0] == "\n" else text.rfind("\n", 0, at)
        end = text.find("\n", start + 1)
        line = text[start + 1 :] if end < 0 else text[start + 1 : end]
        if line and holding in line:
            place = Place(source, text.count("\n", 0, start + 1) + 1, 1)
            columns, cells = _columns(source), next(csv.reader([line]))
            if len(cells) != len(columns):
                message = f"this fact has {len(cells)} columns, not {len(columns)}"
                raise CalcError("E-FACT", message, place=place, hint="one line a fact; quote a cell that holds a comma")
            yield _fact(dict(zip(columns, cells, strict=True)), place)
        at = -1 if end < 0 else text.find(wanted, end)


def _fact(row: dict[str, str], place: Place) -> Fact:
    kind = row.get(KIND) or LIKELY
    if kind not in KINDS or (kind != LIKELY and not (row["value"] and row["low"] and row["high"])):
        message = f"the kind of this fact is {kind!r}"
        hint = f"it is one of {', '.join(KINDS)}, and a fact that has one has value, low and high"
        raise CalcError("E-FACT", message, place=place, hint=hint)
    try:
        read_period(row["as_of"])
        return Fact(
            row["id"], row["subject"], row["quantity"],
            _optional(row["value"]), _optional(row["low"]), _optional(row["high"]),
            row["unit"], row["as_of"], int(row["currency_year"]) if row["currency_year"] else None,
            row["source"], row["url"], row["status"], row["note"], _optional(row.get(SD, "")), place, kind,
            row["seen"],
        )  # fmt: skip
    except (TypeError, ValueError) as error:
        raise CalcError(
            "E-FACT", f"this fact cannot be read: {error}", place=place, hint="one figure a column"
        ) from None


def _optional(text: str) -> float | None:
    if not text:
        return None
    # Python also reads 1_0 as 10, digits of other scripts, nan and infinity.
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{quote(text)} is no number")
    return float(text)


# ---------------- looked up by subject, quantity, status and words, as rows

FACT_COLUMNS: tuple[str, ...] = (
    "id", "value", "low", "high", "unit", "as_of", "currency_year", "status", "file", "source", "url", "note",
    "kind", "seen",
)  # fmt: skip


def search(
    words: str = "",
    *,
    subject: str | None = None,
    quantity: str | None = None,
    status: str | None = None,
    book: FactBook | None = None,
) -> list[dict[str, Any]]:
    """Return facts in order of id, filtered by exact subject, quantity and status, and by words anywhere.

    book: without one the facts that ship. `file` is where a fact of one's own stands, and empty for those that ship.
    """
    found = []
    for fact in sorted((book or standard_facts()).by_id.values(), key=lambda each: each.id):
        row = {column: getattr(fact, column) for column in (*FACT_COLUMNS, "subject", "quantity")}
        # Without a range there is nothing that the value could be the middle of.
        row["kind"] = fact.kind if fact.value is not None and fact.low is not None else None
        wanted = ((subject, fact.subject), (quantity, fact.quantity), (status, fact.status))
        if all(want is None or want == have for want, have in wanted) and holds_words(row, words):
            found.append(row)
    return found


def holds_words(row: dict[str, Any], words: str | None) -> bool:
    """Tell whether a row holds all of these words."""
    text = " ".join(str(value) for value in row.values() if value is not None).casefold()
    return all(word in text for word in (words or "").casefold().split())
