"""Where facts of one's own come from: a folder that `calc.toml` names, `facts_from` of a scenario, `--facts`.

Files that a scenario or a `calc.toml` names are opened in its own folder and below only.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, SourceText, quote, quote_path
from calc.facts import FactBook, standard_facts
from calc.facts.book import OwnBook
from calc.facts.delimited import price_of
from calc.records import NamedTuple
from calc.scenario.fact_values import Doubt, doubt
from calc.scenario.yaml_reader import MAX_BYTES, decode
from calc.text import did_you_mean, shorten
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.facts import Fact
    from calc.scenario.document import Loaded
    from calc.value import Value

PROJECT = "calc.toml"
_UNREAD = "it is nested too deeply, or a number in it is too long"
SUFFIXES = (".csv", ".tsv")
MAX_FILES = 1000
_MAX_DEPTH = 10
_MAX_PROJECT = 64_000
# Layers of facts of one's own, later wins.
FOLDER, SCENARIO, LINE = range(3)


class FactsFile(NamedTuple):
    """A file of facts of one's own: its layer, what messages call it, its bytes, the `calc.toml` that names it or "".

    It can be pickled, so that another process has the same facts.
    """

    layer: int
    shown: str
    data: bytes
    project: str = ""


class Project(NamedTuple):
    """A `calc.toml`: its folder, what messages call it, its text, and what it names under `facts`."""

    folder: Path
    shown: str
    source: SourceText
    facts: tuple[str, ...]

    def place(self, entry: str) -> Place:
        """Return where an entry stands."""
        at = max(self.source.text.find(f'"{entry}"'), self.source.text.find(f"'{entry}'"), 0)
        line = self.source.text.count("\n", 0, at) + 1
        return Place(self.source, line, at - (self.source.text.rfind("\n", 0, at) + 1) + 1, len(entry) + 2)


def find_project(folder: Path, shown: str) -> Project | None:
    """Return the `calc.toml` of a folder or of the nearest of its parents, None where there is none.

    shown: what messages call the folder. Raises CalcError when it is none that can be read.
    """
    for above, each in enumerate([folder, *folder.parents]):
        path = each / PROJECT
        if is_file(path):
            return _read_project(path, os.path.normpath(Path(shown, *[".."] * above, PROJECT)))
    return None


def is_file(path: Path) -> bool:
    """Tell whether a file stands at a path that may be looked at."""
    try:
        return path.is_file()
    except OSError:  # a folder that may not be looked into
        return False


def _read_project(path: Path, shown: str) -> Project:
    if path.resolve().parent != path.parent.resolve():
        hint = "put the file itself there"
        raise CalcError("E-FILE", f"{quote_path(shown)} is a link out of its folder", hint=hint)
    source = decode(read_file(path, shown, _MAX_PROJECT), shown, "TOML", _MAX_PROJECT)
    import tomllib

    try:
        found = tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:
        # Beside what is no TOML: a number too long to be read, and what is nested too deeply.
        at = re.search(r"line ([0-9]+), column ([0-9]+)", str(error))
        place = Place(source, int(at[1]), int(at[2])) if at else Place(source, 1, 1)
        message = str(error).partition(" (at")[0] if isinstance(error, tomllib.TOMLDecodeError) else _UNREAD
        hint = 'as in `facts = ["facts"]`'
        raise CalcError("E-FILE", f"this is no TOML: {message}", place=place, hint=hint) from None
    for key in found:
        if key != "facts":
            hint = did_you_mean(key, ["facts"]) or "it holds `facts`, a list of folders and files"
            line = next((at for at, each in enumerate(source.text.split("\n"), 1) if key in each), 1)
            raise CalcError("E-KEY", f"{quote(key)} is no part of {PROJECT}", place=Place(source, line, 1), hint=hint)
    facts = found.get("facts", [])
    if not isinstance(facts, list) or not all(isinstance(each, str) for each in facts):
        hint = 'as in `facts = ["facts"]`'
        raise CalcError("E-VALUE", "`facts` is a list of texts", place=Place(source, 1, 1), hint=hint)
    return Project(path.parent, shown, source, tuple(facts))


def inside(folder: Path, entry: str, place: Place, whose: str) -> list[Path]:
    """Return the files that an entry names: one, those that a pattern fits, or the CSV files of a folder and below.

    whose: whose folder it is, for messages.
    Raises CalcError where the entry leads out of the folder, or names nothing, or too much.
    """
    parts = PurePosixPath(entry).parts
    if (
        "://" in entry
        or "\\" in entry
        or "\x00" in entry
        or entry[:1] in {"/", "~"}
        or entry[1:2] == ":"
        or ".." in parts
    ):
        raise _outside(entry, place, whose)
    if "**" in entry:
        hint = "name folders one by one; `*` stands for part of a name"
        raise CalcError("E-FILE", f"{quote_path(entry)} may name any number of files", place=place, hint=hint)
    try:
        named = sorted(folder.glob(entry)) if re.search(r"[*?\[]", entry) else [folder / entry]
        # Before a folder is looked into.
        outside = [path for path in named if not path.resolve().is_relative_to(folder.resolve())]
        if outside:
            raise _outside(outside[0].relative_to(folder).as_posix(), place, whose)
        found = [each for path in named for each in (_below(path, _MAX_DEPTH) if path.is_dir() else [path])]
        for path in found:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise _outside(path.relative_to(folder).as_posix(), place, whose)
        there = [path for path in found if path.is_file()]
    except (OSError, ValueError, RuntimeError) as error:
        raise unreadable(entry, error) from None
    if not there:
        meant = did_you_mean(entry, [each.name for each in folder.glob("*") if each.suffix in SUFFIXES])
        message = f"there is no file {quote_path(entry)} with facts"
        raise CalcError("E-FILE", message, place=place, hint=meant or f"paths begin in the folder of {whose}")
    if len(there) > MAX_FILES:
        message = f"{quote_path(entry)} names {len(there):,} files"
        raise CalcError("E-TOO-LARGE", message, place=place, hint=f"at most {MAX_FILES:,} are read; put them together")
    return there


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the CSV files of a folder and of those below it; links to folders are not followed."""
    for each in sorted(folder.iterdir()):
        if each.is_dir() and not each.is_symlink() and depth:
            yield from _below(each, depth - 1)
        elif each.suffix.lower() in SUFFIXES and not each.name.startswith("."):
            yield each


def _beside(shown: str) -> str:
    """Return what messages call the folder of a file that they call so."""
    return str(Path(shown).parent)


def _outside(entry: str, place: Place, whose: str) -> CalcError:
    hint = "name a file in the same folder or below it, by a relative path without `..`; `--facts FILE` opens others"
    return CalcError("E-FILE", f"{quote_path(entry)} is outside the folder of {whose}", place=place, hint=hint)


def unreadable(shown: str, error: OSError | ValueError | RuntimeError) -> CalcError:
    """Return the error for a file that the machine does not let be read."""
    # Before Python 3.13 a circle of links is a RuntimeError.
    other = "its links go round in a circle" if isinstance(error, RuntimeError) else "it is no file name"
    reason = getattr(error, "strerror", None) or other
    hint = _file_meant(Path(shown)) if isinstance(error, FileNotFoundError) else None
    hint = hint or "check the path and its permissions"
    return CalcError("E-FILE", f"{quote_path(shown)} cannot be read: {reason}", hint=hint)


def _file_meant(path: Path) -> str | None:
    """Return the hint with files of the same kind that are called alike."""
    try:
        here = [str(each) for each in sorted(path.parent.iterdir())[:MAX_FILES] if each.suffix == path.suffix]
    except OSError:
        return None
    return did_you_mean(str(path), here)


def read_file(path: Path, shown: str, limit: int = MAX_BYTES, inside: str = "a CSV file") -> bytes:
    """Return the bytes of a file, at most one more than `limit`; inside: what to give of a folder. Raises CalcError."""
    try:
        if path.is_dir():
            raise CalcError("E-FILE", f"{quote_path(shown)} is a folder", hint=f"give {inside} in it")
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise unreadable(shown, error) from None


def files_of(loaded: Loaded, given: tuple[str, ...], problems: Problems) -> list[FactsFile]:
    """Return the files of facts of a scenario: of its team's folder, its own, and those that a line names.

    given: files that a command line names. What cannot be read is added to `problems`.
    """
    found: list[FactsFile] = []
    entries = loaded.document.facts_from or []
    ships = loaded.file is not None and not loaded.files
    try:
        if loaded.file is not None and not ships:
            found += project_files(loaded.file.parent, _beside(loaded.document.source.name), problems)
    except CalcError as error:
        problems.add(error)
    for node, folder in entries:
        if not node.text.strip():
            message = "an entry of `facts_from` names no file"
            problems.add(CalcError("E-FILE", message, place=node.place, hint="as in `facts_from: [prices.csv]`"))
            continue
        if folder is None:
            message, hint = (
                "a scenario that stands in no file names no files",
                "give `--facts FILE`, or save it to a file",
            )
            problems.add(CalcError("E-FILE", message, place=node.place, hint=hint))
            continue
        try:
            beside = _beside(node.place.source.name)
            found += _read(folder, inside(folder, node.text, node.place, "the scenario"), beside, SCENARIO)
        except CalcError as error:
            error.place = error.place or node.place
            problems.add(error)
    return found + line_files(given, problems)


def project_files(folder: Path, shown: str, problems: Problems) -> list[FactsFile]:
    """Return the files of facts that the `calc.toml` of a folder or of its parents names; raises CalcError for it.

    shown: what messages call the folder.
    """
    project = find_project(folder, shown)
    found: list[FactsFile] = []
    if project is None:
        return found
    for entry in project.facts:
        try:
            paths = inside(project.folder, entry, project.place(entry), PROJECT)
            found += _read(project.folder, paths, _beside(project.shown), FOLDER, project.shown)
        except CalcError as error:
            error.place = error.place or project.place(entry)
            problems.add(error)
    return found


def line_files(given: tuple[str, ...], problems: Problems) -> list[FactsFile]:
    """Return the files that a command line names."""
    found = []
    for name in given:
        try:
            found.append(FactsFile(LINE, name, read_file(Path(name), name)))
        except CalcError as error:
            problems.add(error)
    return found


def _read(folder: Path, paths: list[Path], beside: str, layer: int, project: str = "") -> list[FactsFile]:
    """Return files of a folder; beside: what messages call the folder."""
    named = [(path, str(Path(beside, path.relative_to(folder)))) for path in paths]
    return [FactsFile(layer, shown, read_file(path, shown), project) for path, shown in named]


def book_of(
    files: list[FactsFile],
    quantities: Mapping[str, Quantity],
    problems: Problems,
    warnings: list[str],
    years: tuple[int, ...] = (),
) -> FactBook:
    """Return the facts that ship with those of files laid over them, as a scenario that looks at `years` reads them.

    What is wrong in a file is added to `problems`, what is not read in one to `warnings`.
    """
    if not files:
        return standard_facts().for_years(years)
    # Most scenarios have none.
    from calc.scenario.own_facts import OwnFile

    layers = []
    for layer in (FOLDER, SCENARIO, LINE):
        facts: list[Fact] = []
        places: dict[tuple[str, str, str], str] = {}
        for file in dict.fromkeys(each for each in files if each.layer == layer):
            try:
                source = decode(file.data, file.shown, kind="CSV")
            except CalcError as error:
                problems.add(error)
                continue
            for fact in OwnFile(source, quantities, problems, warnings).facts:
                key = (fact.subject, fact.quantity, fact.as_of)
                if key in places and places[key] != file.shown:
                    problems.add(_in_both(fact.id, fact.as_of, fact.place, places[key]))
                places[key] = file.shown
                facts.append(fact._replace(file=f"{fact.file} of {file.project}") if file.project else fact)
        layers.append(facts)
    return OwnBook(standard_facts(), layers, years)


def _in_both(name: str, as_of: str, place: Place | None, other: str) -> CalcError:
    message = f"{quote_path(other)} gives `{name}` as of {as_of} too"
    return CalcError("E-CONFLICT", message, place=place, hint="keep one of them, or give them their dates")


def doubtful(book: FactBook, used: list[Value], catalogue: Catalogue) -> list[Doubt]:
    """Return which facts of one's own are far from all known figures, each with its place."""
    found = []
    for value in used:
        fact = book.find(str(value.fact))
        quantity = catalogue.quantities.get(fact.quantity) if fact else None
        text = doubt(quantity, [(each.point, None) for each in value.written]) if quantity else None
        text = (no_price(fact) if fact else None) or text
        if fact and fact.place and text:
            found.append(Doubt(text, fact.place))
    return list(dict.fromkeys(found))


def no_price(fact: Fact) -> str | None:
    """Return in words why a fact of one's own is hardly a price: it is 0, or the 9.99 of an empty form; else None."""
    unit = parse_unit(fact.unit)
    if fact.value is None or unit.dimension.currency is None or len(unit.atoms) < 2:
        return None
    why = price_of(fact.value, f"{fact.value:.10g}") if fact.value >= 0 else None
    return f"`{fact.quantity}` is {why}; a price that is not known has no line" if why else None


def told_unused(
    files: list[FactsFile], book: FactBook, used: list[Value], named: frozenset[str], told: list[str]
) -> list[str]:
    """Return in words which files gave nothing, though the scenario or the command line names them.

    used: the values that are facts of one's own. named: the bundles that the scenario names. told: what is said of
    single facts of theirs, which says more.
    """
    if not isinstance(book, OwnBook):
        return []
    taken = {str(each.file).rpartition(":")[0] for each in used}
    wanted = named | {str(each.fact).rpartition(".")[0] for each in used}
    found = []
    for file in files:
        if file.layer == FOLDER or file.shown in taken or any(each.startswith(f"{file.shown}:") for each in told):
            continue
        facts = [fact for fact in book.layers[file.layer].by_id.values() if fact.file.rpartition(":")[0] == file.shown]
        subjects = {fact.subject for fact in facts}
        rest = "others of the same names win over them"
        if not subjects & wanted:
            shown = ", ".join(quote(each) for each in sorted(subjects)[:4])
            # What ships under that name is not misspelt: it is another bundle.
            strange = (each for each in sorted(subjects) if each not in book.shipped.subjects)
            close = [each for subject in strange if (each := did_you_mean(subject, named))]
            first = min(facts, key=lambda each: (each.subject, each.place.line if each.place else 0))
            one = f"`facts: [{shorten(first.subject)}]`, or take one fact as `{{fact: {shorten(first.id)}}}`"
            rest = close[0] if close else f"name it in the scenario, as in {one}"
            rest = f"it has facts of {shown}; {rest}"
        found.append(f"{file.shown}: none of its facts is used; {rest}")
    return found


def own_of(files: Iterable[FactsFile], values: Iterable[tuple[str, Value]]) -> dict[str, list[str]]:
    """Return which inputs come from which file of facts of one's own, by what messages call the file.

    values: name and value of all inputs that are looked at.
    """
    found: dict[str, dict[str, None]] = {file.shown: {} for file in files}
    for name, value in values:
        file = file_of(value.file)
        if file in found:
            found[file][name] = None
    return {file: list(names) for file, names in found.items() if names}


def file_of(place: str | None) -> str:
    """Return the file of a fact of one's own, whose place is `prices.csv:2` or `prices.csv:2 of calc.toml`."""
    return re.sub(r":[0-9]+( of .*)?$", "", place or "")


def replaced(files: list[FactsFile], book: FactBook, values: list[tuple[str, Value]]) -> str:
    """Return in words by what inputs are replaced that the scenario was written with; empty where by nothing.

    A fact that is new, of a subject that nothing else knows, replaces none.
    """
    if not isinstance(book, OwnBook):
        return ""
    layers = {file.shown: file.layer for file in reversed(files)}
    # A file that the scenario names too is its own.
    theirs = {file.data for file in files if file.layer == SCENARIO}
    for file in own_of((each for each in files if each.data not in theirs), values):
        lower = [book.shipped, *book.layers[: layers[file]]]
        taken = [str(value.fact).partition("@")[0] for _, value in values if file_of(value.file) == file]
        for subject, _, quantity in (each.rpartition(".") for each in taken):
            if any(quantity in (each.bundle(subject) or {}) for each in lower):
                return "`--facts`" if layers[file] == LINE else f"the facts of `{PROJECT}`"
    return ""


def passed_over(
    files: list[FactsFile], book: FactBook, values: list[tuple[str, Value]], scenario: str = ""
) -> list[str]:
    """Return in words which facts of one's own are not used, because the scenario takes another of the same name.

    It says so with a date, as in `{fact: rent-b200.gpu_hour_price@2025}`, or gives a value itself. scenario: what
    messages call its own file. What that file says is no surprise beside its own `facts_from`; what it extends is.
    """
    if not isinstance(book, OwnBook):
        return []
    layers = {file.shown: file.layer for file in files}
    used = {value.file for _, value in values}
    found = {}
    for name, value in values:
        for other in (value.fact, None if value.fact else value.replaces):
            subject, _, quantity = str(other).partition("@")[0].rpartition(".")
            mine = (book.bundle(subject) or {}).get(quantity) if other else None
            if mine is None or mine.file in used or file_of(mine.file) not in layers:
                continue
            chosen = value.place is not None and value.place.source.name == scenario
            if layers[file_of(mine.file)] == SCENARIO and (value.file or chosen):
                continue
            if value.fact and other != mine.id:
                take = f"{name}={{fact: {subject}.{quantity}}}"
                found[mine.file] = (
                    f"{mine.file} is not used: the scenario takes `{other}`; `--set '{take}'` takes yours"
                )
            elif not value.fact and value.place and value.place.source.name != "--set":
                found[mine.file] = f"{mine.file} is not used: a value that is given for `{name}` wins over facts"
    return list(found.values())


def own_book(given: Iterable[str] | None) -> FactBook:
    """Return the facts that ship, those of this folder's `calc.toml`, and those of files; raises CalcErrors."""
    from calc.engine.catalogue import known_catalogue

    problems = Problems()
    files = [*project_files(Path.cwd(), "", problems), *line_files(tuple(given or ()), problems)]
    found = book_of(files, known_catalogue().quantities, problems, [])
    problems.raise_if_any()
    return found
