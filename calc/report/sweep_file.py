"""The points of a sweep written to a file or standard output as they come: CSV, or Parquet by pyarrow."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError
from calc.report.output import whole_file
from calc.report.sweep_rows import CASE, HOLDS, head, heads, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from calc.engine.catalogue import Catalogue
    from calc.study.sweep_pieces import CaseRun

    Take = Callable[[CaseRun, list[Any]], None]


@contextmanager
def csv_rows(runs: list[CaseRun], catalogue: Catalogue, path: str | None, *, force: bool) -> Iterator[Take]:
    """Yield what takes the lines of pieces and writes them; without a path, to standard output."""
    first = f"{line(heads(runs, catalogue))}\n"
    if path is None:
        sys.stdout.write(first)
        yield lambda _, rows: sys.stdout.writelines(each.tobytes().decode() for each in rows) and None
        return
    with whole_file(path, force=force) as file:
        file.write(first.encode())
        yield lambda _, rows: file.writelines(each.tobytes() for each in rows)


@contextmanager
def parquet_rows(runs: list[CaseRun], catalogue: Catalogue, path: str, *, force: bool) -> Iterator[Take]:
    """Yield what takes the columns of pieces and writes them as row groups of a Parquet file.

    Raises CalcError when pyarrow, which the extra `[parquet]` installs, is not there.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        hint = "install it with `pip install 'ai-infra-calc[parquet]'`, or take `--format csv`"
        raise CalcError("E-USAGE", "Parquet needs pyarrow, which is not installed", hint=hint) from None
    import numpy as np

    kinds = {CASE: pa.string(), HOLDS: pa.bool_()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in heads(runs, catalogue)])
    with whole_file(path, force=force) as file, pq.ParquetWriter(file, schema) as writer:

        def take(run: CaseRun, rows: list[Any]) -> None:
            names = [head(each, catalogue) for each in run.columns]
            found = {name: pa.array(each, mask=np.isnan(each)) for name, each in zip(names, rows, strict=False)}
            size = len(rows[0])
            found[CASE] = pa.array([run.case.name]).take(pa.array(np.zeros(size, dtype=np.int64)))
            if run.has_conditions:
                found[HOLDS] = pa.array(rows[-1])
            arrays = [found.get(each.name, pa.nulls(size, each.type)) for each in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield take
