"""Accelerators: peak arithmetic by number format, memory, power and price of one GPU or other chip."""

from calc.declarations import Choice, Input
from calc.units.vocabulary import GB_per_gpu, TB_per_second_gpu, TFLOP_per_second_gpu, USD_per_gpu, W_per_gpu

dtype = Choice(
    "Number format in which the accelerator multiplies matrices",
    {
        "bf16": "16-bit floating point, BF16 or FP16, dense",
        "fp8": "8-bit floating point, dense",
        "fp4": "4-bit floating point in blocks with a scale, dense",
        "tf32": "TF32, 32-bit with a short mantissa, dense",
        "fp32": "32-bit floating point",
        "fp64": "64-bit floating point",
        "int8": "8-bit integers, dense; an operation counts as one FLOP",
    },
    binds=("gpu_peak",),
)

gpu_peak_bf16 = Input(TFLOP_per_second_gpu, "Dense peak of one GPU in BF16 or FP16")
gpu_peak_fp8 = Input(TFLOP_per_second_gpu, "Dense peak of one GPU in FP8")
gpu_peak_fp4 = Input(TFLOP_per_second_gpu, "Dense peak of one GPU in FP4", optional=True, label="FP4 peak")
gpu_peak_tf32 = Input(TFLOP_per_second_gpu, "Dense peak of one GPU in TF32")
gpu_peak_fp32 = Input(TFLOP_per_second_gpu, "Peak of one GPU in FP32")
gpu_peak_fp64 = Input(TFLOP_per_second_gpu, "Peak of one GPU in FP64")
gpu_peak_int8 = Input(TFLOP_per_second_gpu, "Dense peak of one GPU in INT8, an operation counted as one FLOP")
gpu_memory = Input(GB_per_gpu, "Memory of one GPU")
gpu_memory_bandwidth = Input(TB_per_second_gpu, "Bandwidth of the memory of one GPU")
gpu_interconnect_bandwidth = Input(
    TB_per_second_gpu, "Bandwidth from one GPU to the others of its server or rack, one way"
)
gpu_power = Input(W_per_gpu, "Rated power of one GPU alone (TDP)")
gpu_system_power = Input(W_per_gpu, "Power of one GPU with its share of host, network cards and fans")
gpu_price = Input(USD_per_gpu, "Price of one GPU alone, or of its board's share")


def gpu_peak__bf16(gpu_peak_bf16: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in the chosen number format.

    Assumes: matrices in BF16 or FP16.

    Source: definition.
    """
    return gpu_peak_bf16


def gpu_peak__fp8(gpu_peak_fp8: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in the chosen number format.

    Assumes: matrices in FP8.

    Source: definition.
    """
    return gpu_peak_fp8


def gpu_peak__fp4(gpu_peak_fp4: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in the chosen number format.

    Assumes: matrices in FP4.

    Source: definition.
    """
    return gpu_peak_fp4


def gpu_peak__tf32(gpu_peak_tf32: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in the chosen number format.

    Assumes: matrices in TF32.

    Source: definition.
    """
    return gpu_peak_tf32


def gpu_peak__fp32(gpu_peak_fp32: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in the chosen number format.

    Assumes: arithmetic in FP32.

    Source: definition.
    """
    return gpu_peak_fp32


def gpu_peak__fp64(gpu_peak_fp64: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in the chosen number format.

    Assumes: arithmetic in FP64.

    Source: definition.
    """
    return gpu_peak_fp64


def gpu_peak__int8(gpu_peak_int8: TFLOP_per_second_gpu) -> TFLOP_per_second_gpu:
    """Dense peak of one GPU in the chosen number format.

    Assumes: matrices in INT8; an operation counts as one FLOP.

    Source: definition.
    """
    return gpu_peak_int8
