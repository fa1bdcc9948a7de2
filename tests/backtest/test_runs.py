"""Published runs: every row has figures, source and place; what is wrong with a file of one's own is said."""

from __future__ import annotations

import re

import pytest
from rows import each_row

from calc.backtest.runs import COLUMNS, NUMBERS, OWN_COLUMNS, Run, accelerators, published_runs, read_runs
from calc.errors import CalcError, SourceText
from calc.facts import standard_facts

RUNS = {run.id: run for run in published_runs()}
every_run = each_row("run", RUNS)


def read(text: str, known: dict[str, Run] | None = None) -> list[Run]:
    return read_runs(SourceText("runs.csv", text), known)


def refused(text: str) -> str:
    with pytest.raises(CalcError) as caught:
        read(text)
    return str(caught.value)


def test_all_runs_are_there() -> None:
    assert len(RUNS) == 64
    assert len({run.family for run in RUNS.values()}) >= 30


@every_run
def test_a_run_has_source_place_and_web_page(run: Run) -> None:
    assert len(run.texts["source"]) > 5
    assert run.texts["locator"]
    assert run.texts["url"].startswith("https://")
    assert run.texts["confidence"] in {"A", "B"}
    assert re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", run.id)
    assert run.place.line >= 2
    assert 2010 <= (run.number("year") or 0) <= 2030


@every_run
def test_active_parameters_are_no_more_than_all(run: Run) -> None:
    active, everything = run.number("params_active_b"), run.number("params_total_b")
    if active is not None and everything is not None:
        assert active <= everything


@every_run
def test_a_known_accelerator_has_its_facts(run: Run) -> None:
    if run.accelerator is not None:
        bundle = standard_facts().bundle(run.accelerator.bundle)
        assert bundle is not None
        assert "gpu_peak_bf16" in bundle


def test_every_accelerator_has_its_facts() -> None:
    for name, accelerator in accelerators().items():
        assert standard_facts().bundle(accelerator.bundle) is not None, name


@pytest.mark.parametrize(
    ("identifier", "figures"),
    [
        ("bloom-176b", {"accel_hours": 1082990, "energy_mwh": 433.196, "tco2e": 50.5, "pue": 1.2}),
        ("palm-540b", {"accel_hours": 8404992, "mfu": 0.462, "avg_w_per_accel": 378.5, "tco2e": 271.43}),
        ("deepseek-v3", {"accel_hours": 2788000, "params_active_b": 37, "tokens_b": 14800, "cost_usd_low": 5576000}),
        ("gpt3-175b", {"n_accel": 10000, "days": 14.8, "energy_mwh": 1287, "tco2e": 552.1}),
        ("llama31-405b", {"accel_hours": 30840000, "n_accel": 16384, "mfu": 0.41, "tco2e": 8930}),
    ],
)
def test_figures_of_well_known_runs(identifier: str, figures: dict[str, float]) -> None:
    assert {name: RUNS[identifier].number(name) for name in figures} == figures


def test_lines_of_models_are_families() -> None:
    families: dict[str, set[str]] = {}
    for run in RUNS.values():
        families.setdefault(run.family, set()).add(run.id)
    assert {"llama1-7b", "llama31-405b", "llama4-scout"} < families["llama"]
    assert families["megatron"] == {"megatron-8.3b", "mt-nlg-530b"}
    assert families["olmo"] == {"olmo1-7b", "olmoe-7b"}
    assert families["deepseek"] == {"deepseek-v2", "deepseek-v3", "deepseek-r1"}


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("energy=h*W*PUE; tco2e=energy*ci", {"energy", "tco2e"}),
        ("energy,tco2e are products of the other columns", {"energy", "tco2e"}),
        ("energy = 1,082,990 h x 0.400 kW exactly", {"energy"}),
        ("accel_hours (back-solved from energy/W)", {"accel_hours"}),
        ("cost=hours*$2", {"cost"}),
        ("", set()),
    ],
)
def test_what_is_circular_is_read_from_words(said: str, names: set[str]) -> None:
    (run,) = read(f'id,circular_fields\na,"{said}"\n')
    assert run.circular == names


@pytest.mark.parametrize(
    ("written", "bundle"),
    [
        ("A100-80GB SXM", "a100-80gb-sxm"),
        ("NVIDIA H100 SXM5", "h100-sxm"),
        ("H100 (assumed)", "h100-sxm"),
        ("h100-pcie", "h100-pcie"),
        ("Google TPU v4", "tpu-v4"),
        ("TPU v3/v4", None),
        ("GTX 580 3GB", None),
        ("", None),
    ],
)
def test_accelerators_by_the_names_that_runs_give_them(written: str, bundle: str | None) -> None:
    (run,) = read(f"id,accelerator\na,{written}\n")
    assert (run.accelerator.bundle if run.accelerator else None) == bundle


def test_a_file_may_leave_columns_out_and_begin_with_a_byte_order_mark() -> None:
    (run,) = read("\ufeffid,model,accel_hours\nmine,Llama 3.3 70B,7e6\n\n")
    assert (run.id, run.family, run.number("accel_hours"), run.number("days")) == ("mine", "llama", 7e6, None)
    assert not run.energy_includes_pue


def test_the_columns_are_those_of_the_shipped_file() -> None:
    header = published_runs()[0].place.source.line(1).split(",")
    assert header == [*COLUMNS, *OWN_COLUMNS]
    assert set(NUMBERS) < set(COLUMNS)


def test_a_known_id_has_the_family_of_the_known_run_unless_the_file_says_another() -> None:
    text = "id,model,family\nolmoe-7b,OLMoE,\nolmo1-7b,OLMo,other\n"
    assert [run.family for run in read(text, RUNS)] == ["olmo", "other"]
    assert [run.family for run in read("id,model\nolmoe-7b,OLMoE\n")] == ["olmoe"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,acel_hours\na,1\n", ["runs.csv:1:1", "no column `acel_hours`", "did you mean `accel_hours`"]),
        ("model\nGPT\n", ["no column `id`"]),
        ("", ["no column `id`"]),
        ("id,days,days\na,1,2\n", ["`days` stands twice"]),
        ("id,days\n,1\n", ["runs.csv:2:1", "has no id"]),
        ("id,days\na,1\nb,2\na,3\n", ["runs.csv:4:1", "two runs `a`", "runs.csv:2:1"]),
        ('id,n_accel\na,"4,096"\n', ["`n_accel` is `4,096`", "no number", "1082990"]),
        ("id,days\na,nan\n", ["`days` is `nan`"]),
        ("id,days\na,0\n", ["`days` is 0", "above 0"]),
        ("id,mfu\na,46\n", ["`mfu` is 46", "between 0 and 1"]),
        ("id,pue\na,0.9\n", ["`pue` is 0.9", "between 1 and 10"]),
        ("id,model\na,b,c\n", ["3 cells and the first line 2", "double quotes"]),
        ("id,energy_includes_pue\na,maybe\n", ["`maybe`", "yes or no"]),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, words: list[str]) -> None:
    message = refused(text)
    assert all(word in message for word in words), message


def test_all_errors_of_a_file_are_shown_at_once() -> None:
    message = refused("id,days,mfu\na,x,0.4\nb,1,46\n")
    assert "runs.csv:2:1" in message
    assert "runs.csv:3:1" in message
