"""`calc new`: begin a scenario."""

from typing import Annotated

import typer

from calc.cli.complete import scenario_names
from calc.cli.options import Force, Output, tab

# Editors with the YAML language server read this line; `calc schema` writes the file that it names.
_SCHEMA_LINE = (
    "# yaml-language-server: $schema=calc.schema.json\n# (write that file with `calc schema -o calc.schema.json`)\n"
)


def new(
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="SCENARIO", help="Begin with a shipped scenario.", autocompletion=tab(scenario_names)
        ),
    ] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Print a commented scenario to begin with, from a template or from a shipped scenario."""
    from pathlib import Path

    import calc
    from calc.errors import CalcError, quote
    from calc.report.output import deliver
    from calc.scenario.load import shipped_scenarios
    from calc.text import did_you_mean

    path = Path(calc.__file__).parent / "scenario" / "template.yaml"
    if source is not None:
        shipped = shipped_scenarios()
        if source not in shipped:
            hint = did_you_mean(source, shipped) or f"shipped are {', '.join(shipped)}"
            raise CalcError("E-FILE", f"there is no shipped scenario {quote(source)}", hint=hint)
        path = shipped[source]
    deliver(_SCHEMA_LINE + path.read_text(encoding="utf-8"), output, force=force)
    return 0
