"""What the review desk does with the worklist, and what the worklist learns of what is done there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_client import DeskClient, wait_for_jobs
from service.disks import read_only
from teller import Teller
from test_many_recordings import recordings_folder

from ecg_core.analysis import analyse, with_waves
from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import Findings, WorklistItem
from ecg_core.sources.demos import demo_folder
from pages.services import review_sessions, worklist_access, worklist_jobs, worklist_updates, workspace
from pages.services.job_executor import WORKLIST_JOBS
from pages.services.library import take_upload
from pages.services.report_drafts import first_form
from pages.services.report_versions import draft_kept, keep_draft, sign
from pages.services.review_sessions import adopt, database_in_use
from pages.services.worklist_access import forget_folder
from pages.services.worklist_jobs import Done, start_adding, start_analyses
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    review_sessions._database.cache_clear()
    review_sessions._looked.clear()
    monkeypatch.setattr("pages.services.workspace.load_model", Teller)
    yield
    WORKLIST_JOBS.clear()
    review_sessions._database.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local folder with three short recordings."""
    made = recordings_folder(tmp_path / "data", 3)
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(tmp_path))
    return made


def opened_in(folder: Path, name: str = "p0") -> OpenedRecording:
    """Open a recording of the folder, with classified beats."""
    opened = workspace.open_in_workspace(f"local/{name}", str(folder))
    if opened.analysis is None:
        opened.keep(analyse(opened.recording, Teller(), cache=False))
    return opened


def by(opened: OpenedRecording, person: str) -> DeskClient:
    return DeskClient(opened, person)


def item_of(opened: OpenedRecording) -> WorklistItem | None:
    assert UPDATES.flush(60)
    return Worklist(database_in_use()).get(opened.recording.sha256)


def do(client: DeskClient, action: str) -> dict[str, Any]:
    answer = client.send("worklist", {"do": action})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def relabel(client: DeskClient, label: str = "V") -> None:
    _, beats = client.packed("beats")
    client.edit(0, {"action": "relabel", "beats": [int(beats["id"][2])], "label": label})


def test_a_recording_is_offered_added_claimed_read_and_given_back(folder: Path) -> None:
    opened = opened_in(folder)
    ann, ben = by(opened, "Ann"), by(opened, "Ben")
    assert ann.ask("worklist").json()["status"] is None
    assert do(ann, "add") == {
        "status": "new",
        "assigned_to": None,
        "mine": False,
        "due": None,
        "overdue": False,
        "n_free": 1,
        "next": None,
        "said": None,
        "problem": None,
    }
    told = do(ann, "claim")
    assert (told["status"], told["assigned_to"], told["mine"], told["n_free"]) == ("reading", "Ann", True, 0)
    assert ben.ask("worklist").json()["mine"] is False
    for action in ("claim", "read", "release"):
        refused = ben.send("worklist", {"do": action})
        assert refused.status_code == 422
        assert "Ann" in refused.json()["problem"]
    assert do(ann, "read")["status"] == "read"
    assert do(ann, "claim")["status"] == "reading"
    assert do(ann, "release")["status"] == "new"
    assert ben.send("worklist", {"do": "burn"}).status_code == 400


def test_two_people_who_go_on_come_to_different_recordings(folder: Path) -> None:
    for name in ("p0", "p1", "p2"):
        do(by(opened_in(folder, name), "Ann"), "add")
    first, hashes = opened_in(folder), {opened_in(folder, name).recording.sha256 for name in ("p1", "p2")}
    do(by(first, "Ann"), "claim")
    ann = do(by(first, "Ann"), "read_next")
    ben = do(by(first, "Ben"), "next")
    assert ann["status"] == "read"
    assert {ann["next"], ben["next"]} == hashes
    cid = do(by(first, "Cid"), "next")
    assert cid["next"] is None
    assert "Nothing is left to read" in cid["said"]


def test_who_edits_has_the_recording_on_the_list_and_demos_come_only_when_asked_for(
    folder: Path, client: DeskClient, classified: OpenedRecording
) -> None:
    opened = opened_in(folder)
    by(opened, "Ann").state()
    assert item_of(opened) is None
    relabel(by(opened, "Ann"))
    relabel(by(opened, "Ben"), "S")
    item = item_of(opened)
    assert item is not None
    assert (item.status, item.assigned_to) == ("reading", "Ann")
    assert (item.origin.rec, item.origin.folder, item.origin.name) == ("local/p0", str(folder.resolve()), "p0")
    assert item.origin.fs_hz == opened.recording.fs_hz
    client.person = "Ann"
    relabel(client)
    assert item_of(classified) is None
    do(client, "add")
    relabel(client, "F")
    kept = item_of(classified)
    assert kept is not None
    assert kept.assigned_to == "Ann"


def test_findings_follow_analysis_and_edits_and_dismissed_events_do_not_count(folder: Path) -> None:
    opened = opened_in(folder)
    client = by(opened, "Ann")
    do(client, "add")
    before = item_of(opened)
    assert before is not None
    summary = opened.analysis.summary if opened.analysis else None
    assert summary is not None
    assert (before.findings.stage, before.findings.burden_v_percent) == ("classes", summary.burden_v_percent)
    span = {"action": "set_rhythm", "span": 7, "start_sample": 900, "stop_sample": 3000, "rhythm": "VF"}
    client.edit(0, span | {"overrules": []})
    item = item_of(opened)
    assert item is not None
    assert (item.findings.worst_kind, item.findings.worst_sample) == ("VF", 900)
    state = client.state()
    key = state["episodes"]["key"][state["episodes"]["kind"].index("VF")]
    client.edit(state["revision"], {"action": "mark_events", "events": [key], "mark": "dismissed", "on": True})
    item = item_of(opened)
    assert item is not None
    assert item.findings.worst_kind == before.findings.worst_kind
    analysis = opened.analysis
    assert analysis is not None
    found = with_waves(opened.recording, analysis)
    assert opened.replace(analysis, found)
    adopt(opened, analysis, found)
    UPDATES.renew(opened)
    item = item_of(opened)
    assert item is not None
    assert item.findings.stage == "waves"


def test_less_is_never_written_over_more(folder: Path) -> None:
    opened = opened_in(folder)
    do(by(opened, "Ann"), "add")
    worklist = Worklist(database_in_use())
    known = Findings("waves", "AVB3", 40, readable_share=0.9)
    worklist.keep_findings(opened.recording.sha256, known)
    by(opened, "Ann").state()
    item = item_of(opened)
    assert item is not None
    assert item.findings == known


def test_the_place_is_kept_for_who_reads_and_not_moved_by_who_looks(folder: Path) -> None:
    opened = opened_in(folder)
    ann, ben = by(opened, "Ann"), by(opened, "Ben")
    do(ann, "add")
    do(ann, "claim")
    assert ann.send("place", {"start_s": 12.5, "beat": None}).status_code == 204
    assert UPDATES.position_of(opened.recording.sha256) == round(12.5 * opened.recording.fs_hz)
    item = item_of(opened)
    assert item is not None
    assert item.position_sample == round(12.5 * opened.recording.fs_hz)
    assert UPDATES.position_of(opened.recording.sha256) is None
    ben.send("place", {"start_s": 3, "beat": None})
    assert item_of(opened) == item


def test_a_report_puts_its_recording_on_the_list_and_its_signature_is_followed(folder: Path) -> None:
    opened = opened_in(folder)
    kept = keep_draft(opened, first_form(opened), draft_kept(opened), "Ann")
    item = item_of(opened)
    assert item is not None
    assert (item.status, item.assigned_to, item.findings.stage) == ("reading", "Ann", "classes")
    sign(opened, kept, "Ann", "cardiologist")
    relabel(by(opened, "Ben"))
    item = item_of(opened)
    assert item is not None
    assert (item.status, item.assigned_to) == ("signed", "Ann")
    assert by(opened, "Ann").send("worklist", {"do": "read"}).status_code == 422


def ended(job: Any) -> Done:
    assert job.wait(60)
    assert job.problem is None
    assert isinstance(job.result, Done)
    return job.result


def test_many_are_added_in_the_background_and_what_cannot_be_is_told(folder: Path) -> None:
    (folder / "broken.hea").write_text("broken 1 250 100\nmissing.dat 16 200 12 0 0 0 0 II\n")
    opened_in(folder, "p1")
    done = ended(start_adding(["local/p0", "local/p1", "local/broken"], str(folder), "Ann", "2030-01-01T00:00Z"))
    assert (done.n_done, done.n_known) == (2, 0)
    assert [rec for rec, _ in done.problems] == ["local/broken"]
    said = done.in_words("added")
    assert said[0] == "2 recordings added."
    assert said[1].startswith("local/broken was not added:")
    again = ended(start_adding(["local/p0", "local/p2"], str(folder), "Ann"))
    assert again.in_words("added") == ["1 recording added; 1 was in the worklist already."]
    items = {item.origin.name: item for item in Worklist(database_in_use()).items()}
    assert {name: item.due is None for name, item in items.items()} == {"p0": False, "p1": False, "p2": True}
    assert {name: item.findings.stage for name, item in items.items()} == {"p0": "none", "p1": "classes", "p2": "none"}


def test_what_is_not_analysed_is_analysed_to_the_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist_jobs, "load_network", lambda _: Teller())
    ended(start_adding(["local/p0", "local/p1"], str(folder), "Ann"))
    (folder / "p1.dat").write_bytes((folder / "p1.dat").read_bytes()[::-1])
    done = ended(start_analyses())
    assert (done.n_done, [name for name, _ in done.problems]) == (1, ["p1"])
    assert "has changed since it was added" in done.problems[0][1]
    items = {item.origin.name: item.findings for item in Worklist(database_in_use()).items()}
    assert items["p0"].stage == "waves"
    assert items["p0"].burden_v_percent == pytest.approx(20, abs=5)
    assert items["p1"] == Findings()


def test_an_upload_leaves_the_list_with_its_files_unless_somebody_has_begun(tmp_path: Path) -> None:
    uploads = []
    for name in ("demo_sinus", "demo_af"):
        files = [(file.name, file.read_bytes()) for file in demo_folder().glob(f"{name}.*")]
        uploads.append(f"upload/{take_upload(files)[0]}/1")
    opened = [workspace.open_in_workspace(rec, "") for rec in uploads]
    ended(start_adding(uploads, "", "Ann"))
    worklist = Worklist(database_in_use())
    items = worklist.items()
    assert {item.origin.name for item in items} == {f"ecg-{one.recording.sha256[:8]}" for one in opened}
    assert all(worklist_access.is_openable(item) for item in items)
    worklist.claim(opened[0].recording.sha256, "Ann")
    for one in opened:
        assert one.recording.within is not None
        forget_folder(one.recording.within[0])
    assert [item.recording_sha256 for item in worklist.items()] == [opened[0].recording.sha256]


def test_where_nothing_can_be_written_the_desk_says_so_and_reads_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_sessions, "_LOOK_AGAIN_S", 0.0)
    opened = opened_in(folder)
    client = by(opened, "Ann")
    do(client, "add")
    with read_only(tmp_path / "home"):
        told = client.ask("worklist").json()
        assert told["status"] is None
        assert "cannot be kept" in told["problem"]
        assert client.send("worklist", {"do": "claim"}).status_code == 503
        assert client.send("place", {"start_s": 5, "beat": None}).status_code == 204
    review_sessions._database.cache_clear()
    assert client.ask("worklist").json()["status"] == "new"


def test_a_change_waits_for_more_but_not_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(worklist_updates, "QUIET_S", 3600.0)
    monkeypatch.setattr(worklist_updates, "LATEST_S", 3600.0)
    monkeypatch.setattr(worklist_updates, "_written", lambda _, one: bool(written.append(one.begun_by or "")))
    opened = opened_in(folder)
    for person in ("Ann", "Ben"):
        UPDATES.begin(opened, person)
        UPDATES.move(opened, 5, person)
    assert written == []
    assert UPDATES.flush(60)
    assert written == ["Ann"]
    monkeypatch.setattr(worklist_updates, "LATEST_S", 0.0)
    UPDATES.begin(opened, "Cid")
    until(lambda: written == ["Ann", "Cid"])


def until(test: Callable[[], bool]) -> None:
    with UPDATES._changed:
        assert UPDATES._changed.wait_for(test, 60)


def test_a_recording_whose_files_moved_is_opened_where_it_is_now(folder: Path, tmp_path: Path) -> None:
    opened = opened_in(folder)
    do(by(opened, "Ann"), "add")
    shutil.copytree(folder, tmp_path / "moved")
    moved = workspace.open_in_workspace("local/p0", str(tmp_path / "moved"))
    assert opened.analysis is not None
    moved.keep(opened.analysis)
    by(moved, "Ann").state()
    item = item_of(moved)
    assert item is not None
    assert item.origin.folder == str((tmp_path / "moved").resolve())
    wait_for_jobs()
