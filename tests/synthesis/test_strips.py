"""Strips: what a script says is what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.synthesis.strip import Strip, StripArtefact, StripEctopy, StripPacer, StripPassage
from ecg_core.synthesis.strip_drawing import draw_strip, leads_of_electrodes, projection_of
from ecg_core.synthesis.tracing import TWELVE_LEADS


def strip(*passages: StripPassage, **changes: object) -> Strip:
    return Strip(passages=passages, noise=0.0, **changes)  # type: ignore[arg-type]


def sinus(**changes: object) -> StripPassage:
    return StripPassage(**{"mechanism": "sinus", "seconds": 12, "irregular": 0.0, **changes})  # type: ignore[arg-type]


def test_a_ventricular_beat_makes_a_full_pause_and_an_atrial_one_does_not() -> None:
    beats = {}
    for origin in ("ventricular", "atrial"):
        waves = draw_strip(
            strip(sinus(ectopy=(StripEctopy(after=(4,), origin=origin, coupling_ms=470),)))
        ).tracing.waves  # type: ignore[arg-type]
        at = int(np.flatnonzero(waves.symbol != "N")[0])
        beats[origin] = (waves.beat[at + 1] - waves.beat[at - 1]) / (waves.beat[at - 1] - waves.beat[at - 2])
    assert beats["ventricular"] == pytest.approx(2.0, abs=0.02)
    assert beats["atrial"] < 1.85


def test_a_p_wave_of_complete_block_belongs_to_no_beat() -> None:
    drawn = draw_strip(strip(sinus(conduction=(-1,), escape="junctional_escape", escape_bpm=40, rate_bpm=80)))
    waves = drawn.tracing.waves
    assert np.isnan(waves.common[:, 0]).all()
    assert (drawn.annotations.symbol == "p").sum() == pytest.approx(16, abs=1)
    assert np.diff(waves.beat) / 500 == pytest.approx(1.5, abs=0.01)


def test_a_pacemaker_that_does_not_sense_captures_only_outside_the_refractory_time() -> None:
    drawn = draw_strip(strip(sinus(rate_bpm=80, pacer=StripPacer(rate_bpm=60, senses=False))))
    spikes = [event.time_s for event in drawn.truth.events if event.spike is not None and event.time_s < 12]
    assert np.diff(spikes) == pytest.approx(1.0, abs=0.001)
    assert 0 < (drawn.tracing.waves.symbol == "/").sum() < len(spikes)


def test_exchanged_arm_electrodes_turn_lead_i_over_and_leave_the_chest_leads() -> None:
    right, wrong = (draw_strip(strip(sinus(), swapped=swapped)).tracing.signal_mv for swapped in ((), ("RA", "LA")))
    lead = TWELVE_LEADS.index
    np.testing.assert_allclose(wrong[:, lead("I")], -right[:, lead("I")], atol=1e-5)
    np.testing.assert_allclose(wrong[:, lead("II")], right[:, lead("III")], atol=1e-5)
    np.testing.assert_allclose(wrong[:, lead("aVR")], right[:, lead("aVL")], atol=1e-5)
    np.testing.assert_allclose(wrong[:, 6:], right[:, 6:], atol=1e-5)


def test_an_artefact_of_one_arm_spares_the_lead_between_the_other_limbs() -> None:
    shaking = StripArtefact(kind="tremor", electrodes=("RA",), start_s=2, seconds=6, level_mv=0.5)
    clean, shaken = (draw_strip(strip(sinus(), artefacts=artefacts)).signal_mv for artefacts in ((), (shaking,)))
    apart = np.abs(shaken - clean).max(axis=0)
    assert apart[TWELVE_LEADS.index("III")] < 1e-5
    assert apart[TWELVE_LEADS.index("II")] > 0.4
    assert np.abs(shaken - clean)[: 2 * 500].max() < 1e-5


def test_leads_follow_from_electrodes_as_einthoven_and_goldberger_say() -> None:
    leads = leads_of_electrodes()
    np.testing.assert_allclose(leads[0] + leads[2], leads[1])
    np.testing.assert_allclose(leads[3] + leads[4] + leads[5], 0, atol=1e-12)
    assert projection_of(strip(sinus())).shape == (12, 3)


@pytest.mark.parametrize(
    ("passage", "rhythm"),
    [
        (sinus(pr_ms=280), "BI"),
        (sinus(conduction=(0, 60, -1)), "BII"),
        (sinus(conduction=(-1,), escape="junctional_escape"), "B3"),
        (sinus(rate_bpm=42), "SBR"),
        (sinus(beats=("pre_excited",), pr_ms=90), "PREX"),
        (sinus(ectopy=(StripEctopy(every=1),)), "B"),
        (sinus(mechanism="fibrillation", irregular=0.2), "AFIB"),
        (sinus(mechanism="flutter", rate_bpm=300, conduction=(2,)), "AFL"),
        (sinus(mechanism="junctional", rate_bpm=180), "SVTA"),
        (sinus(mechanism="ventricular", rate_bpm=150, beats=("left_apical",)), "VT"),
        (sinus(mechanism="ventricular", rate_bpm=80, beats=("left_apical",)), "IVR"),
        (sinus(mechanism="ventricular_fibrillation"), "VF"),
    ],
)
def test_a_passage_is_annotated_as_its_rhythm(passage: StripPassage, rhythm: str) -> None:
    drawn = draw_strip(strip(passage))
    assert drawn.annotations.rhythms() == [(0, rhythm)]
    assert np.isfinite(drawn.signal_mv).all()


def test_the_measured_pr_interval_is_the_script_s() -> None:
    for pr_ms in (100, 160, 240):
        common = draw_strip(strip(sinus(pr_ms=pr_ms))).tracing.waves.common
        assert np.nanmedian(common[1:-1, 3] - common[1:-1, 0]) * 2 == pytest.approx(pr_ms, abs=4)


def test_an_unknown_wave_is_named() -> None:
    with pytest.raises(ValueError, match="wobbly"):
        draw_strip(strip(sinus(beats=("wobbly",))))
