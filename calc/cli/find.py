"""`calc find`: the value of an input so that a condition holds, or the best of several."""

from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli import complete
from calc.cli.options import (
    AllowModels,
    Cases,
    Force,
    Format,
    Output,
    Samples,
    Scenario,
    Seed,
    Settings,
    Show,
    SoThat,
    tab,
)

if TYPE_CHECKING:
    from calc.errors import Place
    from calc.scenario.nodes import Node

Goals = Annotated[
    list[str] | None,
    typer.Option(
        "--goal",
        metavar="TEXT",
        help="`smallest NAME within RANGE so that CONDITION`, `largest ...`, or `minimise NAME` with --over.",
    ),
]
Over = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        metavar="NAME=RANGE",
        help="An input to choose and its range; may be repeated.",
        autocompletion=tab(complete.setting_names),
    ),
]
AddingUp = Annotated[
    str | None, typer.Option("--adding-up-to", metavar="AMOUNT", help="What the inputs of --over add up to.")
]
Confidence = Annotated[
    str | None,
    typer.Option("--confidence", metavar="SHARE", help="Share of the samples in which the conditions have to hold."),
]


def find(
    scenario: Scenario,
    goal: Goals = None,
    over: Over = None,
    so_that: SoThat = None,
    adding_up_to: AddingUp = None,
    confidence: Confidence = None,
    show: Show = None,
    case: Cases = None,
    setting: Settings = None,
    samples: Samples = None,
    seed: Seed = None,
    form: Format = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
) -> int:
    """Find the value of an input so that conditions hold: the section `find`, or the goals of the line."""
    from calc.cli.answering import options
    from calc.cli.studying import FORMATS, deliver_study, studied
    from calc.report.output import format_of
    from calc.scenario.nodes import Mapping
    from calc.scenario.study_options import entry, laid_over, listed, named, scalar
    from calc.scenario.study_options import goal as read_goal

    def section(written: "Node | None", place: "Place") -> "Node | None":
        goals = {name: each for text in goal or () for name, each in read_goal(text).items()}
        ranges = named("--over", over or ())
        sure = entry("--confidence", "confidence", scalar("--confidence", confidence) if confidence else None)
        beside = {
            **entry("--over", "over", Mapping(ranges, next(iter(ranges.values()))[0].place) if ranges else None),
            **entry("--so-that", "so that", listed("--so-that", so_that or ())),
            **entry("--adding-up-to", "adding up to", scalar("--adding-up-to", adding_up_to) if adding_up_to else None),
        }
        whole = goals or (dict(written.entries) if isinstance(written, Mapping) else {})
        if sure and not any(name.startswith(("maximi", "minimi")) for name in whole):
            # Each goal for one input has a confidence of its own.
            return Mapping({name: (key, laid_over(each, sure, place)) for name, (key, each) in whole.items()}, place)
        return laid_over(None, {**whole, **beside, **sure}, place) if whole else written

    chosen = format_of(form, output, FORMATS)
    wanted = options(case, setting, show, samples, seed, allow_models=allow_models)
    hint = 'add `--goal "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`'
    resolved, found = studied(scenario, "find", wanted, section, hint)
    return deliver_study("find", resolved, found, chosen, output, force=force)
