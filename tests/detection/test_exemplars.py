"""Candidates are compared with the clear beats of the minutes around, not with what is near and noisy."""

import numpy as np

from ecg_core.detection.exemplars import FEATURES, HOPELESS, match_exemplars

SECOND = 100
SHAPE, BEST, HEIGHT, NEAR, AROUND = range(len(FEATURES))


def candidates(clear_s: float, noisy_s: float) -> dict[str, np.ndarray]:
    """Return a beat a second, first clear, then in noise where every other candidate has a shape of its own."""
    rng = np.random.default_rng(0)
    n_clear, n_noisy = round(clear_s), round(2 * noisy_s)
    position = np.r_[np.arange(n_clear) * SECOND, clear_s * SECOND + np.arange(n_noisy) * SECOND // 2]
    shape = rng.normal(size=(len(position), 1, 5, 3)) + 1j * rng.normal(size=(len(position), 1, 5, 3))
    is_beat = np.r_[np.ones(n_clear, bool), np.arange(n_noisy) % 2 == 0]
    shape[is_beat] = shape[0] * np.exp(1j * rng.uniform(0, 6, size=(is_beat.sum(), 1, 1, 3)))
    shape /= np.sqrt((np.abs(shape) ** 2).sum(axis=2, keepdims=True))
    return {
        "position": position.astype(np.int64),
        "logit": np.r_[np.full(n_clear, 8.0), rng.uniform(-1, 1, n_noisy)].astype(np.float32),
        "shape": shape.astype(np.complex64),
        "log_energy": np.where(is_beat, 0.0, 1.0).astype(np.float32)[:, None],
        "weight": np.ones((len(position), 1), dtype=np.float32),
    }


def test_beat_in_noise_is_known_by_shape_and_height() -> None:
    found = match_exemplars(**candidates(60, 60))
    beats, others = found[60::2], found[61::2]
    assert beats[:, SHAPE].min() > 0.95
    assert others[:, SHAPE].max() < 0.8
    assert np.abs(beats[:, HEIGHT]).max() < 0.1
    assert others[:, HEIGHT].min() > 0.8
    assert beats[10:, NEAR].max() < 0.1 < beats[:, AROUND].min()


def test_height_is_in_units_of_the_clear_beats_so_gain_does_not_matter() -> None:
    given = candidates(60, 30)
    louder = given | {"log_energy": given["log_energy"] + 3}
    assert np.allclose(match_exemplars(**given), match_exemplars(**louder), atol=1e-5)


def test_nothing_is_remembered_from_further_than_the_reach() -> None:
    found = match_exemplars(**candidates(30, 300))
    assert found[30:40, AROUND].min() > 0.5
    assert found[-10:, AROUND].max() == 0
    assert found[-10:, SHAPE].max() == 0


def test_hopeless_candidates_are_left_alone() -> None:
    given = candidates(60, 30)
    given["logit"][70] = HOPELESS - 1
    found = match_exemplars(**given)
    assert found[70, SHAPE] == 0
    assert found[72, SHAPE] > 0.9
