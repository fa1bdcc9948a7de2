"""Fit the constants of serving to the measured rows of `seeds/serving/` and choose among forms by leaving families out.

    .venv/bin/python bench/serving_fit.py            # the table of variants, then the constants
    .venv/bin/python bench/serving_fit.py --write    # and seeds/serving/constants.csv and seeds/serving_constants.csv

The form stands here once more, in numpy on arrays of all rows, because a fit evaluates it thousands of times; the last
lines hold it against the calculator's own formulas. Needs scipy (`pip install '.[test]'`).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from calc.backtest.serving import MEDIAN_SHARE, backtest, case_of, chip_of, shape_of, statistic_of
from calc.backtest.serving_rows import measured_rows, names

SEEDS = Path(__file__).parents[1] / "seeds"
FITTED_ON = "2026-11-29"
# Constant: unit, what is believed before any row is seen, how far from it in natural logarithms, what it is.
PRIORS: dict[str, tuple[str, float, float, str]] = {
    "step_overhead": ("us", 500, 0.7, "sampling and scheduling of one step"),
    "layer_overhead": ("us", 40, 0.7, "launches and norms of one layer"),
    "mixture_layer_overhead": ("us", 30, 0.7, "routing and launches of the experts of one layer"),
    "latent_layer_overhead": ("us", 15, 0.7, "further launches of latent attention in one layer"),
    "request_overhead": ("us", 10, 1, "sampling and scheduling of one running request"),
    "weight_read_efficiency": ("1", 0.8, 0.2, "share of the bandwidth reached in reading weights"),
    "expert_read_efficiency": ("1", 0.7, 0.3, "share of the bandwidth reached in reading experts"),
    "cache_read_efficiency": ("1", 0.6, 0.35, "share of the bandwidth reached in reading the cache"),
    "decode_efficiency": ("1", 0.6, 0.3, "share of the peak reached in a step"),
    "prefill_efficiency_dense": ("1", 0.7, 0.3, "share of the peak reached in reading prompts"),
    "prefill_efficiency_experts": ("1", 0.25, 0.4, "share of the peak reached in reading prompts, mixtures"),
    "exchange_delay": ("us", 4, 0.7, "delay of one exchange among GPUs"),
    "exchange_efficiency": ("1", 0.5, 0.4, "share of the links' bandwidth reached in an exchange"),
    "prompts_ahead_share": ("1", 0.15, 0.7, "share of the other requests whose prompts are read first"),
    "first_token_overhead_trtllm": ("ms", 100, 0.7, "start of a request, TensorRT-LLM"),
    "first_token_overhead_sglang": ("ms", 200, 0.7, "start of a request, SGLang"),
    "first_token_overhead_vllm": ("ms", 100, 0.7, "start of a request, vLLM"),
    "framework_overhead_sglang": ("1", 1.1, 0.08, "overheads over those of TensorRT-LLM"),
    "framework_overhead_vllm": ("1", 1.2, 0.08, "overheads over those of TensorRT-LLM"),
    "overhead_decline": ("1/year", 0.75, 0.2, "decline of overheads; repeated runs give 0.6"),
}
# What one form or another needs further, none of it a fact of the calculator: the first is used by the backtest alone.
FURTHER: dict[str, tuple[str, float, float, str]] = {
    MEDIAN_SHARE: (
        "1",
        0.7,
        0.5,
        "median over mean time to the first token: bursts at the start and warm-up fall away",
    ),
    "halt": ("1", 1.0, 0.4, ""),
    "passes": ("1", 1.3, 0.3, ""),
    "start_trtllm": ("1", 20, 0.7, ""),
    "start_sglang": ("1", 40, 0.7, ""),
    "start_vllm": ("1", 20, 0.7, ""),
}
# Forms that were tried beside the one in use; each changes one thing.
VARIANTS: dict[str, dict[str, Any]] = {
    "in use": {},
    "prompts at the FP4 peak": {"prefill": "fp4"},
    "prompts at the 16-bit peak": {"prefill": "bf16"},
    "attention over prompts at the 16-bit peak": {"pairs": True},
    "experts read as other weights": {"one_read": True},
    "reading a prompt without the floor of reading all weights": {"no_floor": True},
    "16-bit cache everywhere": {"cache": 2.0},
    "rest of FP4 mixtures in 8 bits": {"rest": 1.0},
    "rest of FP4 mixtures in 4 bits": {"rest": 0.5625},
    "no decline of overheads": {"no_decline": True},
    "first token without decline": {"first_same": True},
    "weights and arithmetic one after the other": {"add": True},
    "overheads hidden behind reading (larger of the two)": {"hide": True},
    "whole reply kept free in memory": {"whole_reply": True},
    "first tokens fitted to means only": {"medians": 0.0},
    "prompts halt others by a fitted share": {"further": ("halt",)},
    "first token: half a step, and prompts without their step": {"first": "half"},
    "the same, softly weighed at half": {"first": "half", "loss": "soft", "first_weight": 0.5},
    "the same, medians taken for means (what was in use)": {
        "first": "half",
        "loss": "soft",
        "first_weight": 0.5,
        "no_median": True,
    },
    "first tokens softly weighed": {"loss": "soft"},
    "first tokens at half the weight": {"first_weight": 0.5},
    "prompts read with the overheads of a step only": {"first": "overhead"},
    "one's own prompt read for a fitted number of passes": {"first": "passes", "further": ("passes",)},
    "wait for others' prompts by mean value analysis": {"first": "mva"},
    "the same, and a share of the others": {"first": "mva+"},
    "start in steps' overheads, by software": {
        "first": "starts",
        "further": ("start_trtllm", "start_sglang", "start_vllm"),
    },
}


def columns() -> dict[str, Any]:
    """Return what the form needs of all rows that are foretold, as arrays, and the measured times in seconds."""
    found: list[dict[str, float]] = []
    texts: dict[str, list[str]] = {"family": [], "fold": [], "framework": [], "form": [], "kind": [], "statistic": []}
    for row in measured_rows():
        case = case_of(row)
        first, each = row.number("ttft_ms"), row.number("tpot_ms")
        if first is None or each is None:
            continue
        shape = shape_of(case.model)
        figures = {**_sizes(shape), **chip_of(case.gpu), **case.figures, "ttft": first / 1e3, "tpot": each / 1e3}
        figures.setdefault("gpu_peak_fp4", 0.0)
        found.append(figures)
        family = names().family_of(case.model)
        texts["family"].append(family)
        texts["fold"].append(case.model if family == "llama3" else family)
        texts["framework"].append(case.framework)
        texts["form"].append(case.form)
        texts["statistic"].append(statistic_of(row))
        texts["kind"].append("|".join((case.model, case.gpu, case.framework, case.form)))
    numbers = {name: np.array([each[name] for each in found]) for name in found[0]}
    return {**numbers, **{name: np.array(values) for name, values in texts.items()}}


def _sizes(m: dict[str, float]) -> dict[str, float]:
    layers, hidden = m["layers"], m["hidden"]
    head = m["vocabulary"] * hidden
    if "latent_rank" in m:
        heads, nope = m["attention_heads"], m["latent_nope_width"]
        rope, value = m["latent_rope_width"], m["latent_value_width"]
        query = m["query_latent_rank"] * (hidden + 1 + heads * (nope + rope))
        kept = hidden * (m["latent_rank"] + rope) + m["latent_rank"]
        attention = layers * (query + kept + heads * (m["latent_rank"] * (nope + value) + value * hidden))
        width, shards, pair = m["latent_rank"] + rope, 1.0, heads * (nope + rope + value)
    else:
        attention = 2 * layers * hidden * m["head_width"] * (m["attention_heads"] + m["kv_heads"])
        width, shards = 2 * m["kv_heads"] * m["head_width"], m["kv_heads"]
        pair = 2 * m["attention_heads"] * m["head_width"]
    experts, chosen = m.get("experts", 0.0), m.get("experts_per_token", 0.0)
    mixture = layers - m["dense_layers"] if experts else 0.0
    expert = mixture * m["ffn_matrices"] * hidden * m.get("expert_width", 0.0)
    dense = (layers - mixture) * m["ffn_matrices"] * hidden * m["ffn_width"]
    shared = mixture * hidden * (m["ffn_matrices"] * m.get("shared_expert_width", 0.0) + experts)
    rest = attention + dense + shared + (2 * layers + 1) * hidden
    return {
        "layers": layers, "hidden": hidden, "mixture_layers": mixture, "latent_layers": layers * ("latent_rank" in m),
        "head": head, "embedding": m["embedding_tables"] * head, "expert": expert * experts, "rest": rest,
        "active": rest + chosen * expert, "spared": 1 - chosen / experts if experts else 0.0, "kv_width": width,
        "most_shards": shards, "pair_width": pair,
    }  # fmt: skip


def times(c: dict[str, Any], p: dict[str, float], form: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return time per output token and time to the first token in seconds, and the requests that fit."""
    us, gpus, mixture = 1e-6, c["tensor_parallel"] * c["data_parallel"], c["mixture_layers"] > 0
    fp4 = c["form"] == "fp4"
    expert_bytes = np.where(fp4, 0.5625, np.where(c["form"] == "fp8", 1.0, 2.0))
    rest_bytes = np.where(fp4 & mixture, form.get("rest", 2.0), expert_bytes)
    cache_bytes = form.get("cache", np.where(c["form"] == "bf16", 2.0, 1.0))
    bf16, fp8 = c["gpu_peak_bf16"] * 1e12, c["gpu_peak_fp8"] * 1e12
    four_bits = np.maximum(c["gpu_peak_fp4"] * 1e12, bf16)
    peak = np.where(fp4, four_bits, np.where(c["form"] == "fp8", fp8, bf16))
    reading = {"fp4": peak, "bf16": bf16}.get(form.get("prefill", ""), np.minimum(peak, fp8))
    bandwidth, link = c["gpu_memory_bandwidth"] * 1e12, c["gpu_interconnect_bandwidth"] * 1e12
    prompt, reply = c["prompt_tokens"], c["reply_tokens"]
    context = prompt + reply / 2
    shards = np.minimum(c["tensor_parallel"], c["most_shards"])
    per_token = c["kv_width"] * cache_bytes * c["layers"]
    weights = c["expert"] * expert_bytes + c["rest"] * rest_bytes + c["embedding"] * 2
    held = prompt + reply if form.get("whole_reply") else context
    room = (0.966 * c["gpu_memory"] * 1e9 - 3e9) * gpus - weights
    limit = np.floor(np.maximum(room, 0) / (per_token * held * c["tensor_parallel"] / shards))
    running = np.minimum(c["concurrency"], np.maximum(limit, 1))
    ranked = np.maximum(running / c["data_parallel"], 1)
    read = p["weight_read_efficiency"] * bandwidth
    read_experts = p["weight_read_efficiency" if form.get("one_read") else "expert_read_efficiency"] * bandwidth
    covered = np.where(mixture, 1 - c["spared"] ** running, 0)
    t_experts = c["expert"] * expert_bytes * covered / gpus / read_experts
    t_weights = t_experts + (c["rest"] * rest_bytes + c["head"] * 2) / c["tensor_parallel"] / read
    t_cache = per_token * context * ranked / shards / (p["cache_read_efficiency"] * bandwidth)
    t_compute = 2 * (c["active"] + c["head"]) * running / (gpus * peak * p["decode_efficiency"])
    age = 1.0 if form.get("no_decline") else np.exp(p["overhead_decline"] * c["software_age"])
    software = np.array(
        [{**p, "framework_overhead_trtllm": 1.0}[f"framework_overhead_{name}"] for name in c["framework"]]
    )
    start = np.array([p[f"first_token_overhead_{name}"] for name in c["framework"]])
    exchange = 2 * c["layers"] * c["hidden"] * 2 * 2 * (gpus - 1) / gpus / (p["exchange_efficiency"] * link)
    layers = c["layers"] * p["layer_overhead"] + c["mixture_layers"] * p["mixture_layer_overhead"]
    layers += c["latent_layers"] * p["latent_layer_overhead"]
    delay = np.where(gpus > 1, 2 * c["layers"] * p["exchange_delay"], 0)
    beside = p["step_overhead"] + layers + delay + ranked * p["request_overhead"]
    over = software * age * (beside * us + ranked * exchange)
    both = t_weights + t_compute if form.get("add") else np.maximum(t_weights, t_compute)
    step = np.maximum(over, both + t_cache) if form.get("hide") else over + both + t_cache
    pairs = c["layers"] * prompt**2 / 2
    reached = np.where(mixture, p["prefill_efficiency_experts"], p["prefill_efficiency_dense"])
    pairing = 2 * pairs * c["pair_width"] * (reading / bf16 if form.get("pairs") else 1)
    t_prompt = (2 * c["active"] * prompt + pairing) / (gpus * reading * reached)
    t_prompt = np.maximum(t_prompt, 0 if form.get("no_floor") else weights / gpus / read) + prompt * exchange
    each = step + p.get("halt", 1.0) * (running - 1) * t_prompt / reply
    start = start / 1e3 * (1.0 if form.get("first_same") else age)
    in_overheads = software * age * (p["step_overhead"] + layers) * us
    first = _first(form.get("first", ""), p, running - 1, (start, t_prompt, step, each, in_overheads), c)
    if not form.get("no_median"):
        first = first * np.where(c["statistic"] == "median", p[MEDIAN_SHARE], 1.0)
    return each, first + (c["concurrency"] / running - 1) * (first + (reply - 1) * each), limit


def _first(form: str, p: dict[str, float], others: Any, parts: tuple[Any, ...], c: dict[str, Any]) -> Any:
    """Return the time to the first token once there is room."""
    start, t_prompt, step, each, in_overheads = parts
    ahead, reply = p["prompts_ahead_share"] * others, c["reply_tokens"]
    match form:
        case "half":
            return start + t_prompt * (1 + ahead) + each / 2
        case "overhead":
            return start + (t_prompt + in_overheads) * (1 + ahead) + each / 2
        case "passes":
            return start + (t_prompt + step) * (p["passes"] + ahead)
        case "mva" | "mva+":
            # Schweitzer 1979: others wait for their prompts, too, for a part of the time, and decode for the rest.
            idle = (others + 1) * t_prompt - reply * step
            waited = (idle + np.sqrt(idle**2 + 4 * t_prompt * reply * step)) / 2
            return start + waited + each / 2 + (ahead * t_prompt if form == "mva+" else 0)
        case "starts":
            many = [p[f"start_{name}"] for name in c["framework"]]
            return many * in_overheads + (t_prompt + step) * (1 + ahead)
        case _:
            return start + (t_prompt + step) * (1 + ahead)


def fit(c: dict[str, Any], form: dict[str, Any]) -> dict[str, float]:
    """Return the constants of the smallest robust errors: time per token above all, kinds of runs alike in weight."""
    priors = {**PRIORS, **{name: FURTHER[name] for name in (MEDIAN_SHARE, *form.get("further", ()))}}
    middle = np.log([each[1] for each in priors.values()])
    spread = np.array([each[2] for each in priors.values()])
    _, inverse, count = np.unique(c["kind"], return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(count[inverse])
    weight /= np.sqrt(np.mean(weight**2)) * np.sqrt(len(weight) / 100)
    first_weight = (
        weight * form.get("first_weight", 1.0) * np.where(c["statistic"] == "mean", 1.0, form.get("medians", 1.0))
    )

    def soft(residual: Any) -> Any:
        return np.sign(residual) * np.sqrt(2 * (np.sqrt(1 + residual**2) - 1))

    def softer(residual: Any) -> Any:
        """Cauchy's: runs whose first tokens hold minutes of warm-up hardly count."""
        return soft(residual) if form.get("loss") == "soft" else np.sign(residual) * np.sqrt(np.log1p(residual**2))

    def residuals(x: Any) -> Any:
        each, first, _ = times(c, dict(zip(priors, np.exp(x), strict=True)), form)
        return np.concatenate([
            soft(np.log(each / c["tpot"]) / 0.15) * weight,
            softer(np.log(first / c["ttft"]) / 0.4) * first_weight,
            (x - middle) / spread,
        ])  # fmt: skip

    # Shares of what the hardware can do end at 1.
    most = np.where([name.endswith("efficiency") or "efficiency_" in name for name in priors], 0.0, np.inf)
    found = least_squares(residuals, middle, bounds=(-np.inf, most), max_nfev=60)
    return dict(zip(priors, np.exp(found.x), strict=True))


def part(c: dict[str, Any], chosen: Any) -> dict[str, Any]:
    """Return some rows."""
    return {name: values[chosen] for name, values in c.items()}


def left_out(c: dict[str, Any], form: dict[str, Any], fold: str) -> tuple[Any, Any, dict[str, dict[str, float]]]:
    """Return the times of every row as foretold without its fold, and the constants of each."""
    each, first, constants = np.zeros(len(c["tpot"])), np.zeros(len(c["tpot"])), {}
    for name in np.unique(c[fold]):
        own = c[fold] == name
        constants[str(name)] = fit(part(c, ~own), form)
        each[own], first[own], _ = times(part(c, own), constants[str(name)], form)
    return each, first, constants


def errors(c: dict[str, Any], each: Any, first: Any) -> list[float]:
    """Return errors in %: median and mean of time per token, tokens per second, first token; families alike."""
    _, inverse, count = np.unique(c["family"], return_inverse=True, return_counts=True)
    weight = 1 / count[inverse]

    def middle(values: Any) -> float:
        order = np.argsort(values)
        return float(values[order][np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)])

    token, start = np.abs(each / c["tpot"] - 1), np.abs(first / c["ttft"] - 1)
    replies = c["reply_tokens"] - 1
    rate = np.abs((c["ttft"] + replies * c["tpot"]) / (first + replies * each) - 1)
    alike = [middle(token), float(np.average(token, weights=weight)), middle(rate), middle(start)]
    return [100 * v for v in (np.median(token), np.mean(token), np.median(rate), np.median(start), *alike)]


def spread_of(c: dict[str, Any], each: Any, first: Any) -> dict[str, tuple[float, float]]:
    """Return p10 and p90 of measured over foretold, families alike in weight."""
    _, inverse, count = np.unique(c["family"], return_inverse=True, return_counts=True)
    weight, found = 1 / count[inverse], dict[str, tuple[float, float]]()
    for name, ratio in (("time_per_token", c["tpot"] / each), ("first_token", c["ttft"] / first)):
        order = np.argsort(ratio)
        at = np.cumsum(weight[order]) / weight.sum()
        low, high = (float(ratio[order][np.searchsorted(at, q)]) for q in (0.1, 0.9))
        found[name] = (low, high)
    return found


def confirm(c: dict[str, Any], foretold: dict[str, tuple[Any, Any]]) -> None:
    """Print what choosing costs: the form best on one half of the kinds of runs, judged on the other, 500 times."""
    kinds, inverse = np.unique(c["kind"], return_inverse=True)
    random = np.random.default_rng(1)
    for at, what in ((0, "tpot"), (1, "ttft")):
        off = {name: np.abs(times[at] / c[what] - 1) for name, times in foretold.items()}
        chosen: dict[str, int] = {}
        seen, unseen = [], []
        for _ in range(500):
            half = (random.permutation(len(kinds)) < len(kinds) / 2)[inverse]
            medians = {name: float(np.median(errors_of[half])) for name, errors_of in off.items()}
            best = min(medians, key=medians.__getitem__)
            chosen[best] = chosen.get(best, 0) + 1
            seen.append(np.median(off[best][half]))
            unseen.append(np.median(off[best][~half]))
        often = sorted(chosen.items(), key=lambda each: -each[1])[:4]
        print(f"{what}: chosen on half of {len(kinds)} kinds {100 * np.mean(seen):.1f}, on the rest", end=" ")
        print(f"{100 * np.mean(unseen):.1f}; {often}")


def main() -> None:
    """Print the table of variants and the constants, and write them where that is asked for."""
    c = columns()
    c = part(c, times(c, {name: each[1] for name, each in {**PRIORS, **FURTHER}.items()}, {})[2] >= 1)
    forms = {"in use": {}} if "--quick" in sys.argv else VARIANTS
    print(f"{len(c['tpot'])} rows; errors in %: per token (median, mean), tokens/s, first token; families alike")
    foretold: dict[str, tuple[Any, Any]] = {}
    for name, form in forms.items():
        for fold in ("family", "fold") if name == "in use" else ("family",):
            each, first, _ = left_out(c, form, fold)
            if fold == "family":
                foretold[name] = each, first
            print(f"{name:58s} {fold:6s} " + " ".join(f"{v:5.1f}" for v in errors(c, each, first)), flush=True)
    confirm(c, foretold)
    each, first, folds = left_out(c, {}, "family")
    print("measured / foretold, p10 and p90:", spread_of(c, each, first))
    every = fit(c, {})
    print("all rows, no family left out:", " ".join(f"{v:5.1f}" for v in errors(c, *times(c, every, {})[:2])))
    table = {"all": every, **folds}
    for name in every:
        print(f"{name:30s}", " ".join(f"{fold} {constants[name]:.4g}" for fold, constants in table.items()))
    if "--write" in sys.argv:
        write(table)
        return
    held = backtest().summary("time_per_token").median_error or 0.0
    ours = float(np.median(np.abs(each / c["tpot"] - 1)))
    print(f"the calculator's own formulas with the constants that ship: {held:.4f}; here: {ours:.4f}")


def write(table: dict[str, dict[str, float]]) -> None:
    """Write the constants of all folds, and those of all rows as facts."""
    with (SEEDS / "serving" / "constants.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["constant", "unit", *table])
        for name, (unit, *_) in {**PRIORS, MEDIAN_SHARE: FURTHER[MEDIAN_SHARE]}.items():
            writer.writerow([name, unit, *(f"{constants[name]:.4g}" for constants in table.values())])
    path = SEEDS / "serving_constants.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.split(",")[2] not in PRIORS]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\n".join(kept) + "\n")
        writer = csv.writer(file, lineterminator="\n")
        for name, (unit, *_, text) in PRIORS.items():
            ends = sorted(constants[name] for constants in table.values())
            note = f"{text}; {ends[0]:.3g} to {ends[-1]:.3g} as each family is left out"
            fact = [f"defaults.{name}", "defaults", name, f"{table['all'][name]:.4g}", "", "", unit, FITTED_ON, ""]
            source = ["bench/serving_fit.py on seeds/serving/online.csv", "document: calc", "estimate"]
            writer.writerow([*fact, *source, note, FITTED_ON, ""])


if __name__ == "__main__":
    main()
