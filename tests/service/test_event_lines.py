"""The log: one line of JSON an event, and no room in it for what stands in a file."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from ecg_core import logs, settings
from ecg_core.errors import RecordingError
from ecg_core.progress import Cancelled

PATIENT = "Anna Meier"
FILE = "/home/ward/Meier_Anna_1931-04-12.edf"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged in this test."""
    monkeypatch.setenv(settings.LOG_LEVEL.name, "debug")
    for name in ("excepthook",):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    monkeypatch.setattr("threading.excepthook", __import__("threading").excepthook)
    for name in ("uvicorn", "uvicorn.error", "streamlit.web", "pydicom"):  # a server may have run here
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "handlers", [])
        monkeypatch.setattr(logger, "propagate", True)
        monkeypatch.setattr(logger, "disabled", False)
        monkeypatch.setattr(logger, "level", logging.NOTSET)
    written = io.StringIO()
    handler = logs.set_up(stream=written)
    yield written
    logging.getLogger().removeHandler(handler)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_an_event_is_one_line_with_time_level_and_fields(log: io.StringIO) -> None:
    logs.event("upload_received", files=3, bytes=4096, kinds=["edf", "zip"], whole=True, share=float("nan"))
    (line,) = lines(log)
    assert line["event"] == "upload_received"
    assert line["level"] == "info"
    assert line["at"].endswith("+00:00")
    assert (line["files"], line["bytes"], line["kinds"], line["whole"], line["share"]) == (
        3,
        4096,
        ["edf", "zip"],
        True,
        None,
    )


@pytest.mark.parametrize("text", [PATIENT, FILE, "x\ny", "é", "a" * 81, "", "\x1b[2J", "‮evil"])
def test_a_field_has_no_room_for_a_name_a_path_or_a_sentence(log: io.StringIO, text: str) -> None:
    logs.event("edit_saved", what=text, more=[text])
    (line,) = lines(log)
    assert (line["what"], line["more"]) == ("?", ["?"])


def test_an_error_is_its_type_and_places_and_never_its_message(log: io.StringIO) -> None:
    def read() -> None:
        try:
            raise KeyError(PATIENT)
        except KeyError as cause:
            raise RecordingError(f"{FILE} of {PATIENT} is damaged") from cause

    try:
        read()
    except RecordingError as error:
        logs.unforeseen("job", error)
        logging.getLogger("streamlit.no_such_module").error("Uncaught app execution", exc_info=error)
    first, second = lines(log)
    assert first["type"] == second["type"] == "RecordingError"
    assert first["causes"] == ["KeyError"]
    assert "read" in first["places"][0]
    assert "Meier" not in log.getvalue()


def test_what_others_say_is_told_without_what_they_put_into_it(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid request %s", f"GET /review?rec=local/{PATIENT}")
    logging.getLogger("streamlit.web").warning(f"No file at {FILE} for '{PATIENT}' see http://x/y?name=Meier")
    logging.getLogger("pydicom").warning(f"Invalid value for VR PN: {PATIENT}")
    logging.getLogger("urllib3").info("never told: %s", PATIENT)
    told = lines(log)
    assert [line["logger"] for line in told] == ["uvicorn.error", "streamlit.web", "pydicom"]
    assert told[0]["text"] == "Invalid request %s"
    assert "text" not in told[2]
    assert "Meier" not in log.getvalue()
    assert "rec=" not in log.getvalue()


def test_a_warning_is_told_without_its_text(log: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = logs._tell_warning
        warnings.warn(f"Invalid name {PATIENT}", UserWarning, stacklevel=1)
    (line,) = lines(log)
    assert (line["event"], line["kind"]) == ("warning", "UserWarning")
    assert "Meier" not in log.getvalue()


@pytest.mark.parametrize(
    ("raised", "ending"), [(None, "finished"), (Cancelled(), "cancelled"), (RecordingError(PATIENT), "failed")]
)
def test_a_piece_of_work_is_told_at_both_ends(log: io.StringIO, raised: Exception | None, ending: str) -> None:
    def work() -> None:
        with logs.timed("analysis", code="ecg-0123abcd") as told:
            told["beats"] = 7
            if raised:
                raise raised

    if raised is None:
        work()
    else:
        with pytest.raises(type(raised)):
            work()
    begun, ended = lines(log)
    assert begun["event"] == "analysis_begun"
    assert ended["event"] == f"analysis_{ending}"
    assert ended["code"] == "ecg-0123abcd"
    assert ended["beats"] == 7
    assert ended["took_s"] >= 0
    assert "Meier" not in log.getvalue()


def test_the_environment_says_how_much_is_told(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.LOG_LEVEL.name, "error")
    quiet = io.StringIO()
    logs.set_up(stream=quiet)
    logs.event("analysis_begun")
    logs.event("cache_damaged", level=logging.WARNING)
    logs.unforeseen("job", ValueError("x"))
    assert [json.loads(line)["event"] for line in quiet.getvalue().splitlines()] == ["unforeseen_error"]
    monkeypatch.setenv(settings.LOG_LEVEL.name, "loud")
    unknown = io.StringIO()
    logs.set_up(stream=unknown)
    assert json.loads(unknown.getvalue())["event"] == "log_level_unknown"


def test_a_command_that_fails_unforeseen_says_so_in_a_sentence_and_a_line(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    from ecg_core import __main__ as command_line

    def fail() -> int:
        raise ValueError(PATIENT)

    monkeypatch.setattr("ecg_core.cli.program.main", fail)
    monkeypatch.setattr("ecg_core.logs.set_up", lambda **_: None)
    assert command_line.run() == 1
    assert lines(log)[-1]["where"] == "command_line"
    said = capsys.readouterr().err
    assert said == "This did not work for a reason that was not foreseen; the line above says where.\n"


def test_a_crash_of_the_process_or_a_thread_is_a_line_too() -> None:
    program = (
        "import threading\n"
        "from ecg_core.logs import set_up\n"
        "set_up()\n"
        "def fail():\n"
        f"    raise ValueError({PATIENT!r})\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "fail()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in told] == ["unforeseen_error"] * 2
    assert {line["type"] for line in told} == {"ValueError"}
    assert "Meier" not in ended.stderr
