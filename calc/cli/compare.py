"""`calc compare`: cases or scenarios side by side, and what explains their difference."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli import complete
from calc.cli.options import AllowModels, Cases, Figures, Force, Format, Output, Samples, Seed, Settings, tab

if TYPE_CHECKING:
    from calc.scenario.resolve import Options
    from calc.study.change import Side

Sides = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO...",
        help="A scenario and cases of it, or several scenarios.",
        autocompletion=tab(complete.scenario_names),
    ),
]


def compare(
    sides: Sides,
    figures: Figures = None,
    case: Cases = None,
    setting: Settings = None,
    samples: Samples = None,
    seed: Seed = None,
    form: Format = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
) -> int:
    """Compare cases of a scenario, or several scenarios: differences, ratios, and the inputs that explain them."""
    from calc.cli.answering import options
    from calc.cli.studying import FORMATS, deliver_study
    from calc.errors import CalcError
    from calc.report.output import format_of
    from calc.study.compare import compare as compared
    from calc.study.studied import Studied

    chosen = format_of(form, output, FORMATS)
    asked = [each.strip() for text in figures or () for each in text.split(",") if each.strip()]
    shown = ",".join(each.partition(" in ")[0] for each in asked)
    wanted = options(None, setting, shown, samples, seed, allow_models=allow_models)
    names = [*sides, *(case or ())]
    found: list[Side] = []
    while names:
        scenario = names.pop(0)
        own = _cases(scenario)
        picked = []
        while names and names[0] in own:
            picked.append(names.pop(0))
        found += _sides(scenario, picked, wanted._replace(cases=tuple(picked)), alone=not found and not names)
    if len(found) < 2:
        hint = "name two cases of it, or another scenario"
        raise CalcError("E-USAGE", "there is nothing to compare with", hint=hint)
    studied = Studied(comparison=compared(_told_apart(found)))
    if studied.comparison is not None and asked:
        studied.comparison.keep(asked)
    if studied.comparison is not None and not studied.comparison.figures:
        notes = studied.comparison.notes
        hint = notes[0] if notes else "name figures that both answer, as in `--figure racks_needed`"
        raise CalcError("E-NOTHING", "they answer no figure in common", hint=hint)
    return deliver_study("compare", found[0].scenario, studied, chosen, output, force=force)


def _cases(scenario: str) -> list[str]:
    from calc.errors import Problems
    from calc.scenario.load import load

    return [] if scenario == "-" else list(load(scenario, Problems()).document.cases)


def _sides(scenario: str, picked: list[str], wanted: "Options", *, alone: bool) -> "list[Side]":
    """Return the cases of one scenario; of several scenarios each has one case, or the one that was named."""
    from calc.errors import CalcError, Problems, quote
    from calc.scenario.flat import flat_case, flat_scenario
    from calc.scenario.load import load
    from calc.scenario.resolve import resolve
    from calc.scenario.resolved import BASE
    from calc.study.change import Side

    problems = Problems()
    loaded = load(scenario, problems)
    resolved = resolve(loaded, wanted._replace(studies=(), alone=True), problems)
    cases = resolved.cases
    if len(cases) > 1 and not picked and not alone:
        hint = f"name one after it: {', '.join(quote(each.name) for each in cases[:4])}"
        raise CalcError("E-USAGE", f"{quote(scenario)} has {len(cases)} cases", hint=hint)
    short = scenario.rpartition("/")[2].removesuffix(".yaml")
    labels = [short if case.name == BASE else case.name for case in cases]
    flat = flat_scenario(resolved)
    sides = [flat_case(resolved.catalogue, case, resolved.years) for case in cases]
    return [Side(label, flat, case) for label, case in zip(labels, sides, strict=True)]


def _told_apart(sides: "list[Side]") -> "list[Side]":
    """Return sides of which no two have the same label."""
    from calc.scenario.resolved import BASE

    labels = [side.label for side in sides]

    def label(side: "Side") -> str:
        if labels.count(side.label) == 1:
            return side.label
        path, case = side.scenario.path, side.case.name
        return path if case == BASE else f"{path}: {case}"

    return [replace(side, label=label(side)) for side in sides]
