"""The time-frequency figure: image and map on the same axes, in milliseconds and hertz."""

from __future__ import annotations

import numpy as np

from ecg_core.figures.time_frequency import time_frequency_figure


def test_image_and_map_stand_on_the_same_axes() -> None:
    offsets_s, frequencies_hz = np.array([-0.2, 0.0, 0.2]), np.array([1.0, 20.0])
    image, weights = np.arange(6.0).reshape(2, 3), np.array([[0.0, 1.0, 0.0], [0.0, 0.25, 0.0]])
    below, above = time_frequency_figure(offsets_s, frequencies_hz, image, weights).data
    for trace in (below, above):
        assert list(trace.x) == [-200, 0, 200]
        assert list(trace.y) == [1, 20]
    np.testing.assert_array_equal(below.z, image)
    np.testing.assert_array_equal(above.z, weights)
    assert (above.zmin, above.zmax) == (0, 1)
