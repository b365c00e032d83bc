"""Two dashboards on one PostgreSQL database, killed in turn while people edit on both."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from browser.driving import ROOT
from postgresql_for_tests import PostgresDatabases, Server


@pytest.mark.slow
def test_two_servers_on_one_database_lose_and_double_nothing(postgresql_server: Server) -> None:
    databases = PostgresDatabases(postgresql_server)
    address = databases.empty("shared").render_as_string(hide_password=False)
    command = [sys.executable, "tests/soak/run_two_servers.py", "--database", address, "--seconds", "6"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    databases.drop()
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    counted = re.search(r"(\d+) edits acknowledged, 0 lost, 0 doubled; (\d+) entries in the audit log", done.stdout)
    assert counted
    assert int(counted[1]) >= 60
    assert int(counted[2]) >= 60
