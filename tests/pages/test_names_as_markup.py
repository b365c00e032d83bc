"""Names and texts of DICOM files, PhysioNet records, tables and files, as markup: text on every page."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dashboard_for_tests import Dashboard
from security.markup_names import HTML, TEXTS, Tags, dicom, file_name, table, wfdb_record

from ecg_core.caching import cache_folder
from ecg_core.progress import Progress
from pages.api import file_details
from pages.services import library, workspace
from pages.services.job_executor import ANALYSIS_JOBS
from pages.ui.markup import literal

pytestmark = pytest.mark.slow

MARKS = ("[go](", "![p](", ":red[", "$x$")
_MARKDOWN = ("markdown", "caption", "button", "checkbox", "selectbox", "radio", "text_input", "progress", "toast")


def check(shown: Dashboard) -> None:
    """Assert that nothing on a page is markup of a file's, in HTML, Markdown or Plotly's texts."""
    assert not Tags(shown.text).bad
    for kind in _MARKDOWN:
        for element in shown.app.get(kind):
            label = str(getattr(element.proto, "label", "")) + str(getattr(element.proto, "text", ""))
            assert not any(mark in label for mark in MARKS), (kind, label)
            assert HTML[:8] not in label
    for chart in shown.app.get("plotly_chart"):
        for text in _texts(json.loads(chart.proto.spec)):
            assert not [tag for tag in Tags(text).bad if tag], text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)


@pytest.fixture(params=TEXTS, ids=["HTML", "Markdown", "Plotly"])
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("person", [False, True], ids=["leads", "person"])
@pytest.mark.parametrize("kind", [dicom, wfdb_record], ids=["DICOM", "WFDB"])
@pytest.mark.usefixtures("tiny_model")
def test_uploads_show_their_names_as_text(
    dashboard: Callable[[], Dashboard], text: str, kind: Callable[[str, bool], dict[str, bytes]], person: bool
) -> None:
    token, _ = library.take_upload(list(kind(text, person).items()))
    rec = f"upload/{token}/1"
    for page in ("", "review", "explain"):
        shown = dashboard().open(page, rec=rec)
        check(shown)
    shown = dashboard().open("explain", rec=rec)
    if "classify_beats" in shown.buttons():
        check(shown.click("classify_beats"))
    opened = workspace.open_in_workspace(rec, "")
    told = file_details.file_facts(opened)
    if person:
        assert opened.recording.identity
        whom = [line for _, line in file_details.identity_lines(opened.recording.identity)]
        assert any(text[:12] in line for line in whom)
    else:
        assert any(text[:9] in lead["original"].replace("_", " ") for lead in told["leads"])


def test_a_table_is_asked_about_in_text(dashboard: Callable[[], Dashboard], text: str) -> None:
    token, _ = library.take_upload(list(table(text).items()))
    shown = dashboard().open("review", rec=f"upload/{token}/1")
    shown.click("say_what_it_holds")
    check(shown)


def test_file_names_and_fetched_records_are_listed_as_text(
    dashboard: Callable[[], Dashboard], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    rows = "".join(f"{n / 250:.3f},{n % 200 == 0:d}\n" for n in range(2500))
    (folder / file_name(text)).write_text(f"time_s,II (mV)\n{rows}")
    (folder / f"broken {file_name(text)}").write_bytes(b"\x89HDF nothing")
    fetched = cache_folder("physionet") / "mitdb"
    fetched.mkdir(parents=True)
    for name, content in wfdb_record(text, name="r").items():
        (fetched / name.replace("r.hea", f"{file_name(text)}.hea")).write_bytes(content)
    monkeypatch.setenv("ECG_DATA", str(folder))
    shown = dashboard().open()
    check(shown)
    lists = [element.proto.json for element in shown.app.get("bidi_component")]
    assert any(text[:4] in one for one in lists)
    for line in library.describe("local", library.in_folder(str(folder)).recordings):
        for page in ("review", "explain"):
            check(dashboard().open(page, rec=line.rec))


def test_what_a_job_says_is_not_read_as_markdown(text: str) -> None:
    from streamlit.testing.v1 import AppTest

    def script() -> None:
        from pages.ui.job_progress import progress_of

        progress_of("job", "job")

    begun, release = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        progress(f"Loading {text}", 0.5)
        begun.set()
        release.wait(60)

    job = ANALYSIS_JOBS.submit("job", work)
    try:
        assert begun.wait(60)
        app = AppTest.from_function(script).run()
        (bar,) = app.get("progress")
        assert bar.proto.text.startswith("Loading ")
        assert not any(mark in bar.proto.text for mark in MARKS)
        assert Tags(bar.proto.text.replace("\\<", "")).bad == []
    finally:
        release.set()
        job.wait(60)


def test_a_backslash_stands_before_all_that_markdown_reads() -> None:
    assert literal("a_b *c* [d](e) $f$ :g: <h> \\") == r"a\_b \*c\* \[d\]\(e\) \$f\$ \:g\: \<h\> \\"
    assert literal("Finding beats 12 é") == "Finding beats 12 é"


def test_what_the_reader_of_dicom_thinks_of_a_name_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token, _ = library.take_upload(list(dicom("a=b=c=d=e", person=True).items()))
    caplog.clear()
    workspace.open_in_workspace(f"upload/{token}/1", "")
    assert [record.name for record in caplog.records if record.name.startswith("pydicom")] == []
