"""Models of a user's own: Python files beside a scenario, and installed packages of the group `calc.models`."""

import pickle
import sys
from pathlib import Path

import pytest
from calc_command import calc

from calc import run
from calc.engine.catalogue import installed_models, known_catalogue
from calc.errors import CalcError, CalcErrors, Problems
from calc.scenario.load import load, load_bytes
from calc.scenario.resolve import Options, again, resolve
from calc.study.answer import answer

MODEL = '''\
from calc.declarations import Input
from calc.units.vocabulary import Share, kW, kW_per_rack, Racks

cooling_share = Input(Share, "Cooling power as a share of the power drawn")


def cooling_power(racks_needed: Racks, rack_power_drawn: kW_per_rack, cooling_share: Share) -> kW:
    """Power that cooling takes.

    Source: definition.
    """
    return racks_needed * rack_power_drawn * cooling_share
'''
SCENARIO = """\
models: [./my_cooling.py]
inputs:
  cooling_share: 30 %
  servers_needed: 10 servers
  server_power: 5 kW
  rack_power_rated: 10 kW
show: [cooling_power]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_cooling.py").write_text(MODEL, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def test_a_model_beside_the_scenario_runs_when_allowed(folder: Path) -> None:
    done = calc("run", "s.yaml", "--allow-models", cwd=folder)
    assert (done.code, done.err) == (0, "")
    # 10 servers of 5 kW fill 5 cabinets of 10 kW: 50 kW x 30 % = 15 kW
    assert "cooling power  15 kW" in done.out
    explained = calc("explain", "s.yaml", "cooling_power", "--allow-models", cwd=folder)
    assert "= racks_needed * rack_power_drawn * cooling_share" in explained.out
    assert calc("check", "s.yaml", "--allow-models", cwd=folder).code == 0


def test_without_a_word_from_the_user_no_code_runs(folder: Path) -> None:
    marker = folder / "ran"
    with (folder / "my_cooling.py").open("a", encoding="utf-8") as file:
        file.write(f"\nopen({str(marker)!r}, 'w').close()\n")
    done = calc("run", "s.yaml", cwd=folder)
    assert done.code == 2
    assert "`./my_cooling.py` is Python code, which would run with your rights" in done.err
    assert "add `--allow-models`" in done.err
    assert "E-NAME" not in done.err
    assert not marker.exists()


def test_the_word_is_needed_through_extends_too(folder: Path) -> None:
    (folder / "child.yaml").write_text("extends: s.yaml\ntitle: child\n", encoding="utf-8")
    refused = calc("run", "child.yaml", cwd=folder)
    assert refused.code == 2
    assert "s.yaml:1:10: error[E-MODELS]" in refused.err
    assert "15 kW" in calc("run", "child.yaml", "--allow-models", cwd=folder).out


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("../elsewhere.py", "is outside the scenario's folder"),
        ("/etc/passwd", "is outside the scenario's folder"),
        ("./missing.py", "hint: as in `./my_rack.py`"),
        ("./my_coolng.py", "did you mean `my_cooling.py`?"),
        ("./s.yaml", "there is no Python file"),
        ("./circle.py", "there is no Python file"),
        (f"./{'x' * 300}.py", "there is no Python file"),
    ],
)
def test_files_that_are_no_models(folder: Path, named: str, message: str) -> None:
    (folder / "s.yaml").write_text(SCENARIO.replace("./my_cooling.py", named), encoding="utf-8")
    (folder / "circle.py").symlink_to("circle.py")
    done = calc("run", "s.yaml", "--allow-models", cwd=folder)
    assert done.code == 2
    assert message in done.err
    assert "root:" not in done.err


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("* cooling_share", "* cooling_share * 3", "E-FORMULA-LITERAL"),
        ("rack_power_drawn * cooling_share", "rack_power_drawn + cooling_share", "E-FORMULA-DIMENSION"),
        ("def cooling_power", "def racks_needed", "E-DUPLICATE"),
        ("    Source: definition.\n", "", "E-FORMULA-SOURCE"),
        ("from calc.declarations", "import nothing_of_the_kind\nfrom calc.declarations", "E-MODELS"),
        ("racks_needed: Racks", "racks_neded: Racks", "E-UNDECLARED"),
    ],
)
def test_what_is_wrong_with_a_model_is_told_with_its_place(folder: Path, old: str, new: str, code: str) -> None:
    (folder / "my_cooling.py").write_text(MODEL.replace(old, new), encoding="utf-8")
    done = calc("check", "s.yaml", "--allow-models", cwd=folder)
    assert done.code == 2
    assert f"error[{code}]" in done.err
    assert "my_cooling.py" in done.err
    assert "Traceback" not in done.err


def test_an_error_of_calc_in_a_model_is_told_in_its_own_words(folder: Path) -> None:
    (folder / "my_cooling.py").write_text("import calc\n\ncalc.run('no-such-scenario')\n", encoding="utf-8")
    done = calc("check", "s.yaml", "--allow-models", cwd=folder)
    assert done.code == 2
    assert "error[E-FILE]" in done.err


def test_a_scenario_in_no_file_has_no_models_of_its_own() -> None:
    with pytest.raises(CalcErrors, match="stands in no file"):
        run({"models": ["./my_cooling.py"], "show": ["racks_needed"]}, allow_models=True)


def installed(folder: Path) -> Path:
    """Return a folder of packages, as pip fills it."""
    site = folder / "site"
    (site / "cooling_models-1.0.dist-info").mkdir(parents=True)
    (site / "cooling_models.py").write_text(MODEL, encoding="utf-8")
    meta = site / "cooling_models-1.0.dist-info"
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: cooling-models\nVersion: 1.0\n", encoding="utf-8")
    (meta / "entry_points.txt").write_text("[calc.models]\ncooling = cooling_models\n", encoding="utf-8")
    return site


def test_the_models_of_a_package_are_known_to_the_interface(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = installed(folder)
    monkeypatch.syspath_prepend(site)
    try:
        forget()
        assert "cooling_power" in known_catalogue()
        # They are looked at as those of a scenario are.
        (site / "cooling_models.py").write_text(MODEL.replace("* cooling_share", "* cooling_share * 3"))
        forget()
        with pytest.raises(CalcErrors, match="the number 3"):
            known_catalogue()
        (site / "cooling_models.py").write_text("import nothing_of_the_kind\n", encoding="utf-8")
        forget()
        with pytest.raises(CalcError, match="of cooling-models cannot be imported"):
            known_catalogue()
    finally:
        monkeypatch.undo()
        forget()


def forget() -> None:
    installed_models.cache_clear()
    known_catalogue.cache_clear()
    sys.modules.pop("cooling_models", None)


def test_an_installed_package_adds_its_models(folder: Path) -> None:
    site = installed(folder)
    (folder / "s.yaml").write_text(SCENARIO.replace("models: [./my_cooling.py]\n", ""), encoding="utf-8")
    assert "cooling_power` is no quantity" in calc("run", "s.yaml", cwd=folder).err
    done = calc("run", "s.yaml", cwd=folder, PYTHONPATH=str(site))
    assert (done.code, done.err) == (0, "")
    assert "cooling power  15 kW" in done.out
    assert "cooling_power" in calc("list", "quantities", "cooling", cwd=folder, PYTHONPATH=str(site)).out
    (site / "cooling_models.py").write_text("import nothing_of_the_kind\n", encoding="utf-8")
    broken = calc("run", "s.yaml", cwd=folder, PYTHONPATH=str(site))
    assert broken.code == 2
    assert "the models `cooling` of cooling-models cannot be imported" in broken.err


def test_a_worker_makes_the_same_scenario_of_what_it_is_sent(folder: Path) -> None:
    """A scenario that ships, one that stands in no file, and files that extend others and bring models."""
    (folder / "child.yaml").write_text("extends: ./s.yaml\ninputs: {cooling_share: 20 %}\n", encoding="utf-8")
    text = b"inputs: {server_power: 5 kW, rack_power_rated: 10 kW}\nshow: [servers_per_rack]\n"
    problems, options = Problems(), Options(allow_models=True)
    for loaded in (
        load("lingang-racks", problems),
        load_bytes(text, "a text", "a text", problems),
        load(str(folder / "child.yaml"), problems),
    ):
        here = resolve(loaded, options, Problems())
        there = again(pickle.loads(pickle.dumps(here.origin)))  # noqa: S301  # our own bytes
        assert [each.figures for each in answer(here).cases] == [each.figures for each in answer(there).cases]
    shipped = resolve(load("lingang-racks", problems), options, Problems()).origin
    with pytest.raises(CalcError, match="a worker does not know the scenario `of-tomorrow`"):
        again(shipped._replace(name="of-tomorrow"))
