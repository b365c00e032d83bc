"""Cases that teachers add: from a script, or from a recording without what says whose it is."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.recording import Identity
from ecg_core.sources.demos import open_demo
from ecg_core.teaching.adding import add_case, name_from
from ecg_core.teaching.checking import check_case
from ecg_core.teaching.library import case_as_toml, case_library, own_cases_folder, parse_case
from ecg_core.teaching.signals import case_header, write_case

DATA: dict[str, Any] = {
    "title": "Woman of 50, tired",
    "topic": "AV block",
    "level": "student",
    "history": "A woman of 50 is tired. Her pulse is 40.",
    "objectives": ["Find the second P wave."],
    "diagnosis": "Second-degree AV block, 2:1.",
    "explanation": "Every second P wave is conducted.",
    "criteria": [{"text": "P waves without QRS complex", "measure": "p_without_qrs", "above": 3}],
    "sources": ["kusumoto2019"],
}
SIGNAL = {"passages": [{"mechanism": "sinus", "seconds": 10, "rate_bpm": 80, "conduction": [0, -1]}]}


def test_a_case_from_a_script_is_kept_and_checked_like_the_others() -> None:
    added = add_case("my_block", DATA | {"signal": SIGNAL, "truth": {"rhythms": ["BII"]}})
    library = case_library()
    assert added.own
    assert library.cases["my_block"].text == added.text
    assert check_case(added, library, None).passed
    assert open_recording(case_header(added)).duration_s == 10


def test_a_script_whose_truth_was_not_generated_fails_the_check() -> None:
    added = add_case("my_block", DATA | {"signal": SIGNAL, "truth": {"rhythms": ["AFIB"]}})
    (problem,) = check_case(added, case_library(), None).problems
    assert "AFIB" in problem
    assert "BII" in problem


def test_a_recording_loses_what_says_whose_it_is_and_keeps_signal_and_truth() -> None:
    recording = replace(open_demo("demo_pvc"), identity=Identity(name="Erika Muster", patient_id="P-4711"))
    marks = recording.annotations("atr")
    added = add_case("my_beats", DATA | {"criteria": []}, recording, marks, (10.0, 40.0))
    kept = open_recording(case_header(added))
    assert kept.duration_s == pytest.approx(30, abs=0.01)
    np.testing.assert_allclose(kept.read(0, 360), recording.read(3600, 3960), atol=0.01)
    truth = kept.annotations(kept.annotation_names[0])
    assert truth is not None
    assert "V" in truth.symbol
    for file in added.folder.iterdir():
        content = file.read_bytes()
        assert b"Muster" not in content
        assert b"4711" not in content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"level": "professor"}, "level"),
        ({"history": ""}, "history"),
        ({"colour": "red"}, "colour"),
        ({"signal": {"passages": []}}, "passages"),
        ({"signal": {"passages": [{"mechanism": "sinus", "seconds": 10, "beats": ["wobbly"]}]}}, "wobbly"),
        ({"look_alikes": [{"case": "no_such_case", "difference": "None at all."}]}, "no_such_case"),
        ({"recording": {"file": "../../etc/passwd"}}, "recording.file"),
    ],
)
def test_a_wrong_field_is_one_sentence_and_leaves_nothing(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SourceError) as caught:
        add_case("my_block", {**DATA, "signal": SIGNAL, **change})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1500
    assert not (own_cases_folder() / "my_block").exists()


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(SourceError, match="already"):
        add_case("wenckebach", DATA | {"signal": SIGNAL})


def test_a_folder_with_a_broken_case_is_named_and_the_others_stay() -> None:
    folder = own_cases_folder() / "broken"
    folder.mkdir(parents=True)
    (folder / "case.toml").write_text("title = ")
    library = case_library()
    assert "broken" in library.problems
    assert "wenckebach" in library.cases


def test_text_survives_being_written() -> None:
    data = DATA | {"title": 'Quote " and \\ and ä', "signal": SIGNAL}
    assert parse_case(tomllib.loads(case_as_toml(data)), "x") == parse_case(data, "x")


def test_names_are_made_of_plain_letters() -> None:
    assert name_from("Wolff-Parkinson-White, 2:1!") == "wolff_parkinson_white_2_1"
    assert name_from("123") == ""


def test_a_written_case_has_signal_truth_and_waves(tmp_path: Path) -> None:
    header = write_case(case_library().find("wenckebach"), tmp_path, "wenckebach")
    recording = open_recording(header)
    truth = recording.annotations("atr")
    assert truth is not None
    assert "BII" in {name for _, name in truth.rhythms()}
    assert (truth.symbol == "p").sum() >= 2
    assert (tmp_path / "wenckebach.waves.csv").read_text().startswith("sample,lead")
    again = write_case(case_library().find("wenckebach"), tmp_path / "again", "wenckebach")
    assert again.with_suffix(".dat").read_bytes() == header.with_suffix(".dat").read_bytes()
