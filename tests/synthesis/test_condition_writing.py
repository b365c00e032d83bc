"""Conditions as records: exact signal, beats, rhythm and waves; the infarction among the demos is stated."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb

from ecg_core.analysis import analyse
from ecg_core.errors import RecordingError
from ecg_core.export.results import WAVE_COLUMNS as EXPORTED_COLUMNS
from ecg_core.export.results import waves_csv
from ecg_core.formats import open_recording
from ecg_core.measurements import measurements_dict
from ecg_core.sources import open_demo
from ecg_core.synthesis.condition_writing import DEMOS, WAVE_COLUMNS, noise_mv, waves_table, write_condition
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of
from ecg_core.synthesis.tracing import TWELVE_LEADS

pytestmark = pytest.mark.slow

RHYTHMS = {
    "normal": "(N",
    "sinus_tachycardia": "(N",
    "sinus_bradycardia": "(SBR",
    "avb1": "(BI",
    "wenckebach": "(BII",
    "avb_2_1": "(BII",
    "avb3_ventricular": "(B3",
    "afib": "(AFIB",
    "flutter": "(AFL",
    "wpw": "(PREX",
    "paced_dual": "(P",
    "stemi_inferior": "(N",
}


def annotation_of(header: Path) -> wfdb.Annotation:
    return wfdb.rdann(str(header.with_suffix("")), "atr")


def test_every_condition_has_the_signal_and_the_beats_of_its_tracing(tmp_path: Path) -> None:
    for name, condition in CONDITIONS.items():
        header = write_condition(name, tmp_path, duration_s=4, seed=3, noise=0)
        tracing = tracing_of(condition, duration_s=4, seed=3)
        record = wfdb.rdrecord(str(header.with_suffix("")))
        assert tuple(record.sig_name) == TWELVE_LEADS
        np.testing.assert_allclose(record.p_signal, tracing.signal_mv, atol=0.5 / 200 + 1e-6)
        found = annotation_of(header)
        beats = [at for at, symbol in zip(found.sample, found.symbol, strict=True) if symbol not in "+p"]
        assert beats == tracing.waves.beat.tolist()
        assert [symbol for symbol in found.symbol if symbol not in "+p"] == tracing.waves.symbol.tolist()


@pytest.mark.parametrize(("name", "rhythm"), RHYTHMS.items())
def test_the_rhythm_stands_at_the_beginning(tmp_path: Path, name: str, rhythm: str) -> None:
    found = annotation_of(write_condition(name, tmp_path))
    assert (found.symbol[0], found.aux_note[0].rstrip("\0")) == ("+", rhythm)
    assert "+" not in found.symbol[1:]


def test_p_waves_that_are_not_conducted_are_marked(tmp_path: Path) -> None:
    found = annotation_of(write_condition("avb_2_1", tmp_path))
    assert 4 <= found.symbol.count("p") <= 8
    assert "p" not in annotation_of(write_condition("normal", tmp_path)).symbol


def test_the_file_of_the_waves_has_the_exact_boundaries_in_the_exported_format(tmp_path: Path) -> None:
    write_condition("stemi_inferior", tmp_path, seed=5)
    text = (tmp_path / "stemi_inferior.waves.csv").read_text()
    tracing = tracing_of(CONDITIONS["stemi_inferior"], seed=5)
    assert text == waves_table(tracing)
    table = pd.read_csv(io.StringIO(text))
    assert tuple(table.columns) == ("sample", "lead", *EXPORTED_COLUMNS)
    assert tuple(WAVE_COLUMNS) == EXPORTED_COLUMNS
    assert len(table) == 12 * len(tracing.waves.beat)
    rows = table.iloc[12:24]  # the second beat: none of its waves is cut off
    exact = tracing.waves.boundary[1][:, list(WAVE_COLUMNS.values())]
    np.testing.assert_allclose(rows[list(WAVE_COLUMNS)].to_numpy(dtype=float), exact, atol=0.5, equal_nan=True)


def test_analyse_writes_the_same_columns_for_the_same_leads(tmp_path: Path) -> None:
    header = write_condition("normal", tmp_path)
    recording = open_recording(header)
    analysis = analyse(recording, None, cache=False, waves=True)
    assert analysis.waves is not None
    ours = pd.read_csv(io.StringIO(waves_csv(analysis.waves.waves)))
    truth = pd.read_csv(tmp_path / "normal.waves.csv")
    assert list(ours.columns) == list(truth.columns)
    assert set(ours["lead"]) == set(truth["lead"])
    both = ours.assign(beat=ours.index // 12).merge(truth.assign(beat=truth.index // 12), on=["beat", "lead"])
    assert float((both["qrs_on_x"] - both["qrs_on_y"]).abs().median()) <= 5  # 10 ms


def test_waves_that_the_recording_cuts_off_are_left_out() -> None:
    tracing = tracing_of(CONDITIONS["normal"])
    n_samples = int(tracing.waves.boundary[3, :, 8].min()) - 10  # within the T wave of the fourth beat
    cut = replace(tracing, signal_mv=tracing.signal_mv[:n_samples])
    table = pd.read_csv(io.StringIO(waves_table(cut)))
    fourth = table[table["sample"] == tracing.waves.beat[3]]
    assert fourth[["t_peak", "t_off"]].isna().all(axis=None)
    assert fourth["qrs_on"].notna().all()


def test_limb_leads_obey_einthoven_with_their_noise_too() -> None:
    noise = noise_mv(TWELVE_LEADS, 500.0, 5000, 2, 1.0)
    one, two, three, right, left, foot = noise[:, :6].T
    assert np.allclose(three, two - one)
    assert np.allclose(right, -(one + two) / 2)
    assert np.allclose(left + right + foot, 0)
    assert 0.01 < noise[:, 0].std() < 0.2
    assert np.allclose(noise_mv(TWELVE_LEADS, 500.0, 5000, 2, 3.0), 3 * noise)


def test_seed_noise_and_length_are_those_that_were_asked_for(tmp_path: Path) -> None:
    def written(folder: str, **asked: float) -> bytes:
        return write_condition("lbbb", tmp_path / folder, **asked).with_suffix(".dat").read_bytes()  # type: ignore[arg-type]

    first = written("a", seed=4)
    assert written("b", seed=4) == first
    assert written("c", seed=5) != first
    assert written("d", seed=4, noise=0) != first
    assert len(written("e", seed=4, duration_s=20)) == 2 * len(first)


def test_mistakes_get_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"^There is no condition 'waltz'; choose from normal, .*\.$"):
        write_condition("waltz", tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordingError, match="cannot be written"):
        write_condition("normal", tmp_path / "file")


def test_the_demo_of_an_infarction_is_stated_with_its_reason() -> None:
    (name,) = DEMOS
    recording = open_demo(name)
    told = measurements_dict(recording, analyse(recording, None, cache=False, waves=True))
    assert told is not None
    first = told["interpretation"]["statements"][0]
    assert (first["code"], first["severity"]) == ("STE_INFERIOR", "critical")
    assert any(lead in first["reason"] for lead in ("II", "III", "aVF"))
    assert told["leads"]["III"]["j_mv"]["value"] > 0.1
    assert told["leads"]["aVL"]["j_mv"]["value"] < 0
