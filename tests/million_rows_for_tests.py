"""Results of a screening of as many recordings as one likes, made up."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ecg_core.screening.columns import SCHEMA
from ecg_core.screening.results import CSV, PARQUET, Results

_GIVEN = {
    "key": "'/recordings/r' || i",
    "name": "'recording ' || lpad(i::VARCHAR, 7, '0')",
    "status": "'done'",
    "tier": "CASE WHEN i % 1000 = 0 THEN 0 WHEN i % 50 = 0 THEN 1 WHEN i % 7 = 0 THEN 3 ELSE 4 END",
    "urgency": "(hash(i) % 1000)::DOUBLE / 10",
    "worst": "CASE WHEN i % 1000 = 0 THEN 'VT' WHEN i % 50 = 0 THEN 'AFIB' WHEN i % 7 = 0 THEN 'COUPLET' ELSE '' END",
    "worst_source": "'beats'",
    "worst_at_s": "(i % 86400)::DOUBLE",
    "worst_until_s": "(i % 86400 + 4)::DOUBLE",
    "worst_reason": "'made up for a test'",
    "duration_s": "86400.0",
    "n_beats": "100000 + i % 5000",
    "burden_v_percent": "(hash(i + 1) % 3000)::DOUBLE / 100",
    "af_share": "CASE WHEN i % 50 = 0 THEN 0.5 ELSE 0.0 END",
    "readable_share": "0.97",
    "source_sha256": "lpad(to_hex(i), 64, '0')",
    "version": "'test'",
    "model_sha256": "'m'",
    "stamp": "''",
}
_TYPES = {"string": "VARCHAR", "double": "DOUBLE", "int64": "BIGINT", "int16": "SMALLINT", "bool": "BOOLEAN"}


def write_results(folder: Path, n: int) -> Path:
    """Write the tables of `n` recordings into a folder; return that of the rows."""
    Results(folder).set_status({"state": "finished", "total": n, "done": n})
    columns = ", ".join(
        f"({_GIVEN.get(field.name, 'NULL')})::{_TYPES[str(field.type)]} AS {field.name}" for field in SCHEMA
    )
    with duckdb.connect() as database:
        rows = f"SELECT {columns} FROM range({n}) AS numbers(i) ORDER BY tier, urgency, name"
        database.execute(f"COPY ({rows}) TO '{folder / PARQUET}' (FORMAT parquet)")
    (folder / CSV).write_text("key\n")
    return folder / PARQUET
