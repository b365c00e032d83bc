"""A disk that an ordinary user cannot write to: edits are refused with a sentence, and reading works with all edits.

Root may write everywhere, so the dashboard's part runs in a process that has become "nobody".
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, os, sys
from pathlib import Path
sys.path[:0] = [{root!r}, {root!r} + "/tests", {root!r} + "/tests/api"]
home = Path({home!r})
os.environ["RHYTHMOSCOPE_HOME"] = str(home)
os.environ["RHYTHMOSCOPE_CACHE"] = str(home.parent / "cache")
from asgi_client import request
from desk_client import DeskClient
from starlette.applications import Starlette
from teller import Teller
from ecg_core.analysis import analyse
from ecg_core.formats import open_recording
from ecg_core.sources.demos import demo_folder
from pages.api import health
from pages.services import review_sessions, workspace

opened = workspace.open_in_workspace("demo/demo_pvc", "")
opened.keep(analyse(open_recording(demo_folder() / "demo_pvc.hea"), Teller(), cache=False))

def edit(number):
    beat = dict(uuid="edit %d" % number, action="add", beat=-number, sample=300 + 10 * number, label="V")
    return DeskClient(opened).send("edits", dict(edits=[beat]))

first = edit(1).status_code
files = {{path.name: path.read_bytes() for path in home.iterdir()}}
made = review_sessions._sessions[opened].session.log.engine
made.dispose()
from ecg_core.review import database
database._held.clear()
review_sessions._sessions.clear(); review_sessions._database.cache_clear(); review_sessions._looked.clear()
if {killed!r}:  # as a process leaves it that had no time to close it
    for name in {killed!r}:
        (home / name).write_bytes(files[name])
if os.geteuid() == 0:
    for path in (home, *home.iterdir()):
        os.chown(path, 65534, 65534)
for path in home.iterdir():
    path.chmod(0o400)
home.chmod(0o500)
if os.geteuid() == 0:
    os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
before = sorted(path.name for path in home.iterdir())
client = DeskClient(opened)
state, ids = client.state(), client.packed("beats")[1]["id"].tolist()
answer = edit(2)
print(json.dumps(dict(
    first=first, user=os.geteuid(), shown=-1 in ids, beats=state["summary"]["n_beats"],
    problem=state["edits_problem"], refused=answer.status_code, why=answer.json()["problem"],
    changes=client.ask("changes", since=state["revision"], kept="no").status_code,
    exported=client.ask("export/beats.csv").status_code,
    health=request(Starlette(routes=health.HEALTH), "GET", "/healthz").json()["reasons"],
    same=before == sorted(path.name for path in home.iterdir()),
)))
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that another user can reach, as those of the test's own account cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="read-only-"))
    folder.chmod(0o755)
    yield folder / "home"
    if (folder / "home").exists():
        (folder / "home").chmod(0o700)
    shutil.rmtree(folder)


def told(home: Path, killed: tuple[str, ...] = ()) -> dict[str, Any]:
    program = PROGRAM.format(root=str(ROOT), home=str(home), killed=killed)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.skipif(os.name != "posix", reason="users are set as POSIX does it")
@pytest.mark.parametrize(
    "left",
    [(), ("review.sqlite3-wal", "review.sqlite3-shm"), ("review.sqlite3-wal",)],
    ids=["closed", "killed", "killed, without the index"],
)
def test_edits_are_refused_with_a_sentence_and_reading_works(home: Path, left: tuple[str, ...]) -> None:
    answer = told(home, left)
    assert answer["first"] == 200
    assert answer["user"] != 0
    assert "Edits cannot be kept" in answer["problem"]
    assert "cannot be written to" in answer["problem"]
    assert answer["refused"] == 503
    assert answer["why"] == answer["problem"]
    assert answer["beats"] > 100
    assert (answer["changes"], answer["exported"]) == (204, 200)
    assert ("database", "read_only") in [(reason["what"], reason["how"]) for reason in answer["health"]]
    assert answer["same"]
    # Edits that are there are shown, or it is said that they are not.
    assert answer["shown"] == ("not shown" not in answer["problem"])
    assert answer["shown"] or left == ("review.sqlite3-wal",)
