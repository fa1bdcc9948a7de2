"""Measure what every command takes at sizes inside the documented limits, and at a quarter of them.

Each row is two runs of the command in processes of their own: processor time and peak memory of the large one, and how
many times the time of the small one it took, start-up left out. Four times as much may take six times the time, so that
nothing grows with the square of what is asked. Exit code 1 where a row takes more, or more than the seconds allowed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

RACKS = ["servers_per_rack", "rack_power_stranded", "rack_power_stranded_share", "racks_needed", "stranded_power_total"]
LINGANG = ["lingang-a100-server", "lingang-high-rack"]
MOST_GROWTH = 6.0
# What takes less is start-up and chance.
_LEAST = 0.25


class Row(NamedTuple):
    """A size. make: writes its files into a folder and returns the line. size: the large one. seconds: at most so many.

    refused: it is told to be too large.
    """

    name: str
    size: int
    make: Callable[[Path, int], list[str]]
    seconds: float = 20.0
    refused: bool = False


def _file(folder: Path, found: dict[str, Any], name: str = "size.yaml") -> str:
    path = folder / name
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return str(path)


def cases(count: int, **more: Any) -> dict[str, Any]:
    """Return so many choices of the number of servers."""
    each = {f"c{at}": {"servers_needed": f"{1000 + at} servers"} for at in range(count)}
    return {"facts": LINGANG, "cases": each, "show": RACKS, **more}


def uncertain_cases(count: int) -> dict[str, Any]:
    """Return so many choices with a range in each."""
    return cases(count, inputs={"server_power": "4 to 5 kW"})


def one_figure(count: int) -> dict[str, Any]:
    """Return so many choices of one figure of one's own."""
    each = {f"c{at}": {"x": f"${at + 1}"} for at in range(count)}
    return {"inputs": {"x": "$1", "y": "$2"}, "formulas": {"z": "x + y"}, "cases": each, "show": ["z"]}


def parts(count: int, **more: Any) -> dict[str, Any]:
    """Return so many clusters with sums over them."""
    each = {f"p{at}": {"facts": LINGANG, "inputs": {"servers_needed": f"{1000 + at} servers"}} for at in range(count)}
    totals = {"racks": "sum of racks_needed", "stranded": "sum of stranded_power_total"}
    return {"parts": each, "totals": totals, "show": [*RACKS, *totals], **more}


def parts_and_cases(count: int) -> dict[str, Any]:
    """Return as many parts as cases, so that each is there so often as there are both."""
    root = round(count**0.5)
    chosen = {f"c{at}": {"server_power": f"{4 + at / 1000} kW"} for at in range(root)}
    return parts(root, cases=chosen)


def years_of_parts(count: int) -> dict[str, Any]:
    """Return so many parts over thirty years."""
    return parts(count, years="2026 to 2055", inputs={"a": {"start": "$1", "grows": "3 %/year"}},
                 formulas={"b": "a * 2"})  # fmt: skip


def compared(folder: Path, count: int) -> list[str]:
    """Return a comparison of so many cases."""
    return ["compare", _file(folder, cases(count))]


def axes(count: int, more: int = 5) -> list[str]:
    """Return a sweep with some axes of so many values, of the split of a budget and what it buys."""
    names = {
        "server_power": ("3", "7", "kW"), "rack_power_rated": ("20", "60", "kW"),
        "servers_needed": ("10", "1000", "servers"),
        "rack_power_derating": ("60", "100", "%"), "rack_height": ("36", "52", "U"), "server_height": ("2", "8", "U"),
    }  # fmt: skip
    found = [
        f"{name}={low} to {high} {unit} in {count} steps" for name, (low, high, unit) in list(names.items())[:more]
    ]
    return [word for each in found for word in ("--axis", each)]


def six_axes(folder: Path, count: int) -> list[str]:
    """Return a sweep over six axes of some points in all."""
    each = round(count ** (1 / 6))
    path = _file(folder, {"facts": LINGANG, "show": RACKS})
    return ["sweep", path, *axes(each, 6)]


def points_as(form: str) -> Callable[[Path, int], list[str]]:
    """Return a sweep of so many points, written in a format."""

    def made(folder: Path, count: int) -> list[str]:
        root = round(count**0.5)
        path = _file(folder, {"facts": LINGANG, "inputs": {"servers_needed": "1,000 servers"}, "show": RACKS[:3]})
        return ["sweep", path, *axes(root, 2), "--format", form]

    return made


def drawn_sweep(folder: Path, count: int) -> list[str]:
    """Return a sweep with samples at so many points."""
    path = _file(folder, {"facts": LINGANG, "inputs": {"servers_needed": "900 to 1100 servers"}, "show": RACKS,
                          "uncertainty": {"samples": 1000}})  # fmt: skip
    return ["sweep", path, "--axis", f"server_power=3 to 7 kW in {count} steps"]


def found_surely(folder: Path, count: int) -> list[str]:
    """Return a goal with a confidence over so many samples."""
    path = _file(folder, {"facts": LINGANG, "inputs": {"server_power": "4 to 5 kW"}, "show": ["servers_per_rack"]})
    goal = "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5 with 80 % confidence"
    return ["find", path, "--goal", goal, "--samples", str(count)]


def checks(count: int) -> dict[str, Any]:
    """Return so many checks of one figure."""
    return {"facts": LINGANG, "show": RACKS, "checks": [f"rack_power_stranded <= {10 + at} kW" for at in range(count)]}


def sampled_checks(count: int) -> dict[str, Any]:
    """Return so many checks of an uncertain figure."""
    return {**checks(count), "inputs": {"server_power": "4 to 5 kW"}}


def failing_checks(count: int) -> dict[str, Any]:
    """Return so many checks that fail."""
    return {"facts": LINGANG, "show": RACKS,
            "checks": [f"rack_power_stranded >= {10 + at} kW" for at in range(count)]}  # fmt: skip


def promises(count: int) -> dict[str, Any]:
    """Return so many cases with a promise each that is not kept."""
    return cases(count, expect={f"c{at}": {"servers_per_rack": 77} for at in range(count)})


def unknown(count: int) -> dict[str, Any]:
    """Return so many names that nobody knows."""
    return {"inputs": {f"server_powr_{at}x": "4 kW" for at in range(count)}, "show": ["servers_per_rack"]}


def unknown_shown(count: int) -> dict[str, Any]:
    """Return so many names to show that nobody knows."""
    return {"facts": LINGANG, "show": [f"servers_per_rak_{at}" for at in range(count)]}


def unknown_in_formulas(count: int) -> dict[str, Any]:
    """Return so many formulas with a name that nobody knows."""
    return {"inputs": {"a": "$1"}, "formulas": {f"x{at}": f"a + othr_{at}" for at in range(count)}, "show": ["x0"]}


def wrong_units(count: int) -> dict[str, Any]:
    """Return so many cases with an amount that nobody can read."""
    return cases(0, cases={f"c{at}": {"servers_needed": f"{at} kWq"} for at in range(count)})


def bad_formulas(count: int) -> dict[str, Any]:
    """Return so many formulas that cannot be read."""
    return {"inputs": {"a": "$1"}, "formulas": {f"x{at}": f"a + {at} kW" for at in range(count)}, "show": ["x0"]}


def chain(count: int) -> dict[str, Any]:
    """Return formulas that need each other one after the other."""
    formulas = {f"x{at}": f"x{at - 1} + a" for at in range(1, count + 1)}
    return {"inputs": {"x0": "$1", "a": "$1"}, "formulas": formulas, "show": [f"x{count}"]}


def uncertain_chain(count: int) -> dict[str, Any]:
    """Return the same with a range at its beginning."""
    return {**chain(count), "inputs": {"x0": "$1 to $2", "a": "$1"}}


def wide(count: int) -> dict[str, Any]:
    """Return sums of sums of so many inputs of one's own, forty to a formula."""
    names = [f"cost_{at}" for at in range(count)]
    formulas: dict[str, str] = {}
    level = names
    while len(level) > 1:
        sums = [level[at : at + 40] for at in range(0, len(level), 40)]
        level = [f"sum_{len(formulas) + at}" for at in range(len(sums))]
        formulas |= {name: " + ".join(each) for name, each in zip(level, sums, strict=True)}
    formulas["all"] = f"{level[0]} * 1"
    return {"inputs": dict.fromkeys(names, "$1"), "formulas": formulas, "show": ["all"]}


def wide_ranges(count: int) -> dict[str, Any]:
    """Return one sum of so many uncertain inputs of one's own."""
    return {**wide(count), "inputs": {f"cost_{at}": f"${at + 1} to ${at + 2}" for at in range(count)}}


def many_formulas(count: int) -> dict[str, Any]:
    """Return so many formulas of one's own, all shown."""
    return {"inputs": {"a": "$1"}, "formulas": {f"x{at}": "a * 2 + a" for at in range(count)}}


def many_years(count: int) -> dict[str, Any]:
    """Return so many formulas over a hundred years."""
    return {"years": "2026 to 2125", "inputs": {"a": {"start": "$1", "grows": "3 %/year"}},
            "formulas": {f"x{at}": "a * 2 + a" for at in range(count)}}  # fmt: skip


def own_facts(folder: Path, count: int) -> list[str]:
    """Return a run with so many facts of one's own."""
    rows = [f"thing-{at},server_price,{1000 + at},USD/server,Quotation {at},2026-10-12" for at in range(count)]
    path = folder / "prices.csv"
    path.write_text("\n".join(["subject,quantity,value,unit,source,as_of", *rows, ""]), encoding="utf-8")
    found = {"facts": [*LINGANG, "thing-1"], "show": ["servers_per_rack"]}
    return ["run", _file(folder, found), "--facts", str(path)]


def own_facts_wrong(folder: Path, count: int) -> list[str]:
    """Return a check with so many facts of one's own that are wrong."""
    rows = [f"thing-{at},server_pric,{1000 + at},USD/server,Quotation {at},2026-10-12" for at in range(count)]
    path = folder / "prices.csv"
    path.write_text("\n".join(["subject,quantity,value,unit,source,as_of", *rows, ""]), encoding="utf-8")
    return ["run", _file(folder, {"facts": LINGANG, "show": ["servers_per_rack"]}), "--facts", str(path)]


def long_words(folder: Path, count: int) -> list[str]:
    """Return a scenario with texts of so many characters in all, each as long as may be."""
    note = "word " * 12_000
    names = [f"n{at}" for at in range(max(1, count // len(note)))]
    found = {"question": note, "inputs": {each: {"value": "$1", "source": note, "note": note[:-1]} for each in names},
             "formulas": {"all": " + ".join(names)}, "show": ["all"]}  # fmt: skip
    return ["run", _file(folder, found), "--details"]


def table(folder: Path, count: int) -> list[str]:
    """Return a table of so many lines of one other scenario."""
    one = {"scenario": "lingang-racks", "case": "25 kW", "computed": ["servers_per_rack"]}
    return ["run", _file(folder, {"table": {f"line {at}": one for at in range(count)}})]


def driven(command: str, option: str) -> Callable[[Path, int], list[str]]:
    """Return a study of the drivers of a sum of so many inputs."""

    def made(folder: Path, count: int) -> list[str]:
        words = [option, f"all >= {3 * count} USD"] if option == "--flip" else [option, "all"]
        return [command, _file(folder, wide_ranges(count)), *words]

    return made


def of(command: str, make: Callable[[int], dict[str, Any]], *more: str) -> Callable[[Path, int], list[str]]:
    """Return a command on a scenario of a size."""
    return lambda folder, count: [command, _file(folder, make(count)), *more]


def samples(command: str, *more: str) -> Callable[[Path, int], list[str]]:
    """Return a command on a scenario that asks for so many samples itself."""

    def made(folder: Path, count: int) -> list[str]:
        found = {"facts": LINGANG, "inputs": {"server_power": "4 to 5 kW", "servers_needed": "1,000 servers"},
                 "show": RACKS, "uncertainty": {"samples": count}}  # fmt: skip
        return [command, _file(folder, found), *more]

    return made


def new_from(folder: Path, count: int) -> list[str]:
    """Return a copy of a large scenario."""
    return ["new", "--from", _file(folder, cases(count)), "-o", str(folder / "copy.yaml")]


def explained(folder: Path, count: int) -> list[str]:
    """Return the whole tree of a chain of formulas."""
    return ["explain", _file(folder, chain(count)), f"x{count}", "--depth", "all"]


def workbook(folder: Path, count: int) -> list[str]:
    """Return a workbook of a chain of formulas."""
    return ["run", _file(folder, chain(count)), "-o", str(folder / "a.xlsx"), "--force"]


ROWS = (
    Row("cases, each with a range", 5_000, of("run", uncertain_cases)),
    Row("cases of one figure", 50_000, of("run", one_figure), 30),
    Row("cases of one figure, JSON", 50_000, of("run", one_figure, "--format", "json"), 40),
    Row("parts x cases", 10_000, of("run", parts_and_cases), 40),
    Row("cases in `compare`", 500, compared),
    Row("cases in `compare`, more", 4_000, compared),
    Row("sweep over six axes", 531_441, six_axes),
    Row("sweep, table of points", 4_000_000, points_as("table")),
    Row("sweep, JSON of points", 1_000_000, points_as("json"), 30),
    Row("sweep, CSV of points", 1_000_000, points_as("csv")),
    Row("sweep, HTML of points", 1_000_000, points_as("html"), 30),
    Row("sweep with 1,000 samples at points", 10_000, drawn_sweep, 30),
    Row("`find` with confidence, samples", 10_000_000, found_surely, 60),
    Row("checks", 5_000, of("run", checks)),
    Row("checks of an uncertain figure", 5_000, of("run", sampled_checks)),
    Row("checks that fail", 5_000, of("check", failing_checks)),
    Row("promises not kept", 5_000, of("check", promises)),
    Row("unknown names given", 20_000, of("run", unknown)),
    Row("unknown names shown", 20_000, of("run", unknown_shown)),
    Row("unknown names in formulas", 20_000, of("run", unknown_in_formulas)),
    Row("amounts that nobody can read", 20_000, of("run", wrong_units)),
    Row("formulas that nobody can read", 20_000, of("run", bad_formulas)),
    Row("`run`, samples", 4_000_000, samples("run")),
    Row("`check`, samples", 1_000_000_000, samples("check"), 5),
    Row("`explain`, samples", 1_000_000_000, samples("explain", "racks_needed"), 5),
    Row("`sensitivity`, samples", 1_000_000_000, samples("sensitivity", "--figure", "racks_needed"), 5),
    Row("`sweep`, samples", 1_000_000_000, samples("sweep", "--axis", "rack_power_rated=5 to 25 kW in 5 steps"), 5),
    Row("`find`, samples", 1_000_000_000,
        samples("find", "--goal", "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"), 5),
    Row("`compare`, samples", 1_000_000_000, lambda _, count: ["compare", "lingang-racks", "--samples", str(count)], 5),
    Row("chain of formulas", 20_000, of("run", chain)),
    Row("chain of formulas, with a range", 4_000, of("run", uncertain_chain)),
    Row("chain of formulas, `explain`", 4_000, explained),
    Row("chain of formulas, workbook", 4_000, workbook),
    Row("inputs in one sum", 20_000, of("run", wide)),
    Row("uncertain inputs in one sum", 2_000, of("run", wide_ranges)),
    Row("formulas, all shown", 10_000, of("run", many_formulas)),
    Row("formulas over 100 years", 2_000, of("run", many_years)),
    Row("parts over 30 years", 1_000, of("run", years_of_parts)),
    Row("parts", 2_000, of("run", parts)),
    Row("parts, HTML", 2_000, of("run", parts, "--format", "html")),
    Row("facts of one's own", 100_000, own_facts),
    Row("facts of one's own, all wrong", 20_000, own_facts_wrong),
    Row("characters of words", 4_000_000, long_words),
    Row("lines of a table", 400, table),
    Row("drivers of a sum", 200, driven("sensitivity", "--figure"), 40),
    Row("flips of a sum", 100, driven("sensitivity", "--flip"), 40),
    Row("copy of a large scenario", 20_000, new_from),
)  # fmt: skip


def measure(line: list[str], folder: Path, most: float = 60.0) -> tuple[float, float, int, str]:
    """Return processor time, peak memory in MB, exit code and first words on standard error of a command."""
    out, err = folder / "out", folder / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        command = [sys.executable, "-m", "calc", *line]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        pid = os.posix_spawn(
            sys.executable, command, environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, stdout.fileno(), 1), (os.POSIX_SPAWN_DUP2, stderr.fileno(), 2)],
        )  # fmt: skip
        # What would take for ever is ended.
        resource.prlimit(pid, resource.RLIMIT_CPU, (round(most), round(most)))
        _, status, usage = os.wait4(pid, 0)
    words = err.read_text("utf-8", "replace").strip().partition("\n")[0]
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), words


class Measured(NamedTuple):
    """A row measured: processor time less start-up, its growth from a quarter of the size, memory, what was said."""

    row: Row
    seconds: float
    growth: float
    memory: float
    code: int
    words: str

    @property
    def is_met(self) -> bool:
        """Tell whether the row took what it deserves."""
        return self.seconds <= self.row.seconds and self.growth <= MOST_GROWTH


def measure_row(row: Row, start: float) -> Measured:
    """Measure a row at its size and at a quarter of it."""
    with tempfile.TemporaryDirectory() as folder:
        small = measure(row.make(Path(folder), row.size // 4), Path(folder), 2 * row.seconds)
        large = measure(row.make(Path(folder), row.size), Path(folder), 3 * row.seconds)
    seconds = max(0.0, large[0] - start)
    growth = seconds / max(_LEAST, small[0] - start) if seconds > _LEAST else 1.0
    return Measured(row, seconds, growth, *large[1:])


def main() -> int:
    """Measure, print the table as it comes, return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name holds the text")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = min(measure(["run", "lingang-racks"], Path(folder))[0] for _ in range(3))
    print("| what | how many | processor time, s | of a quarter, times | peak memory, MB | exit code | |")
    print("|---|---:|---:|---:|---:|---:|---|", flush=True)
    fine = True
    for row in ROWS:
        if chosen.only in row.name:
            found = measure_row(row, start)
            fine = fine and found.is_met
            verdict = ("met" if found.is_met else "missed") + (f"; {found.words[:90]}" if found.words else "")
            print(f"| {row.name} | {row.size:,} | {found.seconds:.2f} | {found.growth:.1f} | {found.memory:.0f} "
                  f"| {found.code} | {verdict} |", flush=True)  # fmt: skip
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
