"""An Orthanc (Debian's, with its DICOMweb plug-in) on free ports, in a folder of its own, for the tests of sending."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
AE_TITLE = "ARCHIVE"
USER, PASSWORD = "sender", "a secret of the archive"


def program() -> str | None:
    """Return the path of Orthanc; None where it or its plug-in is not installed."""
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    return found if found and PLUGIN.exists() else None


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Orthanc:
    """An archive that listens on this machine."""

    def __init__(self, command: str, folder: Path) -> None:
        self.command, self.folder = command, folder
        self.http_port, self.dicom_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.settings: dict[str, Any] = {
            "Name": "test",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "DicomAet": AE_TITLE,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowGet": True,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: PASSWORD},
            "OverwriteInstances": False,
            "Plugins": [str(PLUGIN)],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }

    @property
    def url(self) -> str:
        """Address of the REST interface."""
        return f"http://127.0.0.1:{self.http_port}"

    def start(self, **changes: Any) -> None:
        """Start it, with other settings where they are given, and wait until it answers."""
        file = self.folder / "orthanc.json"
        file.write_text(json.dumps({**self.settings, **changes}))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([self.command, str(file)], stdout=log, stderr=log)
        for _ in range(600):
            try:
                if self.get("/system").ok:
                    return
            except requests.ConnectionError:
                pass
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)
        raise AssertionError("Orthanc does not answer.")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def get(self, path: str, **options: Any) -> requests.Response:
        """Ask the REST interface."""
        return requests.get(f"{self.url}{path}", auth=(USER, PASSWORD), timeout=30, **options)

    def instances(self) -> dict[str, bytes]:
        """Return the files of all objects by their SOP Instance UID."""
        found = {}
        for one in self.get("/instances").json():
            uid = self.get(f"/instances/{one}/simplified-tags").json()["SOPInstanceUID"]
            found[uid] = self.get(f"/instances/{one}/file").content
        return found

    def clear(self) -> None:
        """Remove everything that was stored."""
        for one in self.get("/patients").json():
            requests.delete(f"{self.url}/patients/{one}", auth=(USER, PASSWORD), timeout=30).raise_for_status()


@contextmanager
def running_orthanc() -> Iterator[Orthanc]:
    """Start an Orthanc; skips the test where none is installed."""
    command = program()
    if command is None:
        pytest.skip("needs Orthanc: apt-get install orthanc orthanc-dicomweb (make test does so where it may)")
    folder = Path(tempfile.mkdtemp(prefix="rs-orthanc-"))
    archive = Orthanc(command, folder)
    try:
        archive.start()
        yield archive
    finally:
        archive.stop()
        shutil.rmtree(folder, ignore_errors=True)
