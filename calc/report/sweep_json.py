"""The JSON of a sweep with very many points: written as it is read back from files, so that memory does not grow.

What stands around the points is made as for any sweep, with a mark in the place of each list of them.
"""

from __future__ import annotations

import json
from math import isnan
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from calc.report.json import as_json
from calc.report.json_values import inputs_of, number_text
from calc.report.study_reports import study_dict
from calc.report.sweep_report import about
from calc.study.sweep import broken_of, conditions_of, not_included, reasons_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack

    from calc.scenario.case import Scenario
    from calc.study.sweep_pieces import CaseRun, Swept
    from calc.units import Unit

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
