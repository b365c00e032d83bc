"""The worklist on the front page, without a browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dashboard_for_tests import ROOT, Dashboard

from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import Findings, Origin, WorklistItem
from pages.services import review_sessions
from pages.services.job_executor import WORKLIST_JOBS
from pages.services.review_sessions import database_in_use
from pages.services.worklist_page import ROWS_A_PAGE, rows_of
from pages.services.worklist_wording import burden, span, until, worst_event
from pages.services.workspace import open_in_workspace

pytestmark = pytest.mark.slow

Open = Callable[[], Dashboard]
DEMOS = ROOT / "assets" / "demo"
N_MANY = 10_000


@pytest.fixture(autouse=True)
def _own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(tmp_path))
    review_sessions._database.cache_clear()
    review_sessions._looked.clear()
    yield
    WORKLIST_JOBS.clear()
    review_sessions._database.cache_clear()


def sha(number: int) -> str:
    return f"{number:064x}"


def fill(*named: tuple[str, dict[str, Any]]) -> Worklist:
    """Put recordings into the worklist by name of a demo and what was found; their numbers are their hashes."""
    worklist = Worklist(database_in_use())
    for number, (name, findings) in enumerate(named):
        worklist.add([sha(number)], "Ann", origins={sha(number): Origin(f"demo/{name}", None, name, fs_hz=250.0)})
        worklist.keep_findings(sha(number), Findings(**{"stage": "waves", "readable_share": 0.9, **findings}))
    return worklist


def table_of(dashboard: Dashboard) -> dict[str, Any]:
    """Return what the table was given."""
    given = [json.loads(each.proto.json) for each in dashboard.app.get("bidi_component")]
    return next(dict(each) for each in given if "order" in each)


def names_of(dashboard: Dashboard) -> list[str]:
    return [row["cells"]["name"]["text"] for row in table_of(dashboard)["rows"]]


def demos_are_open(dashboard: Dashboard) -> bool:
    return next(bool(each.proto.expanded) for each in dashboard.app.expander if each.label.startswith("Demos"))


def named(dashboard: Dashboard, name: str = "Dr. Ames") -> Dashboard:
    dashboard.app.text_input(key="worklist_person").set_value(name).run()
    return dashboard


def choose(dashboard: Dashboard, name: str, value: str) -> Dashboard:
    dashboard.app.selectbox(key=f"worklist_{name}").set_value(value).run()
    return dashboard


def test_newcomers_find_the_demos_open_and_who_has_work_finds_the_work(dashboard: Open, tmp_path: Path) -> None:
    opened = dashboard().open()
    assert demos_are_open(opened)
    assert "No recordings to be read yet" in opened.text
    assert not (tmp_path / "home" / "review.sqlite3").exists()
    fill(("demo_pvc", {"worst_kind": "COUPLET"}))
    opened.app.run()
    assert not demos_are_open(opened)
    assert names_of(opened) == ["demo_pvc"]
    assert "1 open" in opened.text


def test_rows_are_filtered_searched_and_in_order(dashboard: Open) -> None:
    worklist = fill(
        ("demo_pvc", {"worst_kind": "COUPLET"}),
        ("demo_af", {"worst_kind": "AFIB", "af_share": 0.5}),
        ("demo_sinus", {}),
        ("demo_long", {"stage": "none", "readable_share": None}),
    )
    worklist.claim(sha(0), "Dr. Ames")
    worklist.mark_read(sha(2), "Ben")
    worklist.set_due(sha(1), "2020-01-01T00:00Z", "Ben")
    opened = named(dashboard().open())
    # What nobody has analysed comes before everything that can wait, and says what it is.
    assert names_of(opened) == ["demo_long", "demo_af", "demo_pvc", "demo_sinus"]
    rows = table_of(opened)["rows"]
    assert rows[0]["cells"]["worst"] == {"text": "not analysed", "below": "", "tone": "unknown"}
    assert [row["overdue"] for row in rows] == [False, True, False, False]
    assert rows[1]["cells"]["due"]["text"].startswith("overdue,")
    assert [row["action"] for row in rows] == ["claim", "claim", "release", None]
    assert "4 open · 1 overdue · 1 not analysed" in opened.text
    assert names_of(choose(opened, "whose", "Mine")) == ["demo_pvc"]
    assert names_of(choose(opened, "whose", "Unassigned")) == ["demo_long", "demo_af"]
    assert names_of(choose(opened, "status", "Overdue")) == ["demo_af"]
    choose(opened, "whose", "Everybody's")
    assert names_of(choose(opened, "status", "Read")) == ["demo_sinus"]
    choose(opened, "status", "All")
    assert names_of(choose(opened, "worst", "AFIB")) == ["demo_af"]
    assert names_of(choose(opened, "worst", "not analysed")) == ["demo_long"]
    choose(opened, "worst", "Any worst event")
    opened.app.text_input(key="worklist_search").set_value("SINUS").run()
    assert names_of(opened) == ["demo_sinus"]
    opened.app.text_input(key="worklist_search").set_value("nobody").run()
    assert names_of(opened) == []
    assert "None of the 4 recordings in the worklist passes the filter." in opened.text
    # The filter is the same when one comes back.
    opened.open("about")
    opened.app.switch_page("pages/recordings.py").run()
    assert opened.app.text_input(key="worklist_search").value == "nobody"


def test_of_ten_thousand_recordings_one_page_reaches_the_browser(dashboard: Open) -> None:
    worklist = fill(("demo_pvc", {"worst_kind": "VF"}))
    worklist.add(
        [sha(number) for number in range(1, N_MANY)],
        "Ann",
        origins={sha(number): Origin("demo/demo_af", None, f"r{number:05d}") for number in range(1, N_MANY)},
    )
    opened = dashboard().open()
    names = names_of(opened)
    assert len(names) == ROWS_A_PAGE
    assert names[0] == "demo_pvc"
    assert f"1 to {ROWS_A_PAGE} of {N_MANY:,}" in opened.text
    opened.app.button(key="worklist_more").click().run()
    assert not set(names) & set(names_of(opened))
    assert f"{ROWS_A_PAGE + 1} to {2 * ROWS_A_PAGE} of {N_MANY:,}" in opened.text
    opened.app.text_input(key="worklist_search").set_value("r0421").run()
    assert names_of(opened) == [f"r0421{number}" for number in range(10)]


def test_who_reads_next_gets_what_nobody_has_at_the_place_where_reading_stopped(dashboard: Open) -> None:
    recording = open_in_workspace("demo/demo_af", "").recording
    worklist = fill(("demo_pvc", {"worst_kind": "VT"}))
    worklist.claim(sha(0), "Ben")
    worklist.add([recording.sha256], "Ann", origins={recording.sha256: Origin("demo/demo_af", None, "demo_af")})
    worklist.keep_position(recording.sha256, int(40 * recording.fs_hz), "Ann")
    opened = dashboard().open()
    opened.app.button(key="worklist_next").click().run()
    assert "Type your name first" in opened.text
    assert worklist.items()[1].assigned_to is None
    named(opened).app.button(key="worklist_next").click().run()
    opened.settle()
    assert (opened.desk["rec"], opened.desk["start_s"]) == ("demo/demo_af", 40)
    item = worklist.get(recording.sha256)
    assert item is not None
    assert (item.assigned_to, item.status) == ("Dr. Ames", "reading")
    other = named(dashboard().open(), "Cid")
    other.app.button(key="worklist_next").click().run()
    assert "Nothing is left to read" in other.text


def test_recordings_of_a_folder_are_added_and_open_in_a_session_that_has_another_folder(
    dashboard: Open, tmp_path: Path
) -> None:
    folder = tmp_path / "ward"
    folder.mkdir()
    for name in ("demo_pvc", "demo_af"):
        for suffix in ("hea", "dat"):
            shutil.copy(DEMOS / f"{name}.{suffix}", folder / f"{name}.{suffix}")
    opened = named(dashboard().open())
    opened.app.text_input(key="recordings_folder").set_value(str(folder)).run()
    opened.app.selectbox(key="recordings_local_due").set_value("Due in 24 hours").run()
    opened.app.button(key="recordings_local_add_all").click().run()
    opened.settle(WORKLIST_JOBS)
    assert "2 recordings added." in opened.text or "2 recordings added." in opened.settle().text
    items = Worklist(database_in_use()).items()
    assert {item.origin.name for item in items} == {"demo_pvc", "demo_af"}
    assert all(item.due is not None for item in items)
    other = named(dashboard().open(), "Ben")
    other.app.button(key="worklist_next").click().run()
    assert other.settle().desk["rec"] == items[0].origin.rec
    assert other.app.session_state["local_folder"] == str(folder.resolve())


def test_a_file_that_has_changed_or_gone_is_not_opened_as_if_it_were_the_same(dashboard: Open, tmp_path: Path) -> None:
    folder = tmp_path / "ward"
    folder.mkdir()
    for suffix in ("hea", "dat"):
        shutil.copy(DEMOS / f"demo_pvc.{suffix}", folder / f"demo_pvc.{suffix}")
    worklist = Worklist(database_in_use())
    worklist.add([sha(1)], "Ann", origins={sha(1): Origin("local/demo_pvc", str(folder), "demo_pvc")})
    opened = named(dashboard().open())
    opened.app.text_input(key="recordings_folder").set_value(str(folder)).run()
    opened.app.button(key="recordings_local_add_all").click().run()  # its hash is known from here on
    opened.settle(WORKLIST_JOBS).settle()
    worklist.claim(next(i.recording_sha256 for i in worklist.items() if i.recording_sha256 != sha(1)), "Cid")
    opened.app.button(key="worklist_next").click().run()
    assert "has changed since it was added" in opened.text
    for file in folder.iterdir():
        file.unlink()
    opened.app.button(key="worklist_next").click().run()
    assert "cannot be opened: The recording local/demo_pvc is not here" in opened.text


def test_a_worklist_that_cannot_be_read_says_so(dashboard: Open, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "review.sqlite3").write_bytes(b"no database" * 500)
    opened = dashboard().open()
    assert "The worklist cannot be shown." in opened.text
    assert not demos_are_open(opened)


def item(**values: Any) -> WorklistItem:
    origin = Origin("demo/x", None, "x", values.pop("recorded_at", None), 60.0, 250.0)
    findings = Findings(**{"stage": "waves", "readable_share": 0.9, **values.pop("findings", {})})
    at = "2026-05-01T12:00:00+00:00"
    given = {"status": "new", "assigned_to": None, "claimed_at": None, "due": None, "position_sample": None, **values}
    return WorklistItem(sha(1), **given, added_at=at, changed_at=at, changed_by="Ann", origin=origin, findings=findings)


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ({"stage": "none"}, ("not analysed", "", "unknown")),
        ({"stage": "beats"}, ("no event so far", "beats are not classified", "unknown")),
        ({"stage": "classes"}, ("no event so far", "AV block and ST not looked for", "unknown")),
        ({}, ("no event found", "", "quiet")),
        ({"readable_share": 0.3}, ("no event so far", "mostly unreadable", "unknown")),
        ({"readable_share": None}, ("no event so far", "mostly unreadable", "unknown")),
        (
            {"worst_kind": "VF", "worst_sample": 250 * 3700},
            ("Ventricular fibrillation or flutter", "01:01:40 from the start", "danger"),
        ),
        ({"worst_kind": "PAUSE", "worst_sample": 250}, ("Pause", "00:00:01 from the start", "")),
        (
            {"statement": "ST elevation", "statement_severity": 0, "worst_kind": "COUPLET"},
            ("ST elevation", "ventricular couplet", "danger"),
        ),
        ({"statement": "Long QT", "statement_severity": 1}, ("Long QT", "", "")),
        (
            {"statement": "Ventricular tachycardia", "statement_severity": 0, "worst_kind": "VT", "worst_sample": 250},
            ("Ventricular tachycardia", "00:00:01 from the start", "danger"),
        ),
        (
            {"statement": "Long QT", "statement_severity": 1, "worst_kind": "ASYSTOLE", "worst_sample": 250},
            ("Asystole", "00:00:01 from the start; Long QT", "danger"),
        ),
    ],
)
def test_what_is_not_known_is_never_told_as_normal(findings: dict[str, Any], told: tuple[str, str, str]) -> None:
    assert worst_event(item(findings=findings)) == told


def test_times_and_burdens_are_in_words() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert span(timedelta(days=3, hours=4, minutes=5)) == "3 d 4 h"
    assert span(timedelta(hours=5, minutes=2)) == "5 h 02 min"
    assert span(timedelta(seconds=59)) == "0 min"
    assert until("2026-05-01T13:30:00+00:00", noon) == "in 1 h 30 min"
    assert until("2026-04-29T11:00:00+00:00", noon) == "2 d 1 h ago"
    known = {"burden_v_percent": 12.34, "burden_s_percent": 0.0, "af_share": 0.31}
    assert burden(item(findings=known)) == "V 12.3 % · S 0.0 % · AF 31 %"
    assert burden(item(findings={"stage": "none"})) == "–"
    at_night = item(recorded_at="2026-05-01T23:59:50", findings={"worst_kind": "VT", "worst_sample": 250 * 20})
    assert worst_event(at_night)[1].startswith("at 00:00:10")


def test_a_row_says_who_has_it_and_what_can_be_done() -> None:
    claimed = {"assigned_to": "Ann", "claimed_at": "2026-05-01T12:00:00+00:00"}
    (row,) = rows_of([item(status="reading", **claimed)], "Ben", "demo/x")
    assert (row["cells"]["status"], row["action"]) == ({"text": "being read", "below": "by Ann", "tone": ""}, None)
    assert row["current"] is True
    (row,) = rows_of([item(status="reading", **claimed)], "Ann", None)
    assert row["action"] == "release"
    (row,) = rows_of([item(status="signed", due="2020-01-01T00:00:00+00:00", **claimed)], "Ann", None)
    assert (row["overdue"], row["action"]) == (False, None)
