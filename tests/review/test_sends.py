"""Reports on their way: signed ones alone, claimed by one server at a time, kept until they arrive or are given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases
from sqlalchemy import Engine

from ecg_core.errors import ReviewError
from ecg_core.review import sends as module
from ecg_core.review.audit import AuditLog
from ecg_core.review.database import engine, writing
from ecg_core.review.reports import Report, Reports
from ecg_core.review.sends import CLAIM_S, LONGEST_WAIT_S, REFUSED_WAIT_S, Sends, wait_s

pytestmark = pytest.mark.slow

SHA = "a" * 64

Databases = Path | PostgresDatabases


@pytest.fixture
def database(databases: Databases) -> Engine:
    return engine(databases / "reviews")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time go on."""
    gone = [0.0]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(seconds=gone[0])

    monkeypatch.setattr(module, "datetime", Clock)

    def go(seconds: float) -> None:
        gone[0] += seconds

    return go


def signed(database: Engine) -> Report:
    reports = Reports(database)
    return reports.sign(reports.begin(SHA, {}, "Ann"), "Dr Ann", "cardiologist", model_sha256=None, log_revision=0)


def amended(database: Engine, report: Report) -> Report:
    reports = Reports(database)
    draft = reports.amend(report, "Dose was wrong", "Dr Ann")
    return reports.sign(draft, "Dr Ann", "cardiologist", model_sha256=None, log_revision=0)


def test_only_a_signed_report_is_sent_and_the_audit_log_tells_who_asked(database: Engine) -> None:
    Reports(database).begin(SHA, {}, "Ann")
    with pytest.raises(ReviewError, match="Only a signed report"):
        Sends(database).ask(SHA, 1, "pacs", "Ann")
    report = Reports(database).latest(SHA)
    assert report is not None
    report = Reports(database).sign(report, "Dr Ann", "cardiologist", model_sha256=None, log_revision=0)
    Sends(database).ask(SHA, 1, "pacs", "Bea", "reader", place="PACS@pacs:104")
    told = AuditLog(database).entries()[-1]
    assert (told.person, told.role, told.action, told.subject) == ("Bea", "reader", "asked for sending", SHA)
    assert told.details == {"report": 1, "hash": report.hash, "destination": "pacs", "place": "PACS@pacs:104"}


def test_a_try_that_fails_is_tried_again_after_a_while_until_it_arrives(
    database: Engine, later: Callable[[float], None]
) -> None:
    signed(database)
    sends = Sends(database)
    sends.ask(SHA, 1, "pacs", "Bea")
    assert sends.due(["pacs", "web"]) == ["pacs"]
    assert sends.due(["web"]) == []
    first = sends.claim("pacs")
    assert first is not None
    assert (first.state, first.tries) == ("sending", 1)
    sends.failed(first, "PACS does not answer.")
    (kept,) = sends.of(SHA)
    assert (kept.state, kept.reason) == ("failed", "PACS does not answer.")
    assert sends.claim("pacs") is None
    later(wait_s(1, refused=False) + 1)
    second = sends.claim("pacs")
    assert second is not None
    assert second.tries == 2
    sends.arrived(second, {"objects": 3})
    (kept,) = sends.of(SHA)
    assert (kept.state, kept.reason, kept.next_at) == ("sent", None, None)
    told = AuditLog(database).entries()[-1]
    assert (told.action, told.person, told.details["objects"], told.details["tries"]) == ("sent", "Bea", 3, 2)
    later(LONGEST_WAIT_S)
    assert sends.claim("pacs") is None


def test_waits_grow_and_what_was_refused_waits_longer() -> None:
    waits = [wait_s(tries, refused=False) for tries in range(1, 20)]
    assert waits == sorted(waits)
    assert waits[0] < waits[1]
    assert waits[-1] == LONGEST_WAIT_S
    assert wait_s(1, refused=True) == REFUSED_WAIT_S
    assert wait_s(10_000, refused=False) == LONGEST_WAIT_S


def test_what_a_killed_server_had_claimed_is_tried_by_the_next_one(
    database: Engine, later: Callable[[float], None]
) -> None:
    signed(database)
    sends = Sends(database)
    sends.ask(SHA, 1, "pacs", "Bea")
    killed = sends.claim("pacs")
    assert killed is not None
    assert sends.claim("pacs") is None
    later(CLAIM_S - 1)
    assert sends.renew(killed)
    later(CLAIM_S - 1)
    assert sends.due(["pacs"]) == []
    later(2)
    again = sends.claim("pacs")
    assert again is not None
    assert again.tries == 2
    # Whoever lost its claim changes nothing any more.
    assert not sends.renew(killed)
    sends.failed(killed, "too late")
    sends.arrived(killed, {})
    assert sends.of(SHA)[0].claim == again.claim


def test_two_servers_never_claim_the_same(databases: Databases) -> None:
    where = databases / "reviews"
    signed(engine(where))
    servers = [Sends(engine(where)) for _ in range(4)]
    for number in range(12):
        servers[0].ask(SHA, 1, f"pacs-{number}", "Bea")
    claimed: list[str] = []
    begin = threading.Barrier(len(servers))

    def work(server: Sends) -> None:
        begin.wait()
        names = [f"pacs-{number}" for number in range(12)]
        claimed.extend(name for name in names if server.claim(name) is not None)

    threads = [threading.Thread(target=work, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(f"pacs-{number}" for number in range(12))


def test_asking_again_tries_at_once_and_is_one_row(database: Engine) -> None:
    signed(database)
    sends = Sends(database)
    sends.ask(SHA, 1, "pacs", "Bea")
    claimed = sends.claim("pacs")
    assert claimed is not None
    with pytest.raises(ReviewError, match="being sent at the moment"):
        sends.ask(SHA, 1, "pacs", "Cas")
    sends.failed(claimed, "refused", refused=True)
    sends.ask(SHA, 1, "pacs", "Cas")
    (kept,) = sends.of(SHA)
    assert (kept.asked_by, kept.tries, kept.reason) == ("Cas", 0, None)
    assert sends.claim("pacs") is not None


def test_giving_up_is_told_and_ends_the_tries(database: Engine, later: Callable[[float], None]) -> None:
    signed(database)
    sends = Sends(database)
    sends.ask(SHA, 1, "pacs", "Bea")
    sends.give_up(sends.of(SHA)[0], "Cas", "reader")
    (kept,) = sends.of(SHA)
    assert (kept.state, kept.reason) == ("given up", "Given up by Cas.")
    later(10 * LONGEST_WAIT_S)
    assert sends.claim("pacs") is None
    assert AuditLog(database).entries()[-1].action == "gave up sending"
    with pytest.raises(ReviewError, match="it is given up"):
        sends.give_up(kept, "Cas")
    sends.ask(SHA, 1, "pacs", "Bea")
    assert sends.claim("pacs") is not None


def test_a_version_that_was_replaced_is_not_sent_over_the_newer_one(database: Engine) -> None:
    first = signed(database)
    sends = Sends(database)
    sends.ask(SHA, 1, "pacs", "Bea")
    amended(database, first)
    assert sends.claim("pacs") is None
    (kept,) = sends.of(SHA)
    assert kept.state == "given up"
    assert kept.reason == "Version 2 was signed before it could be sent."
    with pytest.raises(ReviewError, match="replaced by version 2; send that one"):
        sends.ask(SHA, 1, "pacs", "Bea")
    assert sends.ask(SHA, 2, "pacs", "Bea").version == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sends",
        "UPDATE sends SET destination = 'elsewhere'",
        f"UPDATE sends SET report_hash = '{'b' * 64}'",
        "UPDATE documents SET data = 'x'",
        "DELETE FROM documents",
    ],
)
def test_the_database_itself_refuses_to_forget_what_was_sent_where(database: Engine, statement: str) -> None:
    from ecg_core.review.documents import StoredDocuments

    signed(database)
    StoredDocuments(database).keep({"pdf": b"%PDF"})
    Sends(database).ask(SHA, 1, "pacs", "Bea")
    with (
        pytest.raises(ReviewError, match=r"never changed or forgotten|only ever appended"),
        writing(database) as connection,
    ):
        connection.exec_driver_sql(statement)
