"""A recording that ends early opens up to where it is whole, and says so: every format, cut at many places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from security.samples import Sample, real_samples, written_samples

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording
from ecg_core.recording import Recording

pytestmark = pytest.mark.slow

SHARES = (0.999, 0.97, 0.9, 0.75, 0.5, 0.3, 0.1, 0.02, 0.0)
COMPRESSED = {"mat5", "parquet", "wfdb-516"}
"""Formats of which a part cannot be had: their description stands at the end, or all samples are packed in one."""


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    return {sample.name: sample for sample in written_samples(tmp_path_factory.mktemp("written") / "made")}


def opened(sample: Sample, folder: Path, files: dict[str, bytes]) -> Recording | None:
    """Open a sample with other files in place of its own; None after a clear sentence."""
    folder.mkdir()
    path = Sample(sample.name, files, sample.opened).write(folder)
    try:
        return open_recording(path, layout=sample.layout)
    except RecordingError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert len(sentence) < 600
        assert path.stem in sentence
        return None


def check_cuts(sample: Sample, folder: Path, shares: tuple[float, ...] = SHARES) -> list[float]:
    """Cut each file of samples at many places; returns how much of the recording was left each time."""
    whole = opened(sample, folder / "whole", sample.files)
    assert whole is not None
    values = whole.read()
    left = []
    for name in sample.cut:
        for share in shares:
            content = sample.files[name]
            files = {**sample.files, name: content[: int(share * len(content))]}
            cut = opened(sample, folder / f"{name}-{share}", files)
            if cut is None:
                continue
            try:
                signal = cut.read()
            except RecordingError as error:
                assert str(error).endswith(".")
                continue
            assert cut.fs_hz == whole.fs_hz
            common = [lead for lead in cut.lead_names if lead in whole.lead_names]
            assert common == list(cut.lead_names)
            expected = values[: cut.n_samples, [whole.lead_names.index(lead) for lead in common]]
            signal = signal[: len(expected)]  # a calibration pulse that no second lead gives away
            held = np.isfinite(signal)
            # What is there is what was there; what is not is a gap and never another value.
            np.testing.assert_array_equal(signal[held], expected[held])
            missing = np.isfinite(expected) & ~held
            shorter = cut.n_samples < whole.n_samples or len(common) < len(whole.leads) or missing.any()
            at_a_row = name.endswith(".csv") and files[name].endswith(b"\n")  # nothing tells that there was more
            if shorter and not at_a_row:
                assert set(cut.notes) - set(whole.notes), f"{name} cut to {share}: {cut.notes}"
            left.append(held.sum() / max(np.isfinite(values).sum(), 1))
    return left


NAMES = (
    *(f"wfdb-{fmt}" for fmt in ("16", "212", "80", "24", "32", "516")),
    *("wfdb-segments", "edf", "bdf", "ishne", "dicom", "scp", "muse", "philips", "philips-xli", "aecg"),
    *("csv", "parquet", "npy", "mat4", "mat5"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_written_recording_that_was_cut_off(written: dict[str, Sample], tmp_path: Path, name: str) -> None:
    left = check_cuts(written[name], tmp_path)
    if name not in COMPRESSED:
        assert max(left, default=0) > 0.4


@pytest.mark.data
@pytest.mark.slow
def test_a_real_recording_that_was_cut_off(ecg_data: Path, tmp_path: Path) -> None:
    for number, sample in enumerate(real_samples(ecg_data / "formats")):
        (tmp_path / str(number)).mkdir()
        try:
            whole = open_recording(sample.write(tmp_path / str(number)))
        except RecordingError:
            continue
        if whole.n_samples * len(whole.leads) > 5_000_000:
            continue
        check_cuts(sample, tmp_path / str(number), (0.97, 0.6, 0.2))
