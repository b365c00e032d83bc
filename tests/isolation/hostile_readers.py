"""Readers that crash, loop, allocate without end or wait: imported by the template process of a test's pool."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import Any

from ecg_core.formats import registry
from ecg_core.recording import Recording, Source


def _crash(*_: Any) -> None:
    ctypes.string_at(0)


def _loop(*_: Any) -> None:
    while True:
        pass


def _allocate(*_: Any) -> None:
    held = []
    while True:
        held.append(bytearray(16 << 20))


def _wait(*_: Any) -> None:
    time.sleep(3600)


def _open_with(act: Any) -> Any:
    def opener(path: Path, *, name: str, source: Source) -> Recording:
        act()
        raise AssertionError

    return opener


HOSTILE = {b"crash": _crash, b"loop": _loop, b"allocate": _allocate, b"wait": _wait}


def _format(magic: bytes, act: Any) -> registry.Format:
    return registry.Format(
        magic.decode(), (".bad",), lambda head, _: head.startswith(b"HOSTILE " + magic), _open_with(act)
    )


_known = registry.formats()
registry.formats = lambda: (*(_format(*one) for one in HOSTILE.items()), *_known)  # type: ignore[assignment]
