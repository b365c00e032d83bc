"""``deidentify``: copies of recordings without what says whose they are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ecg_core.cli.options import BAD_INPUT, add_table_options, complain, problem_of, table_layout
from ecg_core.errors import ExportError, RecordingError
from ecg_core.export_formats import EXPORT_FORMATS
from ecg_core.progress import ProgressLine
from ecg_core.writing import write_bytes

if TYPE_CHECKING:
    from ecg_core.recording import Annotations, Recording

SAME: Final = "same"
_SAME: Final = {
    "WFDB": "wfdb",
    "EDF": "edf",
    "EDF+C": "edf",
    "EDF+D": "edf",
    "BDF": "edf",
    "BDF+C": "edf",
    "BDF+D": "edf",
    "DICOM": "dicom",
    "CSV": "csv",
    "TSV": "csv",
    "Parquet": "parquet",
}
_MAX_DAYS: Final = 36_525


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("deidentify", help="write recordings without what says whose they are")
    command.add_argument(
        "recordings",
        nargs="+",
        metavar="RECORDING",
        help="a file of any known format, a WFDB record without .hea, or a folder of recordings",
    )
    command.add_argument("--out", type=Path, required=True, help="folder to write to")
    command.add_argument(
        "--format",
        choices=(SAME, *EXPORT_FORMATS),
        default=SAME,
        help="the recording's own by default; EDF+ for those that are only read",
    )
    dates = command.add_mutually_exclusive_group()
    dates.add_argument(
        "--shift-days",
        type=_days,
        metavar="N",
        help="move all dates by so many days, the same for all recordings; 0 keeps them",
    )
    dates.add_argument("--drop-dates", action="store_true", help="keep the time of day alone (this is done by default)")
    command.add_argument(
        "--keep-names",
        action="store_true",
        help="keep names of files that tell nothing of the identity found in them; all get a code by default",
    )
    add_table_options(command)
    command.set_defaults(run=run)


def _days(text: str) -> int:
    try:
        days = int(text)
    except ValueError:
        days = _MAX_DAYS + 1
    if abs(days) > _MAX_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is no number of days up to {_MAX_DAYS}")
    return days


def run(arguments: argparse.Namespace) -> int:
    """Write each recording without identity; one that fails is told and the others go on."""
    layout = table_layout(arguments)
    failed = 0
    written: dict[str, int] = {}
    for number, path in enumerate(_paths(arguments.recordings), start=1):
        try:
            _deidentify(path, number, arguments, layout, written)
        except RecordingError as error:
            failed += 1
            complain(problem_of(error))
    return BAD_INPUT if failed else 0


def _paths(given: Sequence[str]) -> Iterator[str]:
    """Yield the recordings asked for; those of a folder in order of their names."""
    from ecg_core.sources import list_recordings

    for path in given:
        if Path(path).is_dir():
            yield from (str(found.path) for found in list_recordings(path).recordings)
        else:
            yield path


def _deidentify(path: str, number: int, arguments: argparse.Namespace, layout: Any, written: dict[str, int]) -> None:
    from ecg_core.export.results import file_stem
    from ecg_core.export.signal import write_signal
    from ecg_core.formats import open_recording
    from ecg_core.formats.common.output_names import plain_stem
    from ecg_core.privacy import coded_name, deidentified, labels_found

    opened = open_recording(path, layout=layout)
    public = deidentified(opened, shift_days=arguments.shift_days)
    stem = plain_stem(file_stem(public) if arguments.keep_names else coded_name(opened))
    if stem in written:
        raise ExportError(
            f"Recording {number} would replace what was written of recording {written[stem]}: it "
            f"{'has the same name' if arguments.keep_names else 'is the same'}; leave one of them out."
        )
    format = _SAME.get(opened.format_name.partition(" (")[0], "edf") if arguments.format == SAME else arguments.format
    _require_other_files(opened, arguments.out, stem)
    said: list[str] = []
    sets = list(_annotation_sets(public, said))
    with ProgressLine(stem) as line:
        paths = write_signal(
            public,
            arguments.out,
            format,
            stem=stem,
            marks=sets[0] if sets else None,
            progress=lambda share: line.show("Writing", share),
            say=said.append,
        )
    if format == "wfdb":
        _write_more(sets[1:], arguments.out, stem)
    elif sets[1:]:
        left_out = ", ".join(one.name for one in sets[1:])
        said.append(f"{EXPORT_FORMATS[format]} holds one set of annotations; {left_out:.120} are left out.")
    written[stem] = number
    print(
        f"{number}: {_told(opened, labels_found(opened.identity), arguments.shift_days)}  -> "
        f"{EXPORT_FORMATS[format]} {paths[0]}"
    )
    for sentence in said:
        sys.stderr.write(f"{number}: {sentence}\n")


def _told(opened: Recording, labels: Sequence[str], shift_days: int | None) -> str:
    """Say what was found and removed, in labels."""
    removed = f"removed {', '.join(labels)}" if labels else "nothing found that names a person or a device"
    if opened.start_time is None or not hasattr(opened.start_time, "date"):
        return removed
    if shift_days is None:
        return f"{removed}; date dropped"
    return f"{removed}; date {f'moved by {shift_days} days' if shift_days else 'kept'}"


def _require_other_files(opened: Recording, folder: Path, stem: str) -> None:
    """Refuse to write over the files that are read."""
    own = {path.resolve() for path in opened.files}
    if any(path.parent == folder.resolve() and path.name.split(".")[0] == stem for path in own):
        raise ExportError(f"{opened.files[0].name} lies in {folder} itself; choose another folder to write to.")


def _annotation_sets(public: Recording, said: list[str]) -> Iterator[Annotations]:
    """Yield the annotations that came along, preferred first; one that cannot be read is told."""
    for name in public.annotation_names:
        try:
            found = public.annotations(name)
        except RecordingError as error:
            said.append(str(error))
            continue
        if found is not None:
            yield found


def _write_more(sets: Sequence[Annotations], folder: Path, stem: str) -> None:
    """Write further annotations beside a WFDB record, each at once."""
    from ecg_core.formats.wfdb.annotation_writer import annotation_bytes

    for one in sets:
        path = folder / f"{stem}.{one.name}"
        try:
            write_bytes(path, annotation_bytes(one))
        except OSError as error:
            raise ExportError(f"{path.name} cannot be written: {error.strerror}; make room and try again.") from error
