"""Columns of a screening's results: one row for each recording."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from ecg_core.beats import CLASSES
from ecg_core.rhythm import KIND_NAMES
from ecg_core.screening.differences import CONFUSION_COLUMNS
from ecg_core.screening.label_audit import AUDIT_COLUMNS
from ecg_core.screening.statement_audit import WORD_NAMES

INTERVALS: Final = ("rate_bpm", "p_ms", "pr_ms", "qrs_ms", "qt_ms", "qtc_fridericia_ms", "qrs_axis_deg")
"""Measurements of the usual beat, as :func:`ecg_core.measurements.measurements_dict` names them."""

_TEXT: Final = pa.string()
_NUMBER: Final = pa.float64()
_COUNT: Final = pa.int64()

SCHEMA: Final = pa.schema(
    [
        ("key", _TEXT),
        ("name", _TEXT),
        ("status", _TEXT),
        ("refused", _TEXT),
        ("tier", pa.int16()),
        ("urgency", _NUMBER),
        ("worst", _TEXT),
        ("worst_source", _TEXT),
        ("worst_at_s", _NUMBER),
        ("worst_until_s", _NUMBER),
        ("worst_reason", _TEXT),
        ("duration_s", _NUMBER),
        ("fs_hz", _NUMBER),
        ("n_leads", _COUNT),
        ("readable_share", _NUMBER),
        ("n_beats", _COUNT),
        *((f"n_{letter.lower()}", _COUNT) for letter in CLASSES),
        ("burden_v_percent", _NUMBER),
        ("burden_s_percent", _NUMBER),
        ("af_share", _NUMBER),
        ("afl_share", _NUMBER),
        ("mean_rate_bpm", _NUMBER),
        ("min_rate_bpm", _NUMBER),
        ("max_rate_bpm", _NUMBER),
        ("longest_rr_s", _NUMBER),
        ("longest_v_run_beats", _COUNT),
        ("fastest_v_run_bpm", _NUMBER),
        *((f"episodes_{kind.lower()}", _COUNT) for kind in KIND_NAMES),
        *((f"usual_{name}", _NUMBER) for name in INTERVALS),
        ("statements", _TEXT),
        ("device_statement", _TEXT),
        ("device_agrees", pa.bool_()),
        ("device_audit", _TEXT),
        *((f"device_{word}", _COUNT) for word in WORD_NAMES),
        ("own_tier", pa.int16()),
        ("own_urgency", _NUMBER),
        ("reference", _TEXT),
        ("n_differences", _COUNT),
        ("n_episode_differences", _COUNT),
        ("n_beat_differences", _COUNT),
        ("worst_difference", _TEXT),
        ("worst_difference_at_s", _NUMBER),
        ("worst_difference_rank", _COUNT),
        ("reference_kappa", _NUMBER),
        *((f"reference_{letter.lower()}_f1", _NUMBER) for letter in CLASSES),
        ("reference_missed_beats", _COUNT),
        ("reference_extra_beats", _COUNT),
        *((name, _COUNT) for name in CONFUSION_COLUMNS),
        *((name, _COUNT if of is int else _NUMBER) for name, of in AUDIT_COLUMNS.items()),
        ("reference_notes", _TEXT),
        ("not_assessed", _TEXT),
        ("notes", _TEXT),
        ("source_sha256", _TEXT),
        ("stamp", _TEXT),
        ("version", _TEXT),
        ("model", _TEXT),
        ("model_sha256", _TEXT),
        ("rhythm_model_sha256", _TEXT),
        ("analysed_at", _TEXT),
        ("seconds", _NUMBER),
    ]
)
"""Names and types of the columns; what was not assessed, and what cannot be told, is absent, never zero."""

SQL_TYPES: Final = {
    pa.string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.int16(): "SMALLINT",
    pa.bool_(): "BOOLEAN",
}
"""Types of the columns in SQL."""

DONE: Final = "done"
REFUSED: Final = "refused"
