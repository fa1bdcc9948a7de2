"""Memory of a training run: what weights, gradients and optimiser state take."""

from calc import ops
from calc.declarations import Check, Input
from calc.units.vocabulary import GB, B_per_parameter, GB_per_gpu, Gpus, Parameters

training_state_per_parameter = Input(
    B_per_parameter, "Memory for weight, gradient and optimiser state of one parameter"
)

training_state_fits = Check(
    "training_state <= gpus * gpu_memory * (training_flop / training_flop)",
    "the GPUs have less memory than weights, gradients and optimiser state take",
)


def training_state(parameters: Parameters, training_state_per_parameter: B_per_parameter) -> GB:
    """Memory for weights, gradients and optimiser state of all parameters, experts that rest included.

    Source: Rajbhandari et al. 2020 (ZeRO, arXiv:1910.02054), section 3.1; activations come on top.
    """
    return parameters * training_state_per_parameter


def training_state_per_gpu(training_state: GB, gpus: Gpus) -> GB_per_gpu:
    """Memory that one GPU needs for its part of weights, gradients and optimiser state, sharded over all GPUs.

    Source: Rajbhandari et al. 2020 (ZeRO, arXiv:1910.02054), stage 3; activations come on top.
    """
    return training_state / gpus


def gpus_for_training_state(training_state: GB, gpu_memory: GB_per_gpu) -> Gpus:
    """Fewest GPUs whose memory holds weights, gradients and optimiser state once.

    Label: GPUs for training state.

    Source: definition; activations come on top, so that a run needs more.
    """
    return ops.ceil(training_state / gpu_memory)
