"""Nothing that the program writes, logs, answers or puts into an address says whose a recording is."""

from __future__ import annotations

import json
import logging
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import planting
import pytest
from desk_client import DeskClient
from planting import LAST, NUMBER, STEM, WRITERS, traces_below, traces_in
from teller import Teller

from ecg_core.analysis import analyse
from ecg_core.cli.program import main
from ecg_core.export.signal import FORMATS
from ecg_core.review.worklist import Worklist
from pages.api import routes
from pages.services import library, workspace
from pages.services.review_sessions import database_in_use
from pages.services.worklist_page import rows_of
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

IN_DASHBOARD = [format for format in WRITERS if format != "MATLAB 5"]
"""Those that open without being told a rate."""

ONCE = {"identity"}
"""The route that shows the identity, once, to the person who loads the file."""

ASKED = {
    "span": {"from": 0, "count": 2, "rate": 250, "filters": "none"},
    "saliency": {"beat": 0},
    "changes": {"since": 0},
    "export/signal/file": {"key": "none"},
    "export/signal": {"key": "none"},
}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of temporary files of its own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    library._uploads.clear()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def patients(tmp_path: Path) -> Path:
    folder = tmp_path / "patients"
    folder.mkdir()
    return folder


def bring(path: Path) -> str:
    """Upload a planted file with those beside it; returns the reference."""
    token, found = library.take_upload([(one.name, one.read_bytes()) for one in sorted(path.parent.iterdir())])
    (line,) = library.uploaded([token])
    assert line.problem is None, line.problem
    assert len(found) == 1
    return line.rec


def find(path: Path) -> str:
    """Find a planted file in its folder; returns the reference."""
    (line,) = library.describe("local", library.in_folder(str(path.parent)).recordings)
    assert line.problem is None, line.problem
    return line.rec


def everything_asked(opened: OpenedRecording) -> Iterator[tuple[str, bytes]]:
    """Review a recording as a person does; yields everything that is answered, with the addresses."""
    opened.keep(analyse(opened.recording, Teller()))
    client = DeskClient(opened, "Reviewer")
    _, beats = client.packed("beats")
    gone, changed = int(beats["id"][4]), int(beats["id"][5])
    client.edit(
        0,
        {"action": "delete", "beats": [[gone, gone]]},
        {"action": "relabel", "beats": [changed], "label": "F"},
        {"action": "add", "beat": -9, "sample": 333, "label": "V"},
    )
    answers = [(f"POST {path}", client.send(path, {"since": 0})) for path in ("undo", "redo")]
    answers.append(("POST split", client.send("families/split", {"family": 0, "since": 0})))
    log = client.ask("export/log.json")
    answers += [("POST import", client.send("import", {"log": json.loads(log.content), "since": 0}))]
    assert json.loads(log.content)["recording"]["name"] == opened.recording.name
    answers += [
        (f"GET {path}", client.ask(path, **ASKED.get(path, {})))
        for path in routes._GET
        if not path.startswith("export/signal")
    ]
    answers += [
        (f"POST {path}", client.send(path, {"nonsense": True, "since": 0}))
        for path in routes._POST
        if path not in ONCE and not path.startswith("export/")
    ]
    answers += [("POST worklist", client.send("worklist", {"do": action})) for action in ("add", "claim", "next")]
    assert UPDATES.flush(60)
    for format in FORMATS:
        for marks in ("reviewed", "file"):
            begun = client.send("export/signal", {"format": format, "marks": marks})
            assert begun.status_code == 200, begun.text
            told = begun.json()
            for _ in range(200):
                if told["ready"] or told["problem"]:
                    break
                time.sleep(0.05)
                told = client.ask("export/signal", key=told["key"]).json()
            assert told["ready"], told
            answers += [
                (f"{format} {marks}", client.ask("export/signal", key=told["key"])),
                (f"file of {format} {marks}", client.ask("export/signal/file", key=told["key"])),
            ]
            client.send("export/signal/stop", {"key": told["key"]})
    assert sum(answer.status_code == 200 for _, answer in answers) > 20
    for what, answer in answers:
        yield what, answer.content
        yield f"headers of {what}", json.dumps(dict(answer.headers)).encode()


def searched(answers: Iterator[tuple[str, bytes]]) -> list[str]:
    return [trace for what, content in answers for trace in traces_in(content, what)]


@pytest.mark.parametrize("format", IN_DASHBOARD)
@pytest.mark.parametrize("way", ["upload", "local"])
def test_the_desk_its_exports_and_what_is_kept_name_nobody(
    kept: Path, temporary: Path, tmp_path: Path, logged: pytest.LogCaptureFixture, format: str, way: str
) -> None:
    path = WRITERS[format](patients(tmp_path))
    rec = bring(path) if way == "upload" else find(path)
    assert not traces_in(rec.encode(), "the address")
    opened = workspace.open_in_workspace(rec, str(path.parent))
    assert opened.rec == rec
    assert not searched(everything_asked(opened))
    assert not traces_below(kept)
    assert any(kept.rglob("*.npz"))
    assert any(kept.rglob("*.sqlite3"))
    assert not traces_in(logged.text.encode(), "the log")
    records = "\n".join(f"{vars(record)}" for record in logged.records if not record.name.startswith("asyncio"))
    assert not traces_in(records.encode(), "a record of the log")
    left = [
        one for one in temporary.rglob("*") if not one.relative_to(temporary).parts[0].startswith("rhythmoscope-upl")
    ]
    assert not [trace for one in left if one.is_file() for trace in traces_in(one.read_bytes(), one.name)]
    assert not [trace for one in left for trace in traces_in(one.name.encode(), "a temporary file's name")]


@pytest.mark.parametrize("format", WRITERS)
def test_results_of_the_command_line_name_nobody(
    kept: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], logged: pytest.LogCaptureFixture, format: str
) -> None:
    path, out = WRITERS[format](patients(tmp_path)), tmp_path / "out"
    table = ["--fs", str(planting.FS_HZ), "--unit", "mV"] if path.suffix == ".mat" else []
    assert main(["analyse", str(path), "--out", str(out), "--no-classify", *table]) == 0
    assert main(["export", str(path), "--out", str(out), "--format", "csv", *table]) == 0
    printed = capfd.readouterr()
    assert not traces_in(f"{printed.out}{printed.err}".encode(), "what was printed")
    assert not traces_below(out)
    assert not traces_below(kept)
    assert not traces_in(logged.text.encode(), "the log")
    (described,) = out.glob("*.json")
    provenance = json.loads(described.read_text())["provenance"]
    assert provenance["source"] == described.stem
    assert provenance["source"].startswith("ecg-")


def test_an_upload_is_gone_with_its_place_and_lies_where_nobody_else_reads(
    kept: Path, temporary: Path, tmp_path: Path
) -> None:
    path = planting.as_edf(patients(tmp_path))
    bring(path)
    (folder,) = (one for one in temporary.iterdir() if one.is_dir())
    assert folder.stat().st_mode & 0o077 == 0
    library._uploads.clear()
    assert not list(temporary.iterdir())


def test_uploads_are_addressed_by_number(kept: Path, temporary: Path, tmp_path: Path) -> None:
    first = planting.as_edf(patients(tmp_path))
    files = [(first.name, first.read_bytes()), ("z.edf", first.read_bytes())]
    token, found = library.take_upload(files)
    assert [one.name for one in found] == [f"{STEM}.edf", "z.edf"]
    lines = library.uploaded([token])
    assert [line.rec for line in lines] == [f"upload/{token}/1", f"upload/{token}/2"]
    assert [library.locate(line.rec, "").name for line in lines] == [one.name for one in found]
    for number in ("0", "3", "-1", "x", "", "1/2", "01x", "٣", f"{STEM}.edf", "9" * 30):
        with pytest.raises(Exception, match=r"names no recording|not here"):
            library.locate(f"upload/{token}/{number}", "")


def test_values_that_dicom_does_not_allow_are_not_logged(
    tmp_path: Path, logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from ecg_core.formats import open_recording

    path = planting.as_dicom(patients(tmp_path))
    wrong = path.read_bytes().replace(b"19310517", f"{LAST[:8]}".encode()).replace(b"092Y", NUMBER[:4].encode())
    path.write_bytes(wrong)
    assert open_recording(path).identity
    printed = capfd.readouterr()
    assert not traces_in(f"{logged.text}{printed.out}{printed.err}".encode(), "the log")
    assert LAST[:8].encode() not in f"{logged.text}{printed.err}".encode()


@pytest.mark.parametrize("way", ["upload", "local"])
def test_the_worklist_names_nobody_not_even_by_a_folder(
    kept: Path, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(tmp_path))
    folder = tmp_path / STEM
    folder.mkdir()
    path = WRITERS["EDF+"](folder)
    rec = bring(path) if way == "upload" else find(path)
    opened = workspace.open_in_workspace(rec, str(folder))
    opened.keep(analyse(opened.recording, Teller()))
    assert DeskClient(opened, "Reviewer").send("worklist", {"do": "add"}).status_code == 200
    assert UPDATES.flush(60)
    (item,) = Worklist(database_in_use()).items()
    assert item.origin.rec == rec
    assert item.findings.stage == "classes"
    shown = json.dumps(rows_of([item], "Reviewer", None))
    assert not traces_in(shown.encode(), "the worklist")
    assert traces_below(kept) == []
