"""How files are damaged: as bad disks do, and as people do who know the formats."""

from __future__ import annotations

import random
import re
import struct
from typing import Any

_NUMBERS = [b"\0", b"\xff", b"\x7f", b"\x80", b"\xff\x7f", b"\x00\x80", b"\xff\xff", b"\0\0\0\0", b"\xff" * 4]
_NUMBERS += [
    struct.pack(f"{order}{kind}", value) for order in "<>" for kind, value in (("I", 1 << 31), ("i", (1 << 31) - 1))
]
_NUMBERS += [
    struct.pack(f"{order}{kind}", value) for order in "<>" for kind, value in (("Q", 1 << 40), ("d", float("nan")))
]
_WORDS = [b"-1", b"0", b"1", b"1e309", b"nan", b"inf", b"-0.0", b"1e-300", b"999999999999", b"2147483648", b"65536"]
_WORDS += [b"", b"9" * 400, b"9" * 5000, "‮אב".encode(), b"\xff\xfe", b"<", b">", b"&#0;", b"\0", b"\n", b"../x", b"nul"]
_WORDS += [b"a" * 3000, b"lead " * 500, b"=1+1", b"x/3", b"~", b"16x9", b"16:99999", b"16+99999", b"508", b"8", b"310"]
_TOKEN = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[A-Za-z_]{2,40}")


def mutated(rng: random.Random, files: dict[str, bytes], target: dict[str, Any]) -> dict[str, bytes]:
    """Return the files with some of them damaged."""
    names = [name for name in target.get("mutate", files) if name in files] or list(files)
    result = dict(files)
    for _ in range(1 if rng.random() < 0.8 else 2):
        name = rng.choice(names)
        result[name] = damage(rng, result[name])
    return result


def damage(rng: random.Random, content: bytes) -> bytes:
    """Return bytes with a few places damaged."""
    held = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6, 12))):
        if len(held) > 8 << 20:
            del held[4 << 20 :]
        rng.choice(_WAYS)(rng, held)
    return bytes(held)


def _place(rng: random.Random, held: bytearray) -> int:
    """Choose a place: at the beginning or the end, where formats describe themselves, or anywhere."""
    end = max(0, len(held) - 1)
    near = min(end, rng.choice((64, 700, 3000)))
    return rng.choice((rng.randint(0, near), end - rng.randint(0, near), rng.randint(0, end)))


def _byte(rng: random.Random, held: bytearray) -> None:
    place = _place(rng, held)
    held[place : place + 1] = bytes([rng.randrange(256)])


def _bit(rng: random.Random, held: bytearray) -> None:
    if held:
        held[_place(rng, held)] ^= 1 << rng.randrange(8)


def _number(rng: random.Random, held: bytearray) -> None:
    place, number = _place(rng, held), rng.choice(_NUMBERS)
    held[place : place + len(number)] = number


def _word(rng: random.Random, held: bytearray) -> None:
    place = _place(rng, held)
    held[place : place + rng.randint(0, 8)] = rng.choice(_WORDS)


def _token(rng: random.Random, held: bytearray) -> None:
    """Put another word in the place of one that stands there: a number that lies, a name that is none."""
    begin = max(0, _place(rng, held) - 20)
    found = list(_TOKEN.finditer(bytes(held[begin : begin + 400])))
    if found:
        chosen = rng.choice(found)
        held[begin + chosen.start() : begin + chosen.end()] = rng.choice(_WORDS)


def _increment(rng: random.Random, held: bytearray) -> None:
    place, width = _place(rng, held), rng.choice((1, 2, 4))
    order = rng.choice(("little", "big"))
    value = int.from_bytes(held[place : place + width], order) + rng.choice((-2, -1, 1, 2, 100, -100))
    held[place : place + width] = (value % (1 << 8 * width)).to_bytes(width, order)  # type: ignore[arg-type]


def _cut_out(rng: random.Random, held: bytearray) -> None:
    place = _place(rng, held)
    del held[place : place + rng.choice((1, 2, 8, 100, 400, 5000))]


def _double(rng: random.Random, held: bytearray) -> None:
    place = _place(rng, held)
    held[place:place] = held[place : place + rng.choice((1, 2, 8, 100, 400, 5000))] * rng.choice((1, 1, 2, 30))


def _copy(rng: random.Random, held: bytearray) -> None:
    place, other, size = _place(rng, held), _place(rng, held), rng.choice((1, 2, 4, 8, 32, 256))
    held[place : place + size] = held[other : other + size]


def _cut_off(rng: random.Random, held: bytearray) -> None:
    del held[_place(rng, held) :]


_WAYS = (_byte, _bit, _number, _number, _word, _token, _token, _increment, _cut_out, _double, _copy, _cut_off)
