"""The points of a sweep as rows, written as they are made: lines of CSV, or columns of a Parquet file."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from math import isnan
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from calc.errors import CalcError
from calc.report.csv import inert
from calc.report.json import as_json, inputs_of, number, number_text, study_dict
from calc.report.output import on_screen, whole_file
from calc.report.sweep_report import about
from calc.study.sweep import broken_of, conditions_of, not_included, reasons_of
from calc.study.sweep_pieces import CaseRun, SweepWork, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack

    from calc.engine.catalogue import Catalogue
    from calc.scenario.case import Scenario
    from calc.study.sweep import SweepCase
    from calc.study.sweep_pieces import Column, Swept
    from calc.units import Unit

    Take = Callable[[CaseRun, list[Any]], None]

CASE, HOLDS = "case", "holds"
# All that lines of CSV hold beside names of cases.
_IN_FIGURES = b"0123456789+-.e,\nTrueFalse"


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

    def are_rows(self, run: CaseRun, rows: list[Any], points: int) -> bool:
        """Tell whether arrays may be the rows of so many points of a case; lines hold its name and plain figures."""
        if self.options[0] == "columns":
            return super(RowsWork, self).are_rows(run, rows, points)
        if [(each.dtype.str, each.ndim) for each in rows] != [("|u1", 1)]:
            return False
        text, start = b"\n" + rows[0].tobytes(), b"\n" + line([str(inert(run.case.name))]).encode() + b","
        figures = text.replace(start, b"\n,")
        return text.count(start) == figures.count(b"\n") - 1 == points and not figures.translate(None, _IN_FIGURES)

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
    # Most columns of a grid repeat few values.
    values, places = np.unique(array, return_inverse=True)
    count = len(values) - int(np.count_nonzero(np.isnan(values)))  # NaN is sorted to the end
    present = values[:count].tolist()
    if form is float:
        told = np.array([*(number(each, unit) for each in present), *[np.nan] * (len(values) - count)])
    else:
        told = np.array([*(number_text(each, unit) for each in present), *[""] * (len(values) - count)], dtype=object)
    return told[places]


# ---------------------------------------------------------------- files


@contextmanager
def csv_rows(runs: list[CaseRun], catalogue: Catalogue, path: str | None, *, force: bool) -> Iterator[Take]:
    """Yield what takes the lines of pieces and writes them; without a path, to standard output."""
    first = f"{line(heads(runs, catalogue))}\n"
    if path is None:
        with on_screen():
            sys.stdout.write(first)
            yield lambda _, rows: sys.stdout.writelines(each.tobytes().decode() for each in rows) and None
        return
    with whole_file(path, force=force) as file:
        file.write(first.encode())
        yield lambda _, rows: file.writelines(each.tobytes() for each in rows)


@contextmanager
def parquet_rows(runs: list[CaseRun], catalogue: Catalogue, path: str, *, force: bool) -> Iterator[Take]:
    """Yield what takes the columns of pieces and writes them as row groups of a Parquet file.

    Raises CalcError when pyarrow, which the extra `[parquet]` installs, is not there.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        hint = "install it with `pip install 'ai-infra-calc[parquet]'`, or take `--format csv`"
        raise CalcError("E-USAGE", "Parquet needs pyarrow, which is not installed", hint=hint) from None
    kinds = {CASE: pa.string(), HOLDS: pa.bool_()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in heads(runs, catalogue)])
    with whole_file(path, force=force) as file, pq.ParquetWriter(file, schema) as writer:

        def take(run: CaseRun, rows: list[Any]) -> None:
            names = [head(each, catalogue) for each in run.columns]
            found = {name: pa.array(each, mask=np.isnan(each)) for name, each in zip(names, rows, strict=False)}
            size = len(rows[0])
            found[CASE] = pa.array([run.case.name]).take(pa.array(np.zeros(size, dtype=np.int64)))
            if run.has_conditions:
                found[HOLDS] = pa.array(rows[-1])
            arrays = [found.get(each.name, pa.nulls(size, each.type)) for each in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield take


# ---------------------------------------------------------------- JSON

# So many numbers are written at a time, and of so many points that miss a condition it is looked for which.
_CHUNK = 1 << 16
_LOOKED_AT = 4096


class Points:
    """The points of the sweep of one case, in files without a name: one a column, as the sweep has them.

    nowhere: of every column the axes at its first point without a value. missed: the axes of the first points that
    miss a condition.
    """

    def __init__(self, run: CaseRun, opened: ExitStack) -> None:
        count = len(run.columns) + int(run.has_conditions)
        self.run = run
        self.files: list[IO[bytes]] = [opened.enter_context(TemporaryFile()) for _ in range(count)]  # noqa: SIM115  # `opened` closes them
        self.axes = len(run.boxes.shape)
        self.nowhere: dict[int, list[float]] = {}
        self.missed: list[Any] = [np.empty(0)] * self.axes

    def take(self, arrays: list[Any]) -> None:
        """Keep the arrays of a piece, a column each."""
        for file, array in zip(self.files, arrays, strict=True):
            file.write(np.ascontiguousarray(array).data)
        for at in range(self.axes, len(self.run.columns)):
            empty = np.isnan(arrays[at]).nonzero()[0]
            if at not in self.nowhere and empty.size:
                self.nowhere[at] = [float(each[empty[0]]) for each in arrays[: self.axes]]
        if self.run.has_conditions and len(self.missed[0]) < _LOOKED_AT:
            missed = np.flatnonzero(~arrays[-1])[:_LOOKED_AT]
            self.missed = [np.concatenate([one, each[missed]]) for one, each in zip(self.missed, arrays, strict=False)]

    def chunks(self, at: int, unit: Unit | None) -> Iterator[list[str]]:
        """Yield the texts of a column in pieces; without a unit they are truth values."""
        file, kind = self.files[at], np.dtype(float if unit else bool)
        file.seek(0)
        while read := file.read(_CHUNK * kind.itemsize):
            array = np.frombuffer(read, dtype=kind)
            if unit is None:
                yield np.where(array, "true", "false").tolist()
                continue
            # Most columns of a grid repeat few values.
            values, places = np.unique(array, return_inverse=True)
            texts = ["null" if isnan(each) else number_text(each, unit) for each in values.tolist()]
            yield np.array(texts, dtype=object)[places].tolist()


def write_points(
    scenario: Scenario, found: list[Swept], points: list[Points], write: Callable[[str], object], *, ascii_only: bool
) -> None:
    """Write the JSON of a sweep whose points are kept in files: as `as_json` would write it, piece by piece.

    ascii_only: as for `as_json`.
    """
    marks: dict[str, tuple[Points, int, Unit | None]] = {}
    cases = [_case(scenario, swept, each, marks) for swept, each in zip(found, points, strict=True)]
    body = {**about(scenario), "cases": cases}
    text = as_json(study_dict("sweep", scenario, body), ascii_only=ascii_only)
    for mark, (kept, at, unit) in marks.items():
        before, _, text = text.partition(json.dumps(mark))
        write(before)
        indent = " " * (len(before.rpartition("\n")[2]) - len(before.rpartition("\n")[2].lstrip()))
        between = ""
        for chunk in kept.chunks(at, unit):
            lead = "[\n" if not between else ",\n"
            between = f",\n{indent}  "
            write(f"{lead}{indent}  {between.join(chunk)}")
        write(f"\n{indent}]")
    write(text)


def _case(scenario: Scenario, found: Swept, points: Points, marks: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON result of one case, with marks for lists of points, which are noted in their order."""
    run, summary = found
    columns: list[dict[str, Any]] = []

    def marked(at: int, unit: Unit | None) -> str:
        mark = f"\x00{len(marks)}\x00"
        marks[mark] = points, at, unit
        return mark

    for at, (name, year, kind) in enumerate(run.columns):
        quantity = scenario.catalogue[name]
        if kind == "values":
            columns.append({"name": name, "year": year, "unit": quantity.unit_text})
        columns[-1][kind] = marked(at, quantity.unit)
        if at in points.nowhere and kind == "values":
            names = [each for each, _, _ in run.columns[: points.axes]]
            axes = {each: np.array([value]) for each, value in zip(names, points.nowhere[at], strict=True)}
            columns[-1] |= {"reason": reasons_of(run.run, axes, {(name, year): np.array([np.nan])})[name, year]}
    ends = [int(summary.positions[each]) for each in summary.ends(run.ranking)]
    missed = {each[0]: array for each, array in zip(run.columns, points.missed, strict=False)}
    holds = np.zeros(len(points.missed[0]), dtype=bool)
    return {
        "name": run.case.name,
        "points": summary.size,
        "columns": columns,
        "conditions": conditions_of(run.run),
        "model_checks": broken_of(run.run, missed, holds),
        "not_included": not_included(run.run),
        **({"at_likely_values": True} if run.run.is_uncertain and not run.run.is_drawn else {}),
        "holds": marked(len(run.columns), None) if run.has_conditions else None,
        "best": ends[0] if ends else None,
        "worst": ends[1] if ends else None,
        "pareto": summary.positions[summary.front(run.ranking)].tolist(),
        "inputs": inputs_of(scenario, run.case),
    }
