"""Measured serving foretold from model, GPU, software and load, by constants that have not seen the model's family."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from calc.backtest.backtest import Prediction, Summary, summarised
from calc.backtest.figures import compute_all
from calc.backtest.serving_rows import Row, constants_without, measured_rows, names, release_dates, year_of
from calc.backtest.utilisation import Range
from calc.engine.catalogue import standard_catalogue
from calc.facts import standard_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from calc.arrays import Array

TARGETS = ("time_per_token", "time_to_first_token", "token_rate_per_gpu", "greatest_token_rate")
UNITS = {"time_per_token": "ms", "time_to_first_token": "ms"}
RATE = "token/(s*gpu)"
# Concurrency of a row that asks for the greatest throughput: more than any memory holds.
AS_MANY_AS_FIT = 1e6
# The bundle that holds the range of an estimate, which scenarios of serving take; the middle of a prediction has none.
RANGE = "serving"
# Median over mean time to the first token, fitted with the constants: operators report means, some sources medians.
MEDIAN_SHARE = "first_token_median_share"
_MIDDLE = {"time_per_token_error": 1.0, "first_token_error": 1.0}
# The date of the software that `software_age` is counted from, and what software is dated by where no row says it.
REFERENCE_YEAR = 2026.0
_SHAPES = ("language_model",)
_CHIP = (
    "gpu_peak_bf16", "gpu_peak_fp8", "gpu_peak_fp4", "gpu_memory", "gpu_memory_bandwidth", "gpu_interconnect_bandwidth",
)  # fmt: skip
_PEAKS = {"bf16": ("gpu_peak_bf16",), "fp8": ("gpu_peak_fp8",), "fp4": ("gpu_peak_bf16",), "int4": ("gpu_peak_bf16",)}


@dataclass(frozen=True, slots=True)
class Case:
    """A row in the calculator's terms: names of bundles, choices and figures by quantity."""

    model: str
    gpu: str
    framework: str
    form: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ServingForetold(Prediction):
    """One measured figure of a row beside its prediction, None where there is none, for the `reason`.

    calibrated: the middle of the prediction after one measured point of the same model, GPU, software and format; None
    for the point itself.
    """

    row: Row
    family: str
    target: str
    published: float
    predicted: Range | None
    reason: str | None
    calibrated: float | None = None

    @property
    def unit(self) -> str:
        """Return the unit of all figures."""
        return UNITS.get(self.target, RATE)


@dataclass(slots=True)
class ServingBacktest:
    """All figures of all rows, in the order of the file; rows without any; columns that were not read."""

    figures: list[ServingForetold]
    without_figures: list[str] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)

    def errors(self, target: str, chosen: Callable[[ServingForetold], bool] = lambda _: True) -> list[float]:
        """Return the absolute errors of the predictions of a target."""
        found = [each for each in self.figures if each.target == target and chosen(each)]
        return [abs(each.error) for each in found if each.error is not None]

    def summary(self, target: str, chosen: Callable[[ServingForetold], bool] = lambda _: True) -> Summary:
        """Return how the predictions of a target did, of all rows or of the chosen ones."""
        return summarised([each for each in self.figures if each.target == target and chosen(each)])

    def calibrated_errors(self) -> list[float]:
        """Return the absolute errors of time per token after one measured point."""
        found = [each for each in self.figures if each.calibrated is not None]
        return [abs(each.calibrated / each.published - 1) for each in found if each.calibrated is not None]


def backtest(rows: Sequence[Row] | None = None, unknown_columns: Sequence[str] = ()) -> ServingBacktest:
    """Foretell rows, by default those that ship, each with constants fitted without the family of its model."""
    given = [*measured_rows(), *measured_rows("offline")] if rows is None else rows
    found = ServingBacktest([], unknown_columns=list(unknown_columns))
    cases: dict[int, Case] = {}
    reasons: dict[int, str] = {}
    for at, row in enumerate(given):
        try:
            cases[at] = case_of(row)
        except LookupError as lack:
            reasons[at] = str(lack)
    estimates: dict[int, dict[str, float]] = {}
    for at, result in _estimates(cases).items():
        if isinstance(result, str):
            reasons[at] = result
        else:
            estimates[at] = result
    for at, row in enumerate(given):
        case = cases.get(at)
        family = names().family_of(case.model) if case else row.texts.get("family", "")
        figures = published(row)
        if not figures:
            found.without_figures.append(row.id)
        for target, value in figures.items():
            predicted = None
            if case and at in estimates:
                share = (
                    _median_share(family) if target == "time_to_first_token" and statistic_of(row) == "median" else 1.0
                )
                predicted = _range(case, target, estimates[at][target] * share)
            found.figures.append(ServingForetold(row, family, target, value, predicted, reasons.get(at)))
    _calibrate(found, cases, given)
    return found


def published(row: Row) -> dict[str, float]:
    """Return the measured figures of a row by target; tokens per second follow from the two times unless stated."""
    first, each = row.number("ttft_ms"), row.number("tpot_ms")
    rate = row.number("out_tok_s_per_gpu")
    running, reply, gpus = row.number("concurrency"), row.number("osl"), row.number("n_gpus")
    if rate is None and first and each and running and reply and gpus:
        # Little's law: so many requests, each of so many tokens, in the time from a request to its end.
        rate = running * reply / ((first + (reply - 1) * each) / 1000) / gpus
    found = {"time_per_token": each, "time_to_first_token": first, "token_rate_per_gpu": rate}
    if row.is_offline:
        found = {"greatest_token_rate": rate}
    return {target: value for target, value in found.items() if value is not None}


def statistic_of(row: Row) -> str:
    """Return whether the times of a row are means, as an operator's are unless the row says otherwise, or medians."""
    return row.texts.get("statistic") or "mean"


def _median_share(family: str) -> float:
    return constants_without(family)[MEDIAN_SHARE]


def case_of(row: Row) -> Case:
    """Return a row in the calculator's terms.

    Raises LookupError, with the reason, when a name is not known or something is not modelled.
    """
    written = row.texts["precision"].lower()
    if "mtp" in written or "spec" in written or "eagle" in written:
        raise LookupError("several tokens are predicted a step (multi-token prediction), which is not modelled yet")
    if "disagg" in row.texts["framework"].lower() or "disagg" in row.texts.get("kind", "").lower():
        raise LookupError("prompts are read on GPUs of their own (disaggregated prefill), which is not modelled yet")
    if (row.number("pp") or 1) > 1:
        raise LookupError(
            "layers are spread over GPUs one after another (pipeline parallel), which is not modelled yet"
        )
    if statistic_of(row) not in {"mean", "median"}:
        raise LookupError(f"`statistic` is {statistic_of(row)!r}: times are a mean or a median")
    needed = {name: row.number(name) for name in ("n_gpus", "concurrency", "isl", "osl")}
    if row.is_offline:
        needed["concurrency"] = AS_MANY_AS_FIT
    for name, value in needed.items():
        if value is None:
            raise LookupError(f"`{name}` is not given")
    find = names().find
    model, gpu = find("model", row.texts["model"]), find("gpu", row.texts["gpu"])
    framework, form = find("framework", row.texts["framework"]), find("format", written)
    chip = standard_facts().bundle(gpu) or {}
    lacking = [name for name in _needed(form, parallel(row)) if name not in chip]
    if lacking:
        raise LookupError(f"no `{lacking[0]}` of {gpu} is known")
    tensor, data = parallel(row)
    figures = {
        "tensor_parallel": tensor,
        "data_parallel": data,
        "concurrency": needed["concurrency"] or 1.0,
        "prompt_tokens": needed["isl"] or 1.0,
        "reply_tokens": needed["osl"] or 1.0,
        "software_age": REFERENCE_YEAR - _year(row, framework),
    }
    return Case(model, gpu, framework, form, figures)


def parallel(row: Row) -> tuple[float, float]:
    """Return over how many GPUs attention is cut, and how many groups of so many there are.

    The GPUs that stand there, `n_gpus`, decide: sources multiply tensor and expert parallel into one figure.
    """
    gpus = row.number("n_gpus") or 1.0
    told = row.texts.get("dp", "")
    if "attn" in told.lower() or told.lower() == "true":
        return 1.0, gpus
    tensor = min(row.number("tp") or gpus, gpus)
    try:
        groups = float(told or 1)
    except ValueError:
        groups = 1.0
    data = min(groups, gpus / tensor) if groups > 1 else 1.0
    return gpus / data, data


def _needed(form: str, spread: tuple[float, float]) -> tuple[str, ...]:
    """Return what must be known of a GPU: of several in a replica, their links too."""
    links = ("gpu_interconnect_bandwidth",) if spread[0] * spread[1] > 1 else ()
    return (*_PEAKS[form], "gpu_memory", "gpu_memory_bandwidth", *links)


def _year(row: Row, framework: str) -> float:
    date = row.texts.get("measured_date", "")
    try:
        if date:
            return year_of(date)
    except ValueError:
        raise LookupError(f"`measured_date` is {date!r}, which is no date such as 2026-03-25") from None
    version = row.texts.get("framework_version", "")
    return release_dates().get((framework, version), REFERENCE_YEAR)


@lru_cache(maxsize=256)
def shape_of(model: str) -> dict[str, float]:
    """Return the shape of a model: the figures of its bundle that the model of its shape owns."""
    catalogue = standard_catalogue()
    bundle = standard_facts().bundle(model) or {}
    owned = {name: fact for name, fact in bundle.items() if catalogue[name].model in _SHAPES or name == "layers"}
    return {name: fact.value for name, fact in owned.items() if fact.value is not None}


@lru_cache(maxsize=256)
def chip_of(gpu: str) -> dict[str, float]:
    """Return peaks, memory and bandwidths of a GPU."""
    bundle = standard_facts().bundle(gpu) or {}
    figures = {}
    for name in _CHIP:
        fact = bundle.get(name)
        if fact is not None:
            ends = [each for each in (fact.low, fact.high) if each is not None]
            figures[name] = fact.value if fact.value is not None else sum(ends) / len(ends)
    return figures


def _estimates(cases: Mapping[int, Case]) -> dict[int, dict[str, float] | str]:
    """Return figures by target of every case, or why there are none; cases of one kind are computed as arrays."""
    kinds: dict[tuple[str, ...], list[int]] = {}
    for at, case in cases.items():
        kinds.setdefault((case.model, case.gpu, case.framework, case.form), []).append(at)
    found: dict[int, dict[str, float] | str] = {}
    for members in kinds.values():
        found.update(_of_kind([(at, cases[at]) for at in members]))
    return found


def _of_kind(members: Sequence[tuple[int, Case]]) -> Iterable[tuple[int, dict[str, float] | str]]:
    case = members[0][1]
    given, use = inputs_of([each for _, each in members], constants_without(names().family_of(case.model)))
    memory = compute_all(["weight_size", "serving_memory", "concurrency_limit"], given, use)
    fits = np.broadcast_to(memory["concurrency_limit"], len(members)) >= 1
    size, room = (np.broadcast_to(memory[name], len(members)) for name in ("weight_size", "serving_memory"))
    for (at, _), inside, weights, held in zip(members, fits, size, room, strict=True):
        if not inside:
            what = "no request fits beside the weights" if weights < held else "the weights do not fit"
            yield at, f"{what}: {weights:.0f} GB of weights, {held:.0f} GB of memory that software may use"
    if fits.any():
        kept = {name: value[fits] if hasattr(value, "shape") else value for name, value in given.items()}
        results = compute_all(list(TARGETS), kept, use)
        columns = {name: np.broadcast_to(results[name], int(fits.sum())) for name in TARGETS}
        at_fits = [at for (at, _), inside in zip(members, fits, strict=True) if inside]
        for place, at in enumerate(at_fits):
            yield at, {name: float(columns[name][place]) for name in TARGETS}


def inputs_of(cases: Sequence[Case], constants: Mapping[str, float]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return inputs and choices of cases of one model, GPU, software and format, varying figures as arrays."""
    case = cases[0]
    varying: dict[str, Array] = {
        name: np.array([each.figures[name] for each in cases], dtype=float) for name in case.figures
    }
    known = {name: value for name, value in constants.items() if name != MEDIAN_SHARE}
    given: dict[str, Any] = {**_MIDDLE, **known, **shape_of(case.model), **chip_of(case.gpu)}
    # A GPU by itself exchanges nothing; of one whose links nobody knows only that is foretold.
    given.setdefault("gpu_interconnect_bandwidth", 1.0)
    use = {
        "weight_format": case.form,
        "cache_format": "bf16" if case.form == "bf16" else "fp8",
        "serving_framework": case.framework,
    }
    return {**given, **varying}, use


def _range(case: Case, target: str, middle: float) -> Range:
    """Return the 80 % range: that of families which the fit has not seen, wider where layers are taken for others."""
    kind = "estimated" if "unmodelled_layers" in shape_of(case.model) else "known"
    name = "first_token_error" if target == "time_to_first_token" else "time_per_token_error"
    fact = (standard_facts().bundle(RANGE) or {})[f"{name}_{kind}"]
    low, high = fact.low or 1.0, fact.high or 1.0
    if target in {"token_rate_per_gpu", "greatest_token_rate"}:
        low, high = 1 / high, 1 / low
    return Range(middle * low, middle, middle * high)


def _calibrate(found: ServingBacktest, cases: Mapping[int, Case], rows: Sequence[Row]) -> None:
    """Multiply predictions by measured over foretold of one row: the middle one by load, of one kind and layout."""
    at_of = {id(row): at for at, row in enumerate(rows)}
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, each in enumerate(found.figures):
        case = cases.get(at_of[id(each.row)])
        if each.target == "time_per_token" and each.predicted is not None and case is not None:
            layout = (case.figures["tensor_parallel"], case.figures["data_parallel"])
            groups.setdefault((case.model, case.gpu, case.framework, case.form, *layout), []).append(place)
    for places in groups.values():
        loads = {at: found.figures[at].row.numbers for at in places}
        ranked = sorted(places, key=lambda at, loads=loads: (loads[at]["concurrency"], loads[at]["isl"]))  # type: ignore[misc]  # mypy knows no defaults of a lambda
        point = ranked[len(ranked) // 2]
        measured = found.figures[point]
        factor = measured.published / (measured.predicted.p50 if measured.predicted else 1.0)
        for at in places:
            each = found.figures[at]
            if at != point and each.predicted is not None:
                found.figures[at] = ServingForetold(
                    each.row, each.family, each.target, each.published, each.predicted, each.reason,
                    each.predicted.p50 * factor,
                )  # fmt: skip
