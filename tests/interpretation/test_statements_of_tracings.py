"""Statements of made tracings with exact waves, by way of the measurements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecg_core.beats import beat_table, to_aami
from ecg_core.delineation.measure import measure
from ecg_core.delineation.waves import ABSENT, Waves
from ecg_core.interpretation import Interpretation, Severity, Subject, interpret_recording
from ecg_core.recording import from_array
from ecg_core.rhythm.episode_types import EPISODE_COLUMNS
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of
from ecg_core.synthesis.tracing import Tracing

pytestmark = pytest.mark.slow

MADE = {
    "sinus_bradycardia": {"SBRAD"},
    "sinus_tachycardia": {"STACH"},
    "avb1": {"1AVB"},
    "avb3_junctional": {"3AVB"},
    "avb3_ventricular": {"3AVB"},
    "rbbb": {"CRBBB"},
    "incomplete_rbbb": {"IRBBB"},
    "lbbb": {"CLBBB"},
    "lafb": {"LAFB"},
    "wpw": {"WPW"},
    "afib": {"AFIB"},
    "stemi_inferior": {"STE_INFERIOR"},
    "stemi_anterior": {"STE_ANTERIOR"},
    "stemi_lateral": {"STE_LATERAL"},
    "stemi_posterior": {"STD_POSTERIOR"},
    "old_inferior": {"IMI"},
    "old_anterior": {"AMI"},
    "st_depression": {"STD"},
    "t_inversion": {"INVT"},
    "long_qt": {"LNGQT"},
    "short_qt": {"SHORTQT"},
    "lvh": {"LVH"},
    "rvh": {"RVH"},
    "low_voltage": {"LVOLT"},
    "paced_ventricular": {"PACE"},
    "paced_atrial": {"PACE"},
    "paced_dual": {"PACE"},
}


def waves_of(tracing: Tracing) -> Waves:
    true = tracing.waves
    common, boundary = (
        np.where(np.isnan(values), ABSENT, np.rint(values - true.beat.reshape(-1, *[1] * (values.ndim - 1))))
        for values in (true.common, true.boundary)
    )
    shape = boundary.shape[:2]
    return Waves(
        true.beat,
        tracing.lead_names,
        boundary.astype(np.int16),
        np.ones((*shape, 3), dtype=np.float32),
        np.ones(shape, dtype=bool),
        common.astype(np.int16),
    )


def episodes_of(name: str, n_samples: int) -> pd.DataFrame:
    rows = [(0, n_samples, "AFL", 12, 75.0, "flutter waves 300 /min", "signal")] if name == "flutter" else []
    return pd.DataFrame(rows, columns=pd.Index(EPISODE_COLUMNS))


def interpretation_of(name: str, gain: float = 1.0, fs_hz: float = 500.0) -> Interpretation:
    condition = CONDITIONS[name]
    if name == "avb3_junctional":
        condition = replace(condition, escape_bpm=39)  # 42 of 84 would be a 2:1 block
    tracing = tracing_of(condition, fs_hz=fs_hz)
    recording = from_array(gain * tracing.signal_mv, fs_hz, tracing.lead_names)
    waves = waves_of(tracing)
    beats = beat_table(waves.beat, fs_hz)
    beats["label"] = to_aami(tracing.waves.symbol)
    conducted = (beats["label"] == "N").to_numpy()
    chosen = conducted if conducted.sum() > 2 else np.ones(len(beats), dtype=bool)
    return interpret_recording(
        recording,
        waves,
        measure(recording, waves, chosen).measurements,
        beats,
        episodes_of(name, recording.n_samples),
        {},
        np.full(len(beats), condition.paced),
        Subject(60, "M"),
    )


@pytest.mark.parametrize("name", MADE)
def test_a_condition_gets_its_statement(name: str) -> None:
    assert MADE[name] <= set(interpretation_of(name).codes)


def test_a_normal_tracing_gets_none() -> None:
    result = interpretation_of("normal")
    assert not result.statements
    assert not result.not_assessed


@pytest.mark.parametrize(
    "name", [name for name in CONDITIONS if not name.startswith(("stemi", "avb3", "st_dep", "long_qt", "old"))]
)
def test_no_acute_infarction_or_complete_block_is_stated_where_there_is_none(name: str) -> None:
    critical = [one.code for one in interpretation_of(name).statements if one.severity == Severity.CRITICAL]
    assert not critical
    assert not {code for code in interpretation_of(name).codes if code.startswith("STE_")}


@pytest.mark.parametrize("name", ["stemi_inferior", "stemi_anterior", "stemi_lateral", "avb3_junctional"])
def test_what_is_acute_stands_first(name: str) -> None:
    first = interpretation_of(name).statements[0]
    assert first.code in MADE[name] or first.code.startswith("STE_")
    assert first.severity <= Severity.URGENT


@pytest.mark.parametrize("name", ["rbbb", "lbbb", "avb1", "long_qt", "sinus_bradycardia", "wpw", "lafb"])
@pytest.mark.parametrize("gain", [0.6, 1.7])
def test_the_gain_does_not_change_shapes_and_times(name: str, gain: float) -> None:
    assert MADE[name] <= set(interpretation_of(name, gain=gain).codes)


@pytest.mark.parametrize("name", ["rbbb", "lbbb", "avb1", "stemi_inferior", "old_inferior", "lvh"])
@pytest.mark.parametrize("fs_hz", [250.0, 1000.0])
def test_the_sampling_rate_does_not_change_the_statement(name: str, fs_hz: float) -> None:
    assert MADE[name] <= set(interpretation_of(name, fs_hz=fs_hz).codes)
