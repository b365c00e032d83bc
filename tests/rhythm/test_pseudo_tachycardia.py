"""Artefact that looks like VT, through which the usual beats march, is possible VT at most; true VT stays named."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.agreement import agree
from ecg_core.arrays import Int64Array
from ecg_core.beats import USABLE
from ecg_core.detection import Detection
from ecg_core.recording import Recording, from_array
from ecg_core.rhythm.pseudo_tachycardia import MarchingBeats, marching_beats
from ecg_core.rhythm.ventricular import VentricularSpan
from ecg_core.synthesis.strip import Strip, StripArtefact, StripPassage
from ecg_core.synthesis.strip_drawing import FS_HZ, draw_strip
from ecg_core.synthesis.tracing import TWELVE_LEADS

pytestmark = pytest.mark.slow

SPAN = VentricularSpan(16, 24, True, 0.8, 0.2)
ARM = StripArtefact("tremor", ("RA",), 15, 10, 0.9, 4.2)


def strip_of(*passages: StripPassage, artefacts: tuple[StripArtefact, ...] = (), seed: int = 4) -> Strip:
    return Strip(passages, seed=seed, artefacts=artefacts)


def drawn(strip: Strip, leads: tuple[str, ...] = TWELVE_LEADS) -> tuple[Recording, Int64Array]:
    made = draw_strip(strip)
    signal = made.signal_mv[:, [TWELVE_LEADS.index(name) for name in leads]]
    return from_array(signal, FS_HZ, leads), np.asarray(made.tracing.waves.beat, dtype=np.int64)


def marching(
    strip: Strip, leads: tuple[str, ...] = TWELVE_LEADS, span: VentricularSpan = SPAN
) -> tuple[MarchingBeats | None, Int64Array]:
    """Return what is found, and the true beats, where detection has found the beats beside the span alone."""
    recording, beat = drawn(strip, leads)
    beside = beat[(beat < span.start_s * FS_HZ) | (beat >= span.stop_s * FS_HZ)]
    return marching_beats(recording, beside, span, [span]), beat


@pytest.mark.parametrize("rate_bpm", [50, 76, 98, 120])
@pytest.mark.parametrize("rate_hz", [3.2, 4.2, 5.5])
@pytest.mark.parametrize("leads", [TWELVE_LEADS, ("II", "V1"), ("II",)])
def test_sinus_beats_that_march_through_a_tremor_are_found(
    rate_bpm: float, rate_hz: float, leads: tuple[str, ...]
) -> None:
    arm = StripArtefact("tremor", ("RA",), 15, 10, 0.9, rate_hz)
    found, beat = marching(strip_of(StripPassage("sinus", 40, rate_bpm), artefacts=(arm,)), leads)
    true = beat[(beat >= SPAN.start_s * FS_HZ) & (beat < SPAN.stop_s * FS_HZ)]
    assert found is not None
    assert len(found.sample) == len(true)
    assert np.abs(found.sample - true).max() <= 0.04 * FS_HZ
    assert found.rate_bpm == pytest.approx(rate_bpm, rel=0.05)


@pytest.mark.parametrize("electrode", ["RA", "LA"])
def test_a_lead_that_the_artefact_spares_shows_the_usual_beats(electrode: str) -> None:
    arm = StripArtefact("tremor", (electrode,), 15, 10, 0.9, 4.2)  # type: ignore[arg-type]
    found, _ = marching(strip_of(StripPassage("sinus", 40, 76), artefacts=(arm,)))
    assert found is not None
    assert found.clear_lead == {"RA": "III", "LA": "II"}[electrode]


def test_an_artefact_in_all_leads_leaves_the_notches_alone() -> None:
    arms = StripArtefact("tremor", ("RA", "LA"), 15, 10, 0.9, 4.2)
    found, _ = marching(strip_of(StripPassage("sinus", 40, 76), artefacts=(arms,)))
    assert found is not None
    assert found.clear_lead is None


def test_beats_of_a_fast_rate_never_rule_a_tachycardia_out() -> None:
    found, _ = marching(strip_of(StripPassage("sinus", 40, 120), artefacts=(ARM,)))
    assert found is not None
    assert found.clear_lead is None


@pytest.mark.parametrize("leads", [TWELVE_LEADS, ("II", "V1"), ("II",)])
@pytest.mark.parametrize("artefacts", [(), (StripArtefact("tremor", ("RA",), 12, 16, 0.3, 4.2),)])
@pytest.mark.parametrize(
    ("mechanism", "rate_bpm", "beat"),
    [
        ("ventricular", 120, "left_apical"),
        ("ventricular", 152, "outflow_tract"),
        ("ventricular", 190, "left_apical"),
        ("torsades", 220, "polymorphic"),
        ("ventricular_fibrillation", 300, "normal"),
    ],
)
def test_true_ventricular_rhythms_are_not_marched_through(
    mechanism: str, rate_bpm: float, beat: str, leads: tuple[str, ...], artefacts: tuple[StripArtefact, ...]
) -> None:
    tachycardia = StripPassage(mechanism, 10, rate_bpm, beats=(beat,), p_rate_bpm=76)  # type: ignore[arg-type]
    strip = strip_of(StripPassage("sinus", 15, 76), tachycardia, StripPassage("sinus", 15, 76), artefacts=artefacts)
    for span in (SPAN, VentricularSpan(14, 26, True, 0.8, 0.2), VentricularSpan(19, 25, True, 0.8, 0.2)):
        assert marching(strip, leads, span)[0] is None


@pytest.mark.parametrize("beat", ["left_apical", "outflow_tract", "lbbb"])
def test_a_tachycardia_of_which_a_part_is_named_does_not_march_through_itself(beat: str) -> None:
    tachycardia = StripPassage("ventricular", 40, 118, beats=(beat,), p_rate_bpm=70)
    assert marching(strip_of(tachycardia))[0] is None


@pytest.mark.parametrize("rate_bpm", [118, 128, 140])
@pytest.mark.parametrize("beat", ["left_apical", "outflow_tract"])
def test_a_slow_tachycardia_beside_a_sinus_tachycardia_stays(beat: str, rate_bpm: float) -> None:
    sinus = StripPassage("sinus", 15, 112)
    strip = strip_of(sinus, StripPassage("ventricular", 10, rate_bpm, beats=(beat,), p_rate_bpm=112), sinus)
    assert marching(strip)[0] is None


def test_a_tachycardia_at_twice_the_sinus_rate_and_of_its_shape_stays() -> None:
    fast = StripPassage("ventricular", 10, 150, beats=("lbbb",))
    slow = [StripPassage("sinus", 15, 75, beats=("lbbb",)) for _ in range(2)]
    assert marching(strip_of(slow[0], fast, slow[1]))[0] is None


def test_fibrillation_around_the_span_shows_no_usual_beat() -> None:
    strip = strip_of(StripPassage("fibrillation", 40, 90, irregular=0.25), artefacts=(ARM,))
    assert marching(strip)[0] is None


def agreed(artefact: StripArtefact, *, paced: bool = False) -> tuple[list[str], Int64Array, Int64Array]:
    recording, beat = drawn(strip_of(StripPassage("sinus", 40, 76), artefacts=(artefact,)))
    inside = (beat >= SPAN.start_s * FS_HZ) & (beat < SPAN.stop_s * FS_HZ)
    shaken = np.arange(round(SPAN.start_s * FS_HZ), round(SPAN.stop_s * FS_HZ), 119)
    given = np.sort(np.concatenate([beat[~inside], shaken]))
    detection = Detection(given, np.full((40, 12), USABLE, dtype=np.uint8))
    result = agree(recording, detection, [SPAN], paced=paced)
    return [f"{span.kind}: {span.reason}" for span in result.spans], result.sample, beat


def test_agreement_takes_the_beats_and_names_no_tachycardia_where_a_lead_is_spared() -> None:
    named, sample, beat = agreed(ARM)
    assert named == []
    assert len(sample) == len(beat)
    assert np.abs(sample - beat).max() <= 0.04 * FS_HZ


def test_agreement_leaves_the_tachycardia_possible_where_all_leads_shake() -> None:
    (named,), sample, beat = agreed(StripArtefact("tremor", ("RA", "LA"), 15, 10, 0.9, 4.2))
    assert named.startswith("POSSIBLE_VT: 10 complexes like the usual ones march through at 76 bpm")
    assert len(sample) == len(beat)


def test_in_paced_recordings_nothing_is_taken_back() -> None:
    named, _, _ = agreed(ARM, paced=True)
    assert [one.partition(":")[0] for one in named] == ["VT"]
