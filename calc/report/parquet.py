"""The points of a sweep as a Parquet file, by pyarrow, which the extra `[parquet]` installs."""

from __future__ import annotations

from typing import Any

from calc.errors import CalcError
from calc.report.studies_csv import sweep_columns


def sweep_parquet(body: dict[str, Any]) -> bytes:
    """Return the points of a sweep as the bytes of a Parquet file, a column a figure.

    Raises CalcError when pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        hint = "install it with `pip install 'ai-infra-calc[parquet]'`, or take `--format csv`"
        raise CalcError("E-USAGE", "Parquet needs pyarrow, which is not installed", hint=hint) from None
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(sweep_columns(body)), sink)
    return bytes(sink.getvalue())
