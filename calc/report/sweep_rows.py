"""The points of a sweep as rows: a piece of it as lines of CSV, or as columns of numbers in declared units."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calc.report.csv import inert
from calc.report.json_values import number, number_text
from calc.study.sweep_pieces import CaseRun, SweepWork, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.engine.catalogue import Catalogue
    from calc.study.sweep import SweepCase
    from calc.study.sweep_pieces import Column
    from calc.units import Unit

CASE, HOLDS = "case", "holds"


def heads(runs: list[CaseRun], catalogue: Catalogue) -> list[str]:
    """Return the heads of the columns of all cases: `case`, names with their unit, `holds`."""
    found = [CASE]
    for run in runs:
        found += [head(each, catalogue) for each in run.columns]
        found += [HOLDS] if run.has_conditions else []
    return list(dict.fromkeys(found))


def head(column: Column, catalogue: Catalogue) -> str:
    """Return the head of a column, as in `racks_needed (rack)`."""
    name, year, kind = column
    words = [name, *([str(year)] if year is not None else []), *([kind] if kind != "values" else [])]
    return f"{' '.join(words)} ({catalogue[name].unit_text})"


def line(cells: list[str]) -> str:
    """Return a line of CSV without its end."""
    target = io.StringIO()
    csv.writer(target, lineterminator="").writerow(cells)
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class RowsWork(SweepWork):
    """The points of a sweep, with the rows of each piece as `csv`, or as `columns` of numbers in declared units."""

    def former(self) -> Callable[[CaseRun, SweepCase], list[Any]]:
        """Return the function that makes rows of a part: the bytes of lines, or an array a column."""
        return self._formed

    def _formed(self, run: CaseRun, part: SweepCase) -> list[Any]:
        catalogue = run.run.scenario.catalogue
        named = columns_of(part)
        if self.options[0] == "columns":
            arrays = [_told(array, catalogue[name].unit, float) for (name, _, _), array in named.items()]
            return [*arrays, *([] if part.holds is None else [part.holds])]
        return [self._lines(run, part, {key: _told(each, catalogue[key[0]].unit, str) for key, each in named.items()})]

    def _lines(self, run: CaseRun, part: SweepCase, texts: dict[Column, Any]) -> Any:
        import numpy as np

        catalogue = run.run.scenario.catalogue
        found = {head(key, catalogue): each.tolist() for key, each in texts.items()}
        if part.holds is not None:
            found[HOLDS] = np.where(part.holds, "True", "False").tolist()
        found[CASE] = [line([str(inert(run.case.name))])] * part.size
        empty = [""] * part.size
        rows = map(",".join, zip(*(found.get(each, empty) for each in self.options[1]), strict=True))
        return np.frombuffer(("\n".join(rows) + "\n").encode(), dtype=np.uint8)


def _told(array: Any, unit: Unit, form: type) -> Any:
    """Return an array in base units as texts or numbers in a unit; an empty text or NaN where there is no value."""
    import numpy as np

    # Most columns of a grid repeat few values.
    values, places = np.unique(array, return_inverse=True)
    count = len(values) - int(np.count_nonzero(np.isnan(values)))  # NaN is sorted to the end
    present = values[:count].tolist()
    if form is float:
        told = np.array([*(number(each, unit) for each in present), *[np.nan] * (len(values) - count)])
    else:
        told = np.array([*(number_text(each, unit) for each in present), *[""] * (len(values) - count)], dtype=object)
    return told[places]
