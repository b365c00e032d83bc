"""Maps of several beats at once."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.classification.model import load_model
from ecg_core.explanation import maps_of_beats
from ecg_core.formats import open_recording
from ecg_core.sources.demos import demo_folder


@pytest.mark.tensorflow
def test_beats_cut_out_of_one_span_give_the_same_maps_as_one_by_one() -> None:
    model, recording = load_model(), open_recording(demo_folder() / "demo_pvc.hea")
    samples = recording.annotations().beats()[0]  # type: ignore[union-attr]
    reference = model.lead_reference(recording, samples)
    indices = [0, 1, 100, 101, len(samples) - 1]
    targets = ["N", "V", "S", "N", "V"]
    together = maps_of_beats(recording, samples, indices, targets, model, reference)
    assert [found.index for found in together] == indices
    for found, target in zip(together, targets, strict=True):
        (one,) = maps_of_beats(recording, samples, [found.index], [target], model, reference)
        assert found.start_sample == one.start_sample
        # The span decides where the samples at the model's rate lie, to a fraction of one.
        np.testing.assert_allclose(found.weights, one.weights, atol=0.05)
    assert maps_of_beats(recording, samples, [], [], model, reference) == []
