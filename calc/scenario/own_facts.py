"""A file of facts of one's own: a price list, a quotation, measurements, in the columns of `seeds/`.

Only subject, quantity, value, unit, source and as_of are required. A unit may stand in the head instead, as in
`price [USD/server]`, and a column may be named after its quantity, as in `server_price [USD/server]`.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.facts.book import KIND, KINDS, LIKELY, SD, STATUSES, Fact, is_period
from calc.facts.delimited import Delimited, Numbers, Row, find_columns, missing_columns
from calc.scenario.amount import Amount, AmountError, parse_amount
from calc.scenario.fact_values import fact_value
from calc.scenario.unit_check import point_remarks, spelled, unit_hint
from calc.text import and_list, did_you_mean, looks_misspelt, or_list, pattern, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from calc.engine.catalogue import Quantity
    from calc.errors import Place, Problems, SourceText

REQUIRED = ("subject", "quantity", "value", "unit", "source", "as_of")
OPTIONAL = ("id", "low", "high", SD, KIND, "currency_year", "url", "status", "note", "seen")
_SPREAD = ("low", "high", SD)
_UNIT_IN_HEAD = pattern(r"(.*?)\s*\[([^\[\]]*)\]")
_OTHER_BRACKETS = pattern(r"(.*?)\s*[({<](.*)[)}>]")
# An address that a program would follow; `document: purchasing` is none.
_SCHEME = pattern(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:(?!\s)")
_LONGEST_NAME = 200


class OwnFile:
    """One file of facts; what is wrong is added to `problems`, what a reader should look at to `warnings`.

    quantities: those that are known. strange: quantities of the file that are none of these and no misspelt ones: a
    scenario can take their facts by id all the same.
    """

    def __init__(
        self, source: SourceText, quantities: Mapping[str, Quantity], problems: Problems, warnings: list[str]
    ) -> None:
        self.name, self.quantities, self.problems, self.warnings = source.name, quantities, problems, warnings
        self.facts: list[Fact] = []
        self.strange: dict[str, None] = {}
        self._units: dict[str, Amount] = {}
        try:
            self._table = Delimited(source, ",;\t")
            self._read_head()
            rows = list(self._table.rows(problems))
            figures = [*self._figures.values(), *(self._columns[each] for each in _SPREAD if each in self._columns)]
            texts = ((row.cells[at], self._at(row, at)) for row in rows for at in figures)
            self._numbers = Numbers(texts, comma_parts_cells=self._table.separator == ",")
        except CalcError as error:
            problems.add(error)
            return
        if not rows and not problems.errors:
            hint = "write one fact a line below the columns"
            problems.add(CalcError("E-FILE", "this file holds no fact", place=self._head_at(0), hint=hint))
        seen: dict[str, Row] = {}
        for row in rows:
            for fact in self._facts_of(row):
                if fact.id in seen or f"{fact.id}@{fact.as_of}" in seen:
                    problems.add(self._twice(fact, row, seen.get(fact.id) or seen[f"{fact.id}@{fact.as_of}"]))
                seen[f"{fact.id}@{fact.as_of}"] = row
                self.facts.append(fact)

    def _twice(self, fact: Fact, row: Row, before: Row) -> CalcError:
        message = f"`{fact.quantity}` of {quote(fact.subject)} as of {fact.as_of} stands twice"
        related = [("also at", self._table.at(before.line))]
        return CalcError("E-FACT", message, place=self._table.at(row.line), hint="keep one of them", related=related)

    # ------------------------------------------------------------ head

    def _read_head(self) -> None:
        """Find out what each column holds; raises CalcError."""
        table, plain = self._table, []
        # The columns of figures: by the quantity that they are named after, or "" for the one beside `quantity`.
        self._figures: dict[str, int] = {}
        self._head_units: dict[int, str] = {}
        for at, name in enumerate(table.columns):
            found = _UNIT_IN_HEAD.fullmatch(name)
            word = re.sub(r"[\s-]+", "_", found[1].strip()).casefold() if found else ""
            if found:
                self._head_units[at] = found[2].strip()
            if found and word in self.quantities:
                self._figures[word] = at
            elif found and word not in {*REQUIRED, *OPTIONAL, "value"}:
                # However the column is called, as `price [USD/server]` is.
                word = "value"
            plain.append(word if found and word not in self.quantities else "" if found else name)
        self._columns, unknown = find_columns(table, plain, (*REQUIRED, *OPTIONAL))
        needed = [each for each in REQUIRED if each not in {"quantity", "value", "unit"}] if self._figures else REQUIRED
        # Two ends make a range without a value.
        is_range = not self._figures and "value" not in self._columns and {"low", "high"} <= self._columns.keys()
        figure = self._columns.get("low" if is_range else "value")
        given = {*self._columns, *(["value"] if is_range else []), *(["unit"] if figure in self._head_units else [])}
        missing = [each for each in needed if each not in given]
        self._refuse_misspelt(plain, unknown, missing)
        if {"value", "unit"} & set(missing):
            self._refuse_without_unit(plain, unknown, missing)
        if missing:
            error = missing_columns(table, missing, "a file of facts")
            error.hint = f"{error.hint}; `calc facts new QUANTITY` writes a file to fill in"
            raise error
        if "value" in self._columns and self._figures:
            at = self._columns["value"]
            hint = "a file has one column of values beside `quantity`, or columns that are named after quantities"
            message = f"{quote(table.columns[at])} stands beside columns that are named after quantities"
            raise CalcError("E-FILE", message, place=self._head_at(at), hint=hint)
        if not self._figures:
            self._figures[""] = self._columns["low" if is_range else "value"]
        self._refuse_units_twice()
        if unknown:
            listed = ", ".join(quote(each) for each in unknown[:8])
            self.warnings.append(f"{self.name}: not read: {'columns' if len(unknown) > 1 else 'column'} {listed}")

    def _refuse_misspelt(self, plain: list[str], unknown: list[str], missing: list[str]) -> None:
        """Refuse a column that looks like one that is missing, or like a quantity; raises CalcError."""
        heads = [each for each in self._table.columns if _UNIT_IN_HEAD.fullmatch(each)]
        for name in unknown:
            meant = did_you_mean(name, missing)
            if meant:
                message = f"{quote(name)} is no column of a file of facts"
                raise CalcError("E-FILE", message, place=self._head_at(plain.index(name)), hint=meant)
        for head in heads if "quantity" in missing else ():
            base = _UNIT_IN_HEAD.sub(r"\1", head).strip()
            meant = (
                did_you_mean(base, self.quantities) or f"add a column `quantity`, which says of what {quote(base)} is"
            )
            at = self._table.columns.index(head)
            raise CalcError("E-NAME", f"{quote(base)} is no quantity", place=self._head_at(at), hint=meant)

    def _refuse_without_unit(self, plain: list[str], unknown: list[str], missing: list[str]) -> None:
        """Refuse a column of figures whose unit is left out, or stands in other brackets; raises CalcError."""
        for name in unknown:
            found = _OTHER_BRACKETS.fullmatch(name)
            base = found[1] if found else name
            word = re.sub(r"[\s-]+", "_", base.strip()).casefold()
            quantity = self.quantities.get(word)
            if quantity is None and not found:
                continue
            if quantity is not None:
                unit = spelled(quantity) if quantity.omittable and "power" in word else quantity.unit_text
                write = f"write `{word} [{unit}]`"
            elif "quantity" in missing:
                write, word = (
                    "name it after its quantity, with the unit: write `server_price [USD/server]`",
                    "server_price",
                )
            else:
                write, word = f"write the unit in square brackets, as in `{base} [USD/server]`", "server_price"
            absent = [each for each in missing if each not in {"quantity", "value", "unit"}]
            more = f", and there is no column {and_list(absent)}" if absent else ""
            message = f"the column {quote(name)} says no unit in `[ ]`{more}"
            hint = f"{write}; `calc facts new {word}` writes a file to fill in"
            raise CalcError("E-FILE", message, place=self._head_at(plain.index(name)), hint=hint)

    def _refuse_units_twice(self) -> None:
        """Refuse a unit in the head beside a column `unit`, or ends of a range in another unit; raises CalcError."""
        own = {self._head_units.get(at, "") for at in self._figures.values()}
        for at, unit in self._head_units.items():
            if "unit" in self._columns or (own != {unit} and at not in self._figures.values()):
                message = f"the unit of {quote(self._table.columns[at])} stands elsewhere too"
                raise CalcError("E-UNIT", message, place=self._head_at(at), hint="say it once for all figures of a row")

    def _head_at(self, at: int) -> Place:
        return self._table.place(self._table.head_line, at)

    # ------------------------------------------------------------ rows

    def _at(self, row: Row, at: int) -> Callable[[], Place]:
        return partial(self._table.place, row.line, at)

    def _place(self, row: Row, column: str) -> Place:
        at = self._columns.get(column)
        return self._table.at(row.line) if at is None else self._table.place(row.line, at)

    def _cell(self, row: Row, column: str) -> str:
        return row.cells[self._columns[column]].strip() if column in self._columns else ""

    def _wrong(self, row: Row, column: str, message: str, hint: str | None) -> CalcError:
        return CalcError("E-FACT", message, place=self._place(row, column), hint=hint)

    def _facts_of(self, row: Row) -> Iterator[Fact]:
        """Yield the facts of a row; a cell below the name of a quantity may be empty."""
        for name, at in self._figures.items():
            if name and not row.cells[at].strip():
                continue
            try:
                yield self._fact(row, name, at)
            except CalcError as error:
                self.problems.add(error)

    def _fact(self, row: Row, named: str, at: int) -> Fact:
        subject, name = self._needed(row, "subject"), named or self._needed(row, "quantity")
        quantity = self._quantity(row, name)
        one = self._unit(row, at, quantity)
        cells = {each: self._columns[each] for each in _SPREAD if each in self._columns}
        if at not in cells.values():
            cells = {"value": at, **cells}
        texts = {each: row.cells[cell].strip() for each, cell in cells.items()}
        found = {each: self._numbers.read(text, self._at(row, cells[each])) for each, text in texts.items() if text}
        kind = self._cell(row, KIND) or LIKELY
        self._refuse_shape(row, at, found, kind)
        if "value" in found and not self._numbers.mark:
            amount = one._replace(number=found["value"] * one.number, bare_text=texts["value"])
            self.warnings += point_remarks(amount, texts["value"], quantity, f"{self.name}:{row.line}: {name}")
        value, low, high, sd = (found[each] * one.number if each in found else None for each in ("value", *_SPREAD))
        fact = Fact(
            self._cell(row, "id") or f"{subject}.{name}", subject, name, value, low, high,
            str(one.unit) if one.unit else "1", self._date(row), self._currency_year(row, one),
            self._needed(row, "source"), self._address(row), self._status(row), self._cell(row, "note"), sd,
            self._table.at(row.line), kind, file=f"{self.name}:{row.line}",
        )  # fmt: skip
        if fact.id.partition("@")[0] != f"{subject}.{name}":
            raise self._wrong(
                row, "id", f"the id {quote(fact.id)} is not `{shorten(f'{subject}.{name}')}`", "leave it out"
            )
        try:
            fact_value(fact, quantity, name, self.warnings, None)
        except CalcError as error:
            error.place = self._table.place(row.line, at) if error.code == "E-BOUNDS" else self._unit_at(row, at)
            raise
        return fact

    def _needed(self, row: Row, column: str) -> str:
        text = self._cell(row, column)
        if not text:
            hint = "a fact says what it is of, where it comes from and when it held"
            raise self._wrong(row, column, f"`{column}` is empty", hint)
        if column != "source" and (len(text) > _LONGEST_NAME or "\n" in text):
            raise self._wrong(
                row, column, f"{quote(text)} is too long", f"at most {_LONGEST_NAME} characters, one line"
            )
        return text

    def _quantity(self, row: Row, name: str) -> Quantity | None:
        if name not in self.quantities and name not in self.strange:
            meant = did_you_mean(name, self.quantities) if looks_misspelt(name, self.quantities) else None
            if meant:
                raise CalcError(
                    "E-NAME", f"{quote(name)} is no quantity", place=self._place(row, "quantity"), hint=meant
                )
            self.strange[name] = None
        return self.quantities.get(name)

    def _unit(self, row: Row, at: int, quantity: Quantity | None) -> Amount:
        """Return one of the unit of a row, which may stand in the head; raises CalcError."""
        text = self._head_units.get(at, self._cell(row, "unit"))
        if not text and quantity is not None and not quantity.unit.dimension.is_ratio:
            hint = (
                unit_hint(row.cells[at].strip() or "1", quantity) if at not in self._head_units else spelled(quantity)
            )
            raise CalcError("E-UNIT", f"`{quantity.name}` has no unit", place=self._unit_at(row, at), hint=hint)
        if text not in self._units:
            try:
                self._units[text] = parse_amount("1" if text in {"", "1"} else f"1 {text}")
            except AmountError as error:
                place, message = self._unit_at(row, at), f"the unit of this fact: {error.message}"
                raise CalcError("E-UNIT", message, place=place, hint=error.hint) from None
        return self._units[text]

    def _unit_at(self, row: Row, at: int) -> Place:
        return self._head_at(at) if at in self._head_units else self._place(row, "unit")

    def _refuse_shape(self, row: Row, at: int, found: dict[str, float], kind: str) -> None:
        """Refuse figures that make no value and no range; raises CalcError."""
        ends = [found[each] for each in ("low", "value", "high") if each in found]
        message = hint = None
        if "value" not in found and not {"low", "high"} <= found.keys():
            message, hint = (
                "this fact has no value",
                "write a number, or low and high; a price that is not known has no row",
            )
        elif ("low" in found) != ("high" in found):
            message, hint = "a range has `low` and `high`", "give both or none"
        elif ends != sorted(ends) or (len(ends) > 1 and ends[0] == ends[-1]):
            message, hint = "low, value and high of this fact do not rise", "the smallest stands under `low`"
        elif kind not in KINDS or (kind != LIKELY and len(ends) < 3):
            message = f"the kind of this fact is {quote(kind)}"
            hint = f"it is {or_list(KINDS)}, and a fact that has one has value, low and high"
        elif SD in found and (found[SD] <= 0 or "value" not in found or "low" in found):
            message, hint = (
                "a standard deviation is above 0 and stands beside a value alone",
                "leave it out, or the range",
            )
        if message:
            raise CalcError("E-FACT", message, place=self._table.place(row.line, at), hint=hint)

    def _date(self, row: Row) -> str:
        text = self._needed(row, "as_of")
        if not is_period(text):
            hint = "write `2026-10-12`, `2026-10`, `2026`, or `2026-01 to 2026-06`"
            raise self._wrong(row, "as_of", f"{quote(text)} is no date", hint)
        return text

    def _currency_year(self, row: Row, one: Amount) -> int | None:
        text = self._cell(row, "currency_year")
        if text and not re.fullmatch(r"[12][0-9]{3}", text):
            raise self._wrong(row, "currency_year", f"{quote(text)} is no year", "as in `2026`; or leave it empty")
        if one.unit is None or one.unit.dimension.currency is None:
            return None
        return int(text or self._cell(row, "as_of")[:4])

    def _address(self, row: Row) -> str:
        text = self._cell(row, "url")
        if _SCHEME.match(text):
            hint = "an address begins with `https://`; other places are words, as in `document: purchasing`"
            raise self._wrong(row, "url", f"{quote(text)} is no address that a reader can look at", hint)
        return text

    def _status(self, row: Row) -> str:
        text = self._cell(row, "status")
        if text and text not in STATUSES:
            hint = did_you_mean(text, STATUSES) or f"it is {or_list(STATUSES)}, or empty"
            raise self._wrong(row, "status", f"{quote(text)} is no status", hint)
        return text
