"""Files of model folders, read within bounds: cards and descriptions as JSON, weights as plain arrays.

A model folder is a stranger's: it is read as data, never as code, and what it claims is bounded before memory is
reserved for it. No HDF5 is read, whose files may lead to other files.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import ModelError

MAX_JSON_BYTES: Final = 16 << 20
MAX_DEPTH: Final = 64
"""Of JSON within JSON; a network of layers within layers within layers has 11."""

MAX_ARRAYS: Final = 10_000
MAX_ARRAY_BYTES: Final = 512 << 20
"""Of all weights together, unpacked."""

_PLAIN_KINDS: Final = "fiub"
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_AGAIN: Final = "copy the model folder again"


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ModelError
        If it cannot be read, is no JSON, too large, or nested too deeply.
    """
    return parse_json(path, read_bytes(path, MAX_JSON_BYTES))


def parse_json(path: Path, content: bytes | str) -> Any:
    """Parse the content of a JSON file; see :func:`read_json`.

    Parameters
    ----------
    path : Path
        The file, for the message.
    content : bytes or str
        Its content.

    Returns
    -------
    object
    """
    try:
        found = json.loads(content)
    except RecursionError:
        raise ModelError(_too_deep(path)) from None
    except (ValueError, MemoryError) as error:
        raise ModelError(f"{_named(path)} cannot be read ({_short(error)}); {_AGAIN}.") from error
    require_shallow(path, found)
    return found


def require_shallow(path: Path, found: Any) -> None:
    """Raise a ModelError if JSON is nested more deeply than `MAX_DEPTH`.

    Parameters
    ----------
    path : Path
        The file, for the message.
    found : object
        Parsed content.
    """
    level = [found]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    if any(isinstance(one, dict | list) for one in level):
        raise ModelError(_too_deep(path))


def read_bytes(path: Path, most: int) -> bytes:
    """Read a regular file of limited size.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Largest size in bytes.

    Returns
    -------
    bytes

    Raises
    ------
    FileNotFoundError
        If there is none.
    ModelError
        If it cannot be read, is no plain file, or larger.
    """
    try:
        # A pipe does not hold up its reader.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ModelError(f"{_named(path)} is no plain file; {_AGAIN}.")
            content = stream.read(most + 1)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise ModelError(f"{_named(path)} cannot be read ({_short(error)}); {_AGAIN}.") from error
    if len(content) > most:
        raise ModelError(f"{_named(path)} has more than {most >> 20} MB, far more than such a file; it was not read.")
    return content


def sha256_of(path: Path) -> str:
    """Return the hash of a file as hexadecimal.

    Raises
    ------
    ModelError
        If it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{_named(path)} cannot be read ({_short(error)}); {_AGAIN}.") from error


def read_arrays(path: Path, most_bytes: int = MAX_ARRAY_BYTES) -> dict[str, npt.NDArray[Any]]:
    """Read all arrays of an NPZ file.

    Parameters
    ----------
    path : Path
        The file.
    most_bytes : int
        What they may have together: told by their headers before anything is unpacked.

    Raises
    ------
    ModelError
        If it is no such file, damaged, holds anything but plain numbers, or more than `most_bytes`.
    """
    arrays: dict[str, npt.NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ARRAYS:
                raise ModelError(f"{_named(path)} holds more than {MAX_ARRAYS:,} arrays; it was not read.")
            left = most_bytes
            for entry in entries:
                if entry.compress_type not in _PACKINGS or entry.flag_bits & 1:
                    raise ModelError(f"{_named(path)} is packed in an unusual way; save it with numpy.savez.")
                left -= _announced_bytes(path, archive, entry)
                if left < 0:
                    raise ModelError(
                        f"{_named(path)} announces more than {most_bytes >> 20} MB of weights; it was not read."
                    )
                with archive.open(entry) as stream:
                    array = np.lib.format.read_array(stream, allow_pickle=False)
                arrays[entry.filename.removesuffix(".npy")] = array
    except ModelError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise whatever a stranger's file makes them trip over
        raise ModelError(f"{_named(path)} holds no readable arrays ({_short(error)}); {_AGAIN}.") from error
    return arrays


def _announced_bytes(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Return how many bytes an array has by its own header."""
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
    if dtype.kind not in _PLAIN_KINDS or min(shape, default=1) < 0:
        raise ModelError(f"{_named(path)} holds {dtype.name:.40}, which are no plain numbers; it was not read.")
    n_values = 1
    for length in shape:
        n_values *= int(length)
    return max(n_values * dtype.itemsize, min(entry.file_size, 1))


def _named(path: Path) -> str:
    return f"{path.parent.name:.80}/{path.name:.80}"


def _too_deep(path: Path) -> str:
    return f"{_named(path)} cannot be read: it is nested more than {MAX_DEPTH} levels deep, which no model is."


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{text:.120}" or type(error).__name__
