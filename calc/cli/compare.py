"""`calc compare`: cases or scenarios side by side, and what explains their difference."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from calc.cli import complete
from calc.cli.importing import Gpus
from calc.cli.options import FORMATS, tab
from calc.cli.studies import deliver_study, study_options

if TYPE_CHECKING:
    from calc.errors import Problems
    from calc.scenario.document import Loaded
    from calc.scenario.resolve import Options, Scenario
    from calc.scenario.studies import Studied
    from calc.study.compare import SideFile

Sides = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO...",
        help="A scenario and cases of it, or several scenarios.",
        autocompletion=tab(complete.scenario_names),
    ),
]


def compare(scenario: list[str], **given: Any) -> int:
    """Compare cases of a scenario, or several scenarios, or a plan with a bill: differences and what explains them."""
    if given["actual"]:
        from calc.cli.actual import compare_actual

        return compare_actual(_one(scenario), given)
    _refuse_without_bill(given)
    from calc.cli.answering import loaded_with_notice, options_of
    from calc.report.output import format_of, refuse_on_screen
    from calc.study.compare import compare_files, side_files

    chosen = format_of(given["form"], given["output"], FORMATS["compare"])
    refuse_on_screen(chosen, given["output"])
    folders, wanted = given["allow_folder"] or (), options_of({**given, "case": None})
    named = [(name, partial(loaded_with_notice, name, folders=folders)) for name in scenario]
    if given["git"]:
        named.insert(0, (f"{_one(scenario)}@{given['git']}", partial(_of_revision, _one(scenario), given["git"])))
    files = side_files(named, given["case"] or [])
    resolved, study = compare_files(files, given["figure"] or (), wanted)
    if chosen == "markdown" and len(files) == 2:
        return _comment(files, resolved, study, wanted, given)
    return deliver_study("compare", resolved, study, chosen, given["output"], force=given["force"])


def _of_revision(name: str, revision: str, problems: "Problems") -> "Loaded":
    """Load a scenario as it stands in a revision of the repository around it, with the files of its folder.

    Raises CalcError.
    """
    import io
    import subprocess
    import tarfile
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from calc.errors import CalcError, quote, quote_path
    from calc.scenario.load import load_file

    path = Path(name)
    if revision.startswith("-") or not path.name or not path.parent.is_dir():
        raise CalcError(
            "E-GIT", f"there is no file {quote_path(name)} in {quote(revision)}", hint="give a path and a revision"
        )
    command = ["git", "archive", "--format=tar", revision, "."]
    try:
        done = subprocess.run(command, cwd=path.parent, capture_output=True, check=False)  # noqa: S603  # a revision that is no option
    except FileNotFoundError:
        raise CalcError("E-GIT", "`git` is not installed", hint="compare two files instead") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
        hint = "name a branch, a tag or a commit that this clone has"
        raise CalcError("E-GIT", f"git does not give {quote(revision)}: {said}", hint=hint)
    with TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        old = Path(folder, path.name)
        if not old.is_file():
            raise CalcError("E-GIT", f"{quote(revision)} has no {quote_path(name)}", hint="it is new since then")
        return load_file(old, f"{name}@{revision}", f"{name}@{revision}", problems)


def _comment(
    files: "list[SideFile]", resolved: "Scenario", study: "Studied", wanted: "Options", given: dict[str, Any]
) -> int:
    """Write the comparison of two scenarios as a comment on a pull request."""
    from calc.cli import FINE
    from calc.report.markdown import comment, render
    from calc.report.output import deliver
    from calc.report.study_reports import studies_dict, study_report

    body = studies_dict(resolved, study)["compare"]
    before, after = (_failing(file, wanted) for file in files)
    broken = [words for words in after if words not in before]
    details = render(study_report("compare", resolved, body))
    deliver(comment(files[1].name, body, resolved.catalogue, broken, details), given["output"], force=given["force"])
    return FINE


def _failing(file: "SideFile", wanted: "Options") -> dict[str, None]:
    """Return the checks and promises of a scenario that fail, each with its case, in order."""
    from calc.errors import Problems
    from calc.scenario.case import BASE
    from calc.study.answer import answer, resolved

    chosen = wanted._replace(show=(), cases=tuple(file.picked), studies=(), alone=True)
    found = answer(resolved(file.loaded, chosen, Problems()))
    words: dict[str, None] = {}
    for case in found.columns:
        where = "" if case.label == BASE else f" ({case.label})"
        for check in case.checks:
            if not check.passed:
                words[f"{check.meaning or check.condition.text}{where}"] = None
        words.update((f"promise for {each.promise.name}{where}", None) for each in case.broken)
    return words


def _one(scenarios: list[str]) -> str:
    """Return the plan that a bill is compared with; raises CalcError where there are several."""
    from calc.errors import CalcError

    if len(scenarios) > 1:
        hint = "name one plan; `--case` names a case of it"
        raise CalcError("E-USAGE", "a bill is compared with one plan", hint=hint)
    return scenarios[0]


def _refuse_without_bill(given: dict[str, Any]) -> None:
    """Refuse options that say how a bill is read where there is none; raises CalcError."""
    from calc.errors import CalcError

    for name in _ACTUAL:
        if given[name]:
            hint = "add `--actual FILE`"
            raise CalcError("E-USAGE", f"`--{name}` says how a bill is read, and there is none", hint=hint)


_ACTUAL: dict[str, Any] = {
    "actual": Annotated[
        list[str] | None,
        typer.Option("--actual", metavar="FILE", help="Compare with a bill in FOCUS columns; may be repeated."),
    ],
    "month": Annotated[
        list[str] | None,
        typer.Option("--month", metavar="MONTH", help="Only this month of the bill, as in 2026-09; may be repeated."),
    ],
    "cost": Annotated[
        str | None,
        typer.Option("--cost", metavar="COST", help="billed (the default: what was paid) or effective (what ran)."),
    ],
    "line": Annotated[
        list[str] | None,
        typer.Option(
            "--line", metavar="PART=WORDS", help="Charges that hold these words are of this part; may be repeated."
        ),
    ],
    "price": Annotated[
        str | None,
        typer.Option(
            "--price",
            metavar="NAME",
            help="The price of an hour in the plan.",
            autocompletion=tab(complete.quantity_names),
        ),
    ],
    "gpus": Gpus,
}
_GIT = {
    "git": Annotated[
        str | None,
        typer.Option("--git", metavar="REV", help="Compare with the scenario as it stands in this revision."),
    ],
}
compare.__signature__ = study_options("compare", Sides, {**_GIT, **_ACTUAL})  # type: ignore[attr-defined]  # of any function
