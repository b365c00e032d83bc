"""What was looked for: it follows from what ran, and nothing is absent that was not looked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ecg_core.analysis import Analysis, with_beats
from ecg_core.beats import beat_table
from ecg_core.recording import from_array
from ecg_core.rhythm import KINDS, assessed_kinds
from ecg_core.rhythm.assessed import GROUPS
from ecg_core.rhythm.statements import DEVICE_KINDS


def analysed(seconds: int = 120, labels: str | None = "N", readable: float = 1.0, **provenance: Any) -> Analysis:
    beats = beat_table(np.arange(seconds) * 250, 250)
    if labels:
        beats["label"] = labels
    quality = np.full((seconds, 1), 2, np.uint8)
    quality[int(readable * seconds) :] = 0
    given = {"model": labels and "m", "model_sha256": labels and "0", **provenance}
    return with_beats(from_array(np.zeros((seconds * 250, 1)), 250), beats, quality, given)


def test_every_kind_is_either_assessed_or_not_with_a_reason_and_has_a_name_in_words() -> None:
    for analysis in (analysed(), analysed(labels=None), analysed(10), analysed(rhythm_model="r", pacing="assessed")):
        found = assessed_kinds(analysis)
        assert sorted([*found.assessed, *found.not_assessed, *DEVICE_KINDS]) == sorted(KINDS)
        assert all(found.not_assessed.values())
    assert {kind for _, kinds in GROUPS for kind in kinds} == set(KINDS) - set(DEVICE_KINDS)


def test_st_segment_and_av_conduction_are_never_passed_over_in_silence() -> None:
    found = assessed_kinds(analysed(rhythm_model="r", pacing="assessed"))
    assert "ST segment" in found.unchecked
    assert "AV conduction otherwise" in found.unchecked
    assert "second-degree AV block (only dropped beats, with visible P waves or in regular groups)" in found.checked
    assert "AVB2" in assessed_kinds(analysed()).not_assessed, "without the signal there is no P wave to see"
    assert {"VF", "VT", "ASYSTOLE", "PAUSE", "AFIB", "PACED"} <= set(found.assessed)
    assert found.checked.startswith("VF, VT, asystole, pauses, AF")


def test_fibrillation_of_the_ventricles_is_looked_for_by_the_rhythm_model_alone() -> None:
    without = assessed_kinds(analysed())
    assert "VF" in without.not_assessed
    assert "VF, second-degree AV block (no rhythm model ran)" in without.unchecked
    assert "VF" not in without.checked.split(", ")
    assert "VT (only as runs of V)" in without.checked
    assert "runs of V" not in assessed_kinds(analysed(rhythm_model="r")).checked


def test_atrial_flutter_is_not_claimed_because_a_rhythm_model_ran() -> None:
    found = assessed_kinds(analysed(rhythm_model="r", pacing="assessed"))
    assert "AFL" in found.not_assessed
    assert "atrial flutter (not told apart from AF" in found.unchecked
    assert "atrial flutter" not in found.checked


def test_supraventricular_tachycardia_needs_classes_even_where_a_rhythm_model_ran() -> None:
    assert assessed_kinds(analysed(labels=None, rhythm_model="r")).not_assessed["SVTA"] == "beats not classified"
    assert "SVTA" in assessed_kinds(analysed(rhythm_model="r")).assessed


def test_beats_without_classes_tell_no_ectopy() -> None:
    found = assessed_kinds(analysed(labels=None))
    assert found.not_assessed["VT"] == found.not_assessed["SINGLE_V"] == "beats not classified"
    assert {"PAUSE", "ASYSTOLE", "SBR"} <= set(found.assessed)


def test_what_is_too_short_for_a_kind_says_what_it_needs() -> None:
    found = assessed_kinds(analysed(9))
    assert found.not_assessed["AFIB"].startswith("needs ")
    assert found.not_assessed["TACHY"] == "needs 30 s"
    assert "AFIB" in assessed_kinds(analysed(120)).assessed
    assert assessed_kinds(analysed(35, readable=0.3)).not_assessed["TACHY"] == "needs 30 s", "of readable signal"


def test_unreadable_time_limits_what_was_looked_for() -> None:
    assert assessed_kinds(analysed(100, readable=0.62)).remarks == ("readable 62 % of the time",)
    assert assessed_kinds(analysed(100)).remarks == ()


def test_pacing_that_cannot_be_told_says_why() -> None:
    found = assessed_kinds(analysed(pacing="needs 250 Hz"))
    assert found.not_assessed["PACED"] == found.not_assessed["CAPTURE"] == "needs 250 Hz"
    assert "loss of capture (needs 250 Hz)" in found.unchecked


def test_a_share_of_af_in_what_is_too_short_for_af_is_absent() -> None:
    assert analysed(9).summary.af_share is None
    assert analysed(120).summary.af_share == 0


@pytest.mark.parametrize("labels", ["N", None])
def test_a_kind_that_was_not_looked_for_is_absent_from_the_figures_never_zero(labels: str | None) -> None:
    analysis = analysed(labels=labels)
    found = assessed_kinds(analysis)
    for kind, n in analysis.summary.n_by_kind.items():
        if kind not in DEVICE_KINDS:
            assert (n is None) == (kind in found.not_assessed), kind
