"""What hints propose may be written: it is read, lies within the bounds and is not doubtful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc_command import calc

from calc.engine.catalogue import standard_catalogue
from calc.errors import Place, Problems, SourceText
from calc.facts import standard_facts
from calc.scenario.fact_values import Reading, doubt, example, example_range, fitting
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import Scalar

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = Place(SourceText("hint", ""), 1, 1)


def test_every_example_is_accepted_and_usual() -> None:
    facts, wrong = standard_facts(), []
    for name, quantity in standard_catalogue().quantities.items():
        # What can have one value only is no axis, and has no range.
        ranges = [] if quantity.low is not None and quantity.low == quantity.high else [example_range(quantity, facts)]
        for text in (example(quantity, facts), *ranges):
            problems = Problems()
            value = read_value(
                Scalar(text, plain=True, place=NOWHERE), quantity, name, Reading({}, facts, problems, [], [])
            )
            if value is None or (" to " not in text and doubt(quantity, [(value.point, None)])):
                wrong.append(f"{name}: {text}: {[each.message for each in problems.errors]}")
    assert wrong == []


def test_what_can_have_one_value_only_is_no_axis(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    for text, said in (
        ("sweep: {speculative_tokens: 0 to 4 in 3 steps}", "`speculative_tokens` can only be 0"),
        ("inputs: {speculative_tokens: -3}", "`speculative_tokens` is -3, below 0"),
    ):
        path.write_text(f"{text}\n", encoding="utf-8")
        done = calc("check", "s.yaml", cwd=tmp_path)
        assert done.code == 2
        assert said in done.err
        assert "0 to 0" not in done.err


def test_a_chip_without_a_prior_is_told_those_of_its_generation(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    for name, hint in (("prior-h200", "the same generation, Hopper, there are `prior-h100`,"),
                       ("prior-h10", "did you mean `prior-h100`")):  # fmt: skip
        path.write_text(f"facts: [{name}]\n", encoding="utf-8")
        done = calc("check", "s.yaml", cwd=tmp_path)
        assert hint in done.err


def test_facts_of_what_is_in_use_stand_first() -> None:
    facts = standard_facts()
    listed = fitting("gpu_hour_price", facts, {"dgx-h100"}) or ""
    first = listed.partition("`")[2].split("`")[0]
    assert "h100" in first, listed
    # Without anything in use, the newest chips: a V100's price of this year does not come before a B200's.
    for name in ("gpu_hour_price", "server_power", "gpu_peak_bf16"):
        assert "v100" not in (fitting(name, facts) or ""), name
