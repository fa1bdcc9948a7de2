"""`calc schema`: the JSON Schema of a scenario file."""

from calc.cli.options import Force, Output


def schema(output: Output = None, force: Force = False) -> int:
    """Print the JSON Schema of a scenario, for editors that complete and check YAML."""
    from calc.report.json import as_json
    from calc.report.output import deliver, stdout_is_utf8
    from calc.scenario.schema import scenario_schema

    text = as_json(scenario_schema(), ascii_only=output is None and not stdout_is_utf8())
    deliver(text, output, force=force)
    return 0
