"""Keyed hashes in place of local paths that may name a person.

The key lies in the data folder, so that a link holds after a restart; without the key, trying names tells nothing. No
Streamlit in here.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from ecg_core.errors import SourceError
from ecg_core.private import private_folder
from ecg_core.review.database import data_folder
from ecg_core.sources import list_recordings

_KEY_FILE: Final = "addresses.key"
_KEY_BYTES: Final = 32
_HIDDEN: Final = re.compile(r"~[0-9a-f]{24}")
_MAX_NAMES: Final = 20_000
_SEARCHED_AGAIN_S: Final = 10.0

_names: OrderedDict[str, str] = OrderedDict()
_searched: dict[str, float] = {}
_lock = threading.Lock()


def hidden(name: str) -> str:
    """Return the stable pseudonym of a local recording's name for use in addresses."""
    digest = hmac.new(_key(str(data_folder())), name.encode("utf-8", "surrogatepass"), hashlib.sha256)
    code = f"~{digest.hexdigest()[:24]}"
    with _lock:
        _names[code] = name
        while len(_names) > _MAX_NAMES:
            _names.popitem(last=False)
    return code


def revealed(path: str, folder: str) -> str:
    """Return the name that an address's path stands for; the path itself where it hides nothing.

    Parameters
    ----------
    path : str
        What stands behind ``local/`` in a reference.
    folder : str
        The local folder; it is searched where the name is not known since this process began.
    """
    if not _HIDDEN.fullmatch(path):
        return path
    name = _names.get(path)
    if name is None and time.monotonic() - _searched.get(folder, -_SEARCHED_AGAIN_S) >= _SEARCHED_AGAIN_S:
        _searched[folder] = time.monotonic()
        with suppress(SourceError):
            for found in list_recordings(folder).recordings:
                hidden(found.name)
        name = _names.get(path)
    return path if name is None else name


@lru_cache(maxsize=8)
def _key(folder: str) -> bytes:
    """Return the key of a data folder, made if there is none; one of this process where none can be kept."""
    file = Path(folder) / _KEY_FILE
    made = secrets.token_bytes(_KEY_BYTES)
    try:
        private_folder(file.parent)
        if not file.is_file():
            partial = file.with_name(f".{_KEY_FILE}.{os.getpid()}-{secrets.token_hex(4)}")
            partial.touch(mode=0o600)
            partial.write_bytes(made)
            _put(partial, file)
        kept = file.read_bytes()
    except OSError:
        return made
    return kept if len(kept) == _KEY_BYTES else made


def _put(partial: Path, file: Path) -> None:
    """Give a whole file its name unless another process was first."""
    try:
        os.link(partial, file)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
