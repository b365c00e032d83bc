"""About a file, and whom it names: once, to the person who loaded it, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from desk_client import DeskClient

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording
from ecg_core.recording import Annotations, Identity, Lead, Recording, from_array
from pages.api.file_details import about, identity_lines
from pages.services import identity_disclosure, workspace
from pages.services.tokens import issue_token
from pages.services.workspace import OpenedRecording

PLANTED = Identity(
    name="Zwetschke Adalbert",
    patient_id="PID-99-771",
    birth_date=date(1931, 4, 5),
    sex="M",
    age_years=94,
    device="Cartograph 9",
    device_serial="SER-4711",
    other=(("Ward", "West 3"), ("Remark", "<b>mind\u202ethe dog</b>\x00" + "x" * 100_000)),
)
SECRETS = ("Zwetschke", "PID-99-771", "1931", "SER-4711", "West 3", "the dog")


@pytest.fixture(autouse=True)
def _nothing_shown() -> Iterator[None]:
    identity_disclosure.forget_shown_identities()
    yield
    identity_disclosure.forget_shown_identities()


def marks(name: str) -> Annotations:
    if name == "broken":
        raise RecordingError("x.broken is damaged; fetch it again.")
    n = {"first": 3, "second": 5}[name]
    symbol = np.array(["+", *["N"] * (n - 1)])
    return Annotations(name, np.arange(n, dtype=np.int64) * 100, symbol, ("(N", *[""] * (n - 1)))


def named_recording(source: str = "local") -> Recording:
    recording = from_array(np.zeros((5000, 2)), 250.0, ["II", "V1"], "walnut")
    return replace(
        recording,
        leads=(Lead("II"), Lead("V1", calibrated=False, original_name="MDC_ECG_LEAD_V1")),
        identity=PLANTED,
        source=source,
        format_name="EDF+",
        notes=("It ends early.", "long " * 1000),
        other_channels=("resp",),
        measurements=(("QRS duration", "98 ms"),),
        statements=("<i>Sinus rhythm</i>",),
        load_annotations=marks,
        annotation_names=("first", "second", "broken"),
        user_metadata=(("unit", "mV"),),
    )


def opened(source: str = "local", where: str = "walnut.edf") -> OpenedRecording:
    recording = named_recording(source)
    recording.__dict__["sha256"] = "ab" * 32
    return workspace.in_workspace(OpenedRecording(f"{source}/walnut", recording, (where, 1, 2)))


def page(of: OpenedRecording, *, loads: bool) -> DeskClient:
    return DeskClient(of, token=issue_token(of, loads=loads))


def test_a_file_tells_its_format_leads_findings_and_annotations() -> None:
    told = page(opened(), loads=False).ask("file").json()
    assert told["format"] == "EDF+"
    assert told["leads"] == [
        {"name": "II", "original": "II", "calibrated": True},
        {"name": "V1", "original": "MDC_ECG_LEAD_V1", "calibrated": False},
    ]
    assert told["left_out"] == ["resp"]
    assert told["notes"][0] == "It ends early."
    assert len(told["notes"][1]) <= 500
    assert told["measurements"] == [["QRS duration", "98 ms"]]
    assert told["statements"] == ["<i>Sinus rhythm</i>"]
    assert told["given"] == [["unit", "mV"]]
    first, second, broken = told["annotations"]
    assert first == {"name": "first", "n": 3, "n_beats": 2, "n_rhythms": 1}
    assert second["n_beats"] == 4
    assert broken == {"name": "broken", "problem": "x.broken is damaged; fetch it again."}


def test_the_reference_row_has_the_annotations_that_are_chosen() -> None:
    client = page(opened(), loads=False)
    assert client.state()["recording"]["annotators"] == ["first", "second", "broken"]
    for at, (name, n) in enumerate((("first", 3), ("second", 5))):
        meta, arrays = client.packed("reference", at=at)
        assert (meta["name"], len(arrays["sample"])) == (name, n)
    assert client.packed("reference")[0]["name"] == "first"
    assert client.ask("reference", at=2).status_code == 422
    assert client.ask("reference", at=7).status_code == 204
    assert client.ask("reference", at=-1).status_code == 400


@pytest.mark.parametrize("source", ["local", "upload"])
def test_whom_a_file_names_is_shown_once(source: str) -> None:
    loader, guest = (page(opened(source), loads=loads) for loads in (True, False))
    assert guest.send("identity", {}).status_code == 204
    answer = loader.send("identity", {})
    lines = dict(answer.json()["lines"])
    assert lines["Name"] == "Zwetschke Adalbert"
    assert (lines["Born"], lines["Serial number"], lines["Ward"]) == ("1931-04-05", "SER-4711", "West 3")
    assert lines["Remark"].startswith("<b>mind\ufffdthe dog</b>\ufffdx")
    assert len(lines["Remark"]) <= 500
    assert answer.headers["cache-control"] == "no-store"
    assert loader.send("identity", {}).status_code == 204
    assert page(opened(source), loads=True).send("identity", {}).status_code == 204


def test_a_local_file_s_is_shown_no_more_after_a_restart_and_an_upload_s_with_each_upload(tmp_path: Path) -> None:
    assert page(opened(), loads=True).send("identity", {}).status_code == 200
    identity_disclosure.forget_shown_identities()  # a restart
    workspace.clear()
    assert page(opened(), loads=True).send("identity", {}).status_code == 204
    kept = sorted((tmp_path / "home").rglob("*"))
    assert [path.name for path in kept if path.is_file()] == ["ab" * 32]
    assert page(opened("upload", "one/walnut.edf"), loads=True).send("identity", {}).status_code == 200
    assert page(opened("upload", "two/walnut.edf"), loads=True).send("identity", {}).status_code == 200


def test_a_data_folder_that_cannot_be_written_to_shows_it_once_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "file" / "home"))
    loader = page(opened(), loads=True)
    assert [loader.send("identity", {}).status_code for _ in range(2)] == [200, 204]


def test_no_other_answer_names_anybody() -> None:
    client = page(opened(), loads=True)
    answers = [client.ask(path) for path in ("state", "file", "reference", "beats")]
    answers += [client.ask("span", first=0), client.send("place", {"start_s": 1, "beat": None})]
    said = [answer.content.decode("latin-1") for answer in answers]
    for secret in SECRETS:
        assert not any(secret in text for text in said), secret


def test_texts_as_long_as_their_file_are_cut() -> None:
    endless = "\u202e<b>" + "x" * 3000  # more than a file is let in with
    recording = replace(
        from_array(np.zeros((5000, 1)), 250.0, [endless], endless),
        notes=(endless,) * 1000,
        statements=(endless,) * 1000,
        measurements=((endless, endless),) * 1000,
        other_channels=(endless,) * 1000,
        annotation_names=(endless,),
        load_annotations=lambda _: marks("first"),
        format_name=endless,
    )
    client = page(workspace.in_workspace(OpenedRecording("local/endless", recording, ("endless", 0, 0))), loads=True)
    for path, most in (("state", 200_000), ("file", 600_000)):
        answer = client.ask(path)
        assert answer.status_code == 200
        assert len(answer.content) < most
        assert "\u202e" not in answer.text


def test_a_file_that_names_nobody_says_nothing() -> None:
    bare = replace(named_recording(), identity=None)
    client = page(workspace.in_workspace(OpenedRecording("local/bare", bare, ("bare", 0, 0))), loads=True)
    assert client.send("identity", {}).status_code == 204


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "format_name", "statements"),
    [
        ("dicom/waveform_ecg.dcm", "DICOM", 2),
        ("scp/Example.scp", "SCP-ECG", 0),
        ("philips/1_03__129DYPRG.XML", "Philips XML", 5),
        ("aecg/fda_subject1_0.xml", "HL7 aECG", 1),
    ],
)
def test_real_files_tell_of_themselves(ecg_data: Path, file: str, format_name: str, statements: int) -> None:
    recording = open_recording(ecg_data / "formats" / file)
    client = page(workspace.in_workspace(OpenedRecording(f"local/{file}", recording, (file, 0, 0))), loads=True)
    told = client.ask("file").json()
    assert told["format"] == format_name
    assert len(told["statements"]) == statements
    assert len(told["measurements"]) >= 8
    assert client.send("identity", {}).json()["lines"]


@pytest.mark.parametrize(
    ("identity", "kind", "labels"),
    [
        (Identity(name="Zwetschke", device="CART"), "person", ["Name", "Device"]),
        (Identity(device="CART", device_serial="1"), "device", ["Device", "Serial number"]),
        (Identity(name="none none", other=(("Comment", "The PVCs are uniform."),)), "texts", ["Comment"]),
        (Identity(name="Anonymous", patient_id="X", device="N/A"), "device", []),
    ],
)
def test_a_card_says_what_it_is_about_and_passes_over_words_that_say_nothing(
    identity: Identity, kind: str, labels: list[str]
) -> None:
    lines = identity_lines(identity)
    assert [label for label, _ in lines] == labels
    assert about(lines) == kind
