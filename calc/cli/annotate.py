"""`calc run --format github`: what is wrong or doubtful, told at the lines of the scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.scenario.resolve import Options


def annotate(scenario: str, wanted: Options, output: str | None, *, force: bool) -> int:
    """Write what is wrong or doubtful as lines that a workflow shows at the lines of the scenario."""
    from calc.cli import BAD_INPUT, FAILED, FINE
    from calc.cli.answering import answered
    from calc.errors import CalcError, flatten
    from calc.report.output import deliver
    from calc.report.pull_request import annotated, annotation
    from calc.study.remarks import doubts, failures

    try:
        answer = answered(scenario, wanted)
    except CalcError as error:
        deliver("".join(annotation("error", each) for each in flatten([error])), output, force=force)
        return BAD_INPUT
    errors = failures(answer)
    told = [*((each.place, each.text) for each in answer.doubts), *doubts(answer)]
    said = {words for _, words in told}
    lines = [annotation("error", each) for each in errors]
    lines += [annotated("warning", words, "doubtful", place) for place, words in told]
    lines += [annotated("notice", words, "calc") for words in answer.warnings if words not in said]
    deliver("".join(lines), output, force=force)
    return FAILED if errors else FINE
