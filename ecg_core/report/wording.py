"""Times and durations as a report prints them."""

from __future__ import annotations

from datetime import datetime, time

from ecg_core.recording import Recording


def duration_text(seconds: float) -> str:
    """Return a duration: ``6.4 s``, ``12 min 06 s``, ``24 h 00 min``."""
    total = round(seconds)
    if total < 60:
        return f"{seconds:.1f} s"
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total // 60 % 60:02d} min"


def clock_seconds(start: datetime | time | None) -> float | None:
    """Return the seconds between midnight and the start; None where the recording does not say when it began."""
    if start is None:
        return None
    return start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6


def time_text(time_s: float, clock_s: float | None, *, seconds: bool = True) -> str:
    """Return a time of the recording: of the day where its start is known, else from its start with a plus sign.

    Parameters
    ----------
    time_s : float
        From the start of the recording, in s.
    clock_s : float or None
        Seconds between midnight and the start.
    seconds : bool
        Whether to tell seconds, too.

    Returns
    -------
    str
        ``14:03:22``, ``02:10:00 day 2``; ``+00:12:05`` where the start is not known.
    """
    total = int((clock_s or 0.0) + time_s + 1e-6)
    day = total // 86400 + 1 if clock_s is not None else 1
    if clock_s is not None:
        total %= 86400
    shown = f"{total // 3600:02d}:{total // 60 % 60:02d}" + (f":{total % 60:02d}" if seconds else "")
    return ("" if clock_s is not None else "+") + shown + (f" day {day}" if day > 1 else "")


def start_text(recording: Recording) -> str | None:
    """Return when a recording began; None where it does not say."""
    start = recording.start_time
    if start is None:
        return None
    return start.strftime("%Y-%m-%d %H:%M:%S" if isinstance(start, datetime) else "%H:%M:%S")


def plural(number: int, one: str, several: str = "") -> str:
    """Return a count with its noun: ``1 episode``, ``3 episodes``.

    Parameters
    ----------
    number : int
        How many.
    one, several : str
        Noun in singular and plural; with an s by default.
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}".replace(",", "\N{THIN SPACE}")
