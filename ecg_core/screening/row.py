"""Analysis of one recording as a row of the results; runs in whatever process computes it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from ecg_core import __version__
from ecg_core.analysis import Analysis, analyse
from ecg_core.classification.loading import Classifier, load_beat_classifier
from ecg_core.errors import RecordingError
from ecg_core.measurements import RecordingMeasurements, measure_recording
from ecg_core.recording import Recording
from ecg_core.rhythm import DEVICE_KINDS, KIND_NAMES, assessed_kinds
from ecg_core.screening.columns import DONE, INTERVALS, REFUSED, SCHEMA
from ecg_core.screening.items import Item, opened
from ecg_core.screening.reference_columns import reference_columns
from ecg_core.screening.statement_audit import audit_statements
from ecg_core.screening.urgency import CANNOT_TELL, LOOK_NOW, LOOK_TODAY, worst_of

MAX_TEXT: Final = 2000
"""Characters of a cell."""


@dataclass(frozen=True)
class RunSettings:
    """How recordings are analysed.

    Attributes
    ----------
    model : str or None
        Model folder; the shipped one by default.
    keep : bool
        Whether to keep the heavy passes in the cache, so that a recording opens at once afterwards.
    """

    model: str | None = None
    keep: bool = False


@lru_cache(maxsize=2)
def _classifier(folder: str | None) -> Classifier:
    """Load a model once a process."""
    return load_beat_classifier(folder)


def screen_item(item: Item, settings: RunSettings) -> dict[str, Any]:
    """Analyse a recording.

    Parameters
    ----------
    item : Item
        The recording.
    settings : RunSettings
        How.

    Returns
    -------
    dict
        A row with the columns of `ecg_core.screening.columns.SCHEMA`; of a recording that was refused, the reason.
    """
    began = time.perf_counter()
    try:
        with opened(item) as recording:
            classifier = _classifier(settings.model)
            analysis = analyse(recording, classifier, waves=True, cache=settings.keep)
            measured = measure_recording(recording, analysis)
            row = _row(recording, analysis, measured)
    except RecordingError as error:
        row = _refused(str(error))
    except (ArithmeticError, LookupError, TypeError, ValueError, MemoryError) as error:
        row = _refused(f"its analysis ended with {type(error).__name__}: {error!s:.200}; please report it")
    return _whole({**row, **_asked(item), "seconds": round(time.perf_counter() - began, 3)})


def lost_row(item: Item, reason: str) -> dict[str, Any]:
    """Return the row of a recording whose analysis ended the process that computed it.

    Parameters
    ----------
    item : Item
        The recording.
    reason : str
        What happened.

    Returns
    -------
    dict
    """
    return _whole({**_refused(reason), **_asked(item)})


def _asked(item: Item) -> dict[str, Any]:
    return {"key": item.key, "name": item.name, "stamp": item.stamp()}


def _refused(reason: str) -> dict[str, Any]:
    return {
        "status": REFUSED,
        "refused": reason[:MAX_TEXT],
        "tier": CANNOT_TELL,
        "urgency": 1.0,
        "own_tier": CANNOT_TELL,
        "own_urgency": 1.0,
        "worst_reason": "could not be screened",
        "version": __version__,
        "analysed_at": _now(),
    }


def _row(recording: Recording, analysis: Analysis, measured: RecordingMeasurements | None) -> dict[str, Any]:
    worst = worst_of(analysis, recording.fs_hz, measured)
    own = worst_of(analysis, recording.fs_hz, measured, with_device=False)
    summary, provenance = analysis.summary, analysis.provenance
    assessment = assessed_kinds(analysis)
    row: dict[str, Any] = {
        "status": DONE,
        "tier": worst.tier,
        "urgency": worst.urgency,
        "worst": worst.kind,
        "worst_source": worst.source,
        "worst_at_s": worst.start_s,
        "worst_until_s": worst.stop_s,
        "worst_reason": worst.reason,
        "duration_s": summary.duration_s,
        "fs_hz": recording.fs_hz,
        "n_leads": len(recording.leads),
        "readable_share": summary.readable_share,
        "n_beats": summary.n_beats,
        **{f"n_{letter.lower()}": count for letter, count in (summary.n_by_class or {}).items()},
        **{f"episodes_{kind.lower()}": summary.n_by_kind.get(kind) for kind in KIND_NAMES},
        "not_assessed": "; ".join([*assessment.remarks, assessment.unchecked]),
        "notes": "; ".join(recording.notes),
        "source_sha256": recording.sha256,
        "version": __version__,
        "model": provenance["model"],
        "model_sha256": provenance["model_sha256"],
        "rhythm_model_sha256": provenance["rhythm_model_sha256"],
        "analysed_at": _now(),
        "own_tier": own.tier,
        "own_urgency": own.urgency,
        **_device(analysis, own.tier),
        **audit_statements(recording, analysis, measured).as_row(),
        **reference_columns(recording, analysis),
    }
    for name in ("burden_v_percent", "burden_s_percent", "af_share", "afl_share", "mean_rate_bpm", "min_rate_bpm",
                 "max_rate_bpm", "longest_rr_s", "longest_v_run_beats", "fastest_v_run_bpm"):  # fmt: skip
        row[name] = getattr(summary, name)
    if measured is not None:
        shown = measured.shown.overall
        row |= {f"usual_{name}": shown[name].value for name in INTERVALS if name in shown}
        row["statements"] = "; ".join(one.text for one in measured.interpretation.statements)
    return row


def _device(analysis: Analysis, own_tier: int) -> dict[str, Any]:
    """Return what the file's device states, and whether the program comes to the same urgency."""
    stated = analysis.episodes[analysis.episodes["kind"].isin(DEVICE_KINDS)]
    if not len(stated):
        return {}
    kinds = set(stated["kind"])
    if "DEVICE_URGENT" in kinds:
        agrees: bool | None = own_tier in (LOOK_NOW, LOOK_TODAY)
    elif kinds == {"DEVICE_NORMAL"}:
        agrees = own_tier not in (LOOK_NOW, LOOK_TODAY)
    else:
        agrees = None  # neither urgent nor normal: words that are not compared
    return {"device_statement": "; ".join(stated["reason"].astype(str)), "device_agrees": agrees}


def _whole(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with every column, its texts bounded, and numbers as JSON has them."""
    return {name: _cell(row.get(name)) for name in SCHEMA.names}


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())[:MAX_TEXT]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
