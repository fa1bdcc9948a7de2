"""`calc new`: a commented scenario to begin with, asked for in a terminal, by options, or from a shipped one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli import complete
from calc.cli.options import Force, Output, tab

if TYPE_CHECKING:
    from collections.abc import Mapping

# Editors with the YAML language server read this line; `calc schema` writes the file that it names.
_SCHEMA_LINE = (
    "# yaml-language-server: $schema=calc.schema.json\n# (write that file with `calc schema -o calc.schema.json`)\n"
)
_WITHOUT = "# The promises of `{name}` are left out: they hold only while nothing is changed.\n"


def new(
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SCENARIO",
            help="Begin with a shipped scenario, without its promises.",
            autocompletion=tab(complete.scenario_names),
        ),
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--for", metavar="WHAT", help="What it is for: cluster, training or cabinets.")
    ] = None,
    hardware: Annotated[str | None, typer.Option("--hardware", metavar="NAME", help="h100, a100 or b200.")] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="NAME", help="us or china.")] = None,
    how: Annotated[
        str | None, typer.Option("--how", metavar="WAY", help="Rent or own: compare, own, colocation or rent.")
    ] = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Write a commented scenario to begin with; on a terminal it asks what for."""
    from calc.errors import CalcError
    from calc.report.output import check_target, deliver

    if output is not None:
        check_target(output, force=force)
    given = {
        name: each
        for name, each in zip(("for", "hardware", "region", "how"), (topic, hardware, region, how), strict=True)
        if each
    }
    if source is not None and given:
        message = f"`--from` and `--{next(iter(given))}` are two ways to begin"
        raise CalcError("E-USAGE", message, hint="give one of them")
    if source is not None:
        text = _from_shipped(source)
    elif given:
        text = _made(given)
    elif sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        text = _made(_asked())
    else:
        text = _shipped_text(None)
    deliver(_SCHEMA_LINE + text, output, force=force)
    return 0


def _shipped_text(path: Path | None) -> str:
    import calc

    path = path or Path(calc.__file__).parent / "scenario" / "template.yaml"
    return path.read_text(encoding="utf-8")


def _from_shipped(name: str) -> str:
    from calc.errors import CalcError, quote
    from calc.scenario.load import shipped_scenarios
    from calc.scenario.new import without_promises
    from calc.text import did_you_mean

    shipped = shipped_scenarios()
    if name not in shipped:
        hint = did_you_mean(name, shipped) or f"shipped are {', '.join(shipped)}"
        raise CalcError("E-FILE", f"there is no shipped scenario {quote(name)}", hint=hint)
    whole = _shipped_text(shipped[name])
    kept = without_promises(whole)
    return (_WITHOUT.format(name=name) if kept != whole else "") + kept


def _made(answers: Mapping[str, str]) -> str:
    """Return the scenario for answers; the first that there is where none was given."""
    from calc.scenario.new import QUESTIONS, chosen, new_scenario

    every = [chosen(name, answers.get(name) or next(iter(known))) for name, (_, known) in QUESTIONS.items()]
    return new_scenario(*every)


def _asked() -> dict[str, str]:
    """Ask on the terminal; an empty answer is the first. Raises KeyboardInterrupt where input ends."""
    from calc.scenario.new import OF_CABINETS, QUESTIONS

    found: dict[str, str] = {}
    for name, (question, known) in QUESTIONS.items():
        if found.get("for") == "cabinets" and name not in OF_CABINETS:
            continue
        print(question, file=sys.stderr)
        names = list(known)
        width = max(map(len, names))
        for at, each in enumerate(names, 1):
            print(f"  {at}  {each:<{width}}  {known[each]}", file=sys.stderr)
        while name not in found:
            print(f"a number or a name [{names[0]}]: ", end="", file=sys.stderr, flush=True)
            line = sys.stdin.readline()
            if not line:
                raise KeyboardInterrupt
            answer = line.strip().casefold() or names[0]
            answer = names[int(answer) - 1] if answer.isdecimal() and 1 <= int(answer[:3]) <= len(names) else answer
            if answer in known:
                found[name] = answer
    return found
