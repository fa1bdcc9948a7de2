"""What loading the models refuses: two owners, undeclared parameters, units that contradict, bad signatures."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from calc.engine.catalogue import Catalogue, build_catalogue, shipped_models, standard_catalogue
from calc.errors import CalcError, CalcErrors, Place

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
from calc.declarations import Check, Input
from calc.units.vocabulary import USD, Servers, Share, kW, kW_per_rack
"""
FIRST_LINE = len(HEAD.splitlines()) + 1


def load(folder: Path, **texts: str) -> Catalogue:
    """Write each text as a model file of its name and read them all into one catalogue."""
    modules = []
    for name, text in texts.items():
        path = folder / f"{name}.py"
        path.write_text(HEAD + text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        modules.append(module)
    return build_catalogue(modules)


def errors_of(folder: Path, **texts: str) -> list[CalcError]:
    with pytest.raises(CalcErrors) as caught:
        load(folder, **texts)
    return caught.value.errors


def marked(place: Place | None) -> tuple[str, int, str]:
    """Return file, line and the text above the caret."""
    assert place is not None
    line = place.source.line(place.line)
    return place.source.name, place.line, line[place.column - 1 : place.column - 1 + place.length]


POWER = 'power = Input(kW, "A power")\n'
FORMULA = 'def doubled(power: kW) -> kW:\n    """Twice.\n\n    Source: definition.\n    """\n    return 2 * power\n'


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (POWER, POWER, "power"),
        (POWER + FORMULA, FORMULA, "doubled"),
        (POWER + FORMULA, 'doubled = Input(kW, "Twice")\n', "doubled"),
        (POWER + 'doubled = Input(kW, "Twice")\n', FORMULA, "doubled"),
        (POWER + FORMULA, FORMULA.replace("doubled", "doubled__other"), "doubled"),
        (POWER + FORMULA.replace("doubled", "doubled__one"), FORMULA.replace("doubled", "doubled__one"), "doubled"),
    ],
    ids=["inputs", "formulas", "formula and input", "input and formula", "formula and variant", "one variant twice"],
)
def test_two_owners_are_both_named(tmp_path: Path, first: str, second: str, name: str) -> None:
    (error,) = errors_of(tmp_path, first=first, second=second)
    assert error.code == "E-DUPLICATE"
    assert error.message == f"`{name}` has two owners"
    assert "rename one" in (error.hint or "")
    file, _, text = marked(error.place)
    (related,) = error.related
    other_file, _, other_text = marked(related[1])
    assert (file, other_file) == ("second.py", "first.py")
    assert text.startswith(name)
    assert other_text.startswith(name)
    assert "first.py" in str(error)
    assert "second.py" in str(error)


def test_undeclared_parameter_gets_a_suggestion(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, first=POWER + FORMULA.replace("power: kW", "pwoer: kW"))
    assert error.code == "E-UNDECLARED"
    assert error.message == "`doubled` needs `pwoer`, which no model declares"
    assert marked(error.place) == ("first.py", FIRST_LINE + 1, "doubled")
    assert error.hint == "did you mean `power`?"


def test_undeclared_parameter_that_resembles_nothing(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, first=FORMULA.replace("power: kW", "zzzz: kW"))
    assert error.code == "E-UNDECLARED"
    assert error.hint == "declare it as an Input beside its formula"


def test_parameter_of_another_dimension_names_both_files(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, first='power = Input(kW_per_rack, "A power per rack")\n', second=FORMULA)
    assert error.code == "E-DIMENSION-CONFLICT"
    assert error.message == "`power` is read as power, but declared as power per rack"
    assert marked(error.place) == ("second.py", FIRST_LINE, "doubled")
    (related,) = error.related
    assert marked(related[1]) == ("first.py", FIRST_LINE, "power")
    assert error.hint == "use one unit for one name; the owner says `kW/rack`"


def test_variants_of_two_dimensions_name_both_files(tmp_path: Path) -> None:
    one = POWER + FORMULA.replace("doubled", "doubled__one")
    other = FORMULA.replace("doubled", "doubled__other").replace("-> kW:", "-> USD:")
    (error,) = errors_of(tmp_path, first=one, second=other)
    assert error.code == "E-DIMENSION-CONFLICT"
    assert marked(error.place)[0] == "second.py"
    assert [place.source.name for _, place in error.related] == ["first.py"]


@pytest.mark.parametrize(
    ("signature", "message", "hint"),
    [
        ("(power: kW = 2.0) -> kW", "has a default", "defaults are facts in seeds/"),
        ("(power: kW, *more: kW) -> kW", "a star", "plain parameters"),
        ("(power: kW, **more: kW) -> kW", "a star", "plain parameters"),
        ("(*, power: kW) -> kW", "keyword-only", "plain parameters"),
        ("(power) -> kW", "the parameter `power` of `doubled` has no unit", "calc.units.vocabulary"),
        ("(power: float) -> kW", "the parameter `power` of `doubled` has no unit", "calc.units.vocabulary"),
        ("(power: kW)", "the result of `doubled` has no unit", "calc.units.vocabulary"),
        ("(power: kW) -> float", "the result of `doubled` has no unit", "calc.units.vocabulary"),
    ],
)
def test_signature(tmp_path: Path, signature: str, message: str, hint: str) -> None:
    (error,) = errors_of(tmp_path, first=POWER + FORMULA.replace("(power: kW) -> kW", signature))
    assert error.code == "E-FORMULA-SIGNATURE"
    assert message in error.message
    assert "`doubled`" in error.message
    assert marked(error.place) == ("first.py", FIRST_LINE + 1, "doubled")
    assert hint in (error.hint or "")


def test_input_without_unit(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, first='power = Input(float, "A power")\n')
    assert error.code == "E-FORMULA-SIGNATURE"
    assert error.message == "the input `power` has no unit"
    assert marked(error.place) == ("first.py", FIRST_LINE, "power")


@pytest.mark.parametrize("bounds", ['low="0"', 'high="1"'])
def test_bounds_are_numbers(tmp_path: Path, bounds: str) -> None:
    (error,) = errors_of(tmp_path, first=f'power = Input(kW, "A power", {bounds})\n')
    assert error.message == "the bounds of `power` are no numbers"
    assert marked(error.place) == ("first.py", FIRST_LINE, "power")


def test_all_faults_of_all_files_are_shown_at_once(tmp_path: Path) -> None:
    found = errors_of(
        tmp_path,
        first=POWER + FORMULA.replace("power: kW", "pwoer: kW"),
        second=POWER + FORMULA.replace("doubled", "halved").replace("power: kW", "power: USD"),
    )
    assert sorted(error.code for error in found) == ["E-DIMENSION-CONFLICT", "E-DUPLICATE", "E-UNDECLARED"]


def test_what_is_read_from_a_model(tmp_path: Path) -> None:
    text = (
        POWER
        + 'share = Input(Share, "A share", optional=True)\nfactor = Input(Share, "A factor", low=1, high=None)\n'
        + 'small = Check("doubled <= 2 * power", "more than twice")\n_hidden = Input(kW, "Not read")\n'
        + FORMULA.replace("doubled", "doubled__one").replace("Source", "Assumes: one.\n\n    Source")
        + FORMULA.replace("doubled", "doubled__other").replace("Source", "Assumes: another.\n\n    Source")
    )
    catalogue = load(tmp_path, first=text)
    assert list(catalogue.quantities) == ["power", "share", "factor", "doubled"]
    power, share, factor = (catalogue[name] for name in ("power", "share", "factor"))
    assert (power.unit_text, power.low, power.high, power.optional, power.model) == ("kW", 0, 1e10, False, "first")
    assert (share.low, share.high, share.optional, share.is_share) == (0, 1, True, True)
    assert (factor.low, factor.high, factor.is_share) == (1, None, False)
    assert list(catalogue["doubled"].formulas) == ["one", "other"]
    assert [each.assumption for each in catalogue.formulas] == ["one.", "another."]
    assert [each.check.condition for each in catalogue.checks] == ["doubled <= 2 * power"]
    assert marked(catalogue.checks[0].where())[0] == "first.py"
    assert marked(catalogue["share"].place)[2] == "share"


def test_what_was_found_out_is_forgotten_before_it_fills_memory() -> None:
    known = standard_catalogue()
    catalogue = Catalogue(known.quantities, known.checks, known.choices, known.verdicts)
    for at in range(10_001):
        assert catalogue.once(at, lambda at=at: at) == at  # type: ignore[misc]  # a default is no parameter
    assert catalogue.once(10_000, lambda: -1) == 10_000
    assert catalogue.once(0, lambda: -1) == -1


def test_the_models_that_ship_fit_together() -> None:
    """A command takes their signatures, units and choices as tested; here all of them are read and compared."""
    assert build_catalogue(shipped_models()).quantities.keys() == standard_catalogue().quantities.keys()
