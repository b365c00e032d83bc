"""Small WFDB records, and a PhysioNet that lives on this machine."""

from __future__ import annotations

import hashlib
import http.server
from collections.abc import Callable
from pathlib import Path

import numpy as np
import wfdb


def write_record(folder: Path, name: str = "a", n_samples: int = 1000) -> Path:
    """Write a one-lead record with three beats and return its header."""
    folder.mkdir(parents=True, exist_ok=True)
    signal = np.sin(np.arange(n_samples) / 20)[:, None]
    wfdb.wrsamp(name, 250, ["mV"], ["MLII"], p_signal=signal, fmt=["16"], write_dir=str(folder))
    wfdb.wrann(name, "atr", np.array([100, 300, 500]), symbol=["N", "V", "N"], write_dir=str(folder))
    return folder / f"{name}.hea"


def write_segments(folder: Path, name: str = "multi") -> Path:
    """Write a record of two segments with a gap between and return its master header."""
    write_record(folder, f"{name}_1")
    write_record(folder, f"{name}_2")
    master = folder / f"{name}.hea"
    master.write_text(f"{name}/3 1 250 2500\n{name}_1 1000\n~ 500\n{name}_2 1000\n")
    return master


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files with byte ranges, and misbehaves on request."""

    requested: list[tuple[str, str | None]]
    break_off: dict[str, int]
    answer: dict[str, int]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.requested.append((self.path, wanted))
        if code := next((code for part, code in self.answer.items() if part in self.path), 0):
            self.send_error(code)
            return
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if first >= len(content) > 0:
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        body = content[first:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        name = path.name
        if self.break_off.get(name, 0) > 0:
            self.break_off[name] -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test output clean."""


class FakePhysioNet:
    """A server with the file layout of PhysioNet."""

    def __init__(self, root: Path, handler: type[Handler], url: str) -> None:
        self.root = root
        self.handler = handler
        self.url = url

    def publish(self, database: str, write: Callable[[Path], object], version: str = "1.0.0") -> Path:
        """Write a database's files, its list of records and its checksums, and its page."""
        folder = self.root / "files" / database / version
        write(folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        headers = [path.relative_to(folder).with_suffix("").as_posix() for path in files if path.suffix == ".hea"]
        (folder / "RECORDS").write_text("\n".join(name for name in headers if "_" not in name) + "\n")
        lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()} {p.relative_to(folder).as_posix()}" for p in files]
        (folder / "SHA256SUMS.txt").write_text("\n".join(lines) + "\n")
        page = self.root / "content" / database
        page.mkdir(parents=True, exist_ok=True)
        (page / "index.html").write_text(f"<p>\n  Published: 1999. Version: <strong>{version}</strong>\n</p>")
        return folder

    @property
    def paths(self) -> list[str]:
        """Names of the files requested so far, without folders."""
        return [path.rpartition("/")[2] for path, _ in self.handler.requested]

    @property
    def ranges(self) -> list[str]:
        """Byte ranges requested so far."""
        return [wanted for _, wanted in self.handler.requested if wanted]
