"""The cells of a workbook before it is written: every input once, every figure as a formula over other cells."""

from __future__ import annotations

import re
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any

from calc.engine.figures import NotIncluded, NoValue, Series, at_year
from calc.engine.graph import formula_of
from calc.expression import is_left_out
from calc.records import dataclass, field
from calc.report.json import number
from calc.report.report import label
from calc.report.sheet_formula import FIRST, Line, Place, Term, is_by_year
from calc.scenario.years import figure_of
from calc.text import pattern
from calc.units import RATIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.scenario.case import Scenario
    from calc.study.results import Answer, CaseAnswer
    from calc.value import Value

INPUTS, FORMULAS, YEARS, CHECKS = "Inputs", "Formulas", "Years", "Checks"
NOT_INCLUDED, NO_VALUE = "not included", "no value"
NA = "#N/A"
_MARK = pattern("\x01(\\d+):(\\d+):(\\d+)\x02")
_CELL_NAME = pattern(r"[a-z]{1,3}[0-9]+|[rc]|r[0-9]*c[0-9]*|true|false", re.IGNORECASE)


@dataclass(eq=False, slots=True)
class Column:
    """A case or a part, which stands in one column of every sheet.

    parts: of a whole its parts. whole: of a part what it is a part of. at: the column. absent: what is not included,
    whatever the inputs are. by_name: its lines by year, and those of steps on the way by their words.
    """

    label: str
    scenario: Scenario
    found: CaseAnswer
    at: int
    whole: Column | None = None
    parts: list[Column] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    by_name: dict[str, Line] = field(default_factory=dict)
    by_words: dict[str, Line] = field(default_factory=dict)
    by_year: list[Line] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, str]:
        """Return what each sum over the parts adds up, of a part those of the whole."""
        return (self.whole or self).found.case.totals

    @property
    def own_calendar(self) -> Line:
        """Return the line of calendar years."""
        if "" not in self.by_name:
            line = self.by_name[""] = Line(YEARS, "", self.label, years=self.scenario.years)
            line.cells.update((FIRST + at, (float(year), None)) for at, year in enumerate(self.scenario.years))
        return self.by_name[""]


class Cells:
    """Every cell of the sheets of inputs, formulas and years.

    columns: cases and parts. inputs, formulas: lines with a cell a case; yearly_inputs: lines with a cell a year.
    names: by the name of a cell, its line and its first and last column. given: by line of an input what is given.
    """

    def __init__(self, answer: Answer) -> None:
        self.columns: list[Column] = []
        self.inputs: dict[str, Line] = {}
        self.formulas: dict[str, Line] = {}
        self.yearly_inputs: list[Line] = []
        self.names: dict[str, tuple[Line, int, int]] = {}
        self._lines: dict[int, Line] = {}
        self._masters: dict[tuple[object, ...], tuple[Line, int, str]] = {}
        self.answers: dict[int, Column] = {}
        self._add(answer, answer.cases, "")
        for each in answer.lines:
            where = next(one for one in each.answer.cases if each.case is one or each.case in one.parts)
            self._add(each.answer, [where], each.line.label)
        for column in self.columns:
            self._give(column)
        for column in self.columns:
            self._compute(column)

    def _add(self, answer: Answer, cases: list[CaseAnswer], before: str) -> None:
        for case in cases:
            whole = Column(before or case.label, answer.scenario, case, 0)
            for part in case.parts:
                label = f"{before}: {part.case.name}" if before else part.label
                whole.parts.append(Column(label, answer.scenario, part, 0, whole))
            for column in (*whole.parts, whole):
                column.at = FIRST + len(self.columns)
                self.columns.append(column)
                self.answers[id(column.found)] = column

    # ---------------------------------------------------------------- lines

    def line(self, mark: str) -> Line:
        """Return the line that a number of a mark stands for."""
        return self._lines[int(mark)]

    def _known(self, line: Line) -> Line:
        self._lines[id(line)] = line
        return line

    def _across(self, lines: dict[str, Line], sheet: str, key: str, words: str, quantity: Quantity | None) -> Line:
        """Return the line of a sheet with a cell a case, new where it is needed first."""
        if key not in lines:
            name, unit = (quantity.name, quantity.unit_text) if quantity else ("", "")
            lines[key] = self._known(Line(sheet, name, words, unit))
        return lines[key]

    def _yearly(self, column: Column, name: str) -> Line:
        if name not in column.by_name:
            quantity = column.scenario.catalogue[name]
            line = self._known(Line(YEARS, name, quantity.text, quantity.unit_text, column.scenario.years))
            column.by_name[name] = line
        return column.by_name[name]

    def calendar(self, column: Column) -> Line:
        """Return the line of calendar years of a case."""
        return self._known(column.own_calendar)

    def step(self, words: str) -> Line:
        """Return the line of a step on the way, told by its words."""
        return self._across(self.formulas, FORMULAS, f"= {self._key(words)}", words, None)

    def _key(self, words: str) -> str:
        # What is shortened may stand for several.
        return words if "..." not in words else f"{words} {len(self._lines)}"

    def yearly_step(self, column: Column, words: str) -> Line:
        """Return the line by year of a step on the way of a case, told by its words."""
        key = self._key(words)
        if key not in column.by_words:
            column.by_words[key] = self._known(Line(YEARS, "", words, years=column.scenario.years))
            column.by_year.append(column.by_words[key])
        return column.by_words[key]

    # ---------------------------------------------------------------- what is given

    def _give(self, column: Column) -> None:
        values = column.found.case.values
        rates = [values[name].converted for name in column.found.plan.leaves if name in values]
        further = [name for name in column.found.figures if name in values]
        for name in dict.fromkeys([*column.found.plan.leaves, *(each for each in rates if each), *further]):
            if name in values:
                self._given(column, name, values[name])

    def _given(self, column: Column, name: str, value: Value) -> None:
        quantity = column.scenario.catalogue[name]
        written = value.scaled(value.at_rate) if value.converted else value
        unit = quantity.unit
        words = quantity.text
        key, amount = name, quantity.unit_text
        if value.converted:
            currency = str(unit.dimension.currency)
            amount = amount.replace(currency, value.converted.partition("_per_")[0].upper())
            key, words = f"{name} in {amount}", f"{words}, as it was written"
        if value.by_year:
            self._given_by_year(column, name, key, written, amount)
        else:
            self._constant(column, (key, name, words, amount), number(written.point, unit), value)
            if value.growth is not None:
                about = f"{quantity.text}: growth a year"
                growth = (f"{name}_growth", name, about, "1/year")
                self._constant(column, growth, number(value.growth.point, RATIO), value)
        if value.is_yearly or (value.converted and isinstance(self._figure(column, value.converted), Series)):
            line = self._yearly(column, name)
            for at in range(len(column.scenario.years)):
                line.cells[FIRST + at] = (self._in_year(column, name, key, value, at), self.shown(column, name, at))
        elif value.converted:
            line = self._across(self.inputs, INPUTS, name, quantity.text, quantity)
            first = self.inputs[key].at(column.at)
            rate = self._rate(column, value.converted, None)
            line.cells[column.at] = (f"{first}/{rate}", self.shown(column, name, None))

    def _in_year(self, column: Column, name: str, key: str, value: Value, at: int) -> str:
        """Return the formula of a given value in a year."""
        if value.by_year:
            text = column.by_words[f"given {key}"].at(FIRST + at)
        else:
            text = self.inputs[key].at(column.at)
            if value.growth is not None and at:
                calendar = self.calendar(column)
                growth = self.inputs[f"{name}_growth"].at(column.at)
                text += f"*(1+{growth})^({calendar.at(FIRST + at)}-{calendar.at(FIRST)})"
        return f"{text}/{self._rate(column, value.converted, at)}" if value.converted else text

    def _rate(self, column: Column, name: str, at: int | None) -> str:
        term = self.named(column, name, at)
        if term is None:
            raise AssertionError(name)
        return term.over(1.0).text

    def _given_by_year(self, column: Column, name: str, key: str, value: Value, amount: str) -> None:
        quantity, years = column.scenario.catalogue[name], column.scenario.years
        master = ("by year", key, value, years)
        if master not in self._masters:
            line = self._known(Line(INPUTS, name, quantity.text, amount, years, label=label(quantity)))
            points = dict(value.by_year)
            for at, year in enumerate(years):
                line.cells[FIRST + at] = (number(points[year].point, quantity.unit), None)
            self.yearly_inputs.append(line)
            self._masters[master] = (line, FIRST, key)
            self._name(key, column, (line, FIRST, FIRST + len(years) - 1))
        column.by_words[f"given {key}"] = self._masters[master][0]

    def _constant(self, column: Column, about: tuple[str, str, str, str], point: float, value: Value) -> None:
        """Put a given number into its cell; where another case was given the very same, a reference to that."""
        key, name, words, unit = about
        if key not in self.inputs:
            called = label(column.scenario.catalogue[name])
            self.inputs[key] = self._known(Line(INPUTS, name, words, unit, label=called))
        line = self.inputs[key]
        master = (key, value)
        if master in self._masters:
            first, at, _ = self._masters[master]
            line.cells[column.at] = (first.at(at), point)
            return
        line.cells[column.at] = (point, None)
        self._masters[master] = (line, column.at, key)
        self._name(key, column, (line, column.at, column.at))

    def _name(self, key: str, column: Column, where: tuple[Line, int, int]) -> None:
        """Give a cell the name of its quantity, and of its case where that name is taken."""
        plain = re.sub(r"\W+", "_", key).strip("_")
        plain = f"{plain}_" if _CELL_NAME.fullmatch(plain) else plain
        taken = {each.lower() for each in self.names}
        if plain.lower() in taken:
            plain = f"{plain}.{re.sub(r'[^A-Za-z0-9]+', '_', column.label).strip('_')}"
        while plain.lower() in taken:
            plain += "_"
        self.names[plain[:250]] = where

    # ---------------------------------------------------------------- what is computed

    def _figure(self, column: Column, name: str) -> Figure | None:
        found = column.found.figures.get(name)
        if found is None and name in column.found.case.values:
            return figure_of(column.found.case.values[name], column.scenario.years)
        return found

    def named(self, column: Column, name: str, year: int | None) -> Term | None:
        """Return the cell of a name of a case in a year, or without a time; None for what is not included."""
        figure = self._figure(column, name)
        if name in column.absent or figure is None:
            return None
        factor = column.scenario.catalogue[name].unit.factor
        owner = column
        if column.whole is not None and name in column.totals:
            owner = column.whole
        if isinstance(figure, Series):
            line = self._yearly(owner, name)
            given = column.found.case.values.get(name)
            if given is not None and given.by_year and not given.converted:
                line = column.by_words[f"given {name}"]
            return Term(line.at(FIRST + (year or 0)), factor, is_plain=True)
        lines = self.inputs if name in column.found.case.values else self.formulas
        if name not in lines:
            quantity = column.scenario.catalogue[name]
            self._across(lines, FORMULAS, name, quantity.text, quantity)
        return Term(lines[name].at(owner.at), factor, is_plain=True)

    def place(self, column: Column) -> Place:
        """Return where formulas of a case find and leave their cells."""
        return Place(
            partial(self.named, column),
            column.found.figures,
            column.scenario.years,
            partial(self.calendar, column),
            self._line_of,
            self.step,
            partial(self.yearly_step, column),
            column.at,
        )

    def _line_of(self, terms: Sequence[Term]) -> Line | None:
        """Return the line by year that terms are the cells of, in order."""
        found = [_MARK.fullmatch(each.text) for each in terms]
        marks = [(each[1], int(each[2]), int(each[3])) for each in found if each]
        if len(marks) < len(terms) or len({each[0] for each in marks}) != 1:
            return None
        line = self._lines[int(marks[0][0])]
        in_order = all(each[1:] == (FIRST + at, FIRST + at) for at, each in enumerate(marks))
        return line if in_order and line.years else None

    def _compute(self, column: Column) -> None:
        case, figures, catalogue = column.found.case, column.found.figures, column.scenario.catalogue
        plan = column.found.plan
        column.absent.update(plan.not_included, plan.left_out)
        # Beside what was asked for there is what the models' verdicts are about.
        names = [name for order in (plan.order, figures) for name in order if name in figures]
        inputs = [name for name in figures if not catalogue[name].formulas]
        column.absent.update(name for name in inputs if isinstance(figures[name], NotIncluded))
        if column.whole is not None:
            column.absent.update(name for name in column.totals if isinstance(figures.get(name), NotIncluded))
        for name in column.totals if column.whole is None else ():
            self._total(column, name)
        column.by_year.extend(line for line in column.by_name.values() if line.name)
        place = self.place(column)
        for name in dict.fromkeys(names):
            formula = formula_of(catalogue, name, case.use)
            if name in case.values or name in column.totals or name in column.absent or formula is None:
                continue
            if is_left_out(formula.expression, column.absent):
                column.absent.add(name)
                continue
            self._formula(column, place, name, formula.expression)
        for line in column.by_name.values():
            if line not in column.by_year and line.name:
                column.by_year.append(line)

    def _formula(self, column: Column, place: Place, name: str, expression: Any) -> None:
        quantity, figures = column.scenario.catalogue[name], column.found.figures
        if isinstance(figures[name], Series):
            terms = [place.term(expression, at) for at in range(len(column.scenario.years))]
            line = self._yearly(column, name)
            if line not in column.by_year:
                column.by_year.append(line)
            for at, term in enumerate(terms):
                text = "NA()" if term is None else term.over(quantity.unit.factor).text
                line.cells[FIRST + at] = (text, self.shown(column, name, at))
            return
        term = place.term(expression, 0 if is_by_year(expression, figures) else None)
        line = self._across(self.formulas, FORMULAS, name, quantity.text, quantity)
        text = "NA()" if term is None else term.over(quantity.unit.factor).text
        line.cells[column.at] = (text, self.shown(column, name, None))

    def _total(self, column: Column, name: str) -> None:
        """Put a sum over the parts into its cell, or into one a year."""
        added, figure, quantity = column.totals[name], column.found.figures[name], column.scenario.catalogue[name]
        if isinstance(figure, NotIncluded):
            column.absent.add(name)
            return
        for at in range(len(column.scenario.years)) if isinstance(figure, Series) else (None,):
            terms = [self.named(part, added, at) for part in column.parts]
            text = "+".join(each.over(quantity.unit.factor).text for each in terms if each is not None)
            if at is None:
                line = self._across(self.formulas, FORMULAS, name, quantity.text, quantity)
                line.cells[column.at] = (text, self.shown(column, name, None))
            else:
                self._yearly(column, name).cells[FIRST + at] = (text, self.shown(column, name, at))

    def shown(self, column: Column, name: str, at: int | None) -> float | str:
        """Return what a cell shows before it is computed anew."""
        figure = self._figure(column, name)
        single = at_year(figure, at or 0) if figure is not None else None
        if isinstance(single, float | int) and isfinite(single):
            return number(single, column.scenario.catalogue[name].unit)
        return NA if isinstance(single, NoValue | NotIncluded) else 0.0
