"""Parameters and cache of language models: counted from their shapes, against published counts."""

import pytest
from rows import each_row

from calc.backtest.figures import compute
from calc.facts import standard_facts

# Model, all parameters, those that work on a token, bytes of cache a token in 16 bits.
GOLDS = [
    ("deepseek-r1", 671_026_419_200, 37_552_297_472, 70_272),
    ("mixtral-8x7b", 46_702_792_704, 12_879_925_248, 131_072),
    ("mixtral-8x22b", 140_620_634_112, 39_152_031_744, 229_376),
    ("llama-3-1-405b", 405_853_388_800, 405_853_388_800, 516_096),
    ("llama-3-1-70b", 70_553_706_496, 70_553_706_496, 327_680),
    ("llama-3-1-8b", 8_030_261_248, 8_030_261_248, 131_072),
    ("kimi-k2", 1_026_408_232_448, 32_861_500_928, 70_272),
    ("gpt-oss-120b", 116_829_154_368, 5_711_980_608, 73_728),
    ("gpt-oss-20b", 20_914_755_648, 4_187_439_168, 49_152),
    ("qwen3-235b-a22b", 235_093_634_560, 22_190_763_520, 192_512),
    ("qwen3-30b-a3b", 30_532_122_624, 3_353_032_704, 98_304),
    ("qwen3-coder-480b-a35b", 480_154_875_392, 35_474_765_312, 253_952),
    ("qwen3-0-6b", 596_049_920, 596_049_920, 114_688),
]


def shape(subject: str) -> dict[str, float]:
    bundle = standard_facts().bundle(subject) or {}
    return {name: fact.value for name, fact in bundle.items() if fact.value is not None}


@each_row(("subject", "total", "active", "cache"), GOLDS)
def test_counts_are_exact(subject: str, total: int, active: int, cache: int) -> None:
    given = {**shape(subject), "cache_bytes_per_number": 2.0}
    assert compute("total_parameters", given) == total
    assert compute("active_parameters", given) == active
    assert compute("kv_per_token", given) == pytest.approx(cache, rel=1e-12)


def test_deepseek_v3_counts_beside_its_published_round_figures() -> None:
    # Its bundle is also that of its training run, with 671e9 and 37e9 as published.
    assert compute("total_parameters", shape("deepseek-v3")) == 671_026_419_200


def test_by_heads_the_cache_of_latent_attention_would_be_57_times_as_large() -> None:
    # 2 x 128 heads x 128 wide = 32,768 numbers, against 512 + 64 = 576: 56.9
    by_heads = compute("kv_width", {"kv_heads": 128.0, "head_width": 128.0})
    assert by_heads / compute("kv_width", shape("deepseek-r1")) == pytest.approx(56.9, rel=1e-3)


def test_at_least_50_models_have_a_shape() -> None:
    assert len(standard_facts().for_quantity("hidden")) >= 50


def test_training_takes_the_count_of_the_same_facts() -> None:
    for fact in standard_facts().for_quantity("hidden"):
        given = shape(fact.subject)
        if fact.subject != "deepseek-v3":  # published 671e9
            assert given["parameters"] == compute("total_parameters", given), fact.subject


def test_experts_follow_from_the_two_counts() -> None:
    # DeepSeek-V3: 58 layers x 256 experts x 3 x 7,168 x 2,048 = 653,908,770,816
    assert compute("expert_parameters", shape("deepseek-r1")) == pytest.approx(653_908_770_816, rel=1e-12)
