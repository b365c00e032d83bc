"""A log as a file: it carries everything, fits its recording alone, and is taken once."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postgresql_for_tests import PostgresDatabases
from review_for_tests import FS_HZ, N_SAMPLES, QUALITY, base, everything_of, log_in, named, recording, session_in
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from test_fold_properties import LOGS

from ecg_core.errors import CannotKeepError, ReviewError
from ecg_core.review.edits import Add, Delete, Redo, Relabel, SplitFamily, Undo
from ecg_core.review.exchange import export_log, import_log
from ecg_core.review.fold import fold
from ecg_core.review.log import EditLog, Entry

pytestmark = pytest.mark.slow

V = Relabel((300,), "V")
Databases = Path | PostgresDatabases


def edited(folder: Databases) -> EditLog:
    """Make a log that does not begin with entry 1, with edits undone, redone and refused."""
    other = log_in(folder, "made here")
    EditLog(other.engine, "e" * 64, None).append("Eve", [V, V], ["e1", "e2"])
    session = session_in(folder, "made here")
    session.edit("Ann", named(V, Add(-1, 350, "S"), SplitFamily(0, 3, (100, 200))))
    session.edit("Ben", named(Delete(((300, 301),)), Relabel((-1, 400), "Q")))
    session.undo("Ann")
    session.undo("Ann")
    session.redo("Ann")
    return session.log


def as_file(log: EditLog) -> dict[str, Any]:
    return json.loads(json.dumps(export_log(log, "record", "some")))


def test_an_empty_database_comes_to_the_same_state(databases: Databases) -> None:
    log = edited(databases)
    elsewhere = log_in(databases, "elsewhere")
    n_entries = len(log.entries())
    assert import_log(elsewhere, json.dumps(export_log(log)).encode()) == n_entries == 8
    assert log.entries()[0].seq != elsewhere.entries()[0].seq
    here, there = session_in(databases, "made here"), session_in(databases, "elsewhere")
    assert everything_of(here.state) == everything_of(there.state)
    for one, other in zip(log.entries(), elsewhere.entries(), strict=True):
        assert (one.uuid, one.person, one.at, one.action) == (other.uuid, other.person, other.at, other.action)
    for person in ("Ann", "Ben"):
        mine, theirs = here.history(person), there.history(person)
        for way in ("undo", "redo"):
            one, other = mine[way], theirs[way]
            assert (one and one.uuid) == (other and other.uuid)


def test_taking_the_same_file_again_changes_nothing(databases: Databases) -> None:
    log = edited(databases)
    before = log.entries()
    assert import_log(log, as_file(log)) == 0
    assert log.entries() == before


def test_what_was_edited_meanwhile_stays_and_what_is_new_comes_behind(databases: Databases) -> None:
    log = edited(databases)
    elsewhere = session_in(databases, "elsewhere")
    import_log(elsewhere.log, as_file(log))
    elsewhere.edit("Cid", [("c", Relabel((900,), "F"))])
    more = session_in(databases, "made here")
    more.undo("Ben")
    assert import_log(elsewhere.log, as_file(log)) == 1
    elsewhere.catch_up()
    assert [entry.action for entry in elsewhere.log.entries()][-2:] == ["relabel", "undo"]
    assert elsewhere.state.refused == [
        (seq, sentence) for seq, sentence in elsewhere.state.refused if "not deleted" in sentence
    ]
    assert elsewhere.state.label[elsewhere.state.positions([400, 900])].tolist() == ["N", "F"]


def test_the_file_tells_hashes_versions_and_names(tmp_path: Path) -> None:
    log = edited(tmp_path)
    described = export_log(log, "record", "some")
    assert described["recording"] == {"name": "record", "sha256": recording().sha256}
    assert described["model"] == {"name": "some", "sha256": log.model_sha256}
    assert described["format_version"] == 1
    assert described["software_version"]
    assert [entry["person"] for entry in described["entries"]] == ["Ann"] * 3 + ["Ben"] * 2 + ["Ann"] * 3


def other_recording(file: dict[str, Any]) -> None:
    file["recording"]["sha256"] = "0" * 64


def other_model(file: dict[str, Any]) -> None:
    file["model"]["sha256"] = "0" * 64


def no_model(file: dict[str, Any]) -> None:
    file["model"]["sha256"] = "none"


def newer(file: dict[str, Any]) -> None:
    file["format_version"] = 2


def other_format(file: dict[str, Any]) -> None:
    file["format"] = "something"


def no_entries(file: dict[str, Any]) -> None:
    del file["entries"]


def out_of_order(file: dict[str, Any]) -> None:
    file["entries"].reverse()


def twice(file: dict[str, Any]) -> None:
    file["entries"].append(file["entries"][-1])


def no_time(file: dict[str, Any]) -> None:
    file["entries"][2]["at"] = "yesterday"


def no_person(file: dict[str, Any]) -> None:
    file["entries"][2]["person"] = ""


def wrong_label(file: dict[str, Any]) -> None:
    file["entries"][0]["label"] = "X"


def lost_target(file: dict[str, Any]) -> None:
    del file["entries"][2]


def not_an_entry(file: dict[str, Any]) -> None:
    file["entries"][2] = 5


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (other_recording, "another recording 'record'"),
        (other_model, "another model 'some'"),
        (no_model, "without a model"),
        (newer, "version 2"),
        (other_format, "not a file of edits"),
        (no_entries, "list of entries"),
        (out_of_order, "out of order"),
        (twice, "out of order"),
        (no_time, "Entry 3"),
        (no_person, "person's name"),
        (wrong_label, "Entry 1"),
        (lost_target, "which it lacks"),
        (not_an_entry, "Entry 3"),
    ],
)
def test_a_file_that_does_not_fit_is_told_in_one_sentence_and_leaves_nothing(
    tmp_path: Path, damage: Callable[[dict[str, Any]], None], told: str
) -> None:
    file = as_file(edited(tmp_path))
    damage(file)
    elsewhere = log_in(tmp_path, "elsewhere")
    with pytest.raises(ReviewError, match=told) as raised:
        import_log(elsewhere, file)
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith(".")
    assert elsewhere.entries() == []


def test_an_entry_that_was_changed_in_the_file_is_refused(tmp_path: Path) -> None:
    log = edited(tmp_path)
    before = log.entries()
    for name, value in (("person", "Mallory"), ("label", "N")):
        file = as_file(log)
        file["entries"][0][name] = value
        with pytest.raises(ReviewError, match="stands otherwise"):
            import_log(log, file)
    assert log.entries() == before


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[]", "null", b"{", "[" * 100_000, "7", "{}"])
def test_what_is_no_file_of_edits_is_told_in_one_sentence(tmp_path: Path, content: bytes | str) -> None:
    with pytest.raises(ReviewError, match=r"^This is not a file of edits[^\n]*\.$"):
        import_log(log_in(tmp_path), content)


JSON = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)


@settings(max_examples=30)
@given(st.data())
def test_whatever_is_damaged_all_is_taken_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    file = copy.deepcopy(as_file(edited(folder)))
    place: Any = file["entries"][data.draw(st.integers(0, 7))]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    elsewhere = log_in(folder, "elsewhere")
    try:
        n_new = import_log(elsewhere, json.dumps(file))
    except ReviewError as error:
        assert "\n" not in str(error)
        assert elsewhere.entries() == []
    else:
        assert n_new == len(elsewhere.entries()) == 8
        session_in(folder, "elsewhere")


@settings(max_examples=20)
@given(LOGS)
def test_whatever_was_done_comes_through_a_file(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    folder = tmp_path_factory.mktemp("through")
    log = log_in(folder, "here")
    EditLog(log.engine, "e" * 64, None).append("Eve", [V], ["e1"])
    numbers: dict[int, int] = {}
    for entry in entries:
        edit = entry.edit
        if isinstance(edit, (Undo, Redo)):
            if edit.entry not in numbers:  # nothing can be undone before it was done
                continue
            edit = type(edit)(numbers[edit.entry])
        numbers[entry.seq] = log.append(entry.person, [edit], [entry.uuid])[0].seq
    elsewhere = log_in(folder, "elsewhere")
    import_log(elsewhere, json.dumps(export_log(log)))
    states = [fold(base(), one.entries(), FS_HZ, N_SAMPLES, QUALITY) for one in (log, elsewhere)]
    assert everything_of(states[0])[:5] == everything_of(states[1])[:5]
    assert len(states[0].refused) == len(states[1].refused)


def large(folder: Path, n_edits: int = 1_200) -> EditLog:
    """Make a log of several batches, in which late entries name early ones."""
    log = log_in(folder, "large")
    for first in range(0, n_edits, 100):
        names = [f"n{number}" for number in range(first, first + 100)]
        revision = log.revision()
        entries = log.append(
            "Ann", [Relabel((100 * (number % 40 + 1),), "V") for number in range(100)], names, revision
        )
    log.append("Ann", [Undo(entries[-1].seq), Undo(entries[0].seq), Redo(entries[0].seq)], ["u1", "u2", "u3"])
    return log


def test_a_large_file_comes_in_batches_and_others_edit_in_between(tmp_path: Path) -> None:
    log = large(tmp_path)
    elsewhere, others = log_in(tmp_path, "elsewhere"), log_in(tmp_path, "elsewhere")
    others.append("Ben", [V], ["before"])
    inserted: list[int] = []

    def count(_c: object, _u: object, statement: str, rows: Any, _x: object, many: bool) -> None:
        if statement.startswith("INSERT INTO entries"):
            inserted.append(len(rows) if many else 1)

    event.listen(elsewhere.engine, "before_cursor_execute", count)
    reports: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        reports.append((done, total))
        others.append("Ben", [V], [f"between {done}"])

    assert import_log(elsewhere, as_file(log), report) == 1_203
    assert inserted == [500, 500, 203]
    assert reports == [(500, 1_203), (1_000, 1_203), (1_203, 1_203)]
    names = [entry.uuid for entry in elsewhere.entries()]
    assert names.index("between 500") == 501
    assert [name for name in names if name[0] != "b"] == [entry.uuid for entry in log.entries()]
    assert import_log(elsewhere, as_file(log), report) == 0
    there, here = ({entry.uuid: entry for entry in one.entries() if entry.person == "Ann"} for one in (log, elsewhere))
    of_uuid = [{entry.seq: entry.uuid for entry in one.values()} for one in (there, here)]
    for uuid, entry in there.items():
        assert (entry.person, entry.at, entry.action) == (here[uuid].person, here[uuid].at, here[uuid].action)
        if isinstance(entry.edit, (Undo, Redo)):
            mine = here[uuid].edit
            assert isinstance(mine, (Undo, Redo))
            assert of_uuid[0][entry.edit.entry] == of_uuid[1][mine.entry]
        seen, own = entry.based_on, here[uuid].based_on
        assert of_uuid[0].get(seen or 0) == of_uuid[1].get(own or 0)


def test_an_import_that_breaks_off_goes_on_when_it_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = large(tmp_path)
    elsewhere = log_in(tmp_path, "elsewhere")
    insert, batches = EditLog.insert_within, []

    def full(self: EditLog, connection: Connection, entries: list[Entry], *more: Any) -> None:
        batches.append(len(entries))
        insert(self, connection, entries, *more)
        if len(batches) == 2:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(EditLog, "insert_within", full)
        with pytest.raises(CannotKeepError, match=r"^500 of the 1,203 edits .*full.*Import the file again[^\n]*\.$"):
            import_log(elsewhere, as_file(log))
    assert [entry.uuid for entry in elsewhere.entries()] == [f"n{number}" for number in range(500)]
    assert import_log(elsewhere, as_file(log)) == 703
    states = [fold(base(), one.entries(), FS_HZ, N_SAMPLES, QUALITY) for one in (log, elsewhere)]
    assert everything_of(states[0]) == everything_of(states[1])


def test_a_file_that_contradicts_the_log_late_leaves_nothing(tmp_path: Path) -> None:
    log = large(tmp_path)
    elsewhere = log_in(tmp_path, "elsewhere")
    elsewhere.append("Ann", [V], ["n1100"])
    with pytest.raises(ReviewError, match="stands otherwise"):
        import_log(elsewhere, as_file(log))
    EditLog(elsewhere.engine, "e" * 64, None).append("Ann", [V], ["n1150"])
    file = as_file(log)
    file["entries"][1_100]["uuid"] = "another"
    with pytest.raises(ReviewError, match="another recording"):
        import_log(elsewhere, file)
    assert [entry.uuid for entry in elsewhere.entries()] == ["n1100"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", "2026-01-01\x0012:00:00+00:00"),
        ("at", "2026-01-01\u202e12:00:00+00:00"),
        ("at", "2026-01-01T12:00:00"),
        ("at", "2026-13-01T12:00:00+00:00"),
        ("at", "\u0662026-01-01T12:00:00+00:00"),
        ("uuid", "a\u202eb"),
        ("uuid", "a\x00"),
        ("uuid", "\ud800"),
        ("person", "Ann\u2067"),
        ("person", "\udfff"),
        ("based_on", -1),
        ("based_on", "5"),
    ],
)
def test_each_field_of_a_file_is_held_to_what_an_edit_may_say(tmp_path: Path, name: str, value: object) -> None:
    file = as_file(edited(tmp_path))
    file["entries"][0][name] = value
    elsewhere = log_in(tmp_path, "elsewhere")
    with pytest.raises(ReviewError, match=r"^[^\n]+\.$"):
        import_log(elsewhere, json.dumps(file))
    assert elsewhere.entries() == []
