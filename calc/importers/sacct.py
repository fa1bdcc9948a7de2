"""Slurm accounting: `sacct -X -P -o JobID,State,Submit,Start,End,Elapsed,AllocTRES,NNodes,Partition,Account`.

Steps (`123.batch`) repeat their job. `gres/gpu=8` and `gres/gpu:h100=8` are the same GPUs. A job that was put back
into the queue stands twice with one id, and both times it ran. A job that still runs has no end. Times are local.
"""

from __future__ import annotations

import re
from datetime import datetime
from statistics import fmean, median
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.importers.base import Asked, Imported, Table, named
from calc.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import SourceText

_NEEDED = ("JobID", "Start", "Elapsed", "AllocTRES")
_OPTIONAL = ("State", "Submit", "End", "Partition")
_IGNORED = ("NNodes", "Account", "JobName", "User", "AllocCPUS", "ExitCode", "ReqTRES", "NodeList", "Cluster", "QOS")
_ELAPSED = re.compile(r"(?:(\d{1,9})-)?(\d{1,2}):([0-5]\d):([0-5]\d)(?:\.\d+)?")
_GPUS = re.compile(r"(?:^|,)gres/gpu(:[^=,]+)?=(\d{1,9})(?=,|$)")
_NO_TIME = {"", "Unknown", "None", "N/A"}
_HOUR = 3600.0


class Job(NamedTuple):
    """A job that has run: its partition, GPUs, seconds of running and waiting (None where unknown), begin and end."""

    partition: str
    gpus: int
    seconds: float
    waited: float | None
    begin: datetime
    end: datetime | None


def read(sources: Sequence[SourceText], asked: Asked) -> Imported:
    """Return GPU-hours, waiting and, where it is said how many GPUs there are, utilisation; raises CalcError."""
    found = Imported()
    jobs: dict[str, list[Job]] = {}
    for source in sources:
        problems = Problems()
        table = Table(source, _NEEDED, _OPTIONAL, found, "Slurm accounting", separators="|,;\t", ignored=_IGNORED)
        for row in table.rows(problems):
            try:
                job = _job(table, row, found)
            except CalcError as error:
                problems.add(error)
                continue
            if job is not None and asked.wants(job.partition, row["AllocTRES"]):
                jobs.setdefault(job.partition, []).append(job)
        problems.raise_if_any()
    if not jobs:
        raise CalcError(
            "E-FILE", "no job has run on a GPU in this file", hint="ask sacct for `AllocTRES` of finished jobs"
        )
    said = {
        "source": asked.source or f"Slurm accounting, {', '.join(each.name for each in sources)}",
        "status": "measured",
    }
    for partition, each in jobs.items():
        _add(found, named(asked.subject or "slurm", partition), each, said)
    _utilisation(found, [each for group in jobs.values() for each in group], asked, said)
    return found


def _job(table: Table, row: dict[str, str], found: Imported) -> Job | None:
    if "." in row["JobID"]:
        return None
    types = _GPUS.findall(row["AllocTRES"])
    whole = [int(count) for kind, count in types if not kind]
    gpus = whole[0] if whole else sum(int(count) for _, count in types)
    if row["Start"] in _NO_TIME or not gpus:
        found.leave_out("jobs without a GPU or that never began", row[""])
        return None
    elapsed = _ELAPSED.fullmatch(row["Elapsed"])
    if elapsed is None:
        message = f"{quote(row['Elapsed'])} is no time such as 1-02:03:04"
        raise CalcError("E-VALUE", message, place=table.place(row[""], "Elapsed"), hint="days-hours:minutes:seconds")
    days, hours, minutes, seconds = (int(each or 0) for each in elapsed.groups())
    begin = _time(table, row, "Start")
    submitted = None if row.get("Submit", "") in _NO_TIME else _time(table, row, "Submit")
    end = None if row.get("End", "") in _NO_TIME else _time(table, row, "End")
    if end is None:
        found.leave_out("the end of jobs that still run; their hours so far count", row[""])
    waited = None if submitted is None else max(0.0, (begin - submitted).total_seconds())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return Job(row.get("Partition", ""), gpus, total, waited, begin, end)


def _time(table: Table, row: dict[str, str], column: str) -> datetime:
    try:
        return datetime.fromisoformat(row[column])
    except ValueError:
        message = f"{quote(row[column])} is no time such as 2026-09-01T08:00:00"
        place = table.place(row[""], column)
        raise CalcError("E-VALUE", message, place=place, hint="leave SLURM_TIME_FORMAT as it is") from None


def _period(jobs: list[Job]) -> str:
    first, last = min(each.begin for each in jobs).date(), max((each.end or each.begin) for each in jobs).date()
    return f"{first}" if first == last else f"{first} to {last}"


def _add(found: Imported, subject: str, jobs: list[Job], said: dict[str, str]) -> None:
    as_of = _period(jobs)
    hours = sum(each.gpus * each.seconds for each in jobs) / _HOUR
    found.add(
        subject,
        "gpu_hours_used",
        hours,
        "gpu*hour",
        **said,
        as_of=as_of,
        note=f"{len(jobs)} jobs, elapsed times their GPUs",
    )
    waits = sorted(each.waited / _HOUR for each in jobs if each.waited is not None)
    if waits:
        note = (
            f"Start less submission: median of {len(waits)} jobs, mean {fmean(waits):.4g} h, longest {waits[-1]:.4g} h"
        )
        found.add(subject, "queue_wait", median(waits), "hour", **said, as_of=as_of, note=note)


def _utilisation(found: Imported, jobs: list[Job], asked: Asked, said: dict[str, str]) -> None:
    """Add which share of the hours of all GPUs was allocated, within the span of the file."""
    begin, end = min(each.begin for each in jobs), max((each.end or each.begin) for each in jobs)
    span = (end - begin).total_seconds()
    if asked.capacity is None:
        found.notes.append("no utilisation: say how many GPUs there are, as in `--capacity 512`")
        return
    share = sum(each.gpus * each.seconds for each in jobs) / (asked.capacity * span) if span else 2.0
    if share > 1:
        message = f"the jobs take more than {asked.capacity:g} GPUs have hours"
        raise CalcError("E-BOUNDS", message, hint="`--capacity` is the number of GPUs of the whole cluster")
    note = f"GPU-hours allocated over those of {asked.capacity:g} GPUs from the first start to the last end in the file"
    found.add(named(asked.subject or "slurm"), "gpu_utilisation", share, "1", **said, as_of=_period(jobs), note=note)
