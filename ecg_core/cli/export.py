"""``export``: recordings, or spans of them, as files that other programs read, without what says whose they are."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ecg_core.cli.options import BAD_INPUT, add_table_options, complain, problem_of, table_layout, tell_notes
from ecg_core.errors import ExportError, RecordingError
from ecg_core.export_formats import EXPORT_FORMATS
from ecg_core.progress import ProgressLine

if TYPE_CHECKING:
    from ecg_core.recording import Annotations, Recording

_CLOCK: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)", re.ASCII)
_SECONDS: Final = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("export", help="write recordings, or spans of them, in another format")
    command.add_argument(
        "recordings", nargs="+", metavar="RECORDING", help="a file of any known format, or a WFDB record without .hea"
    )
    command.add_argument("--out", type=Path, required=True, help="folder to write to")
    command.add_argument(
        "--format", choices=tuple(EXPORT_FORMATS), required=True, help=", ".join(EXPORT_FORMATS.values())
    )
    command.add_argument(
        "--from", dest="begin", type=seconds_of, metavar="S|HH:MM:SS", help="begin of the span, from the recording's"
    )
    command.add_argument(
        "--to", dest="end", type=seconds_of, metavar="S|HH:MM:SS", help="end of the span, from the recording's begin"
    )
    command.add_argument(
        "--with-beats", action="store_true", help="find and classify the beats, write these for the file's own marks"
    )
    command.add_argument("--model", help="with --with-beats: model folder; the shipped one by default")
    add_table_options(command)
    command.set_defaults(run=run)


def seconds_of(text: str) -> float:
    """Read a time from a recording's beginning: seconds, ``mm:ss`` or ``hh:mm:ss``.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none of these.
    """
    if _SECONDS.fullmatch(text):
        return float(text)
    clock = _CLOCK.fullmatch(text)
    if clock is None or int(clock[2]) > 59 or float(clock[3]) >= 60:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is no time: give seconds or hh:mm:ss")
    return 3600.0 * int(clock[1] or 0) + 60.0 * int(clock[2]) + float(clock[3])


def run(arguments: argparse.Namespace) -> int:
    """Export each recording; one that fails is told and the others go on."""
    if arguments.begin is not None and arguments.end is not None and arguments.end <= arguments.begin:
        return complain("--to must be later than --from.")
    layout = table_layout(arguments)
    model = None
    if arguments.with_beats:
        from ecg_core.classification.loading import load_beat_classifier

        model = load_beat_classifier(arguments.model)
    failed = 0
    written: dict[str, str] = {}
    for path in arguments.recordings:
        try:
            _export(path, arguments, layout, model, written)
        except RecordingError as error:
            failed += 1
            complain(problem_of(error))
    return BAD_INPUT if failed else 0


def _export(path: str, arguments: argparse.Namespace, layout: Any, model: Any, written: dict[str, str]) -> None:
    from ecg_core.export.results import file_stem
    from ecg_core.export.signal import write_signal
    from ecg_core.formats import open_recording
    from ecg_core.formats.common.output_names import plain_stem
    from ecg_core.privacy import deidentified

    opened = open_recording(path, layout=layout)
    public = deidentified(opened)
    tell_notes(public)
    stem = plain_stem(file_stem(public))
    if stem in written:
        raise ExportError(f"{path}: its files would replace those of {written[stem]}; export it into another folder.")
    start = 0 if arguments.begin is None else round(arguments.begin * opened.fs_hz)
    stop = opened.n_samples if arguments.end is None else min(round(arguments.end * opened.fs_hz), opened.n_samples)
    if start >= opened.n_samples:
        raise ExportError(f"{path} lasts {opened.duration_s:.1f} s; the span begins after its end.")
    said: list[str] = []
    with ProgressLine(public.name) as line:
        marks = _marks(opened, public, model, line)
        paths = write_signal(
            public,
            arguments.out,
            arguments.format,
            start=start,
            stop=stop,
            stem=stem,
            marks=marks,
            progress=lambda share: line.show("Writing", share),
            say=said.append,
        )
    written[stem] = path
    span = "" if (start, stop) == (0, opened.n_samples) else f" of {opened.duration_s:.1f} s"
    n_marks = "" if marks is None else f", {int(((marks.sample >= start) & (marks.sample < stop)).sum())} marks"
    print(
        f"{public.name}: {(stop - start) / opened.fs_hz:.1f} s{span}, {len(public.leads)} leads{n_marks}  -> "
        f"{EXPORT_FORMATS[arguments.format]} {' '.join(str(one) for one in paths)}"
    )
    for sentence in said:
        sys.stderr.write(f"{public.name}: {sentence}\n")


def _marks(opened: Recording, public: Recording, model: Any, line: ProgressLine) -> Annotations | None:
    """Return the beats that the model finds, or without one the annotations that came along."""
    if model is None:
        try:
            return public.annotations()
        except RecordingError as error:
            sys.stderr.write(f"{public.name}: {error}\n")
            return None
    from ecg_core.analysis import analyse
    from ecg_core.export.annotations import marks_of

    return marks_of(analyse(opened, model, progress=line.show))
