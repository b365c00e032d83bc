"""Fetching files over HTTP so that a broken transfer can be taken up again and only whole files count."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import requests

import ecg_core
from ecg_core.errors import SourceError

TIMEOUT_S: Final = (10.0, 60.0)
"""For connecting, and for each wait for data."""

ATTEMPTS: Final = 3
MAX_TEXT_BYTES: Final = 64 << 20
_CHUNK_BYTES: Final = 1 << 16
"""What a broken transfer may lose of what has arrived."""

_BROKEN = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError, requests.exceptions.Timeout)


class NotThereError(SourceError):
    """The server answers that there is no such file."""


class Server:
    """An HTTP server that files are fetched from.

    Parameters
    ----------
    base_url : str
        Without a slash at its end.
    name : str
        What people call it.
    advice : str
        What to do when it cannot be reached, in the form of a command.
    """

    def __init__(self, base_url: str, name: str, advice: str) -> None:
        if not re.match(r"https?://", base_url):
            raise SourceError(f"{base_url} is not the address of a web server; it must begin with https:// or http://.")
        self.base_url = base_url.rstrip("/")
        self.name = name
        self.advice = advice
        self._session = requests.Session()
        version = getattr(ecg_core, "__version__", "0")
        self._session.headers["User-Agent"] = f"rhythmoscope/{version} python-requests/{requests.__version__}"

    def text(self, path: str) -> str:
        """Fetch a text file.

        Raises
        ------
        NotThereError
            If there is no such file.
        SourceError
            If the server cannot be reached, refuses, or sends too much.
        """
        received = bytearray()
        try:
            with self._get(path) as response:
                for chunk in response.iter_content(_CHUNK_BYTES):
                    received += chunk
                    if len(received) > MAX_TEXT_BYTES:
                        raise SourceError(f"{path} at {self.name} is larger than any such file should be.")
        except _BROKEN as error:
            raise self._unreachable() from error
        return received.decode("utf-8", errors="replace")

    def file(self, path: str, target: Path, sha256: str, progress: Callable[[float], None] | None = None) -> None:
        """Fetch a file whose content is known by its checksum.

        What arrives is kept beside the target as ``.part`` and taken up again by the next attempt or call; only
        the whole and checked file gets the target's name.

        Parameters
        ----------
        path : str
            Below the server's address.
        target : Path
            File to write.
        sha256 : str
            Hexadecimal.
        progress : callable, optional
            Called with the fraction that has arrived.

        Raises
        ------
        NotThereError
            If there is no such file.
        SourceError
            If the server cannot be reached, the transfer breaks off, or the content is not what it should be.
        """
        if target.is_file() and _sha256(target) == sha256:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        for attempt in range(ATTEMPTS):
            resumed = part.is_file() and part.stat().st_size > 0
            try:
                self._transfer(path, part, progress)
            except _BROKEN as error:
                if attempt + 1 < ATTEMPTS:
                    continue
                raise SourceError(
                    f"The connection to {self.name} broke off while {target.name} was fetched. "
                    "Fetch it again: what has arrived is kept."
                ) from error
            except (SourceError, requests.exceptions.RequestException):
                raise
            except OSError as error:
                raise SourceError(
                    f"{target.name} could not be kept in {target.parent}: {error.strerror or error}; "
                    "make room there or choose another folder, and fetch it again."
                ) from error
            if _sha256(part) == sha256:
                part.replace(target)
                return
            part.unlink()
            if not resumed:
                break
        raise SourceError(
            f"{target.name} from {self.name} does not have the checksum that is published for it, so it was not kept. "
            "Fetch it again; if that does not help, download it by hand and compare."
        )

    def _transfer(self, path: str, part: Path, progress: Callable[[float], None] | None) -> None:
        """Fetch what is missing of a file."""
        have = part.stat().st_size if part.is_file() else 0
        with self._get(path, first_byte=have) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                return  # all of it is there already, or it is not the same file: the checksum tells
            if response.status_code != requests.codes.partial_content:
                have = 0
            length = response.headers.get("Content-Length", "")
            total = have + int(length) if length.isdecimal() else 0
            with part.open("ab" if have else "wb") as stream:
                for chunk in response.iter_content(_CHUNK_BYTES):
                    stream.write(chunk)
                    have += len(chunk)
                    if progress and total:
                        progress(min(have / total, 1.0))

    def _get(self, path: str, first_byte: int = 0) -> requests.Response:
        # Compressed transfer would make byte ranges and lengths mean something else than the file's.
        headers = {"Accept-Encoding": "identity"}
        if first_byte:
            headers["Range"] = f"bytes={first_byte}-"
        url = f"{self.base_url}/{path}"
        try:
            response = self._session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S)
        except _BROKEN as error:
            raise self._unreachable() from error
        except requests.exceptions.RequestException as error:
            raise SourceError(f"{self.name} could not be asked for {path}: {error}.") from error
        code = response.status_code
        if response.ok or (first_byte and code == requests.codes.requested_range_not_satisfiable):
            return response
        response.close()
        if code in (requests.codes.not_found, requests.codes.gone):
            raise NotThereError(f"There is no {path} at {self.name}; check the name.")
        if code in (requests.codes.unauthorized, requests.codes.forbidden):
            raise SourceError(
                f"{self.name} gives {path} only to signed-in users; download it there and open it as a local folder."
            )
        raise SourceError(f"{self.name} answered with an error ({code}) when asked for {path}; try again later.")

    def _unreachable(self) -> SourceError:
        return SourceError(f"{self.name} could not be reached at {self.base_url}. {self.advice}")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
