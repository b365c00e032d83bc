"""The patient's diary: texts of the file, and what people add."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.errors import RecordingError
from ecg_core.privacy import deidentified
from ecg_core.recording import Annotations, Identity, Recording, from_array
from ecg_core.review import diary as module
from ecg_core.review.diary import diary, file_diary
from ecg_core.review.span_notes import SpanNote


def recording_with(*marks: tuple[int, str, str], format_name: str = "WFDB", **fields: object) -> Recording:
    made = from_array(np.zeros((6000, 1)), 100.0)
    annotations = Annotations(
        "notes",
        np.array([sample for sample, _, _ in marks], dtype=np.int64),
        np.array([symbol for _, symbol, _ in marks], dtype=str),
        tuple(text for _, _, text in marks),
    )
    told = {"load_annotations": lambda _: annotations, "annotation_names": ("notes",), "format_name": format_name}
    result = replace(made, **told, **fields)
    result.__dict__["sha256"] = made.sha256
    return result


def test_comments_are_entries_and_beats_and_rhythms_are_none() -> None:
    found = file_diary(
        recording_with((10, "N", ""), (100, '"', "palpitations\non stairs"), (200, "+", "(AFIB"), (300, '"', "  "))
    )
    assert [(one.kind, one.start_sample, one.stop_sample, one.text) for one in found.entries] == [
        ("diary", 100, 100, "palpitations on stairs")
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Patient event", "button"),
        ("EVENT BUTTON PRESSED", "button"),
        ("event marker 3", "button"),
        ("Symptom #2", "button"),
        ("event: chest pain", "diary"),
        ("chest pain", "diary"),
        ("TS", "note"),
        ("MISSB", "note"),
    ],
)
def test_button_presses_and_codes_are_told_from_what_the_patient_wrote(text: str, kind: str) -> None:
    (entry,) = file_diary(recording_with((5, '"', text))).entries
    assert entry.kind == kind


def test_the_length_of_an_edf_annotation_is_that_of_the_entry() -> None:
    (entry,) = file_diary(recording_with((100, '"', "walking (12.5 s)"), format_name="EDF+")).entries
    assert (entry.text, entry.start_sample, entry.stop_sample) == ("walking", 100, 1350)
    (entry,) = file_diary(recording_with((100, '"', "walking (12.5 s)"))).entries
    assert (entry.text, entry.stop_sample) == ("walking (12.5 s)", 100)


def test_names_do_not_get_through_deidentification() -> None:
    recording = recording_with((5, '"', "Mrs Zwiebelmann climbed stairs"), identity=Identity(name="Zwiebelmann"))
    (entry,) = file_diary(deidentified(recording)).entries
    assert "Zwiebelmann" not in entry.text
    assert "stairs" in entry.text
    (shown,) = file_diary(deidentified(recording, free_text=True)).entries
    assert "Zwiebelmann" not in shown.text
    assert "climbed stairs" in shown.text


def test_what_cannot_be_read_or_is_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_: str) -> Annotations:
        raise RecordingError("x.atr is damaged.")

    found = file_diary(replace(recording_with(), load_annotations=damaged))
    assert found.entries == ()
    assert "x.atr is damaged" in found.problems[0]
    monkeypatch.setattr(module, "MAX_FILE_ENTRIES", 2)
    found = file_diary(recording_with(*((at, '"', f"walk {at}") for at in range(5))))
    assert [one.text for one in found.entries] == ["walk 0", "walk 1"]
    assert "holds 5 texts" in found.problems[0]


def test_notes_of_people_stand_among_them_unless_withdrawn() -> None:
    of_file = file_diary(recording_with((100, '"', "dizzy")))
    given = ("u1", "a" * 64, "button", 50, 50, "", "Ann", "2026-01-01T00:00:00Z")
    note = SpanNote(1, *given, None, None)  # type: ignore[arg-type]
    withdrawn = replace(note, uuid="u2", withdrawn_by="Ben", withdrawn_at="2026")
    found = diary(of_file, [note, withdrawn])
    assert [(one.origin, one.title, one.person) for one in found] == [
        ("person", "Button press", "Ann"),
        ("file", "Diary entry", ""),
    ]
