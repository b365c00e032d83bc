"""``replay``: send a recording to a server as a live stream."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ecg_core.cli.options import complain


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser(
        "replay", help="send a recording to a server as a live stream: a demonstration, not a monitor"
    )
    command.add_argument("recording", type=Path, metavar="RECORDING", help="a recording in any format")
    command.add_argument("--to", required=True, metavar="ADDRESS", help="the server, e.g. ws://127.0.0.1:8501")
    command.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="times real time, 0.1 to 60 (1)")
    command.add_argument("--start", type=_seconds, default=0.0, metavar="S", help="second to begin at (0)")
    command.add_argument("--stop", type=_seconds, metavar="S", help="second to end at (the recording's end)")
    command.add_argument(
        "--name", metavar="NAME", help="what the stream is called on the server; it must not say whose recording it is"
    )
    command.add_argument(
        "--token-file", type=Path, metavar="FILE", help="file with the token; else RHYTHMOSCOPE_LIVE_TOKEN has it"
    )
    command.set_defaults(run=_replay)


def _speed(text: str) -> float:
    from ecg_core.live.replay import MAX_SPEED

    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r:.20} is no speed from 0.1 to {MAX_SPEED:g}")
    return speed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 1e7:
        raise argparse.ArgumentTypeError(f"{text!r:.20} is no number of seconds")
    return seconds


def _replay(arguments: argparse.Namespace) -> int:
    from ecg_core import settings
    from ecg_core.formats import open_recording
    from ecg_core.live.protocol import PATH
    from ecg_core.live.replay import replay
    from ecg_core.progress import ProgressLine

    scheme, _, rest = arguments.to.partition("://")
    if scheme not in ("ws", "wss") or not rest:
        return complain(f"{arguments.to:.80} is no address of a server; it begins with ws:// or wss://.")
    address = arguments.to if rest.rstrip("/").endswith(PATH) else f"{arguments.to.rstrip('/')}{PATH}"
    file = arguments.token_file
    token = settings.LIVE_TOKEN.get() if file is None else file.read_text(encoding="utf-8").strip()
    if not token:
        return complain("No token: give --token-file, or set RHYTHMOSCOPE_LIVE_TOKEN to what live-token printed.")
    recording = open_recording(arguments.recording)
    if arguments.start >= min(arguments.stop or recording.duration_s, recording.duration_s):
        return complain(f"{arguments.recording}: the part to send is empty; it has {recording.duration_s:.0f} s.")
    for note in recording.notes:
        sys.stderr.write(f"{arguments.recording}: {note}\n")
    with ProgressLine("Replaying") as line:
        done = replay(
            recording,
            address,
            token,
            speed=arguments.speed,
            start_s=arguments.start,
            stop_s=arguments.stop,
            name=arguments.name,
            progress=lambda share: line.show("sending", share),
        )
    for notice in done.notices:
        sys.stderr.write(f"The server says: {notice}\n")
    print(f"Stream {done.stream}: {done.n_samples:,} samples, {done.n_samples / recording.fs_hz:.1f} s.")
    return 0
