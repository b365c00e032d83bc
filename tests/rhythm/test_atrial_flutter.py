"""Atrial flutter: named where its waves show, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_core.analysis import analyse
from ecg_core.beats import UNREADABLE, USABLE
from ecg_core.formats import open_recording
from ecg_core.pacing import find_beats_and_spikes
from ecg_core.recording import from_array
from ecg_core.rhythm import assessed_kinds, episodes, rhythm_changes, summary
from ecg_core.rhythm.atrial_flutter import flutter_limits, flutter_spans, told_apart
from ecg_core.rhythm.episode_types import Span
from ecg_core.synthesis import Passage, Scenario, Synthetic, generate
from ecg_core.synthesis.strip import Strip, StripEctopy, StripPassage
from ecg_core.synthesis.strip_drawing import FS_HZ as STRIP_HZ
from ecg_core.synthesis.strip_drawing import draw_strip
from ecg_core.synthesis.tracing import TWELVE_LEADS

pytestmark = pytest.mark.slow

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
HOLTER = ("MLII", "V1")
FS_HZ = 250.0
CHANGING = (2, 4, 3, 4, 2, 3)


def made(*events: Passage, leads: tuple[str, ...] = TWELVE, rate_bpm: float = 72, seconds: float = 90) -> Synthetic:
    return generate(
        Scenario("flutter", "", rate_bpm=rate_bpm, lead_names=leads, fs_hz=FS_HZ, events=events), seconds, 3
    )


def flutter(per_min: float, *conduction: int, at_s: float = 0.0, seconds: float = 200.0) -> Passage:
    return Passage(at_s, seconds, rate_bpm=per_min, rhythm="flutter", conduction=conduction)


def found(synthetic: Synthetic, added_mv: np.ndarray | float = 0.0, *, unreadable: tuple[int, ...] = ()) -> list[Span]:
    signal = (synthetic.signal + added_mv).astype(np.float32)
    recording = from_array(signal, FS_HZ, list(synthetic.lead_names))
    beats = synthetic.annotations.beats()[0]
    quality = np.full((int(np.ceil(recording.duration_s)), signal.shape[1]), USABLE, dtype=np.uint8)
    quality[:, list(unreadable)] = UNREADABLE
    return flutter_spans(recording, beats, quality, np.ones(len(beats), dtype=np.float32))


def of_strip(passage: StripPassage) -> list[Span]:
    made = draw_strip(Strip((passage,), seed=33))
    beats = np.asarray(made.tracing.waves.beat, dtype=np.int64)
    quality = np.full((int(passage.seconds), 12), USABLE, dtype=np.uint8)
    recording = from_array(made.signal_mv, STRIP_HZ, TWELVE_LEADS)
    return flutter_spans(recording, beats, quality, np.ones(len(beats), dtype=np.float32))


@pytest.mark.parametrize("leads", [TWELVE, HOLTER, ("MLII",)])
@pytest.mark.parametrize("per_min", [230.0, 280.0, 330.0])
def test_flutter_with_changing_conduction_is_named_with_its_rate(per_min: float, leads: tuple[str, ...]) -> None:
    (span,) = found(made(flutter(per_min, *CHANGING), leads=leads))
    assert span.kind == "AFL"
    assert (span.stop_sample - span.start_sample) / FS_HZ > 80
    rate = float(span.reason.removeprefix("atrial rate ").split(" ")[0])
    assert rate == pytest.approx(per_min, abs=3)
    assert "2:1 to 4:1" in span.reason


@pytest.mark.parametrize(("per_min", "ratio"), [(250, 2), (330, 2), (290, 3), (290, 4)])
def test_typical_flutter_with_fixed_conduction_needs_the_leads_that_show_it(per_min: float, ratio: int) -> None:
    (span,) = found(made(flutter(per_min, ratio)))
    assert f"{ratio}:1" in span.reason
    assert found(made(flutter(per_min, ratio), leads=HOLTER)) == []
    assert "regular 2:1 to 4:1 conduction is not told" in flutter_limits(HOLTER)
    assert "V1" in flutter_limits(TWELVE)


@pytest.mark.parametrize("rate_bpm", [50, 75, 100, 125, 150, 170])
def test_sinus_rhythm_is_no_flutter_at_any_rate(rate_bpm: float) -> None:
    assert found(made(rate_bpm=rate_bpm, leads=TWELVE)) == []
    assert found(made(rate_bpm=rate_bpm, leads=HOLTER)) == []


def test_fibrillation_is_no_flutter() -> None:
    for leads in (TWELVE, HOLTER):
        assert found(made(Passage(0, 200, rate_bpm=105, rhythm="afib"), leads=leads)) == []


@pytest.mark.parametrize("coupling_ms", [440, 480, 520, 560])
@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("rate_bpm", [66, 78])
def test_atrial_bigeminy_and_trigeminy_are_no_flutter(rate_bpm: float, every: int, coupling_ms: float) -> None:
    ectopy = StripEctopy(every=every, origin="atrial", coupling_ms=coupling_ms)
    assert of_strip(StripPassage("sinus", 20, rate_bpm, ectopy=(ectopy,))) == []


@pytest.mark.parametrize("rate_bpm", [105, 115, 125, 136, 145])
@pytest.mark.parametrize(("beat", "pr_ms"), [("newborn", 100), ("child", 120)])
def test_the_p_and_t_waves_of_children_are_no_flutter_waves(beat: str, pr_ms: float, rate_bpm: float) -> None:
    assert of_strip(StripPassage("sinus", 15, rate_bpm, beats=(beat,), pr_ms=pr_ms)) == []


@pytest.mark.parametrize("rate_bpm", [280, 300, 330])
def test_strips_of_flutter_are_flutter(rate_bpm: float) -> None:
    assert len(of_strip(StripPassage("flutter", 20, rate_bpm, conduction=(2,)))) == 1


def test_a_tremor_of_the_rate_of_flutter_is_none() -> None:
    for leads in (TWELVE, HOLTER):
        quiet = made(leads=leads, rate_bpm=68)
        rng = np.random.default_rng(5)
        n = len(quiet.signal)
        for per_min in (250.0, 300.0):
            turns = per_min / 60 * np.arange(n) / FS_HZ + np.cumsum(0.004 * rng.standard_normal(n))
            tremor = 0.15 * np.sin(2 * np.pi * turns)[:, None]
            assert found(quiet, tremor) == []


def test_only_the_flutter_within_other_rhythm_is_named() -> None:
    (span,) = found(made(flutter(300, *CHANGING, at_s=40, seconds=60), leads=HOLTER, seconds=140))
    assert span.start_sample / FS_HZ == pytest.approx(40, abs=10)
    assert span.stop_sample / FS_HZ == pytest.approx(100, abs=10)


def test_scale_polarity_and_lead_order_do_not_matter() -> None:
    given = made(flutter(300, *CHANGING))
    (plain,) = found(given)
    (inverted,) = found(given, -3 * given.signal)
    assert (plain.start_sample, plain.stop_sample) == (inverted.start_sample, inverted.stop_sample)
    order = np.arange(12)[::-1]
    recording = from_array(given.signal[:, order].copy(), FS_HZ, [TWELVE[place] for place in order])
    beats = given.annotations.beats()[0]
    quality = np.full((90, 12), USABLE, dtype=np.uint8)
    (turned,) = flutter_spans(recording, beats, quality, np.ones(len(beats), dtype=np.float32))
    assert turned.start_sample == plain.start_sample


def test_leads_that_cannot_be_read_show_nothing() -> None:
    given = made(flutter(290, 3))
    assert found(given, unreadable=(TWELVE.index("V1"),)) == []
    assert found(given, unreadable=(TWELVE.index("III"),))
    assert found(made(flutter(300, *CHANGING)), unreadable=tuple(range(12))) == []


def test_no_window_that_touches_a_ventricular_rhythm_is_looked_at() -> None:
    given = made(flutter(300, *CHANGING), leads=HOLTER)
    recording = from_array(given.signal, FS_HZ, list(HOLTER))
    beats = given.annotations.beats()[0]
    quality = np.full((90, 2), USABLE, dtype=np.uint8)
    danger = Span(0, round(60 * FS_HZ), "VT", "", "signal")
    spans = flutter_spans(recording, beats, quality, np.ones(len(beats), dtype=np.float32), [danger])
    assert spans
    assert all(span.start_sample >= danger.stop_sample for span in spans)


def test_fibrillation_is_cut_to_what_is_not_flutter() -> None:
    whole = Span(0, 1000, "AFIB", "RR irregular", "beats")
    left, joined = told_apart([whole], [Span(400, 960, "AFL", "", "signal")], 100)
    assert [(span.start_sample, span.stop_sample) for span in left] == [(0, 400)]
    assert [(span.start_sample, span.stop_sample) for span in joined] == [(400, 1000)]
    apart = Span(2000, 3000, "AFIB", "RR irregular", "beats")
    assert told_apart([apart], joined, 100) == ([apart], joined)


def test_the_whole_analysis_names_fibrillation_and_flutter_apart() -> None:
    script = (
        Passage(20, 150, rate_bpm=110, rhythm="afib"),
        flutter(300, *CHANGING, at_s=170, seconds=150),
    )
    given = made(*script, leads=HOLTER, seconds=360)
    result = analyse(from_array(given.signal, FS_HZ, list(HOLTER)), group=False, cache=False)
    (afl,) = result.episodes[result.episodes["kind"] == "AFL"].itertuples()
    assert afl.start_sample / FS_HZ == pytest.approx(170, abs=15)
    assert afl.stop_sample / FS_HZ == pytest.approx(320, abs=15)
    for af in result.episodes[result.episodes["kind"] == "AFIB"].itertuples():
        assert af.stop_sample <= afl.start_sample or af.start_sample >= afl.stop_sample
    names = [name for _, name in rhythm_changes(result.episodes)]
    assert "(AFL" in names
    told = assessed_kinds(result)
    assert "AFL" in told.assessed
    assert "atrial flutter (only with conduction that changes" in told.checked


def test_no_flutter_found_is_no_count_of_zero() -> None:
    given = made(leads=HOLTER, rate_bpm=64, seconds=40)
    result = analyse(from_array(given.signal, FS_HZ, list(HOLTER)), group=False, cache=False)
    assert result.summary.n_by_kind["AFL"] is None
    assert result.summary.afl_share is None


def test_the_share_of_flutter_stands_beside_that_of_fibrillation() -> None:
    sample = np.arange(1, 201) * 200
    beats = pd.DataFrame({"sample": sample, "label": ["N"] * 200})
    named = [Span(0, 20_000, "AFL", "atrial rate 300 /min", "signal")]
    rows = episodes(beats, FS_HZ, 40_500, spans=named)
    result = summary(beats, rows, FS_HZ, 40_500)
    assert result.afl_share == pytest.approx(0.5, abs=0.01)
    assert result.af_share == 0
    assert result.n_by_kind["AFL"] == 1


def test_a_fast_rate_says_that_regular_flutter_is_not_ruled_out() -> None:
    def reasons(rr_samples: int) -> str:
        beats = pd.DataFrame({"sample": np.arange(1, 301) * rr_samples, "label": ["N"] * 300})
        rows = episodes(beats, FS_HZ, 301 * rr_samples)
        return " ".join(rows.loc[rows["kind"] == "TACHY", "reason"])

    assert "2:1 conduction not ruled out" in reasons(100)
    assert reasons(140)
    assert "flutter" not in reasons(140)


RECORDS = {
    "ludb/data/35": 290,
    "ludb/data/103": 272,
    "ptbxl/00017_hr": 280,
    "ptbxl/00023_hr": 255,
    "ludb/data/51": None,
    "ptbxl/00101_hr": None,
    "rhythm12/HR06003": None,
    "rhythm12/E07502": None,
}
"""Flutter with the atrial rate read by hand; fibrillation and sinus tachycardia without."""


@pytest.mark.parametrize(("record", "per_min"), RECORDS.items())
def test_twelve_lead_recordings(record: str, per_min: float | None) -> None:
    header = Path(os.environ.get("ECG_DATA", "")) / f"{record}.hea"
    if not header.is_file():
        pytest.skip(f"no {record} below ECG_DATA")
    recording = open_recording(header)
    detection, _ = find_beats_and_spikes(recording)
    irregular = np.ones(len(detection.sample), dtype=np.float32)
    spans = flutter_spans(recording, detection.sample, detection.quality, irregular)
    if per_min is None:
        assert spans == []
    else:
        (span,) = spans
        assert float(span.reason.removeprefix("atrial rate ").split(" ")[0]) == pytest.approx(per_min, abs=5)
