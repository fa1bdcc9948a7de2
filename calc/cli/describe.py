"""`calc describe`: everything about one quantity."""

from calc.cli.options import Force, Name, Output, TextFormat


def describe(name: Name, form: TextFormat = None, output: Output = None, force: Force = False) -> int:
    """Describe a quantity: unit, formula, what it needs and what needs it, facts that fit."""
    from calc.report.describe import render
    from calc.report.output import deliver, format_of

    chosen = format_of(form, output, ("table", "json"))
    deliver(render(name, chosen, to_file=output is not None), output, force=force)
    return 0
