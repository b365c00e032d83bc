"""Heart-rate variability of annotated days: MIT-BIH Normal Sinus Rhythm and Long-Term AF."""

import os
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_core.beats import is_beat, to_aami
from ecg_core.rhythm import episodes_of
from ecg_core.rhythm.hrv import HeartRateVariability
from ecg_core.rhythm.intervals import Intervals

pytestmark = pytest.mark.slow

DATA = Path(os.environ.get("ECG_DATA", "/nowhere"))
needs_data = pytest.mark.skipif(not (DATA / "nsrdb_ann").is_dir(), reason="needs ECG_DATA")


def variability_of(record: str) -> HeartRateVariability:
    """Return the variability of annotated beats; gaps of 4 s and more hold no readable interval."""
    path = str(DATA / record)
    fs_hz, annotations = wfdb.rdheader(path).fs, wfdb.rdann(path, "atr")
    beat = is_beat(annotations.symbol) & np.diff(annotations.sample, prepend=-1).astype(bool)
    sample = annotations.sample[beat].astype(np.int64)
    rr_s = np.diff(sample) / fs_hz
    given = Intervals(sample, to_aami(np.array(annotations.symbol)[beat]), rr_s, rr_s < 4)
    n_samples = int(sample[-1]) + 1
    return HeartRateVariability(given, episodes_of(given, fs_hz, n_samples, None), fs_hz, n_samples)


@needs_data
@pytest.mark.parametrize("record", ["nsrdb_ann/16265", "nsrdb_ann/16539", "nsrdb_ann/16786"])
def test_a_healthy_day(record):
    whole = variability_of(record).whole
    values = {name: one.value for name, one in whole.measures.items()}
    assert not whole.refused
    # Task Force (1996): SDNN 141 +- 39 ms in healthy people; these are within three standard deviations.
    assert 141 - 3 * 39 < values["sdnn_ms"] < 141 + 3 * 39
    # All power together is the variance, whatever spectra it comes from.
    assert values["total_power_ms2"] == pytest.approx(values["sdnn_ms"] ** 2, rel=0.2)
    assert values["lomb_hf_ms2"] == pytest.approx(values["hf_ms2"], rel=0.1)
    assert values["sdnn_index_ms"] < values["sdann_ms"] < values["sdnn_ms"]
    assert values["deceleration_capacity_ms"] > 4.5


@needs_data
def test_a_day_in_atrial_fibrillation_has_no_figure():
    whole = variability_of("ltafdb_ann/01").whole
    assert "atrial fibrillation" in whole.refused
    assert all(one.value is None for one in whole.measures.values())
