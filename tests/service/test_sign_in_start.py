"""A server whose sign-in is not set up as it should be does not start, rather than letting everybody in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser.driving import ROOT, free_port

pytestmark = pytest.mark.slow

WHOLE = """
[auth]
redirect_uri = "http://127.0.0.1/oauth2callback"
cookie_secret = "0123456789012345678901234567890123456789"
client_id = "rhythmoscope"
client_secret = "secret"
server_metadata_url = "http://127.0.0.1:1/.well-known/openid-configuration"
"""


@pytest.mark.parametrize(
    ("secrets", "environment", "told"),
    [
        ("[auth\n", {}, "secrets cannot be read"),
        (WHOLE.replace("client_secret", "client_word"), {}, "client_secret"),
        ('[auth]\nredirect_uri = "http://127.0.0.1/oauth2callback"\n', {}, "names no provider"),
        (None, {"RHYTHMOSCOPE_SIGN_IN": "required"}, "RHYTHMOSCOPE_SIGN_IN is required"),
    ],
    ids=["damaged", "incomplete", "no provider", "required"],
)
def test_a_server_with_a_slip_in_its_sign_in_does_not_start(
    secrets: str | None, environment: dict[str, str], told: str, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.toml"
    if secrets is not None:
        file.write_text(secrets, encoding="utf-8")
    settings = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "RHYTHMOSCOPE_CACHE": str(tmp_path / "cache"),
        "RHYTHMOSCOPE_HOME": str(tmp_path / "home"),
        "STREAMLIT_SECRETS_FILES": str(file),
        **environment,
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(free_port())]
    ended = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=120, check=False)
    output = ended.stdout + ended.stderr
    assert ended.returncode != 0, output
    assert told in output
    assert '  File "' not in output
    assert "secret =" not in output
