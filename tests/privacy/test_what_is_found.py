"""What says whose a recording is, is found in every format, and stands in the identity alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import planting
import pytest
from planting import AGE, BORN, FIRST, LAST, NUMBER, PHYSICIAN, SERIAL, STEP_MV, WRITERS, opened, stored, traces_in

from ecg_core.privacy import Traces, deidentified, labels_found, on_screen, public_name
from ecg_core.recording import Recording

every_format = pytest.mark.parametrize("format", WRITERS)


def said(recording: Recording) -> bytes:
    """Everything that a recording says beside its identity and its files."""
    texts = [
        recording.name,
        *recording.comments,
        *recording.notes,
        *recording.other_channels,
        *(text for lead in recording.leads for text in (lead.name, lead.original_name)),
        *(text for pair in recording.measurements for text in pair),
        *recording.statements,
    ]
    for name in recording.annotation_names:
        found = recording.annotations(name)
        assert found is not None
        texts += [found.name, *found.aux, *found.symbol.tolist()]
    return "\n".join(texts).encode()


@every_format
def test_the_person_the_device_and_the_texts_are_found(tmp_path: Path, format: str) -> None:
    recording = opened(WRITERS[format](tmp_path))
    assert recording.format_name.split("+")[0] in format
    identity = recording.identity
    assert identity is not None
    assert set((identity.name or "").split()) == {FIRST, LAST}
    assert identity.patient_id == NUMBER
    assert identity.birth_date == BORN
    assert SERIAL in f"{identity.device_serial} {identity.device}"
    other = " ".join(text for _, text in identity.other)
    assert PHYSICIAN in other
    assert "Wobblethorpe" in other
    assert not traces_in(f"{identity!r} {recording!r}".encode(), "repr")
    labels = labels_found(identity)
    assert {"name", "patient's number", "birth date"} <= set(labels)
    assert not traces_in(" ".join(labels).encode(), "labels")


@every_format
def test_the_comments_say_nothing_of_it_from_the_start(tmp_path: Path, format: str) -> None:
    recording = opened(WRITERS[format](tmp_path))
    assert not traces_in("\n".join(recording.comments).encode(), "comments")


@every_format
def test_deidentified_says_nothing_of_it_and_keeps_the_signal(tmp_path: Path, format: str) -> None:
    recording = opened(WRITERS[format](tmp_path))
    public = deidentified(recording)
    assert public.identity is None
    assert not traces_in(said(public), format)
    assert "fainted" not in said(public).decode()
    assert "ALBUS" not in said(public).decode()  # named in a statement alone
    assert public.name == public_name(recording) == f"ecg-{recording.sha256[:8]}"
    assert public.sha256 == recording.sha256
    assert (public.fs_hz, public.n_samples, public.start_time) == (
        recording.fs_hz,
        recording.n_samples,
        recording.start_time,
    )
    np.testing.assert_array_equal(public.read(), recording.read())
    np.testing.assert_allclose(public.read(0, 15_000, [0])[:, 0], stored()[:, 0] * STEP_MV, atol=2e-3)
    assert len(set(public.lead_names)) == len(public.lead_names)
    again = deidentified(public)
    assert said(again) == said(public)


@every_format
def test_on_the_screen_the_identity_stands_apart(tmp_path: Path, format: str) -> None:
    recording = opened(WRITERS[format](tmp_path))
    shown = on_screen(recording)
    assert shown.identity == recording.identity
    assert not traces_in(said(shown), format)
    assert shown.sha256 == recording.sha256


def test_annotations_keep_their_places_and_symbols_and_what_they_say_of_the_heart(tmp_path: Path) -> None:
    recording = opened(planting.as_wfdb(tmp_path))
    before, after = recording.annotations(), deidentified(recording).annotations()
    seen = on_screen(recording).annotations()
    assert before is not None
    assert after is not None
    assert seen is not None
    assert after.sample.tolist() == before.sample.tolist() == seen.sample.tolist()
    assert after.symbol.tolist() == ["N", '"', "+"]
    assert before.aux == ("", planting.FALL, "(AFIB")
    assert seen.aux == ("", "[removed] fainted", "(AFIB")
    assert after.aux == ("", "[removed]", "(AFIB")


def test_clinical_comments_codes_and_statements_stay(tmp_path: Path) -> None:
    folder = tmp_path / "muse"
    folder.mkdir()
    assert deidentified(opened(planting.as_muse(folder))).statements == (
        "Confirmed by [removed] (7) on [removed]",
        "Normal sinus rhythm",
    )
    comments = deidentified(opened(planting.as_wfdb(tmp_path))).comments
    assert comments == ("Age: over 89", "Sex: F", "Dx: 426177001", "Left bundle branch block.")


@pytest.mark.parametrize("format", ["DICOM", "SCP-ECG", "GE MUSE XML", "Philips XML", "EDF+", "ISHNE", "WFDB"])
def test_an_age_above_89_is_grouped_and_the_sex_stays(tmp_path: Path, format: str) -> None:
    comments = deidentified(opened(WRITERS[format](tmp_path))).comments
    assert comments[:2] == ("Age: over 89", "Sex: F")
    assert str(AGE) not in "".join(comments)


def test_errors_in_reading_do_not_name_the_file(tmp_path: Path) -> None:
    path = planting.as_edf(tmp_path)
    shown = on_screen(opened(path))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(Exception, match="is shorter than when it was opened") as caught:
        shown.read()
    assert not traces_in(str(caught.value).encode(), "the sentence")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_traces_say_nothing_themselves(tmp_path: Path) -> None:
    traces = Traces.of(opened(planting.as_edf(tmp_path)).identity)
    assert not traces_in(repr(traces).encode(), "repr")
