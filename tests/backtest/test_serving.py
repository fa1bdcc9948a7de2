"""Measured serving against predictions: reading rows, names, what is refused, and how far off the predictions are."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rows import each_row

from calc.backtest.serving import MEDIAN_SHARE, ServingForetold, backtest, case_of, parallel, published
from calc.backtest.serving_rows import Row, constants_without, measured_rows, names, read_rows, year_of
from calc.errors import CalcErrors, SourceText
from calc.facts import standard_facts

HEAD = (
    "family,model,precision,gpu,n_gpus,tp,pp,dp,ep,moe_tp,framework,framework_version,concurrency,isl,osl,"
    "ttft_ms,tpot_ms,measured_date,source"
)
LINE = "kimi,moonshotai/Kimi-K2.5,int4,h200_sxm,8,8,1,1,1,8,vllm,0.14.0,16,1024,1024,300,20,2026-02-01,x"


def rows_of(*lines: str) -> list[Row]:
    return read_rows(SourceText("rows.csv", "\n".join((HEAD, *lines))))[0]


def changed(**cells: str) -> Row:
    named = dict(zip(HEAD.split(","), LINE.split(","), strict=True))
    return rows_of(",".join({**named, **cells}.values()))[0]


def test_the_error_table() -> None:
    """Pinned: a change of formula or constant that moves these is to be told in docs/methodology/serving.md."""
    found = backtest()
    token, rate = found.summary("time_per_token"), found.summary("token_rate_per_gpu")
    offline, first = found.summary("greatest_token_rate"), found.summary("time_to_first_token")
    assert token.runs >= 1800
    assert token.median_error is not None
    assert token.median_error == pytest.approx(0.104, abs=0.005)
    assert rate.median_error is not None
    assert rate.median_error <= 0.145
    assert 0.75 <= (token.inside or 0) <= 0.90
    assert offline.median_error is not None
    assert offline.median_error <= 0.20
    assert first.median_error is not None
    assert first.median_error <= 0.35
    assert first.median_error == pytest.approx(0.339, abs=0.01)
    assert 0.75 <= (first.inside or 0) <= 0.90
    errors = found.errors("time_per_token")
    assert sum(errors) / len(errors) <= 0.24
    after = sorted(found.calibrated_errors())
    assert after[len(after) // 2] <= 0.10
    page = (Path(__file__).parents[2] / "docs" / "methodology" / "serving.md").read_text(encoding="utf-8")
    for target, named in (
        ("time_per_token", "time per output token"),
        ("token_rate_per_gpu", "tokens per second and GPU"),
        ("time_to_first_token", "time to the first token"),
        ("greatest_token_rate", "greatest throughput, offline (not fitted)"),
    ):
        told, errors = found.summary(target), found.errors(target)
        line = next(line for line in page.split("\n") if line.startswith(f"| {named} |"))
        figures = [told.median_error or 0, sum(errors) / len(errors), told.inside or 0]
        assert [each.split()[0] for each in line.split(" | ")[1:]] == [
            f"{told.runs:,}", *(f"{100 * each:.1f}" for each in figures)
        ], named  # fmt: skip


def test_2000_rows_take_seconds() -> None:
    rows = rows_of(*[LINE.replace(",16,1024", f",{1 + at % 200},1024") for at in range(2000)])
    began = time.perf_counter()
    assert len(backtest(rows).figures) == 6000
    assert time.perf_counter() - began < 60


def test_every_row_is_foretold_or_refused_with_a_reason() -> None:
    for each in backtest().figures:
        assert (each.predicted is None) == (each.reason is not None)


@each_row(
    ("written", "bundle"),
    [
        ("deepseek-ai/DeepSeek-R1-0528 (dsr1)", "deepseek-r1"),
        ("nvidia/DeepSeek-V3.1-NVFP4", "deepseek-r1"),
        ("nvidia/Llama-3.1-8B-Instruct-FP8", "llama-3-1-8b"),
        ("meta-llama/Meta-Llama-3.1-405B-Instruct-FP8", "llama-3-1-405b"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", "qwen3-235b-a22b"),
        ("openai/gpt-oss-120b", "gpt-oss-120b"),
        ("gptoss120b", "gpt-oss-120b"),
        ("zai-org/GLM-5-FP8", "glm-5"),
        ("nvidia/Kimi-K2.5-NVFP4", "kimi-k2-5"),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral-8x7b"),
        ("nvidia/Gemma-4-31B-IT-NVFP4", "gemma-4-31b"),
        ("amd/Llama-3.1-405B-Instruct-MXFP4-Preview", "llama-3-1-405b"),
        ("RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic", "llama-3-1-8b"),
        ("moonshotai/Kimi-K2-Instruct-0905", "kimi-k2"),
    ],
)
def test_models_are_found_by_the_last_part_of_their_name(written: str, bundle: str) -> None:
    assert names().find("model", written) == bundle


@each_row(
    ("kind", "written", "stands_for"),
    [
        ("gpu", "NVIDIA H100 80GB HBM3", "h100-sxm"),
        ("gpu", "NVIDIA-H100-SXM5-80GB", "h100-sxm"),
        ("gpu", "H100 NVL", "h100-nvl"),
        ("gpu", "A100-SXM4-80GB", "a100-80gb-sxm"),
        ("gpu", "A100-SXM4-40GB", "a100-40gb-sxm"),
        ("gpu", "AMD Instinct MI300X", "mi300x"),
        ("gpu", "GB200 NVL72", "gb200"),
        ("gpu", "h200-141gb", "h200-sxm"),
        ("gpu", "L4", "l4"),
        ("framework", "vLLM V1", "vllm"),
        ("framework", "vllm 0.14.0", "vllm"),
        ("framework", "TensorRT-LLM 1.2.0rc6", "trtllm"),
        ("format", "FP8 (E4M3)", "fp8"),
        ("format", "NVFP4", "fp4"),
    ],
)
def test_gpus_and_software_are_found_as_people_write_them(kind: str, written: str, stands_for: str) -> None:
    assert names().find(kind, written) == stands_for


@each_row(
    ("cells", "reason"),
    [
        ({"model": "moonshotai/Kimi-K9"}, "no model `moonshotai/Kimi-K9` is known; the nearest is `kimi-k2"),
        ({"model": "moonshotai/Kimi-K3-FP8"}, "no count of its parameters was found that fits"),
        ({"gpu": "H100 94GB"}, "no GPU `H100 94GB` is known; the nearest is `h100-"),
        ({"gpu": ""}, "no GPU is given"),
        ({"framework": ""}, "no serving software is given"),
        ({"isl": ""}, "`isl` is not given"),
        ({"gpu": "h900_sxm"}, "no GPU `h900_sxm` is known; the nearest is `h"),
        ({"framework": "tgi"}, "no serving software `tgi` is known"),
        ({"precision": "fp6"}, "no number format `fp6` is known"),
        ({"precision": "fp8+mtp"}, "(multi-token prediction), which is not modelled yet"),
        ({"framework": "dynamo-trt(disagg)"}, "(disaggregated prefill), which is not modelled yet"),
        ({"pp": "2"}, "(pipeline parallel), which is not modelled yet"),
        ({"gpu": "a100", "precision": "fp8"}, "no `gpu_peak_fp8` of a100-80gb-sxm is known"),
        ({"n_gpus": "1", "tp": "1"}, "the weights do not fit"),
        ({"measured_date": "yesterday"}, "which is no date"),
    ],
)
def test_what_cannot_be_foretold_says_why(cells: dict[str, str], reason: str) -> None:
    found = backtest([changed(**cells)]).figures
    assert len(found) == 3
    for each in found:
        assert each.predicted is None
        assert reason in (each.reason or "")


@each_row(
    ("cells", "tensor", "data"),
    [
        ({"n_gpus": "8", "tp": "64", "ep": "8"}, 8, 1),  # tensor and expert parallel of 8 are 8 GPUs, not 64
        ({"n_gpus": "4", "tp": "16", "ep": "4"}, 4, 1),
        ({"n_gpus": "8", "tp": "1", "dp": "64"}, 1, 8),
        ({"n_gpus": "8", "tp": "8", "dp": "attn-dp"}, 1, 8),
        ({"n_gpus": "8", "tp": "4", "dp": "2"}, 4, 2),
        ({"n_gpus": "2", "tp": "2"}, 2, 1),
    ],
)
def test_gpus_are_those_that_stand_there(cells: dict[str, str], tensor: float, data: float) -> None:
    assert parallel(changed(**cells)) == (tensor, data)


def test_medians_are_foretold_as_medians() -> None:
    """An operator's times are means unless a row says otherwise; of another statistic nothing is foretold."""
    heads = HEAD.replace(",source", ",statistic,source")

    def first_token(statistic: str) -> ServingForetold:
        line = LINE.removesuffix(",x") + f",{statistic},x"
        found = backtest(read_rows(SourceText("rows.csv", f"{heads}\n{line}"))[0])
        return next(each for each in found.figures if each.target == "time_to_first_token")

    mean, unsaid, median, other = (first_token(each).predicted for each in ("mean", "", "median", "p99"))
    assert mean == unsaid
    assert mean is not None
    assert median is not None
    assert median.p50 / mean.p50 == pytest.approx(constants_without("all")[MEDIAN_SHARE])
    assert other is None
    assert first_token("p99").reason == "`statistic` is 'p99': times are a mean or a median"


def test_tokens_a_second_follow_from_the_two_times() -> None:
    # 16 requests x 1,024 tokens in 0.3 s + 1,023 x 20 ms = 20.76 s on 8 GPUs: 98.65
    assert published(changed())["token_rate_per_gpu"] == pytest.approx(16 * 1024 / 20.76 / 8)


def test_a_prediction_has_not_seen_the_family_of_its_model() -> None:
    assert constants_without("deepseek") != constants_without("all")
    assert constants_without("kimi-k2-5") == constants_without("all")
    for row in measured_rows():
        assert names().family_of(case_of(row).model) in {"deepseek", "llama3", "qwen3-moe"}


def test_the_constants_of_all_rows_are_the_facts() -> None:
    bundle = standard_facts().bundle("defaults") or {}
    for name, value in constants_without("all").items():
        if name != MEDIAN_SHARE:
            assert bundle[name].value == value


def test_layers_taken_for_others_have_a_wider_range() -> None:
    known, estimated = (
        backtest([changed(model=model)]).figures[0].predicted for model in ("moonshotai/Kimi-K2.5", "zai-org/GLM-5")
    )
    assert known is not None
    assert estimated is not None
    assert estimated.p90 / estimated.p10 > 1.3 * known.p90 / known.p10


def test_dates() -> None:
    assert year_of("2026-01-01") == 2026
    assert year_of("2025-07") == pytest.approx(2025.5)


def test_a_broken_file_is_told_with_its_places() -> None:
    bad = LINE.replace(",16,1024", ",many,1024")
    with pytest.raises(CalcErrors) as caught:
        rows_of(bad, LINE + ",more")
    assert [str(error.place) for error in caught.value.errors] == ["rows.csv:2:1", "rows.csv:3:1"]
    with pytest.raises(CalcErrors, match="there is no column `gpu`"):
        read_rows(SourceText("rows.csv", HEAD.replace(",gpu,", ",card,")))


def test_every_name_stands_for_something_that_is_known() -> None:
    facts, found = standard_facts(), names()
    for bundle in {*found.model.values(), *found.gpu.values(), *found.family}:
        assert facts.bundle(bundle), bundle
    assert set(found.framework.values()) == {"trtllm", "sglang", "vllm"}
    assert set(found.format.values()) == {"bf16", "fp8", "fp4", "int4"}
