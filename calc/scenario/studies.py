"""What a study is, for all of them alike: `sections.STUDIES` lists them, and each names the file that computes it.

A study is a question about a scenario beside its answer: its section is read (`read`), the cases that it needs are
resolved with the values that it chooses above all others (`cases`), and it is run (`run`). What it found is told by the
file of `calc/report/` that the list names too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from calc.errors import CalcError, quote
from calc.records import dataclass, field
from calc.scenario.sections import SECTIONS, STUDIES, Key, Keys, Listed
from calc.scenario.shapes import scalar
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence, read_yaml
from calc.text import pattern

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Iterable

    from calc.engine.catalogue import Catalogue
    from calc.errors import Place
    from calc.scenario.axis import Axis, Range
    from calc.scenario.case import Context, ResolvedCase, Scenario
    from calc.scenario.fact_values import Doubt
    from calc.scenario.shapes import Case


Request = TypeVar("Request")
Found = TypeVar("Found")


class StudyCases(Protocol):
    """What a study resolves its cases with.

    shown: the figures that the scenario or the line shows, None for all. asks_to_show: the line names them. checked:
    names that the scenario's checks need.
    """

    shown: list[str] | None
    asks_to_show: bool
    checked: list[str]

    def resolve(
        self, varied: Iterable[Axis | Range], wanted: list[str] | None, needed: list[str], only: Iterable[str] = ()
    ) -> list[ResolvedCase]:
        """Return the cases, with a value for everything that is varied.

        wanted: the figures to answer, None for all that follow from what is varied. needed: names that conditions hold
        against. only: the names of the cases, in order; none for all.
        """


class Study(ABC, Generic[Request, Found]):
    """One kind of study. Request: its section, read. Found: what it found in all cases.

    by_year: each of its figures is looked at in every year, and inputs that grow are moved in each.
    plans_itself: where servers are placed, it makes plans of its own; the others take the plan of the case.
    missing_hint: what to write on the command line of a scenario without its section.
    """

    by_year: bool = False
    plans_itself: bool = False
    missing_hint: str = ""

    def section(
        self, given: dict[str, Any], entries: dict[str, tuple[Scalar, Node]], written: Node | None, place: Place
    ) -> Node | None:
        """Return the section that a command line asks for, None for nothing.

        given: what was given for each option, by the name of its parameter. entries: the keys that options of the line
        give. written: the section of the file. Raises CalcError.
        """
        del given
        return laid_over(written, entries, place) if entries else written

    @abstractmethod
    def read(self, node: Node, context: Context) -> Request:
        """Read the section; raises CalcError."""

    def varied(self, request: Request) -> abc.Sequence[Axis | Range]:
        """Return the inputs that it varies, each time that it does."""
        del request
        return ()

    def chosen(self, request: Request) -> Iterable[str]:
        """Return the inputs whose values it chooses, so that nothing else has to give them."""
        del request
        return ()

    def ranked(self, request: Request, cases: list[list[ResolvedCase]]) -> list[tuple[str, Place, list[ResolvedCase]]]:
        """Return the figures that it ranks by, with the cases in which."""
        del request, cases
        return []

    def refuse_place(self, request: Request) -> None:
        """Refuse a scenario in which servers are placed, where the study cannot look at one; raises CalcError."""

    def look_over(self, request: Request, context: Context, cases: dict[str, Case]) -> None:
        """Say beforehand what will not be looked at, in the context's warnings."""

    @abstractmethod
    def cases(self, request: Request, cases: StudyCases) -> list[list[ResolvedCase]]:
        """Resolve the cases that it needs: one list, or one for each of its goals."""

    @abstractmethod
    def run(self, scenario: Scenario) -> Found | None:
        """Compute it, for a scenario whose catalogue knows the quantities of parts and years; raises CalcError."""

    def missed(self, found: Found) -> list[CalcError]:
        """Return what was looked for and not found, as errors."""
        del found
        return []

    def doubts(self, scenario: Scenario, found: Found) -> list[Doubt]:
        """Return where what was found lies far from all known figures."""
        del scenario, found
        return []


def study_of(name: str) -> Study[Any, Any]:
    """Return the study of a section; its file is read when it is first asked for."""
    found: Study[Any, Any] = import_module(STUDIES[name].computation).STUDY
    return found


@dataclass(slots=True)
class Asked:
    """One study of a scenario: its section, read, and the cases that it needs, a list for each of its goals."""

    study: Study[Any, Any]
    request: Any
    groups: list[list[ResolvedCase]] = field(default_factory=list)


@dataclass(slots=True)
class Studies:
    """The studies of a scenario by the name of their section, in the order of the list.

    catalogue: that of the scenario, which also knows the quantities of parts and years that the studies are about.
    broken: inputs of sections that cannot be read; what lacks them is not missing too.
    """

    asked: dict[str, Asked] = field(default_factory=dict)
    catalogue: Catalogue | None = None
    broken: set[str] = field(default_factory=set)

    def request(self, name: str) -> Any:
        """Return a section, read, None where there is none."""
        return self.asked[name].request if name in self.asked else None

    def cases(self, *names: str) -> list[ResolvedCase]:
        """Return the cases of the studies named, or of all."""
        return [
            case
            for name, each in self.asked.items()
            if not names or name in names
            for group in each.groups
            for case in group
        ]

    @property
    def chosen(self) -> set[str]:
        """Return the inputs whose values the studies choose."""
        return {name for each in self.asked.values() for name in each.study.chosen(each.request)} | self.broken

    @property
    def ranges(self) -> list[Axis | Range]:
        """Return the inputs that studies vary, each time that they do."""
        return [one for each in self.asked.values() for one in each.study.varied(each.request)]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is studied."""
        return not self.asked


def read_studies(context: Context) -> Studies:
    """Read the sections; what is wrong is added to the context's problems."""
    found = Studies()
    if not context.document.studies:
        return found
    from calc.scenario.case import study_inputs

    for name, node in context.document.studies.items():
        study = study_of(name)
        try:
            found.asked[name] = Asked(study, study.read(node, context))
        except CalcError as error:
            context.problems.add(error)
            found.broken.update(each for each, _, _ in study_inputs({name: node}))
    found.asked = {name: found.asked[name] for name in STUDIES if name in found.asked}
    return found


@dataclass(slots=True)
class Studied:
    """What the studies of a scenario found, by the name of their section, in the order of the list; most have none.

    scenario: what was studied, with the quantities of its parts and years in its catalogue.
    doubts: values found that lie far from all known ones.
    """

    scenario: Scenario | None = None
    found: dict[str, Any] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was studied."""
        return not self.found

    def missed(self) -> list[CalcError]:
        """Return what was looked for and not found, as errors."""
        return [error for name, each in self.found.items() for error in study_of(name).missed(each)]


# ---------------- studies as the command line asks for them: its options as the sections that a file would hold

_GOAL = pattern(r"(?:the\s+)?(smallest|largest)\s+(\w+(?:\s+in\s+.+?)?)\s+within\s+(.+?)\s+so that\s+(.+)")
_BEST = pattern(r"(maximi[sz]e|minimi[sz]e)\s+(\w+(?:\s+in\s+.+)?)")
_CONFIDENCE = pattern(r"\s+with\s+(\S+\s*%)\s+confidence\s*$")
# A part may have a comma in its name.
_SENSES = pattern(r",\s*(?=(?:max|min)imi[sz]e\s)")
_GOAL_EXAMPLE = '`--goal "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`'


def listed(option: str, texts: Iterable[str]) -> Sequence | None:
    """Return texts as a list, None for none."""
    items: list[Node] = [scalar(option, each) for each in texts]
    return Sequence(items, items[0].place) if items else None


def named(option: str, texts: Iterable[str]) -> dict[str, tuple[Scalar, Node]]:
    """Return `NAME=VALUES` texts by name; values in brackets are a list, as in a file.

    Raises CalcError.
    """
    found: dict[str, tuple[Scalar, Node]] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        key = scalar(option, text)
        if not mark or not name.strip() or not value.strip():
            hint = f'as in `{option} "rack_power_rated=5 to 25 kW step 2.5 kW"`'
            raise CalcError("E-USAGE", f"{quote(text)} is no `NAME=VALUES`", place=key.place, hint=hint)
        key = Scalar(name.strip(), plain=True, place=key.place)
        refuse_twice(option, {key.text: (key, key)}, found)
        lead = len(name) + 1
        node: Node = Scalar(value.strip(), plain=True, place=key.place)
        if value.strip().startswith("["):
            node = read_yaml(key.place.source, text=" " * lead + value)
        found[key.text] = (key, node)
    return found


def refuse_twice(option: str, entries: dict[str, tuple[Scalar, Node]], known: Iterable[str]) -> None:
    """Refuse what an option names a second time.

    Raises CalcError.
    """
    for name, (key, _) in entries.items():
        if name in known:
            raise CalcError("E-USAGE", f"`{option}` names `{name}` twice", place=key.place, hint="name each once")


def laid_over(section: Node | None, entries: dict[str, tuple[Scalar, Node]], place: Place) -> Mapping:
    """Return a section of a file with entries of the command line in it."""
    below = section.entries if isinstance(section, Mapping) else {}
    return Mapping({**below, **entries}, section.place if section else place)


def entry(option: str, key: str, node: Node | None) -> dict[str, tuple[Scalar, Node]]:
    """Return one entry of a section, none for an option that was not given."""
    return {} if node is None else {key: (scalar(option, key), node)}


def read_goal(text: str) -> dict[str, tuple[Scalar, Node]]:
    """Read a goal in one line, as a report writes it.

    Raises CalcError.
    """
    place = scalar("--goal", text).place
    best = _BEST.fullmatch(text.strip())
    if best:
        return entry("--goal", best[1], scalar("--goal", best[2]))
    body, confidence = text.strip(), None
    match = _CONFIDENCE.search(body)
    if match:
        body, confidence = body[: match.start()], scalar("--goal", match[1])
    found = _GOAL.fullmatch(body)
    if found is None:
        raise CalcError("E-USAGE", f"{quote(text)} is no goal", place=place, hint=f"as in {_GOAL_EXAMPLE}")
    entries = {
        **entry("--goal", f"{found[1]} within", scalar("--goal", found[3])),
        **entry("--goal", "so that", scalar("--goal", found[4])),
        **entry("--goal", "confidence", confidence),
    }
    return entry("--goal", found[2], Mapping(entries, place))


def entries_of(study: str, given: dict[str, Any]) -> dict[str, tuple[Scalar, Node]]:
    """Return the keys of a section that options of the line give; raises CalcError."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for name, key in SECTIONS[study].keys.items():
        if key.option is not None and given[key.option.name]:
            found |= entry(key.option.flag, name, _node(key, key.option.flag, given[key.option.name]))
    return found


def _node(key: Key, flag: str, given: Any) -> Node | None:
    """Return what an option gives, in the shape that its key holds."""
    if isinstance(key.shape, Keys):
        ranges = named(flag, given)
        return Mapping(ranges, next(iter(ranges.values()))[0].place)
    if isinstance(key.shape, Listed):
        return listed(flag, _SENSES.split(given))
    return listed(flag, given) if key.is_repeated else scalar(flag, given)
