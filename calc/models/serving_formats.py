"""Number formats of serving: what weights and cache take, and how fast they are multiplied."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import B_per_parameter, Ratio, TFLOP_per_second_gpu

weight_format = Choice(
    "Number format of the weights that are read",
    {
        "fp8": "8 bits",
        "bf16": "16 bits",
        "fp4": "4 bits with a scale for each block; in a mixture the experts only, the rest in 16 bits",
        "int4": "4-bit integers with scales, multiplied in 16 bits; in a mixture the experts only",
    },
    binds=("expert_bytes_per_parameter", "shared_bytes_per_parameter", "decode_peak", "prefill_peak"),
)
cache_format = Choice(
    "Number format of the cache of keys and values",
    {"fp8": "8 bits", "bf16": "16 bits"},
    binds=("cache_bytes_per_number",),
)
weight_bytes_bf16 = Input(B_per_parameter, "Bytes of a weight in 16 bits")
weight_bytes_fp8 = Input(B_per_parameter, "Bytes of a weight in 8 bits")
weight_bytes_fp4 = Input(B_per_parameter, "Bytes of a weight in 4 bits, with its share of the scales")
weight_bytes_int4 = Input(B_per_parameter, "Bytes of a weight as 4-bit integer, with its share of the scales")


def expert_bytes_per_parameter__fp8(weight_bytes_fp8: B_per_parameter) -> B_per_parameter:
    """Bytes of a weight of an expert.

    Assumes: 8 bits.

    Source: definition.
    """
    return weight_bytes_fp8


def expert_bytes_per_parameter__bf16(weight_bytes_bf16: B_per_parameter) -> B_per_parameter:
    """Bytes of a weight of an expert.

    Assumes: 16 bits.

    Source: definition.
    """
    return weight_bytes_bf16


def expert_bytes_per_parameter__fp4(weight_bytes_fp4: B_per_parameter) -> B_per_parameter:
    """Bytes of a weight of an expert.

    Assumes: 4 bits with a scale for each block.

    Source: definition.
    """
    return weight_bytes_fp4


def expert_bytes_per_parameter__int4(weight_bytes_int4: B_per_parameter) -> B_per_parameter:
    """Bytes of a weight of an expert.

    Assumes: 4-bit integers with a scale for each group.

    Source: definition.
    """
    return weight_bytes_int4


def shared_bytes_per_parameter__fp8(weight_bytes_fp8: B_per_parameter) -> B_per_parameter:
    """Bytes of a weight outside the experts.

    Assumes: 8 bits.

    Source: definition.
    """
    return weight_bytes_fp8


def shared_bytes_per_parameter__bf16(weight_bytes_bf16: B_per_parameter) -> B_per_parameter:
    """Bytes of a weight outside the experts.

    Assumes: 16 bits.

    Source: definition.
    """
    return weight_bytes_bf16


def shared_bytes_per_parameter__fp4(
    mixture_layers: Ratio, weight_bytes_bf16: B_per_parameter, weight_bytes_fp4: B_per_parameter
) -> B_per_parameter:
    """Bytes of a weight outside the experts.

    Assumes: 4 bits in a dense model; in a mixture only experts are kept so, and the rest in 16 bits.

    Source: published checkpoints of gpt-oss (MXFP4) and of DeepSeek-R1 (NVFP4).
    """
    return ops.where(mixture_layers > 0, weight_bytes_bf16, weight_bytes_fp4)


def shared_bytes_per_parameter__int4(
    mixture_layers: Ratio, weight_bytes_bf16: B_per_parameter, weight_bytes_int4: B_per_parameter
) -> B_per_parameter:
    """Bytes of a weight outside the experts.

    Assumes: 4-bit integers in a dense model; in a mixture only experts are kept so, and the rest in 16 bits.

    Source: published checkpoints of Kimi K2 Thinking and Kimi K2.5.
    """
    return ops.where(mixture_layers > 0, weight_bytes_bf16, weight_bytes_int4)


def cache_bytes_per_number__fp8(weight_bytes_fp8: B_per_parameter) -> B_per_parameter:
    """Bytes of one number of the cache.

    Assumes: 8 bits.

    Source: definition.
    """
    return weight_bytes_fp8


def cache_bytes_per_number__bf16(weight_bytes_bf16: B_per_parameter) -> B_per_parameter:
    """Bytes of one number of the cache.

    Assumes: 16 bits.

    Source: definition.
    """
    return weight_bytes_bf16


def decode_peak__fp8(gpu_peak_fp8: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in a decode step.

    Assumes: matrices in FP8.

    Source: definition.
    """
    return gpu_peak_fp8


def decode_peak__bf16(gpu_peak_bf16: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in a decode step.

    Assumes: matrices in BF16 or FP16.

    Source: definition.
    """
    return gpu_peak_bf16


def decode_peak__fp4(gpu_peak_fp4: TFLOP_per_second_gpu, gpu_peak_bf16: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in a decode step.

    Assumes: matrices in FP4; a GPU that lacks it multiplies in 16 bits.

    Source: definition.
    """
    return ops.maximum(gpu_peak_fp4, gpu_peak_bf16)


def decode_peak__int4(gpu_peak_bf16: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in a decode step.

    Assumes: weights are unpacked and multiplied in 16 bits.

    Source: Frantar et al. 2024 (Marlin, arXiv:2408.11743).
    """
    return gpu_peak_bf16


def prefill_peak__fp8(gpu_peak_fp8: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in reading a prompt.

    Assumes: matrices in FP8.

    Source: definition.
    """
    return gpu_peak_fp8


def prefill_peak__bf16(gpu_peak_bf16: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in reading a prompt.

    Assumes: matrices in BF16 or FP16.

    Source: definition.
    """
    return gpu_peak_bf16


def prefill_peak__fp4(decode_peak: TFLOP_per_second_gpu, gpu_peak_fp8: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in reading a prompt.

    Assumes: prompts are read no faster in FP4 than in FP8, as measured ones are.

    Source: fit to measured runs, docs/methodology/serving.md.
    """
    return ops.minimum(decode_peak, gpu_peak_fp8)


def prefill_peak__int4(gpu_peak_bf16: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in reading a prompt.

    Assumes: weights are unpacked and multiplied in 16 bits.

    Source: Frantar et al. 2024 (Marlin, arXiv:2408.11743).
    """
    return gpu_peak_bf16
