"""Goodput: what failures, checkpoints and restarts leave of the time of a run."""

from calc import ops
from calc.declarations import Check, Input
from calc.units.vocabulary import Days, Gpus, Interruptions_per_gpu_hour, Ratio, Seconds, Share

failures_observed = Input(
    Ratio,
    "Interruptions counted on a cluster, planned ones not included",
    high=1e9,
    why="one in a second for 30 years",
    optional=True,
    topic="interruptions",
)
gpus_observed = Input(
    Gpus, "GPUs of the cluster on which interruptions were counted", optional=True, topic="interruptions"
)
time_observed = Input(Days, "Time over which interruptions were counted", optional=True, topic="interruptions")
checkpoint_time = Input(
    Seconds,
    "Time for which training stands to write one checkpoint",
    high=1e7,
    why="about four months",
    band=(0.001, 1e5),
    optional=True,
    topic="interruptions",
)
restart_time = Input(
    Seconds,
    "Time from an interruption until training steps again",
    high=1e7,
    why="about four months",
    band=(0.1, 1e6),
    optional=True,
    topic="interruptions",
)
daly_series_divisor = Input(
    Ratio,
    "What each further term of Daly's series is divided by",
    low=1,
    high=100,
    why="3 by its definition; beyond 100 the series ends after its first term",
)

time_is_not_all_lost = Check(
    "lost_time_share <= 1",
    "to first order more time is lost than there is; use the exponential variant of effective_time_share",
)


def failure_rate(failures_observed: Ratio, gpus_observed: Gpus, time_observed: Days) -> Interruptions_per_gpu_hour:
    """Interruptions of a run for each GPU and hour.

    Source: definition; failures of different GPUs are taken as independent.
    """
    return failures_observed / (gpus_observed * time_observed)


def mtbf(failure_rate: Interruptions_per_gpu_hour, gpus: Gpus) -> Seconds:
    """Mean time between interruptions of the run on all its GPUs.

    Source: definition; any failed GPU interrupts the whole run.
    """
    return 1 / (failure_rate * gpus)


def checkpoint_interval__young(checkpoint_time: Seconds, mtbf: Seconds) -> Seconds:
    """Time of training between two checkpoints at which the least time is lost.

    Assumes: first order in checkpoint time over MTBF.

    Source: Young 1974 (Communications of the ACM 17, 530).
    """
    return ops.amount(ops.power(2 * ops.number(checkpoint_time, "s") * ops.number(mtbf, "s"), 1 / 2), "s")


def checkpoint_interval__daly(checkpoint_time: Seconds, mtbf: Seconds, daly_series_divisor: Ratio) -> Seconds:
    """Time of training between two checkpoints at which the least time is lost.

    Assumes: higher order in checkpoint time over MTBF; never above the MTBF.

    Source: Daly 2006 (Future Generation Computer Systems 22, 303), equation 37.
    """
    young = ops.amount(ops.power(2 * ops.number(checkpoint_time, "s") * ops.number(mtbf, "s"), 1 / 2), "s")
    term = ops.power(checkpoint_time / (2 * mtbf), 1 / 2) / daly_series_divisor
    return ops.where(checkpoint_time < 2 * mtbf, young * (1 + term + term**2) - checkpoint_time, mtbf)


def lost_time_share(
    checkpoint_time: Seconds, checkpoint_interval: Seconds, mtbf: Seconds, restart_time: Seconds
) -> Share:
    """Share of the time that goes to checkpoints, to steps done again and to restarts, to first order.

    Source: Young 1974 (Communications of the ACM 17, 530); half an interval is done again after an interruption.
    """
    stopped = ops.if_included(restart_time, 0)
    return checkpoint_time / checkpoint_interval + (checkpoint_interval / 2 + stopped) / mtbf


def effective_time_share__first_order(lost_time_share: Share) -> Share:
    """Share of the time in which the run makes progress (goodput).

    Assumes: losses add up, which holds as long as they are small.

    Source: Young 1974 (Communications of the ACM 17, 530).
    """
    return 1 - lost_time_share


def effective_time_share__exponential(
    checkpoint_time: Seconds, checkpoint_interval: Seconds, mtbf: Seconds, restart_time: Seconds
) -> Share:
    """Share of the time in which the run makes progress (goodput).

    Assumes: interruptions at random, also while writing a checkpoint or restarting.

    Source: Daly 2006 (Future Generation Computer Systems 22, 303), equation 20.
    """
    tries = ops.exp((checkpoint_interval + checkpoint_time) / mtbf) - 1
    return checkpoint_interval / (mtbf * tries * ops.exp(ops.if_included(restart_time, 0) / mtbf))
