"""Every hostile file of the catalogue: refused in one sentence or opened harmlessly, and cheap either way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from security.hostile_files import catalogue

MEASURING = Path(__file__).with_name("measuring.py")
MAX_MB = 300
MAX_DURATION_S = 60

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of each entry, read by worker processes with a limit on memory."""
    folder = tmp_path_factory.mktemp("hostile")
    environment = {**os.environ, "TMPDIR": str(folder), "RHYTHMOSCOPE_READER_MB": str(MAX_MB)}
    command = [sys.executable, str(MEASURING)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert list(folder.iterdir()) == []
    return {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("hostile", catalogue(), ids=lambda hostile: hostile.name)
def test_a_hostile_upload_is_refused_in_a_sentence_or_harmless(outcomes: dict[str, Any], hostile: Any) -> None:
    outcome = outcomes[hostile.name]
    assert "problem" not in outcome, outcome["problem"]
    assert outcome["left_behind"] == []
    if hostile.says:
        assert outcome["opened"] == []
        (sentence,) = outcome["said"]
        assert hostile.says in sentence
        assert sentence.endswith(".")
        assert len(sentence) < 600
        assert "\n" not in sentence
    else:
        assert outcome["said"] == []
        assert len(outcome["opened"]) == 1
    assert outcome["peak_mb"] < MAX_MB
    assert outcome["seconds"] < MAX_DURATION_S
    assert not Path("/tmp/rhythmoscope-was-harmed").exists()
