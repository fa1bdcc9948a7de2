"""Energy claims: "x % of the energy of that model", with the baseline, the normalisation and a count of devices."""

from calc.declarations import Choice, Input
from calc.units.vocabulary import Days, Gpus, MWh, Parameters, Ratio, Share, Tokens, W_per_gpu

claim_ratio = Input(Share, "Claimed training energy as a share of the baseline model's")
claim_baseline_energy = Input(MWh, "Training energy of the model that the claim compares with")
claim_baseline_parameters = Input(Parameters, "Parameters of the model that the claim compares with")
claim_baseline_tokens = Input(Tokens, "Training tokens of the model that the claim compares with")
claim_parameters = Input(Parameters, "Parameters of the model that the claim is about")
claim_tokens = Input(Tokens, "Training tokens of the model that the claim is about")
claim_gpus = Input(Gpus, "Devices that trained the model that the claim is about")
claim_duration = Input(Days, "How long these devices trained")
claim_gpu_power = Input(W_per_gpu, "Average power of one device with its share of the server")
claim_pue = Input(
    Ratio,
    "PUE of the hall in which these devices trained",
    low=1,
    high=3,
    why="the whole takes at least what its part takes; worse than 3 is no hall for servers",
)

claim_normalisation = Choice(
    "What an energy claim compares",
    {
        "absolute": "whole training runs, whatever their size",
        "per_parameter": "energy per parameter",
        "per_token": "energy per training token",
    },
    binds=("claimed_energy", "ratio_from_devices"),
)


def claimed_energy__absolute(claim_baseline_energy: MWh, claim_ratio: Share) -> MWh:
    """Training energy that the claim amounts to.

    Assumes: the claim compares whole training runs, whatever their size.

    Source: definition.
    """
    return claim_baseline_energy * claim_ratio


def claimed_energy__per_parameter(
    claim_baseline_energy: MWh,
    claim_ratio: Share,
    claim_parameters: Parameters,
    claim_baseline_parameters: Parameters,
) -> MWh:
    """Training energy that the claim amounts to.

    Assumes: the claim compares the energy per parameter.

    Source: definition.
    """
    return claim_baseline_energy * claim_ratio * (claim_parameters / claim_baseline_parameters)


def claimed_energy__per_token(
    claim_baseline_energy: MWh, claim_ratio: Share, claim_tokens: Tokens, claim_baseline_tokens: Tokens
) -> MWh:
    """Training energy that the claim amounts to.

    Assumes: the claim compares the energy per training token.

    Source: definition.
    """
    return claim_baseline_energy * claim_ratio * (claim_tokens / claim_baseline_tokens)


def energy_from_devices(claim_gpus: Gpus, claim_duration: Days, claim_gpu_power: W_per_gpu, claim_pue: Ratio) -> MWh:
    """Training energy counted from devices, days and power.

    Label: energy from devices.

    Source: Patterson et al. 2021 (arXiv:2104.10350): devices x hours x average power x PUE.
    """
    return claim_gpus * claim_duration * claim_gpu_power * claim_pue


def ratio_from_devices__absolute(energy_from_devices: MWh, claim_baseline_energy: MWh) -> Share:
    """The counted energy as a share of the baseline model's: what the claim would have to say.

    Label: ratio from devices.

    Assumes: whole training runs are compared, whatever their size.

    Source: definition.
    """
    return energy_from_devices / claim_baseline_energy


def ratio_from_devices__per_parameter(
    energy_from_devices: MWh,
    claim_baseline_energy: MWh,
    claim_parameters: Parameters,
    claim_baseline_parameters: Parameters,
) -> Share:
    """The counted energy as a share of the baseline model's: what the claim would have to say.

    Assumes: the energy per parameter is compared.

    Source: definition.
    """
    return energy_from_devices / claim_baseline_energy / (claim_parameters / claim_baseline_parameters)


def ratio_from_devices__per_token(
    energy_from_devices: MWh, claim_baseline_energy: MWh, claim_tokens: Tokens, claim_baseline_tokens: Tokens
) -> Share:
    """The counted energy as a share of the baseline model's: what the claim would have to say.

    Assumes: the energy per training token is compared.

    Source: definition.
    """
    return energy_from_devices / claim_baseline_energy / (claim_tokens / claim_baseline_tokens)


def claim_discrepancy(energy_from_devices: MWh, claimed_energy: MWh) -> Ratio:
    """The counted energy as a multiple of the claimed one; 1 where they agree.

    Label: counted over claimed.

    Source: definition.
    """
    return energy_from_devices / claimed_energy


def claim_parameters_needed(
    energy_from_devices: MWh,
    claim_ratio: Share,
    claim_baseline_energy: MWh,
    claim_baseline_parameters: Parameters,
) -> Parameters:
    """Parameters that the model would have to have for the claim to be exact per parameter.

    Label: parameters the claim needs.

    Source: definition; with more parameters the claim is on the safe side.
    """
    return energy_from_devices / (claim_baseline_energy * claim_ratio) * claim_baseline_parameters


def claim_tokens_needed(
    energy_from_devices: MWh, claim_ratio: Share, claim_baseline_energy: MWh, claim_baseline_tokens: Tokens
) -> Tokens:
    """Tokens that the model would have to have read for the claim to be exact per training token.

    Label: tokens the claim needs.

    Source: definition; with more tokens the claim is on the safe side.
    """
    return energy_from_devices / (claim_baseline_energy * claim_ratio) * claim_baseline_tokens
