"""`calc sensitivity`: what drives a figure, and what flips a verdict."""

from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli import complete
from calc.cli.options import AllowModels, Cases, Figures, Force, Format, Output, Samples, Scenario, Seed, Settings, tab

if TYPE_CHECKING:
    from calc.errors import Place
    from calc.scenario.nodes import Node

Flips = Annotated[
    list[str] | None,
    typer.Option(
        "--flip",
        metavar="TEXT",
        help="A condition, or `NAME in CASE < NAME in CASE`, that could change; may be repeated.",
    ),
]
Within = Annotated[
    list[str] | None,
    typer.Option(
        "--within",
        metavar="NAME=RANGE",
        help="The range to move an input through; may be repeated.",
        autocompletion=tab(complete.setting_names),
    ),
]


def sensitivity(
    scenario: Scenario,
    figures: Figures = None,
    flip: Flips = None,
    within: Within = None,
    case: Cases = None,
    setting: Settings = None,
    samples: Samples = None,
    seed: Seed = None,
    form: Format = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
) -> int:
    """Show which inputs drive the figures, and at which value each would flip a check or a comparison."""
    from calc.cli.answering import options
    from calc.cli.studying import FORMATS, deliver_study, studied
    from calc.report.output import format_of
    from calc.scenario.nodes import Mapping, Sequence
    from calc.scenario.study_options import entry, laid_over, listed, named

    def section(written: "Node | None", place: "Place") -> "Node | None":
        names = [each for text in figures or () for each in text.split(",") if each.strip()]
        ranges = named("--within", within or ())
        entries = {
            **entry("--figure", "of", listed("--figure", names)),
            **entry("--flip", "flip", listed("--flip", flip or ())),
            **entry("--within", "within", Mapping(ranges, next(iter(ranges.values()))[0].place) if ranges else None),
        }
        if isinstance(written, Sequence):
            written = Mapping(entry("--figure", "of", written), written.place)
        # Without a section all figures of the scenario are looked at.
        return laid_over(written, entries, place)

    chosen = format_of(form, output, FORMATS)
    wanted = options(case, setting, None, samples, seed, allow_models=allow_models)
    resolved, found = studied(scenario, "sensitivity", wanted, section, "")
    return deliver_study("sensitivity", resolved, found, chosen, output, force=force)
