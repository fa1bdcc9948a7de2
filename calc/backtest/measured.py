"""Measured utilisation of training steps, `seeds/runs/mfu_measured.csv`: one line a table that was measured."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from typing import NamedTuple

from calc.files import data_folder

# Names of bundles leave out what is meant where nothing is said: the large memory, sixteen bits, a dense model.
_UNSAID = {"A100-80GB": "A100", "bf16": "", "dense": ""}


class Measured(NamedTuple):
    """What share of the dense peak of a number format measured steps reached.

    accelerator: as in `seeds/runs/accelerators.csv`; bundle: of its peaks. kind: `dense` or `mixture`. code: what ran.
    rows: how many measured steps, each another model, size or layout. p10, median, p90: of these. peak: that the share
    is over, dense, in TFLOP/s.
    """

    accelerator: str
    bundle: str
    format: str
    kind: str
    code: str
    rows: int
    p10: float
    median: float
    p90: float
    peak: float
    source: str
    url: str

    @property
    def subject(self) -> str:
        """Return the bundle of facts that holds the range, such as `prior-h100-fp8-mixture`."""
        words = ["prior", *(_UNSAID.get(each, each) for each in (self.accelerator, self.format, self.kind))]
        return "-".join(word.lower() for word in words if word)

    @property
    def own_subject(self) -> str:
        """Return the bundle of a line that is the second source of its subject."""
        return f"{self.subject}-{re.sub('[^a-z0-9]+', '-', self.code.lower())}"


@lru_cache(maxsize=1)
def measured_utilisation() -> dict[str, list[Measured]]:
    """Return the lines by subject; the one with most rows stands first, the others are second sources."""
    path = data_folder("seeds") / "runs" / "mfu_measured.csv"
    found: dict[str, list[Measured]] = {}
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        line = Measured(
            row["accelerator"], row["bundle"], row["format"], row["class"], row["code"], int(row["rows"]),
            float(row["p10"]), float(row["median"]), float(row["p90"]), float(row["peak"]), row["source"], row["url"],
        )  # fmt: skip
        found.setdefault(line.subject, []).append(line)
    return {subject: sorted(lines, key=lambda line: -line.rows) for subject, lines in found.items()}
