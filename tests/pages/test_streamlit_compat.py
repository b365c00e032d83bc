"""Streamlit's internals: used in one module, present in the installed version, which is pinned to the known minors."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from packaging.requirements import Requirement
from packaging.version import Version
from streamlit import logger as streamlit_logger
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import script_runner

from pages.ui import streamlit_compat
from pages.ui.streamlit_compat import KNOWN_MINORS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
INTERNAL = ("streamlit.runtime", "streamlit.web", "streamlit.logger", "streamlit.proto", "streamlit.elements")


def test_the_installed_minor_version_is_known() -> None:
    installed = Version(st.__version__)
    assert f"{installed.major}.{installed.minor}" in KNOWN_MINORS


def test_the_requirement_allows_the_known_minors_and_no_others() -> None:
    (line,) = (line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("streamlit"))
    allowed = Requirement(line.partition("#")[0].strip()).specifier
    known = [Version(minor) for minor in KNOWN_MINORS]
    assert all(allowed.contains(f"{minor}.{patch}") for minor in KNOWN_MINORS for patch in (0, 9))
    for major, minor in {(max(known).major, max(known).minor + 1), (min(known).major, min(known).minor - 1)}:
        assert not allowed.contains(f"{major}.{minor}.0")
    assert not allowed.contains(f"{max(known).major + 1}.0.0")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st":
            private = node.attr.startswith("_") and node.attr not in ("__version__", "__file__")
            yield from [f"streamlit.runtime {node.attr}"] if private else []


def test_no_other_module_uses_internals() -> None:
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "ecg_core").rglob("*.py")]
    users = {path.name for path in files if any(name.startswith(INTERNAL) for name in imported(path))}
    assert users == {"streamlit_compat.py"}


def test_streamlit_has_the_internals_that_are_replaced_or_read() -> None:
    assert callable(getattr(script_runner, streamlit_compat._KERAS_CLEANER))
    assert callable(streamlit_logger.setup_formatter)
    assert callable(streamlit_logger.update_formatter)
    assert callable(Runtime.is_active_session)
    assert isinstance(MemoryUploadedFileManager("/_stcore/upload_file").file_storage, dict)
    assert streamlit_compat.inline_scripts()
    assert set(streamlit_compat._ANSWERS) <= {
        field.name for field in ForwardMsg.DESCRIPTOR.oneofs_by_name["type"].fields
    }


def test_uploads_are_put_where_the_pattern_says() -> None:
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    (address,) = manager.get_upload_urls("window", ["file.edf"])
    found = streamlit_compat.UPLOAD_PATH.search(address.upload_url)
    assert found is not None
    assert found["session"] == "window"


def test_the_keras_session_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    before = getattr(script_runner, streamlit_compat._KERAS_CLEANER)
    monkeypatch.setattr(script_runner, streamlit_compat._KERAS_CLEANER, before)
    streamlit_compat.keep_keras_session()
    assert getattr(script_runner, streamlit_compat._KERAS_CLEANER) is streamlit_compat._clean_nothing


def test_a_run_that_begins_drops_no_answer_to_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    streamlit_compat.keep_answers()
    queue = ForwardMsgQueue()
    answer, drawn, session = ForwardMsg(), ForwardMsg(), ForwardMsg()
    answer.file_urls_response.response_id = "where to"
    drawn.delta.new_element.text.body = "of the run before"
    session.session_status_changed.run_on_save = False
    for message in (answer, drawn, session):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True)
    kept = queue.flush()
    assert sorted(str(each.WhichOneof("type")) for each in kept) == ["file_urls_response", "session_status_changed"]
    queue.enqueue(answer)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["one"])
    assert queue.flush() == [answer]
    queue.enqueue(answer)
    queue.clear()
    assert queue.flush() == []


def test_a_logger_that_streamlit_sets_up_later_writes_through_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = logging.NullHandler()
    monkeypatch.setattr(streamlit_logger, "setup_formatter", streamlit_logger.setup_formatter)
    monkeypatch.setattr(streamlit_logger, "_loggers", {})
    streamlit_compat.log_through(handler)
    assert streamlit_logger.get_logger("streamlit.made_later").handlers == [handler]


def test_outside_of_a_server_there_are_no_sessions_and_no_uploads() -> None:
    assert streamlit_compat.session_id() == ""
    assert not streamlit_compat.is_active_session("window")
    assert streamlit_compat.uploaded_bytes() == {}
