"""`calc check`: validate scenarios and test their checks and promises."""

from calc.cli.options import AllowModels, Scenarios


def check(scenarios: Scenarios, allow_models: AllowModels = False) -> int:
    """Validate scenarios, test checks and promises; print nothing when all is well."""
    import sys

    from calc.cli.answering import answered, options, report_doubts, report_failures
    from calc.cli.exit_codes import BAD_INPUT, FINE
    from calc.errors import CalcError

    worst = FINE
    for scenario in scenarios:
        try:
            found = answered(scenario, options(allow_models=allow_models))
            report_doubts(found)
            worst = max(worst, report_failures(found))
        except CalcError as error:
            print(str(error), file=sys.stderr)
            worst = max(worst, BAD_INPUT)
    return worst
