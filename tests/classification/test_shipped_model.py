"""What the shipped classifier says does not depend on how the heart was recorded, and noise is not named."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.analysis import find_beats
from ecg_core.beats import CLASSES, to_aami
from ecg_core.classification.inference import Plan
from ecg_core.classification.model import BeatModel, load_model
from ecg_core.recording import from_array
from ecg_core.signal.resampling import resample
from ecg_core.synthesis import Synthetic, generate, scenarios

pytestmark = pytest.mark.tensorflow

Q = CLASSES.index("Q")


@pytest.fixture(scope="module")
def model() -> BeatModel:
    return load_model()


@pytest.fixture(scope="module", params=["demo_pvc", "demo_pac"])
def heart(request: pytest.FixtureRequest) -> Synthetic:
    return generate(scenarios()[request.param], duration_s=290, seed=11)


def said(model: BeatModel, signal: np.ndarray, samples: np.ndarray, fs_hz: float) -> np.ndarray:
    recording = from_array(np.ascontiguousarray(signal, dtype=np.float32), fs_hz)
    return model.classify(recording, samples).argmax(axis=1)


@pytest.fixture(scope="module")
def usual(model: BeatModel, heart: Synthetic) -> np.ndarray:
    return said(model, heart.signal, heart.annotations.beats()[0], heart.fs_hz)


def test_it_knows_most_beats_of_a_clean_recording(heart: Synthetic, usual: np.ndarray) -> None:
    truth = np.array([CLASSES.index(label) for label in to_aami(heart.annotations.beats()[1])])
    known = truth < 3
    assert (usual[known] == truth[known]).mean() > 0.95


@pytest.mark.parametrize("change", ["ten times", "a tenth", "upside down", "leads reversed", "an offset"])
def test_gain_polarity_offset_and_order_of_leads_do_not_matter(
    model: BeatModel, heart: Synthetic, usual: np.ndarray, change: str
) -> None:
    signal = {
        "ten times": 10 * heart.signal,
        "a tenth": heart.signal / 10,
        "upside down": -heart.signal,
        "leads reversed": heart.signal[:, ::-1],
        "an offset": heart.signal + 2.0,
    }[change]
    assert (said(model, signal, heart.annotations.beats()[0], heart.fs_hz) == usual).mean() > 0.97


@pytest.mark.parametrize("fs_hz", [128.0, 250.0, 500.0])
def test_the_rate_does_not_matter(model: BeatModel, heart: Synthetic, usual: np.ndarray, fs_hz: float) -> None:
    samples = np.rint(heart.annotations.beats()[0] / heart.fs_hz * fs_hz).astype(np.int64)
    other = said(model, resample(heart.signal, heart.fs_hz, fs_hz), samples, fs_hz)
    assert (other == usual).mean() > 0.97


def test_half_precision_names_every_beat_the_same(model: BeatModel, heart: Synthetic, usual: np.ndarray) -> None:
    full, half = model.inference, model.inference_by(Plan(half=True))
    assert model.network.get_layer("convolution_1").compute_dtype == "float32"
    try:
        model.__dict__["inference"] = half
        np.testing.assert_array_equal(said(model, heart.signal, heart.annotations.beats()[0], heart.fs_hz), usual)
    finally:
        model.__dict__["inference"] = full


def test_a_recording_cut_in_two_says_the_same(model: BeatModel, heart: Synthetic, usual: np.ndarray) -> None:
    samples, middle = heart.annotations.beats()[0], len(heart.signal) // 2
    first = said(model, heart.signal[:middle], samples[samples < middle], heart.fs_hz)
    second = said(model, heart.signal[middle:], samples[samples >= middle] - middle, heart.fs_hz)
    assert (np.concatenate([first, second]) == usual).mean() > 0.95


def test_one_lead_says_what_two_say(model: BeatModel, heart: Synthetic, usual: np.ndarray) -> None:
    assert (said(model, heart.signal[:, :1], heart.annotations.beats()[0], heart.fs_hz) == usual).mean() > 0.95


def test_a_lead_that_is_off_changes_nothing(model: BeatModel, heart: Synthetic, usual: np.ndarray) -> None:
    alone = said(model, heart.signal[:, :1], heart.annotations.beats()[0], heart.fs_hz)
    with_off = np.column_stack([heart.signal[:, 0], np.full(len(heart.signal), np.nan)])
    assert (said(model, with_off, heart.annotations.beats()[0], heart.fs_hz) == alone).mean() > 0.99


def test_a_flat_line_has_no_beats() -> None:
    assert not len(find_beats(from_array(np.zeros((36_000, 2), np.float32), 360.0), cache=False).sample)


@pytest.mark.parametrize("colour", ["white", "brown"])
def test_in_noise_hardly_any_beat_is_claimed_with_confidence(model: BeatModel, colour: str) -> None:
    noise = np.random.default_rng(6).standard_normal((360 * 120, 2))
    noise = noise if colour == "white" else np.cumsum(noise, axis=0) / 20
    recording = from_array(noise.astype(np.float32), 360.0)
    found = find_beats(recording, cache=False)
    if not len(found.sample):
        return
    said_of_them = model.classify(recording, found.sample, found.quality)
    confident = (said_of_them.max(axis=1) > 0.9) & (said_of_them.argmax(axis=1) != Q)
    assert confident.sum() / 2 < 3  # a minute
