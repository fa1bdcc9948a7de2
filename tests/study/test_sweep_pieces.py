"""Sweeps in pieces against the same sweeps held whole."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from calc_command import calc
from hypothesis import given
from hypothesis import strategies as some

from calc.errors import CalcError, Problems
from calc.longrun import Resources
from calc.records import replace
from calc.report.json import number, number_text
from calc.scenario.load import load
from calc.scenario.resolve import Options, Scenario, resolve
from calc.study import sweep, sweep_pieces
from calc.study.sweep import SweepCase, cut, front_of, run_sweep
from calc.study.sweep_pieces import Ranking, Summary, merged
from calc.study.sweep_pieces import _bytes as told_size
from calc.units import RATIO, parse_unit

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = some.lists(some.integers(1, 7), min_size=1, max_size=4).map(tuple)
# Cabinets below 4.5 kW hold no server, so that there is no number of racks: points without a value.
TEXT = """
inputs: {servers_needed: 250 servers, server_power: 4.5 kW}
show: [servers_per_rack, racks_needed, rack_power_stranded, server_power]
checks: [rack_power_stranded <= 2 kW]
cases:
  "full, no margin": {rack_power_derating: 100 %}
  derated: {rack_power_derating: 80 %}
sweep:
  rack_power_rated: 2 to 40 kW in 39 steps
  servers_needed: [100 servers, 200 servers, 400 servers]
  minimise: racks_needed
  pareto: [minimise racks_needed, minimise rack_power_stranded]
"""


def scenario(folder: Path, text: str = TEXT, **options: Any) -> Scenario:
    (folder / "points.yaml").write_text(text)
    problems = Problems()
    return resolve(load(str(folder / "points.yaml"), problems), Options(**options), problems)


@given(SHAPES, some.integers(1, 60))
def test_boxes_cover_a_grid_in_the_order_of_its_points(shape: tuple[int, ...], size: int) -> None:
    boxes = cut(shape, size)
    positions = np.arange(math.prod(shape)).reshape(shape)
    found = []
    for at in range(boxes.total):
        inside = positions[tuple(slice(low, high) for low, high in boxes.box(at))].ravel().tolist()
        assert inside[0] == boxes.start(at)
        assert 0 < len(inside) <= size
        found += inside
    assert found == list(range(math.prod(shape)))


@given(some.floats(allow_nan=False, allow_infinity=False) | some.integers(-(10**17), 10**17).map(float))
def test_a_number_has_the_text_of_the_number(base: float) -> None:
    for unit in (RATIO, parse_unit("kW"), parse_unit("%")):
        if math.isfinite(base / unit.factor):
            assert number_text(base, unit) == repr(number(base, unit))
        else:
            for write in (number_text, number):
                with pytest.raises(CalcError, match="larger than any number"):
                    write(base, unit)


@given(some.lists(some.tuples(some.integers(0, 6), some.integers(0, 6), some.booleans()), max_size=40))
def test_a_front_is_what_no_point_beats(points: list[tuple[int, int, bool]]) -> None:
    one, other = (np.array([each[at] for each in points], dtype=float) for at in (0, 1))
    holds = np.array([each[2] for each in points], dtype=bool)
    allowed = [at for at, each in enumerate(points) if each[2]]

    def beats(a: int, b: int) -> bool:
        return bool(one[a] <= one[b] and other[a] <= other[b] and (one[a] < one[b] or other[a] < other[b]))

    wanted = [at for at in allowed if not any(beats(each, at) for each in allowed)]
    found = front_of(one, other, holds)
    assert sorted(found) == wanted
    assert found == sorted(found, key=lambda at: (one[at], at))


@pytest.fixture(params=[1, 4, 7, 50, 1000])
def box(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sweep_pieces, "BOX", request.param)
    monkeypatch.setattr(sweep_pieces, "BOX_DRAWN", request.param)
    return int(request.param)


def in_pieces(found: Scenario) -> list[SweepCase]:
    runs = sweep_pieces.case_runs(found)
    work = sweep_pieces.work_on(found, sweep_pieces.SweepWork, "arrays")
    rows: dict[int, list[list[Any]]] = {}
    places = {id(run): at for at, run in enumerate(runs)}
    swept = sweep_pieces.sweep_in_pieces(
        found, work, runs, Resources(), lambda run, each: rows.setdefault(places[id(run)], []).append(each)
    )
    return sweep_pieces.assembled(swept, rows)


@pytest.mark.parametrize("uncertain", ["", "{low: 4 kW, likely: 4.5 kW, high: 5 kW}"], ids=["points", "samples"])
def test_pieces_put_together_are_the_sweep_held_whole(uncertain: str, box: int, tmp_path: Path) -> None:
    if uncertain and box < 4:
        pytest.skip("no more is learnt from it")
    found = scenario(
        tmp_path, TEXT.replace("server_power: 4.5 kW", f"server_power: {uncertain or '4.5 kW'}"), samples=50
    )
    for whole, pieced in zip(run_sweep(found), in_pieces(found), strict=True):
        assert bool(whole.p10) == bool(uncertain)
        for name in ("axes", "columns", "p10", "p90"):
            one, other = getattr(whole, name), getattr(pieced, name)
            assert list(one) == list(other)
            for key in one:
                np.testing.assert_array_equal(one[key], other[key])
        np.testing.assert_array_equal(whole.holds, pieced.holds)
        assert (whole.best, whole.worst, whole.front) == (pieced.best, pieced.worst, pieced.front)
        assert whole.size == 117


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_what_is_shown_of_a_large_sweep_is_what_is_shown_of_one_held_whole(
    form: str, box: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from calc.cli import studies

    shown = []
    # Three axes: a map of two would show all points.
    found = scenario(tmp_path, TEXT.replace("  minimise", "  hours_per_month: [730]\n  minimise"))
    for held in (10_000, 0):
        monkeypatch.setattr(studies, "HELD", held)
        assert studies.deliver_sweep(found, form, None, Resources(), force=False) == 0
        shown.append(capsys.readouterr().out)
    assert "60 of 117 points" in shown[0]
    assert "the same at every point" in shown[0]
    assert shown[0] == shown[1]


def test_a_sweep_of_which_not_all_is_held_is_no_map(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from calc.cli import studies

    monkeypatch.setattr(studies, "HELD", 0)
    assert studies.deliver_sweep(scenario(tmp_path), "table", None, Resources(), force=False) == 0
    assert "60 of 117 points" in capsys.readouterr().out


@pytest.mark.parametrize("to_file", [False, True])
def test_the_json_of_a_large_sweep_is_that_of_one_held_whole(
    to_file: bool, box: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million points took 14 s and 942 MB."""
    from calc.cli import studies
    from calc.report import sweep_file

    texts = []
    monkeypatch.setattr(sweep_file, "_CHUNK", 7)
    for name, held in (("held.json", 10_000), ("large.json", 0)):
        monkeypatch.setattr(studies, "HELD", held)
        path = str(tmp_path / name) if to_file else None
        assert studies.deliver_sweep(scenario(tmp_path), "json", path, Resources(), force=False) == 0
        shown = capsys.readouterr().out
        texts.append((tmp_path / name).read_text("utf-8") if to_file else shown)
    assert texts[0] == texts[1]
    # With its reasons, nulls, truth values and front.
    assert all(each in texts[0] for each in ("null", "true", '"reason"', '"best"'))


def test_rows_as_they_come_are_those_of_a_sweep_held_whole(
    box: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from calc.cli import studies

    found = scenario(tmp_path)
    for name, held in (("held.csv", 10_000), ("large.csv", 0)):
        monkeypatch.setattr(studies, "HELD", held)
        assert studies.deliver_sweep(found, "csv", str(tmp_path / name), Resources(), force=False) == 0
    held_whole = (tmp_path / "held.csv").read_text()
    assert held_whole.count("\n") == 1 + 2 * 117
    assert '"full, no margin",2.0,100.0,0.0,,2.0,4.5,True' in held_whole
    assert (tmp_path / "large.csv").read_text() == held_whole


def test_parquet_has_the_rows_of_csv(tmp_path: Path) -> None:
    import csv

    import pyarrow.parquet as pq

    scenario(tmp_path)
    for name in ("points.parquet", "points.csv"):
        assert calc("sweep", "points.yaml", "-o", name, cwd=tmp_path).code == 0
    rows = pq.read_table(tmp_path / "points.parquet").to_pylist()
    with (tmp_path / "points.csv").open(newline="") as file:
        for row, text in zip(rows, csv.DictReader(file), strict=True):
            assert {key: "" if each is None else str(each) for key, each in row.items()} == text


def test_a_summary_does_not_grow_with_the_points(tmp_path: Path) -> None:
    found = scenario(tmp_path, TEXT.replace("in 39 steps", "in 20000 steps"))
    runs = sweep_pieces.case_runs(found)
    work = sweep_pieces.work_on(found, sweep_pieces.SweepWork, None)
    for swept in sweep_pieces.sweep_in_pieces(found, work, runs, Resources(), lambda *_: None):
        assert swept.summary.size == 60_000
        assert len(swept.summary.positions) <= sweep_pieces.HEAD + 2 + len(swept.summary.front(swept.run.ranking))


def test_a_front_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_pieces, "MAX_FRONT", 10)
    monkeypatch.setattr(sweep_pieces, "BOX", 5)
    # More power stranded the larger the cabinet: no point beats another.
    text = TEXT[: TEXT.index("checks")] + (
        "sweep:\n  rack_power_rated: 5 to 8 kW in 20 steps\n"
        "  pareto: [minimise rack_power_stranded, maximise rack_power_rated]\n"
    )
    found = scenario(tmp_path, text.replace("show: [", "show: [rack_power_usable, ").replace(
        "maximise rack_power_rated", "maximise rack_power_usable"))  # fmt: skip
    with pytest.raises(CalcError, match="more than 10 points are on the Pareto front"):
        in_pieces(found)


def test_a_sweep_that_does_not_fit_on_the_disk_is_not_begun(tmp_path: Path) -> None:
    axes = [f"--axis={name} in 10000 steps" for name in
            ("rack_power_rated=5 to 25 kW", "server_power=1 to 6 kW", "rack_power_derating=50 to 100 %")]  # fmt: skip
    scenario(tmp_path)
    done = calc("sweep", "points.yaml", *axes, "-o", "points.csv", cwd=tmp_path)
    assert done.code == 2
    assert "error[E-TOO-LARGE]: 2,000,000,000,000 points, about" in done.err
    assert "TB, do not fit into the" in done.err
    assert not list(tmp_path.glob("*.csv"))
    # JSON is written from files without a name.
    done = calc("sweep", "points.yaml", *axes, "--format", "json", cwd=tmp_path)
    assert done.code == 2
    assert "TB, do not fit into the" in done.err


def test_what_a_long_sweep_takes_is_told_where_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = scenario(tmp_path, TEXT.replace("in 39 steps", "in 20000 steps"))
    runs, work = sweep_pieces.case_runs(found), sweep_pieces.work_on(found, sweep_pieces.SweepWork, None)

    def told(resources: Resources | None = None, *, terminal: bool = True) -> str:
        monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
        sweep_pieces.size_up_pieces(runs, work, resources or Resources(), [], found.place)
        return capsys.readouterr().err

    # Three counts of servers, two cases; a second is not worth a word.
    assert told() == ""
    monkeypatch.setattr(sweep_pieces, "_TELL_SECONDS", -1.0)
    assert re.fullmatch(r"120,000 points, about \d+ seconds\n", told())
    assert re.fullmatch(r"120,000 points, about \d+ seconds with 2 workers\n", told(Resources(2)))
    assert told(terminal=False) == ""
    monkeypatch.setattr("sys.stderr", None)
    sweep_pieces.size_up_pieces(runs, work, Resources(), [], found.place)


def test_sizes_are_told_in_the_unit_that_fits() -> None:
    for size, text in (
        # Halves tell a million from a little more or less.
        (0, "1 MB"), (1.4e6, "1 MB"), (501.5e6, "502 MB"), (999e6, "999 MB"), (1e9, "1 GB"), (501.5e9, "502 GB"),
        (1e12, "1 TB"), (501.5e12, "502 TB"), (1e15, "1 PB"), (2501.5e15, "2,502 PB"),
    ):  # fmt: skip
        assert told_size(size) == text, size


def test_what_a_sweep_held_whole_takes_is_told_where_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = scenario(tmp_path, TEXT.replace("in 39 steps", "in 20000 steps"))
    asked, cases = found.studies.request("sweep"), found.studies.cases("sweep")
    # A thousandth of a second each of 3 x 20,000 points of two cases
    monkeypatch.setattr(sweep, "_seconds", lambda *_: 1e-3)
    for terminal, points, told in ((True, 20_000, "120,000 points, 0.0 GB, about 2 minutes\n"), (False, 20_000, ""),
                                   (True, 100, "")):  # fmt: skip
        monkeypatch.setattr("sys.stderr.isatty", lambda terminal=terminal: terminal)
        axes = [replace(axis, values=axis.values[:points]) for axis in asked.axes]
        sweep.size_up(found, replace(asked, axes=tuple(axes)), cases)
        assert capsys.readouterr().err == told
    monkeypatch.setattr("sys.stderr", None)
    sweep.size_up(found, asked, cases)


def test_a_piece_in_which_nothing_holds_is_kept_as_any_other(tmp_path: Path) -> None:
    text = TEXT.replace("rack_power_stranded <= 2 kW", "rack_power_stranded <= %s")
    for limit, held in (("-1 kW", False), ("1 MW", True)):
        found = scenario(tmp_path, text.replace("%s", limit))
        work, [run, _] = sweep_pieces.work_on(found, sweep_pieces.SweepWork, None), sweep_pieces.case_runs(found)
        piece = sweep_pieces.Piece(0, 0, run.boxes.total)
        done = work.made([run])(piece)
        assert bool(done.summary.held) is held
        assert work.is_done(run, done, piece)
        counts: tuple[Any, ...] = (-1, done.summary.size + 1, 1.0, None)
        for count in counts:
            wrong = done._replace(summary=replace(done.summary, held=count))
            assert not work.is_done(run, wrong, piece)


def test_a_file_that_is_there_is_not_computed_for(tmp_path: Path) -> None:
    scenario(tmp_path)
    (tmp_path / "points.csv").write_text("mine")
    done = calc("sweep", "points.yaml", "-o", "points.csv", "--checkpoint", "pieces", cwd=tmp_path)
    assert "error[E-EXISTS]" in done.err
    assert not (tmp_path / "pieces").exists()
    assert (tmp_path / "points.csv").read_text() == "mine"


def _part(rows: Any, holds: Any, start: int, kept: list[int]) -> Summary:
    varies = np.array([len({str(each) for each in column}) > 1 for column in rows.T])
    held = None if holds is None else int(sum(holds))
    marks = None if holds is None else holds[kept]
    return Summary(len(rows), held, rows[0], varies, np.array(kept) + start, rows[kept], marks)


def _to_keep(rows: Any, holds: Any, start: int) -> list[int]:
    """Return by definition which points of a part are kept: the first of all, the ends, and whom no other beats."""
    usable = [at for at in range(len(rows)) if holds is None or holds[at]]
    ranked = [at for at in usable if not math.isnan(rows[at, 0])]
    # The least of figure 0 is worst, the greatest best; figure 1 is to be great and figure 2 small.
    ends = {min(ranked, key=lambda at: -rows[at, 0]), min(ranked, key=lambda at: rows[at, 0])} if ranked else set()
    pairs = {at: (-rows[at, 1], rows[at, 2]) for at in usable if not np.isnan(rows[at, 1:]).any()}
    front = {at for at, [one, two] in pairs.items() if not _beaten(at, one, two, pairs)}
    return sorted(ends | front | set(range(max(0, min(len(rows), sweep_pieces.HEAD - start)))))


def _beaten(at: int, one: float, two: float, pairs: dict[int, tuple[float, float]]) -> bool:
    return any(
        a <= one and b <= two and ((a, b) != (one, two) or other < at) for other, (a, b) in pairs.items() if other != at
    )


@pytest.mark.parametrize("with_conditions", [False, True])
def test_pieces_put_together_keep_what_the_whole_keeps(
    monkeypatch: pytest.MonkeyPatch, *, with_conditions: bool
) -> None:
    monkeypatch.setattr(sweep_pieces, "HEAD", 7)
    ranking = Ranking((0, -1), ((1, -1), (2, 1)))
    random = np.random.default_rng(19)
    for size, sizes in ((40, (5, 1, 14, 20)), (40, (10, 10, 10, 10)), (9, (3, 3, 3)), (30, (29, 1))):
        rows = random.integers(0, 9, (size, 4)).astype(float)
        rows[:, 3] = 5.0
        rows[random.random(size) < 0.2, random.integers(0, 3)] = math.nan
        holds = random.random(size) < 0.7 if with_conditions else None
        whole = _part(rows, holds, 0, _to_keep(rows, holds, 0))
        found, start = None, 0
        for each in sizes:
            part = slice(start, start + each)
            marks = None if holds is None else holds[part]
            piece = _part(rows[part], marks, start, _to_keep(rows[part], marks, start))
            found, start = piece if found is None else merged(found, piece, ranking), start + each
        assert found is not None
        for name in ("size", "held", "first", "varies", "positions", "rows", "holds"):
            np.testing.assert_array_equal(getattr(found, name), getattr(whole, name), err_msg=name)


def test_a_front_of_too_many_points_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ranking = Ranking(None, ((0, 1), (1, 1)))
    rows = np.array([[each, -each] for each in range(6)], dtype=float)
    one, other = (_part(rows[at : at + 3], None, at, [0, 1, 2]) for at in (0, 3))
    monkeypatch.setattr(sweep_pieces, "MAX_FRONT", 6)
    assert merged(one, other, ranking).size == 6
    monkeypatch.setattr(sweep_pieces, "MAX_FRONT", 5)
    with pytest.raises(CalcError, match="more than 5 points are on the Pareto front"):
        merged(one, other, ranking)
