"""The worklist: who reads what until when; two people never claim one recording."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from postgresql_for_tests import PostgresDatabases

from ecg_core.errors import ReviewError
from ecg_core.review import database
from ecg_core.review.audit import AuditLog
from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import STATUSES, Counts, Findings, Origin
from ecg_core.review.worklist_order import Filter, Order

pytestmark = pytest.mark.slow

Databases = Path | PostgresDatabases
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def worklist_in(databases: Databases, *recordings: str) -> Worklist:
    worklist = Worklist(database.engine(databases / "review.sqlite3"))
    if recordings:
        worklist.add(recordings, "Ann")
    return worklist


def test_recordings_are_added_once(databases: Databases) -> None:
    worklist = worklist_in(databases)
    assert worklist.get(A) is None
    assert worklist.add([A, B, A], "Ann", "administrator", due="2026-05-01T12:00+02:00") == 2
    worklist.claim(A, "Ben")
    assert worklist.add([A, C], "Ann") == 1
    item = worklist.get(A)
    assert item is not None
    assert (item.status, item.assigned_to, item.due) == ("reading", "Ben", "2026-05-01T10:00:00+00:00")
    assert (item.position_sample, item.changed_by) == (None, "Ben")
    told = AuditLog(worklist.engine).entries()
    assert [(entry.person, entry.role, entry.action, entry.subject) for entry in told][:2] == [
        ("Ann", "administrator", "added to the worklist", A),
        ("Ann", "administrator", "added to the worklist", B),
    ]


def listed(worklist: Worklist, order: Order = "urgency", **by: Any) -> str:
    """Return the recordings that pass a filter, in order, by the letter of which their hash is made."""
    found = worklist.items(Filter(**by), order)
    assert worklist.n_items(Filter(**by)) == len(found)
    return "".join(item.recording_sha256[0] for item in found)


def found_in(worklist: Worklist, recording: str, **findings: Any) -> None:
    worklist.keep_findings(recording, Findings(**{"stage": "waves", "readable_share": 0.9, **findings}))


def test_what_is_due_first_comes_first_and_filters_hold(databases: Databases) -> None:
    worklist = worklist_in(databases, A, B, C)
    worklist.set_due(C, "2026-05-02T00:00Z", "Ann")
    worklist.set_due(B, "2026-05-01T23:00-03:00", "Ann")
    assert listed(worklist) == listed(worklist, "due") == "cba"
    worklist.claim(B, "Ben")
    assert listed(worklist, statuses=("reading",)) == "b"
    assert listed(worklist, statuses=("new", "reading"), assigned_to="Ben") == "b"
    assert listed(worklist, unassigned=True) == "ca"
    assert listed(worklist, due_before="2026-05-02T01:00:00+00:00") == "c"
    assert listed(worklist, statuses=()) == ""
    worklist.set_due(C, None, "Ann")
    assert listed(worklist)[0] == "b"


def test_the_most_urgent_comes_first_and_what_is_not_known_is_never_last(databases: Databases) -> None:
    worklist = worklist_in(databases, *(letter * 64 for letter in "0123456789abcdef"))
    for letter, findings in {
        "0": {"worst_kind": "SINGLE_V"},
        "1": {"worst_kind": "PAUSE"},
        "2": {},
        "3": {"worst_kind": "VF"},
        "4": {"worst_kind": "CAPTURE"},
        "5": {"stage": "beats"},
        "6": {"stage": "classes", "worst_kind": "SBR"},
        "7": {"readable_share": 0.2},
        "8": {"worst_kind": "SINGLE_S", "statement": "STEMI", "statement_severity": 0},
        "9": {"worst_kind": "VT", "stage": "beats", "readable_share": None},
        "a": {"worst_kind": "VF"},
        "b": {"worst_kind": "VF"},
        "c": {"statement": "QT", "statement_severity": 1},
    }.items():
        found_in(worklist, letter * 64, **findings)
    worklist.mark_read("a" * 64, "Ann")
    worklist.set_status("b" * 64, "signed", "Ann")
    # What nobody has analysed (d, e, f), not to the end (5, 6) or cannot be read (7) comes before a pause.
    assert listed(worklist) == "3984" + "567def" + "1c02" + "a" + "b"
    assert listed(worklist, worst="not analysed") == "9" + "5def"
    assert listed(worklist, worst="no event") == "7" + "c2"
    assert listed(worklist, worst="VF") == "3ab"
    assert worklist.worst_kinds() == {"SINGLE_V", "PAUSE", "VF", "CAPTURE", "SBR", "SINGLE_S", "VT"}
    assert [item.recording_sha256[0] for item in worklist.items(first=2, count=3)] == ["8", "4", "5"]
    worklist.set_due("3" * 64, "2020-01-01T00:00Z", "Ann")
    worklist.set_due("4" * 64, "2999-01-01T00:00Z", "Ann")
    worklist.set_due("b" * 64, "2020-01-01T00:00Z", "Ann")
    assert worklist.counts() == Counts(n_all=16, n_open=15, n_overdue=1, n_not_analysed=5)


def test_names_are_searched_whatever_their_case_and_sorted(databases: Databases) -> None:
    worklist = worklist_in(databases)
    origins = {
        A: Origin("local/x", "/data", "Ward_3/x%1", "2026-05-02T10:00:00", 86400.0, 250.0),
        B: Origin("demo/b", None, "alpha", "2026-05-03T10:00:00"),
    }
    worklist.add([A, B, C], "Ann", origins=origins)
    assert listed(worklist, "name") == "bac"
    assert listed(worklist, "recorded") == "bac"
    assert listed(worklist, "waiting") == "abc"
    assert listed(worklist, text=" ward_3 ") == listed(worklist, text="%") == "a"
    assert listed(worklist, text="x_1") == ""
    item = worklist.get(A)
    assert item is not None
    assert item.origin == origins[A]
    worklist.add([A, C], "Ann", origins={A: Origin("local/y", "/data", "y")})
    assert listed(worklist, text="y") == "a"


def test_findings_are_kept_once_and_only_of_what_is_in_the_worklist(databases: Databases) -> None:
    worklist = worklist_in(databases, A)
    findings = Findings("waves", "VT", 5000, "Statement", 0, 1.5, 0.25, 0.125, 0.75)
    assert worklist.keep_findings(A, findings)
    assert not worklist.keep_findings(A, findings)
    assert not worklist.keep_findings(B, findings)
    item = worklist.get(A)
    assert item is not None
    assert (item.findings, item.changed_by) == (findings, "Ann")
    assert worklist.keep_findings(A, findings, Origin("demo/a"))
    assert worklist.get(B) is None


def test_only_what_nobody_has_read_is_taken_out(databases: Databases) -> None:
    worklist = worklist_in(databases, A, B)
    worklist.claim(A, "Ann")
    with pytest.raises(ReviewError, match="Ann is reading this recording since"):
        worklist.remove(A, "Ben")
    worklist.mark_read(B, "Ben")
    with pytest.raises(ReviewError, match="is read stays in the worklist"):
        worklist.remove(B, "Ben")
    worklist.remove(A, "Ann")
    worklist.remove(A, "Ann")
    assert listed(worklist) == "b"
    assert AuditLog(worklist.engine).entries(last=1)[0].action == "removed from the worklist"
    worklist.add([A, C], "Ann", origins={each: Origin("upload/t/1", "/tmp/t") for each in (A, C)})
    worklist.claim(C, "Ann")
    assert worklist.remove_new_of_folder("/tmp/other", "Server") == 0
    assert worklist.remove_new_of_folder("/tmp/t", "Server") == 1
    assert listed(worklist, "waiting") == "bc"


def test_who_goes_on_gets_the_most_urgent_that_nobody_has_then_their_own_in_turn(databases: Databases) -> None:
    worklist = worklist_in(databases)
    worklist.add([A, B, C], "Ann", origins={each: Origin(f"demo/{each[0]}") for each in (A, B, C)})
    found_in(worklist, B, worst_kind="VF")
    found_in(worklist, A)

    def next_of(person: str, leaving: str | None = None, gone: str = "") -> str | None:
        item = worklist.claim_next(person, leaving=leaving, openable=lambda one: one.recording_sha256 != gone)
        assert item is None or (item.assigned_to, item.status) == (person, "reading")
        return None if item is None else item.recording_sha256[0]

    assert next_of("Ann", gone=B) == "c"
    assert next_of("Ann", leaving=C) == "b"
    assert next_of("Ben") == "a"
    assert next_of("Ben", leaving=A) is None
    assert next_of("Ann", leaving=B) == "c"
    assert next_of("Ann", leaving=C) == "b"
    worklist.mark_read(C, "Ann")
    assert next_of("Ann", leaving=B) is None
    worklist.add(["d" * 64], "Ann")  # nobody knows where it is
    assert next_of("Cid") is None


def test_who_begins_with_a_recording_has_it_unless_somebody_else_does(databases: Databases) -> None:
    worklist, origin = worklist_in(databases), Origin("local/a", "/data", "a")

    def begun_by(person: str) -> tuple[str, str | None]:
        item = worklist.begin(A, origin, person)
        assert item is not None
        assert item.origin == origin
        return item.status, item.assigned_to

    assert worklist.begin(A, None, "Ann") is None
    assert begun_by("Ann") == ("reading", "Ann")
    assert begun_by("Ben") == ("reading", "Ann")
    assert worklist.mark_read(A, "Ann").status == "read"
    with pytest.raises(ReviewError, match="Ann is reading"):
        worklist.mark_read(A, "Ben")
    assert begun_by("Ann") == ("reading", "Ann")
    worklist.set_status(A, "signed", "Ann")
    assert begun_by("Ann") == ("signed", "Ann")
    assert worklist.add([B], "Ann") == 1
    assert (worklist.mark_read(B, "Ben").assigned_to, worklist.claim(B, "Ben").status) == ("Ben", "reading")


def test_a_claim_is_one_persons_until_it_is_released_or_taken_over(databases: Databases) -> None:
    worklist = worklist_in(databases, A)
    claimed = worklist.claim(A, "Ann")
    assert (claimed.status, claimed.assigned_to) == ("reading", "Ann")
    assert claimed.claimed_at is not None
    assert worklist.claim(A, "Ann") == claimed
    with pytest.raises(ReviewError, match="Ann is reading this recording since 20"):
        worklist.claim(A, "Ben")
    with pytest.raises(ReviewError, match="Ann has claimed this recording, not Ben"):
        worklist.release(A, "Ben")
    assert worklist.claim(A, "Ben", take_over=True).assigned_to == "Ben"
    released = worklist.release(A, "Cid", others=True)
    assert (released.status, released.assigned_to, released.claimed_at) == ("new", None, None)
    assert worklist.release(A, "Cid") == released
    told = [(entry.person, entry.action, entry.details) for entry in AuditLog(worklist.engine).entries()][1:]
    assert told == [
        ("Ann", "claimed", {"from": None}),
        ("Ben", "claimed", {"from": "Ann"}),
        ("Cid", "released", {"of": "Ben"}),
    ]


def test_of_people_who_claim_at_once_one_has_it(databases: Databases) -> None:
    worklist_in(databases, A)
    got: list[str] = []

    def claim(person: str) -> None:
        try:
            got.append(str(worklist_in(databases).claim(A, person).assigned_to))
        except ReviewError as error:
            assert "is reading" in str(error)

    threads = [threading.Thread(target=claim, args=(f"P{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    item = worklist_in(databases).get(A)
    assert item is not None
    assert got == [item.assigned_to]


def test_what_was_signed_is_never_new_again(databases: Databases) -> None:
    worklist = worklist_in(databases, A)
    for status in ("reading", "read", "signed", "amended"):
        assert worklist.set_status(A, status, "Ann").status == status
    for status in ("new", "read", "signed"):
        with pytest.raises(ReviewError, match=f"amended cannot become {status}"):
            worklist.set_status(A, status, "Ann")
    assert AuditLog(worklist.engine).entries(last=1)[0].details == {"from": "signed", "to": "amended"}
    assert set(STATUSES) == {"new", "reading", "read", "signed", "amended"}


def test_reading_goes_on_where_it_stopped(databases: Databases) -> None:
    worklist = worklist_in(databases, A)
    n_told = len(AuditLog(worklist.engine).entries())
    worklist.keep_position(A, 31_104_000, "Ann")
    worklist.keep_position(B, 5, "Ann")
    item = worklist.get(A)
    assert item is not None
    assert (item.position_sample, item.changed_by, item.status) == (31_104_000, "Ann", "new")
    assert worklist.get(B) is None
    assert len(AuditLog(worklist.engine).entries()) == n_told
    worklist.claim(A, "Ben")
    worklist.keep_position(A, 7, "Ann")
    item = worklist.get(A)
    assert item is not None
    assert item.position_sample == 31_104_000
    with pytest.raises(ReviewError, match="number of a sample"):
        worklist.keep_position(A, -1, "Ann")


@pytest.mark.parametrize("recording", ["", "A" * 64, "a" * 63, "x" * 64])
def test_what_is_no_recording_is_refused(tmp_path: Path, recording: str) -> None:
    with pytest.raises(ReviewError, match="SHA-256"):
        worklist_in(tmp_path).add([A, recording], "Ann")
    assert worklist_in(tmp_path).items() == []


def test_what_is_not_in_the_worklist_is_refused(tmp_path: Path) -> None:
    worklist = worklist_in(tmp_path)
    for change in (worklist.claim, worklist.release):
        with pytest.raises(ReviewError, match="not in the worklist"):
            change(A, "Ann")
    with pytest.raises(ReviewError, match="ISO 8601"):
        worklist.set_due(A, "tomorrow", "Ann")
