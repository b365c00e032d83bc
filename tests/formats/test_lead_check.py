"""What a few seconds of signal say against the leads' names, polarity and gain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording
from ecg_core.formats.common.lead_check import check_leads
from ecg_core.recording import Lead, Recording, from_array

FS_HZ = 250.0
NAMES = ("I", "II", "III", "aVR", "aVL", "aVF", "V6")


def limb_leads() -> dict[str, np.ndarray]:
    """Return 12 s of leads that fulfil the equations of Einthoven and Goldberger."""
    rng = np.random.default_rng(3)
    time_s = np.arange(int(12 * FS_HZ)) / FS_HZ
    beat = np.exp(-(((time_s % 0.8) - 0.4) ** 2) / (2 * 0.012**2))
    wave = np.exp(-(((time_s % 0.8) - 0.65) ** 2) / (2 * 0.05**2))
    one = 0.7 * beat + 0.1 * wave + 0.01 * rng.standard_normal(len(time_s))
    two = 1.1 * beat + 0.3 * wave + 0.01 * rng.standard_normal(len(time_s)) + 0.2 * np.sin(0.5 * time_s)
    return {
        "I": one,
        "II": two,
        "III": two - one,
        "aVR": -(one + two) / 2,
        "aVL": one - two / 2,
        "aVF": two - one / 2,
        "V6": 0.9 * beat + 0.2 * wave,
    }


def notes_of(leads: dict[str, np.ndarray]) -> str:
    return " ".join(check_leads(from_array(np.stack(list(leads.values()), axis=1), FS_HZ, list(leads))))


def test_leads_that_agree_get_no_note() -> None:
    assert notes_of(limb_leads()) == ""


@pytest.mark.parametrize("factor", [0.2, 20.0])
def test_the_check_does_not_depend_on_gain(factor: float) -> None:
    scaled = {name: lead * factor for name, lead in limb_leads().items()}
    assert "contradict" not in notes_of(scaled)
    assert "inverted" in notes_of(scaled | {"III": -scaled["III"]})


@pytest.mark.parametrize(
    "name, expected",
    [
        ("I", "lead I is inverted or leads II and III are swapped"),
        ("II", "lead II is inverted"),
        ("III", "lead III is inverted or leads I and II are swapped"),
        ("aVR", "aVR looks inverted"),
        ("aVL", "aVL looks inverted"),
        ("aVF", "aVF looks inverted"),
    ],
)
def test_an_inverted_limb_lead_is_named(name: str, expected: str) -> None:
    leads = limb_leads()
    assert expected in notes_of(leads | {name: -leads[name]})


@pytest.mark.parametrize(
    "first, second, expected",
    [
        ("I", "II", "leads I and II are swapped"),
        ("II", "III", "leads II and III are swapped"),
        ("aVL", "aVF", "aVL and aVF look swapped"),
        ("aVR", "aVF", "aVR and aVF look swapped"),
    ],
)
def test_swapped_leads_are_named(first: str, second: str, expected: str) -> None:
    leads = limb_leads()
    assert expected in notes_of(leads | {first: leads[second], second: leads[first]})


def test_swapped_arm_electrodes_turn_lead_i_against_v6() -> None:
    leads = limb_leads()
    swapped = leads | {
        "I": -leads["I"],
        "II": leads["III"],
        "III": leads["II"],
        "aVR": leads["aVL"],
        "aVL": leads["aVR"],
    }
    swapped = {name: lead + (1.5 * leads["V6"] if name in ("aVR",) else 0) for name, lead in swapped.items()}
    assert "arm electrodes" in notes_of({name: swapped[name] for name in ("I", "aVR", "V6")})


def test_leads_of_different_gain_are_told_apart_from_wrong_leads() -> None:
    leads = limb_leads()
    assert "another gain" in notes_of(leads | {"II": 2.5 * leads["II"]})
    noise = np.random.default_rng(5).standard_normal(len(leads["II"]))
    assert "wrongly named, scaled or recorded" in notes_of(leads | {"II": noise})


def test_more_millivolts_than_an_ecg_has_are_pointed_out_where_the_file_claims_to_be_calibrated() -> None:
    leads = {name: 1000 * lead for name, lead in limb_leads().items()}
    assert "doubtful" in notes_of(leads)
    signal = np.stack(list(leads.values()), axis=1).astype(np.float32)
    recording = Recording(
        "x",
        FS_HZ,
        len(signal),
        tuple(Lead(name, calibrated=False) for name in leads),
        lambda start, stop, chosen: signal[start:stop][:, list(chosen)],
    )
    assert "doubtful" not in " ".join(check_leads(recording))


def test_drift_flat_leads_and_gaps_are_no_contradiction() -> None:
    leads = limb_leads()
    drift = np.linspace(0, 40, len(leads["I"]))
    assert notes_of({name: lead + drift for name, lead in leads.items()}) == ""
    assert notes_of({name: 0 * lead for name, lead in leads.items()}) == ""
    gap = np.where(np.arange(len(drift)) < 1500, np.nan, 0.0)
    assert notes_of({name: lead + gap for name, lead in leads.items()}) == ""
    assert notes_of({name: np.full(len(drift), np.nan) for name in leads}) == ""


def test_what_cannot_be_read_is_no_reason_to_refuse_a_recording() -> None:
    def damaged(start: int, stop: int, leads: object) -> np.ndarray:
        raise RecordingError("damaged")

    assert check_leads(Recording("x", FS_HZ, 5000, (Lead("I"),), damaged)) == ()


@pytest.mark.data
def test_real_recordings(ecg_data: Path) -> None:
    assert all(open_recording(header).notes == () for header in sorted((ecg_data / "rhythm12").rglob("*.hea"))), (
        "25 twelve-lead recordings whose limb leads agree"
    )
    # Leads of this database were scaled one by one: II is 1.42 I + 1.02 III, exactly.
    assert any("another gain" in note for note in open_recording(ecg_data / "ludb/data/1").notes)
