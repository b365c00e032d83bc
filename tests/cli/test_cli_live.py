"""``live-token`` and ``replay``: who may send, and one line for what cannot be sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg_core.cli.program import main
from ecg_core.live.secret import is_token
from ecg_core.sources.demos import demo_folder

DEMO = str(demo_folder() / "demo_sinus.hea")
NOBODY = "ws://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RHYTHMOSCOPE_LIVE_TOKEN", raising=False)


def test_a_token_is_printed_once_and_can_be_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live-token"]) == 0
    token = capsys.readouterr().out.strip()
    assert is_token(token)
    assert main(["live-token", "--revoke"]) == 0
    assert not is_token(token)


def test_a_token_can_be_written_to_a_file_of_this_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "token"
    assert main(["live-token", "--out", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert is_token(file.read_text().strip())
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay", DEMO, "--to", NOBODY], "No token"),
        (["replay", DEMO, "--to", "http://127.0.0.1:9"], "ws://"),
        (["replay", DEMO, "--to", NOBODY, "--token-file", "TOKEN", "--start", "400"], "is empty"),
        (["replay", DEMO, "--to", NOBODY, "--token-file", "TOKEN", "--speed", "100"], "no speed"),
        (["replay", DEMO, "--to", NOBODY, "--token-file", "TOKEN"], "broke off"),
        (["replay", DEMO, "--to", NOBODY, "--token-file", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_sent_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "TOKEN").write_text("token")
    try:
        status = main([str(tmp_path / "TOKEN") if each == "TOKEN" else each for each in arguments])
    except SystemExit as error:
        status = int(error.code or 0)
    error_text = capsys.readouterr().err
    assert status == 2
    assert said in error_text
    assert error_text.count("\n") == 1
