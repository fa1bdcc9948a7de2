"""`calc describe`: everything about one quantity."""

from typing import Annotated

from calc.cli.options import FORMATS, Force, Name, Output, format_option


def describe(
    name: Name,
    form: Annotated[str | None, format_option("describe")] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Describe a quantity: unit, formula, what it needs and what needs it, facts that fit."""
    from calc.report.describe import render
    from calc.report.output import deliver, format_of

    chosen = format_of(form, output, FORMATS["describe"])
    deliver(render(name, chosen, to_file=output is not None), output, force=force)
    return 0
