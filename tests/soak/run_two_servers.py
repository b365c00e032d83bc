"""Two servers on one PostgreSQL database: ``python tests/soak/run_two_servers.py --database ADDRESS --seconds 10``.

People edit, undo, import and export on both, which show the same recordings; each server is killed (kill -9) and
started anew in turn. Ends with the count of acknowledged and found edits; exit status 1 if one is lost or stands twice,
or if the audit log is broken.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from soak.clients import Client  # noqa: E402
from soak.ledger import Ledger  # noqa: E402
from soak.run_soak import Dashboard  # noqa: E402
from soak.soak_recordings import make_recordings  # noqa: E402

RECORDINGS = 4
WAIT_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--database", required=True)
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    os.environ["RHYTHMOSCOPE_DATABASE"] = asked.database
    folder = Path(tempfile.mkdtemp(prefix="rhythmoscope-soak-"))
    data, cache = make_recordings(folder, RECORDINGS)
    servers = []
    for name in ("one", "two"):
        (folder / name).mkdir()
        servers.append(Dashboard(folder / name, data, cache, folder / name / "home"))
    ledger = Ledger()
    recs = [f"local/p{at}" for at in range(RECORDINGS)]
    clients = [
        Client(f"{name}-{at}", f"{name}-{at}", server.url, recs, ledger)
        for at, server in enumerate(servers)
        for name in ("Ames", "Baker")
    ]
    try:
        for server in servers:
            server.start()
        for client in clients:
            client.start()
        for server in servers:
            _await_edits(ledger, asked.seconds / 3)
            server.end(signal.SIGKILL)
            server.start()
        _await_edits(ledger, asked.seconds / 3)
        for client in clients:
            client.over.set()
        for client in clients:
            client.join(90)
    finally:
        for server in servers:
            server.end(signal.SIGKILL)
    status = _sum_up(ledger, [f"{client.name}: {client.failed}" for client in clients if client.failed])
    shutil.rmtree(folder, ignore_errors=True)
    return status


def _await_edits(ledger: Ledger, seconds: float) -> None:
    """Wait for some seconds, and until edits were acknowledged, however slow the machine is."""
    before, began_s = ledger.acknowledged, time.monotonic()
    while time.monotonic() - began_s < seconds or ledger.acknowledged < before + 20:
        if time.monotonic() - began_s > seconds + WAIT_S:
            raise RuntimeError("No edits were acknowledged.")
        time.sleep(0.1)


def _sum_up(ledger: Ledger, failed: list[str]) -> int:
    from sqlalchemy import text

    from ecg_core.review.audit import AuditLog
    from ecg_core.review.database import engine, reading

    made = engine()
    with reading(made) as connection:
        uuids = [str(uuid) for uuid in connection.scalars(text("SELECT uuid FROM entries"))]
    audit = AuditLog(made).verify()
    n_told = sum(entry.details.get("entries", 0) for entry in AuditLog(made).entries())
    lost, doubled = ledger.expected - set(uuids), len(uuids) - len(set(uuids))
    for line in failed:
        print(f"A client failed: {line}")
    print(
        f"{ledger.acknowledged} edits acknowledged, {len(lost)} lost, {doubled} doubled; "
        f"{audit.n_entries} entries in the audit log, which tell of {n_told} of the {len(uuids)} edits in the log; "
        f"broken at {audit.broken_at}."
    )
    whole = audit.broken_at is None and n_told == len(uuids)
    return 0 if whole and not lost and not doubled and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
