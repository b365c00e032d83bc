"""Leads whose amplitudes are relative: not calibrated, scaled lead by lead, or against Einthoven's law."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.delineation.lead_scales import LIMB_LEADS, relative_leads
from ecg_core.formats import open_recording
from ecg_core.recording import Lead, Recording, from_array

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
DATA = Path(os.environ.get("ECG_DATA", "/nowhere"))


def twelve_leads(scale: np.ndarray | float = 1.0, offset: np.ndarray | float = 0.0) -> Recording:
    rng = np.random.default_rng(2)
    smooth = np.apply_along_axis(np.convolve, 0, rng.standard_normal((5000, 8)), np.ones(20) / 20, "same")
    one, two, chest = smooth[:, 0], 1.4 * smooth[:, 1], smooth[:, 2:] * np.arange(1, 7)
    limb = np.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2], axis=1)
    return from_array(np.concatenate([limb, chest], axis=1) * scale + offset, 500, TWELVE)


@pytest.mark.parametrize("scale", [0.2, 1.0, 50.0])
@pytest.mark.parametrize("offset", [0.0, np.arange(12.0)])
def test_leads_that_share_a_scale_are_not_relative(scale: float, offset: np.ndarray | float) -> None:
    assert not relative_leads(twelve_leads(scale, offset))


def test_leads_of_one_range_or_of_one_deviation_are_relative() -> None:
    signal = twelve_leads().read()
    for scale in (1 / np.ptp(signal, axis=0), 1 / signal.std(axis=0)):
        found = relative_leads(twelve_leads(scale))
        assert set(found) == set(TWELVE)
        assert set(found.values()) == {"every lead is scaled to the same range"}


@pytest.mark.parametrize("lead", [0, 1, 2])
def test_limb_leads_against_einthovens_law_are_relative_and_the_others_are_not(lead: int) -> None:
    scale = np.ones(12)
    scale[lead] = 2.0
    found = relative_leads(twelve_leads(scale))
    assert set(found) == set(LIMB_LEADS)
    assert "II is not I + III" in found["aVF"]


def test_swapped_electrodes_do_not_contradict_einthovens_law() -> None:
    signal = twelve_leads().read()
    swapped = signal[:, [0, 2, 1, 4, 3, 5, *range(6, 12)]] * np.array([-1, 1, 1, *[1] * 9])
    assert not relative_leads(from_array(swapped, 500, TWELVE))


def test_an_uncalibrated_lead_is_named_with_its_own_reason() -> None:
    whole = twelve_leads()
    leads = tuple(replace(lead, calibrated=lead.name != "V2") for lead in whole.leads)
    assert relative_leads(replace(whole, leads=leads)) == {"V2": "amplitude not calibrated"}
    assert relative_leads(from_array(np.zeros((1000, 2)), 250, ("II", "V5"))) == {}
    assert relative_leads(replace(from_array(np.zeros((9, 1)), 250), leads=(Lead("x", calibrated=False),)))


@pytest.mark.data
@pytest.mark.parametrize(
    ("record", "n_relative"), [("ludb/data/1", 12), ("ludb/data/95", 12), ("ptbxl/00001_hr", 0), ("rhythm12/E07500", 0)]
)
def test_real_recordings(record: str, n_relative: int) -> None:
    if not (DATA / f"{record}.hea").is_file():
        pytest.skip(f"{record} is not in $ECG_DATA")
    assert len(relative_leads(open_recording(DATA / f"{record}.hea"))) == n_relative
