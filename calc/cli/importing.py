"""`calc import`: files of other programs as facts of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli import complete
from calc.cli.options import Force, Output, tab
from calc.importers import IMPORTERS

if TYPE_CHECKING:
    from calc.errors import SourceText
    from calc.importers.base import Imported

# Bills are larger than scenarios.
MAX_BYTES = 64_000_000

Kind = Annotated[
    str,
    typer.Argument(
        metavar="KIND",
        help=f"What the files are: {', '.join(IMPORTERS)}.",
        autocompletion=tab(complete.one_of(IMPORTERS)),
    ),
]
Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to read.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="When the figures held, of a file that has no date.")
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="TEXT", help="Where they come from, instead of the name of the file.")
]
Subject = Annotated[
    str | None, typer.Option("--subject", metavar="NAME", help="What the facts are about: how their names begin.")
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="WORD", help="Only what holds this word, as a region or a model; may be repeated."),
]
Gpus = Annotated[
    str | None,
    typer.Option(
        "--gpus", metavar="FILE", help="A CSV with the GPUs of each `instance_type`: columns instance_type, gpus."
    ),
]
Capacity = Annotated[
    str | None, typer.Option("--capacity", metavar="N", help="How many GPUs there are in all, for utilisation.")
]


def import_files(  # each is an option of the command line
    kind: Kind,
    files: Files,
    as_of: AsOf = None,
    source: Source = None,
    subject: Subject = None,
    only: Only = None,
    gpus: Gpus = None,
    capacity: Capacity = None,
    output: Output = None,
    force: Force = False,
) -> int:
    """Turn files of other programs into a CSV of facts: price lists, bills, accounting, measurements."""
    import sys
    from importlib import import_module

    from calc.errors import CalcError, quote
    from calc.importers.base import COLUMNS, Asked
    from calc.report.csv import table
    from calc.report.output import deliver
    from calc.text import did_you_mean

    if kind not in IMPORTERS:
        hint = did_you_mean(kind, IMPORTERS) or f"kinds are {', '.join(IMPORTERS)}"
        raise CalcError("E-USAGE", f"there is no import of {quote(kind)}", hint=hint)
    asked = Asked(as_of, source, subject, tuple(only or ()), gpus_of(gpus), _capacity(capacity))
    read = import_module(f"calc.importers.{kind.replace('-', '_')}").read
    found: Imported = read([text_of(name) for name in files], asked)
    _keep_what_fits(found)
    for note in found.told():
        print(note, file=sys.stderr)
    if not found.facts:
        raise CalcError("E-NOTHING", "these files give no fact", hint="the lines above say why, if rows were left out")
    deliver(table(COLUMNS, found.facts), output, force=force)
    return 0


def text_of(name: str) -> SourceText:
    """Return the text of a file that another program wrote; raises CalcError."""
    from pathlib import Path

    from calc.scenario.facts_files import read_file
    from calc.scenario.yaml_reader import decode

    return decode(read_file(Path(name), name, MAX_BYTES), name, kind="CSV or JSON", limit=MAX_BYTES)


def gpus_of(name: str | None) -> dict[str, float] | None:
    """Return the GPUs of instances by type, from a file that a line names; raises CalcError."""
    if name is None:
        return None
    from calc.errors import CalcError, Problems, quote
    from calc.importers.base import Imported, Table

    table, problems, found = (
        Table(text_of(name), ("instance_type", "gpus"), (), Imported(), "GPUs of instances"),
        Problems(),
        {},
    )
    for row in table.rows(problems):
        gpus = table.number(row, "gpus")
        if gpus is None or gpus < 0:
            message = f"{quote(row['instance_type'])} has no number of GPUs"
            raise CalcError("E-VALUE", message, place=table.place(row[""], "gpus"), hint="as in `8`, or `0`")
        found[row["instance_type"]] = gpus
    problems.raise_if_any()
    return found


def _capacity(text: str | None) -> float | None:
    from calc.errors import CalcError, quote
    from calc.facts.delimited import plain_number

    found = None if text is None else plain_number(text.replace(",", ""))
    if text is not None and (found is None or found <= 0):
        raise CalcError("E-USAGE", f"`--capacity` is {quote(text)}, no number of GPUs", hint="as in `--capacity 512`")
    return found


def _keep_what_fits(found: Imported) -> None:
    """Leave out facts that no scenario could take, such as a price beyond all bounds."""
    from calc.engine.plugins import known_catalogue
    from calc.errors import Problems, SourceText
    from calc.importers.base import COLUMNS
    from calc.report.csv import table
    from calc.scenario.own_facts import OwnFile

    if not found.facts:
        return
    problems = Problems()
    OwnFile(SourceText("facts", table(COLUMNS, found.facts)), known_catalogue().quantities, problems, [])
    wrong = {error.place.line - 2: error for error in problems.errors if error.place}
    for at, error in wrong.items():
        found.leave_out(error.message, found.facts[at]["subject"])
    found.facts = [fact for at, fact in enumerate(found.facts) if at not in wrong]
