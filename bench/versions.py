"""Run tests with the oldest and the newest versions of libraries that are admitted, on every Python that is found.

    python bench/versions.py [--python python3.12 ...] [--kinds oldest newest] [--tests tests/engine ...] [--keep DIR]

For each interpreter from 3.11 on, pip makes two environments: with the oldest release of numpy, pint, PyYAML, rich and
typer that `pyproject.toml` admits and that has binaries there, and with the newest. A line each says what was installed
and how the tests ended; exit code 1 when any failed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
# What touches every library: units, arrays, tables, the command line; minutes, not an hour.
TESTS = (
    "tests/units", "tests/engine/test_ops.py", "tests/engine/test_compiled.py", "tests/golden",
    "tests/study/test_sampling.py", "tests/cli/test_command.py", "tests/cli/test_streams.py",
)  # fmt: skip
# What they need beside calc.
NEEDED = ("pytest", "pytest-xdist", "hypothesis", "scipy", "numpy-financial")
LIBRARIES = ("numpy", "pint", "PyYAML", "rich", "typer")
TELL = "import importlib.metadata as m, sys; print(*(f'{each} {m.version(each)}' for each in sys.argv[1:]), sep=', ')"
# The first releases with binaries for a Python that is younger than the oldest that is admitted.
FIRST = {"numpy": {"3.12": "1.26.0", "3.13": "2.1.0", "3.14": "2.3.3"}}


def oldest(version: str) -> list[str]:
    """Return the requirements of calc, each pinned to the oldest release that is admitted for a Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = []
    for each in project["dependencies"]:
        name, least = re.match(r"([A-Za-z0-9_-]+)>=([\d.]+)", each).groups()  # type: ignore[union-attr]  # all have one
        least = FIRST.get(name, {}).get(version, least)
        # `6.0` is any 6.0.x: the first of them may have no binaries.
        found.append(f"{name}=={least}" if least.count(".") > 1 else f"{name}=={least}.*")
    return found


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a program at the top of the checkout, and return what it wrote."""
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own words


def tried(python: str, kind: str, folder: Path, tests: list[str]) -> bool:
    """Make an environment, run tests in it, say how that ended; tell whether all is well."""
    version = run(python, "-c", "import sys; print(*sys.version_info[:2], sep='.')").stdout.strip()
    place = folder / f"{version}-{kind}"
    made = run(python, "-m", "venv", str(place))
    ours = str(place / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pins = oldest(version) if kind == "oldest" else []
    if not made.returncode:
        made = run(ours, "-m", "pip", "install", "--quiet", "--editable", str(ROOT), *NEEDED, *pins)
    if made.returncode:
        print(f"{version} {kind}: cannot be made: {made.stderr.strip()[-500:]}", flush=True)
        return False
    found = run(ours, "-c", TELL, *LIBRARIES).stdout.strip()
    done = run(ours, "-m", "pytest", "-q", *tests)
    print(f"{version} {kind} ({found}): {done.stdout.strip().splitlines()[-1]}", flush=True)
    if done.returncode:
        print(done.stdout[-3000:], flush=True)
    return done.returncode == 0


def main() -> int:
    """Try all of them; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", nargs="*", default=[each for each in PYTHONS if shutil.which(each)])
    parser.add_argument("--kinds", nargs="*", default=["oldest", "newest"])
    parser.add_argument("--tests", nargs="*", default=list(TESTS))
    parser.add_argument("--keep", type=Path, help="a folder for the environments; a temporary one without")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        ends = [tried(python, kind, folder, given.tests) for python in given.python for kind in given.kinds]
    return 0 if ends and all(ends) else 1


if __name__ == "__main__":
    sys.exit(main())
