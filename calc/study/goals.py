"""The section `find`: its goals, each a search for one value (`find`) or for the best of several (`best`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Place, quote
from calc.longrun.progress import each_told
from calc.scenario.case import BASE, ResolvedCase, Scenario
from calc.scenario.conditions import base_name
from calc.scenario.fact_values import Doubt, doubt
from calc.scenario.options import laid_over, read_goal, refuse_twice
from calc.scenario.sections import SENSES
from calc.scenario.studies import Study
from calc.scenario.study_sections import Best, Goal, read_find
from calc.scenario.yaml_reader import Mapping, Node, Scalar
from calc.study.best import run_best
from calc.study.draws import as_chosen
from calc.study.find import Found, run_goal
from calc.text import and_list, or_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import Place
    from calc.scenario.axis import Axis, Range
    from calc.scenario.case import Context, ResolvedCase
    from calc.scenario.studies import StudyCases
    from calc.scenario.yaml_reader import Node, Scalar


class _FindStudy(Study[list[Goal | Best], list[tuple[Goal | Best, list[Found]]]]):
    """The section `find`."""

    missing_hint = 'add `--goal "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`'

    def section(
        self, given: dict[str, Any], entries: dict[str, tuple[Scalar, Node]], written: Node | None, place: Place
    ) -> Node | None:
        goals: dict[str, tuple[Scalar, Node]] = {}
        for text in given["goal"] or ():
            more = read_goal(text)
            refuse_twice("--goal", more, goals)
            goals |= more
        whole = goals or (dict(written.entries) if isinstance(written, Mapping) else {})
        if "confidence" in entries and not any(name in SENSES for name in whole):
            # Each goal for one input has a confidence of its own.
            sure = {"confidence": entries["confidence"]}
            each_sure = {name: (key, laid_over(each, sure, place)) for name, (key, each) in whole.items()}
            return Mapping({**each_sure, **{name: each for name, each in entries.items() if name not in sure}}, place)
        return laid_over(None, {**whole, **entries}, place) if whole else written

    def read(self, node: Node, context: Context) -> list[Goal | Best]:
        return read_find(node, context)

    def varied(self, request: list[Goal | Best]) -> Sequence[Axis | Range]:
        return [each for goal in request for each in goal.ranges]

    def chosen(self, request: list[Goal | Best]) -> list[str]:
        return [name for goal in request for name in goal.names]

    def refuse_place(self, request: list[Goal | Best]) -> None:
        hint = "sweep instead, which is placed anew at every point"
        raise CalcError("E-PLACE", "`find` and `place` cannot stand together", place=request[0].place, hint=hint)

    def ranked(
        self, request: list[Goal | Best], cases: list[list[ResolvedCase]]
    ) -> list[tuple[str, Place, list[ResolvedCase]]]:
        goals = zip(request, cases, strict=True)
        return [(goal.wanted.name, goal.place, each) for goal, each in goals if isinstance(goal, Best)]

    def cases(self, request: list[Goal | Best], cases: StudyCases) -> list[list[ResolvedCase]]:
        found = []
        for goal in request:
            needed = [name for each in goal.conditions for name in each.names]
            needed += [goal.wanted.name] if isinstance(goal, Best) else []
            found.append(cases.resolve(goal.ranges, cases.shown or [], [*needed, *cases.checked]))
        return found

    def run(self, scenario: Scenario) -> list[tuple[Goal | Best, list[Found]]]:
        asked = scenario.studies.asked["find"]
        found: list[tuple[Goal | Best, list[Found]]] = []
        for goal, cases in zip(asked.request, asked.groups, strict=True):
            drawn = as_chosen(scenario, cases)
            each = [
                run_goal(drawn, goal, case) if isinstance(goal, Goal) else run_best(drawn, goal, case)
                for case in each_told(cases, "cases")
            ]
            found.append((goal, each))
        return found

    def missed(self, found: list[tuple[Goal | Best, list[Found]]]) -> list[CalcError]:
        errors = []
        for goal, cases in found:
            for each in cases:
                if not each.reached:
                    where = "" if each.case.name == BASE else f" in case {quote(each.case.name)}"
                    several = "ranges" if len(goal.names) > 1 else "range"
                    wanted = " and ".join(quote(one.text) for one in goal.conditions) or "a value"
                    message = f"no {and_list(goal.names)} within the {several} gives {wanted}{where}"
                    hint = f"widen the {several}, or ask for less"
                    if each.idle:
                        movers = f"; what does: {or_list(each.movers[:6])}" if each.movers else ""
                        hint = f"no value of {and_list(each.idle)} changes that{movers}"
                    errors.append(CalcError("E-GOAL-MISSED", message, place=goal.place, hint=hint))
        return errors

    def doubts(self, scenario: Scenario, found: list[tuple[Goal | Best, list[Found]]]) -> list[Doubt]:
        """Return where an answer lies far from all known figures; the range searched may, as wide as one likes."""
        doubtful: list[Doubt] = []
        for goal, cases in found:
            told = [
                doubt(scenario.catalogue[base_name(name)], [(value, None)])
                for each in cases
                for name, value in each.values.items()
            ]
            doubtful += [Doubt(f"found: {text}", goal.ranges[0].place) for text in dict.fromkeys(told) if text]
        return doubtful


STUDY = _FindStudy()
