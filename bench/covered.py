"""Branch coverage by folder, from data files of `coverage`; ends with 1 below what has been reached before.

    CALC_TESTS_IN_ONE_PROCESS=1 python -m coverage run -m pytest; python bench/covered.py .coverage
    python bench/mutation.py map; python bench/covered.py build/mutation/map/*.coverage

`--missing calc/engine` lists what no test runs in the files that a regular expression finds: lines, and branches as
`line->line`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import coverage

ROOT = Path(__file__).resolve().parents[1]
OPERATIONS = {"calc/op.py", "calc/ops.py", "calc/dated.py", "calc/flows.py"}
# Per cent of lines and branches together, rounded down: what was reached. It only goes up.
LEAST = {
    "calc/units": 100, "operations": 100, "calc/models": 100, "calc/engine": 100, "calc/scenario": 100,
    "calc/placement": 96, "calc/study": 98,
}  # fmt: skip


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="data files of coverage; several are taken together")
    parser.add_argument("--missing", help="a regular expression for files")
    options = parser.parse_args()
    files = measured([str(path.resolve()) for path in options.files])
    if options.missing:
        for name, found in sorted(files.items()):
            missing = [*found["missing_lines"], *(f"{one}->{other}" for one, other in found["missing_branches"])]
            if missing and re.search(options.missing, name):
                print(f"{name}: {', '.join(map(str, missing))}")
        return
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, found in files.items():
        summary = found["summary"]
        for place in (place_of(name), "all"):
            sums[place][0] += summary["covered_lines"] + summary["covered_branches"]
            sums[place][1] += summary["num_statements"] + summary["num_branches"]
    below = []
    for place, (reached, whole) in sorted(sums.items()):
        print(f"{place:<16} {reached / whole:>7.2%}   {whole - reached:>5} of {whole:,} lines and branches are not run")
        if 100 * reached < LEAST.get(place, 0) * whole:
            below.append(f"{place} is below {LEAST[place]} %")
    sys.exit("; ".join(below) or 0)


def measured(files: list[str]) -> dict[str, Any]:
    """Return by file of calc what ran and what did not."""
    with TemporaryDirectory() as folder:
        together = coverage.Coverage(data_file=str(Path(folder, "all")), config_file=str(ROOT / "pyproject.toml"))
        together.combine(files, keep=True)
        together.json_report(outfile=str(Path(folder, "all.json")))
        found: dict[str, Any] = json.loads(Path(folder, "all.json").read_text())["files"]
    # As they are named in any copy of the tree.
    return {re.sub(r"^(.*/)?calc/", "calc/", name): each for name, each in found.items()}


def place_of(name: str) -> str:
    """Return the folder of a file, or what the files of calc itself are about."""
    if name in OPERATIONS:
        return "operations"
    return name.rpartition("/")[0]


if __name__ == "__main__":
    main()
