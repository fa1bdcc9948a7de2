"""For real: a checkout, an editable install and a wheel elsewhere all find the seeds and the scenarios.

Nothing is downloaded: the wheel is built by the hatchling of the test environment, and the fresh environments see the
dependencies through a `.pth` file that names its site-packages. Such a folder's own `.pth` files are not read, so an
editable install in the test environment does not leak.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("calc", "seeds", "scenarios", "pyproject.toml", "README.md", "LICENSE")
KEPT = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "LANG")
WINDOWS = os.name == "nt"
OFFLINE = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
CASES = ("5 kW", "10 kW", "25 kW", "5 kW, 80 % rule", "10 kW, 80 % rule", "25 kW, 80 % rule")


@dataclass(frozen=True)
class Installed:
    """An interpreter that can run calc, and where its `calc` has to come from.

    home: the folder that holds the package `calc`. script: the command `calc`, None in a checkout.
    """

    python: Path
    home: Path
    script: Path | None
    environment: dict[str, str]
    elsewhere: Path


def clean_environment(**extra: str) -> dict[str, str]:
    """Return an environment without PYTHONPATH and without pip's settings."""
    return {**{key: os.environ[key] for key in KEPT if key in os.environ}, "PYTHONIOENCODING": "utf-8", **extra}


def run(command: list[str | Path], cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def copy_checkout(to: Path) -> Path:
    """Copy what a build needs, so that no build leaves anything in the checkout."""
    to.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__", "_data"))
        else:
            shutil.copy2(ROOT / name, to / name)
    return to


def fresh_environment(folder: Path) -> Path:
    """Make a virtual environment without pip and return its interpreter."""
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder.parent, clean_environment())
    return folder / ("Scripts/python.exe" if WINDOWS else "bin/python")


def lend_dependencies(python: Path) -> None:
    """Let an environment import what the test environment has installed."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run([python, "-c", ask], python.parent, clean_environment()).stdout.strip())
    lent = [each for each in sys.path if each.endswith(("site-packages", "dist-packages"))]
    (packages / "lent.pth").write_text("".join(f"{each}\n" for each in lent), encoding="utf-8")


def install(python: Path, *what: str | Path) -> None:
    """Install into the environment of an interpreter, offline, and over what the test environment may lend it."""
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", "--ignore-installed"]
    run([*pip, *OFFLINE, *what], python.parent, clean_environment())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    checkout = copy_checkout(folder / "checkout")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "wheel", "--wheel-dir", folder / "built"]
    run([*pip, *OFFLINE, checkout], folder, clean_environment())
    [found] = (folder / "built").iterdir()
    return found


def as_checkout(folder: Path) -> Installed:
    return Installed(Path(sys.executable), ROOT, None, clean_environment(PYTHONPATH=str(ROOT)), folder)


def as_editable(folder: Path) -> Installed:
    checkout = copy_checkout(folder / "checkout")
    python = fresh_environment(folder / "environment")
    # hatchling has to be there before it can build what is installed
    lend_dependencies(python)
    install(python, "--editable", checkout)
    return Installed(python, checkout, python.with_name("calc"), clean_environment(), folder)


def as_wheel(folder: Path, wheel: Path) -> Installed:
    python = fresh_environment(folder / "environment")
    install(python, wheel)
    lend_dependencies(python)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run([python, "-c", ask], folder, clean_environment()).stdout.strip())
    return Installed(python, packages, python.with_name("calc"), clean_environment(), folder)


@pytest.fixture(scope="module", params=["checkout", "editable", "wheel"])
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "checkout":
        return as_checkout(folder)
    return as_editable(folder) if request.param == "editable" else as_wheel(folder, wheel)


def commands(installed: Installed) -> list[list[str | Path]]:
    """Return the ways to call calc: the module, and the console script where there is one."""
    module: list[str | Path] = [installed.python, "-m", "calc"]
    return [module] if installed.script is None else [module, [installed.script]]


def test_calc_comes_from_where_it_should(installed: Installed) -> None:
    ask = "import calc, calc.files as p; print(calc.__file__, *map(p.data_folder, ('seeds', 'scenarios')), sep='|')"
    told = run([installed.python, "-c", ask], installed.elsewhere, installed.environment).stdout.strip()
    package, seeds, scenarios = (Path(each).resolve() for each in told.split("|"))
    home = installed.home.resolve()
    assert package == home / "calc" / "__init__.py"
    packed = not (home / "pyproject.toml").is_file()
    assert seeds == (home / "calc" / "_data" if packed else home) / "seeds"
    assert scenarios == (home / "calc" / "_data" if packed else home) / "scenarios"


def test_the_checkout_does_not_leak(installed: Installed) -> None:
    """Only the checkout itself may have this repository on its path."""
    ask = "import sys; print('\\n'.join(sys.path))"
    path = run([installed.python, "-c", ask], installed.elsewhere, installed.environment).stdout.splitlines()
    assert (str(ROOT) in path) == (installed.script is None)
    assert "PYTHONPATH" not in installed.environment or installed.script is None


def test_a_shipped_scenario_runs_by_name(installed: Installed) -> None:
    for command in commands(installed):
        done = run([*command, "run", "lingang-racks", "--format", "json"], installed.elsewhere, installed.environment)
        answer: dict[str, Any] = json.loads(done.stdout)
        results = {case["name"]: case["results"] for case in answer["cases"]}
        assert [results[case]["servers_per_rack"]["value"] for case in CASES] == [1.0, 2.0, 5.0, 0.0, 1.0, 4.0]
        assert [results[case]["racks_needed"]["value"] for case in CASES] == [1000.0, 500.0, 200.0, None, 1000.0, 250.0]
        assert answer["cases"][0]["inputs"]["server_power"]["fact"] == "lingang-a100-server.server_power"


def test_shipped_scenarios_hold_their_promises(installed: Installed) -> None:
    """Two stand for all: code, facts and scenarios are those of this folder, to the byte."""
    names = ["lingang-racks", "own-colo-rent"]
    done = run([*commands(installed)[-1], "check", *names], installed.elsewhere, installed.environment)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_scenario_in_another_folder_extends_a_shipped_one(installed: Installed) -> None:
    folder = installed.elsewhere / "plans"
    folder.mkdir(exist_ok=True)
    (folder / "mine.yaml").write_text("extends: lingang-racks\ncases: {}\ninputs: {rack_power_rated: 18 kW}\n")
    for command in commands(installed):
        done = run([*command, "run", "mine.yaml", "--format", "json"], folder, installed.environment)
        assert json.loads(done.stdout)["cases"][0]["results"]["servers_per_rack"]["value"] == 4.0


def test_the_version_is_that_of_the_package(installed: Installed) -> None:
    import calc

    for command in commands(installed):
        done = run([*command, "--version"], installed.elsewhere, installed.environment)
        assert done.stdout == f"calc {calc.__version__}\n"


def test_what_the_wheel_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    [metadata] = {name.partition("/")[0] for name in held if ".dist-info/" in name}
    assert metadata.startswith("ai_infra_calc-")
    for folder, pattern in (("seeds", "**/*.csv"), ("scenarios", "*.yaml")):
        here = {f"calc/_data/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / folder).glob(pattern)}
        assert here
        assert {name for name in held if name.startswith(f"calc/_data/{folder}/")} == here
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "calc").rglob("*.py")}
    with zipfile.ZipFile(wheel) as archive:
        for name in held:
            if name.startswith("calc/"):
                assert archive.read(name) == (ROOT / name.replace("calc/_data/", "")).read_bytes(), name
    assert {name for name in held if name.endswith(".py")} == code
    assert {"calc/py.typed", "calc/units/definitions.txt", f"{metadata}/entry_points.txt"} <= held
    assert f"{metadata}/licenses/LICENSE" in held
    assert not [name for name in held if "/test" in name.lower() or "__pycache__" in name or name.startswith("seeds")]


def test_what_the_wheel_says_of_itself(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        said = archive.read(name).decode()
        [points] = [each for each in archive.namelist() if each.endswith("entry_points.txt")]
        assert "calc = calc.__main__:main" in archive.read(points).decode()
        [licence] = [each for each in archive.namelist() if each.endswith("licenses/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    head = said.partition("\n\n")[0].splitlines()
    assert "Name: ai-infra-calc" in head
    assert "Requires-Python: >=3.11" in head
    assert "License-Expression: Apache-2.0" in head
    needed = {line.split()[1].partition(">")[0].partition("<")[0].lower() for line in head
              if line.startswith("Requires-Dist: ") and "extra ==" not in line}  # fmt: skip
    assert needed == {"numpy", "pint", "pyyaml", "rich", "typer"}
