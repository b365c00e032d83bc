"""``analyse``: beats, classes and rhythms of recordings and of whole folders, in one process.

Exit status 0, or 2 if something that was asked for by name could not be analysed, or an electrocardiogram that was
found in a folder opened but could not be analysed. What a folder holds besides is listed with its reason at the end
and fails nothing: folders hold other things than electrocardiograms.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ecg_core.cli.options import BAD_INPUT, add_table_options, complain, problem_of, table_layout, tell_notes
from ecg_core.errors import RecordingError, SourceError
from ecg_core.progress import ProgressLine
from ecg_core.writing import probe

if TYPE_CHECKING:
    from ecg_core.recording import Recording


_PRESSING: Final = ("critical", "urgent")
"""Severities of diagnostic statements that are printed."""


@dataclass(frozen=True)
class Asked:
    """A recording to analyse.

    Attributes
    ----------
    path : str
        As it was given, or found.
    shown : str
        What to call the file in messages about it.
    stem : str or None
        What its results are called; None for the recording's own name.
    found : bool
        Whether it was found in a folder rather than asked for by name.
    folder : Path or None
        That folder, out of which no link is followed.
    """

    path: str
    shown: str
    stem: str | None = None
    found: bool = False
    folder: Path | None = None


@dataclass(frozen=True)
class Plan:
    """What is to be analysed, and the other files of the folders with the reason why they are not."""

    asked: tuple[Asked, ...]
    others: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    n_belonging: int


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser(
        "analyse",
        help="find and classify the beats of recordings",
        epilog="Each file is opened, with its notes, or refused with a reason on standard error. Exit status 0; or 2 "
        "if a recording that was named could not be analysed, or a folder holds none that can. What is refused beside "
        "others in a folder does not change it.",
    )
    command.add_argument(
        "recordings",
        nargs="+",
        metavar="RECORDING",
        help="a file of any known format, a WFDB record without .hea, or a folder: all recordings in it and below",
    )
    command.add_argument("--out", type=Path, required=True, help="folder for the results")
    command.add_argument("--model", help="model folder; the shipped one by default")
    command.add_argument("--no-classify", action="store_true", help="find the beats only")
    command.add_argument(
        "--waves", action="store_true", help="write NAME.waves.csv, too: P, QRS and T of each beat in each lead"
    )
    add_table_options(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Analyse what was asked for; returns the exit status."""
    from ecg_core.classification.loading import load_beat_classifier

    layout = table_layout(arguments)
    model = None if arguments.no_classify else load_beat_classifier(arguments.model)
    plan = planned(arguments.recordings, arguments.out)
    for problem in plan.problems:
        complain(problem)
    n_failed, others = len(plan.problems), list(plan.others)
    written: dict[str, str] = {}
    done: set[Path] = set()
    n_belonging = plan.n_belonging
    for asked in plan.asked:
        try:
            recording = _opened(asked, layout)
            if recording.files[0].resolve() in done:  # a pattern such as *.* names a record by each of its files
                n_belonging += 1
                continue
            _claim_name(recording, asked, written)
        except RecordingError as error:
            if asked.found:
                others.append((asked.shown, problem_of(error)))
            else:
                n_failed += 1
                complain(problem_of(error))
            continue
        tell_notes(recording)
        if not done:
            _require_place(arguments.out)
        done.add(recording.files[0].resolve())
        failure = _analyse(recording, model, arguments.out, arguments.waves)
        if failure is not None:
            n_failed += 1
            complain(f"{asked.shown}: {failure}" if asked.found else failure)
    _tell_others(others, n_belonging)
    if not done and not n_failed:
        n_failed += 1
        complain("None of the recordings could be analysed.")
    return BAD_INPUT if n_failed else 0


def planned(named: Sequence[str], out: Path) -> Plan:
    """Find out what is to be analysed.

    Parameters
    ----------
    named : sequence of str
        Files and folders.
    out : Path
        The folder for the results, which is not searched for recordings.
    """
    from ecg_core.sources.local import survey

    asked: list[Asked] = []
    others: list[tuple[str, str]] = []
    problems: list[str] = []
    n_belonging = 0
    searched: set[Path] = set()
    known: set[Path] = set()
    for path in named:
        folder = Path(path).expanduser()
        if not folder.is_dir() or (folder.name and folder.with_name(f"{folder.name}.hea").is_file()):
            asked.append(Asked(path, path))
            continue
        if folder.resolve() in searched:
            continue
        searched.add(folder.resolve())
        try:
            found = survey(folder, leave_out=out)
        except SourceError as error:
            problems.append(str(error))
            continue
        if not found.recordings:
            problems.append(f"{path} holds no recording that can be analysed.")
        if not found.complete:
            problems.append(f"{path} holds more files, or deeper down, than are searched; analyse its folders apart.")
        asked += [
            Asked(str(one.path), one.path.relative_to(folder).as_posix(), one.name, True, folder)
            for one in found.recordings
            if one.path.resolve() not in known
        ]
        known |= {one.path.resolve() for one in found.recordings}
        others += [(file.relative_to(folder).as_posix(), reason) for file, reason in found.others]
        n_belonging += found.n_belonging
    return Plan(tuple(_with_stems(asked)), tuple(others), tuple(problems), n_belonging)


def _with_stems(asked: Sequence[Asked]) -> list[Asked]:
    """Name the results of what was found in folders: by the file where that is unmistakable, else by its path too."""
    shorts = [Path(one.path).stem if one.stem else Path(one.path).name.removesuffix(".hea") for one in asked]
    counts = Counter(short.casefold() for short in shorts)
    taken = {short.casefold() for one, short in zip(asked, shorts, strict=True) if not one.found}
    result = []
    for one, short in zip(asked, shorts, strict=True):
        if not one.found:
            result.append(one)
            continue
        stem = base = _plain(short if counts[short.casefold()] == 1 else (one.stem or short).replace("/", "-"))
        number = 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{base}-{number}"
        taken.add(stem.casefold())
        result.append(replace(one, stem=stem))
    return result


def _plain(stem: str) -> str:
    """Return what can name a file on every system."""
    from ecg_core.formats.wfdb.files import is_plain

    if is_plain(stem):
        return stem
    kept = "".join(sign if is_plain(f"x{sign}x") else "_" for sign in stem)[:100].strip(" .") or "_"
    return kept if is_plain(kept) else f"_{kept}"


def _require_place(out: Path) -> None:
    """Refuse a folder that cannot be made or written to before hours are spent on what would go there."""
    try:
        probe(out)
    except OSError as error:
        raise RecordingError(
            f"Results cannot be written to {out}: {error.strerror or error}; make room there, or give another folder."
        ) from error


def _opened(asked: Asked, layout: Any) -> Recording:
    from ecg_core.formats import open_recording
    from ecg_core.isolation import open_isolated
    from ecg_core.privacy import deidentified

    within = None if asked.folder is None else (asked.folder,)
    opener = open_isolated if asked.found else open_recording  # one file that breaks its reader must not end a folder
    return deidentified(opener(asked.path, layout=layout, name=asked.stem, within=within))


def _claim_name(recording: Recording, asked: Asked, written: dict[str, str]) -> None:
    if recording.name in written:
        raise RecordingError(
            f"{asked.path}: its results would replace those of {written[recording.name]}; "
            "analyse it into another folder."
        )
    written[recording.name] = asked.path


def _analyse(recording: Recording, model: Any, out: Path, waves: bool) -> str | None:
    """Analyse one recording, write and print what was found; returns what went wrong, or None."""
    from ecg_core.analysis import analyse
    from ecg_core.export import write_results
    from ecg_core.measurements import measurements_dict

    try:
        with ProgressLine(recording.name) as line:
            analysis = analyse(recording, model, progress=line.show, waves=True)
    except RecordingError as error:
        return str(error)
    except (ArithmeticError, LookupError, TypeError, ValueError, MemoryError) as error:
        # One recording on which the analysis trips must not take a night's folder with it.
        return f"{recording.name} could not be analysed ({type(error).__name__}: {error!s:.200}); please report it."
    measurements = measurements_dict(recording, analysis)
    files = write_results(recording, analysis, out, waves=waves, measurements=measurements)
    counts = analysis.summary.n_by_class or {}
    classes = " ".join(f"{letter} {count}" for letter, count in counts.items() if count)
    beats = f"{recording.name}: {len(analysis.beats)} beats  {classes}"
    print(f"{beats}  -> {files[0].parent / files[1].stem}.*  {_headline(analysis, measurements)}", flush=True)
    return None


def _headline(analysis: Any, measurements: dict[str, Any] | None) -> str:
    """Return urgent statements and the most urgent episode, or that none was found and what was not looked for."""
    from ecg_core.formats.common.cells import shown_plainly
    from ecg_core.rhythm import DEVICE_KINDS, KIND_NAMES, assessed_kinds, by_urgency

    episodes = by_urgency(analysis.episodes)
    own = episodes[~episodes["kind"].isin(DEVICE_KINDS)]
    parts = []
    if len(episodes) and episodes.iloc[0]["kind"] in DEVICE_KINDS[:2]:
        parts.append(f"device states: {shown_plainly(episodes.iloc[0]['reason']):.200}")
    stated = [] if measurements is None else measurements["interpretation"]["statements"]
    parts += [f"{one['severity']}: {one['text']}" for one in stated if one["severity"] in _PRESSING]
    if len(own):
        worst = own.iloc[0]
        parts.append(f"most urgent: {KIND_NAMES[worst['kind']]}, {worst['reason']}")
    else:
        assessment = assessed_kinds(analysis)
        parts.append("; ".join(["no events found", *assessment.remarks, f"not assessed: {assessment.unchecked}"]))
    return "; ".join(parts)


def _tell_others(others: Sequence[tuple[str, str]], n_belonging: int) -> None:
    if n_belonging:
        files = "1 file belongs" if n_belonging == 1 else f"{n_belonging} files belong"
        sys.stderr.write(f"{files} to these recordings: signals, segments, annotations.\n")
    if others:
        files = "1 other file was" if len(others) == 1 else f"{len(others)} other files were"
        sys.stderr.write(f"{files} not analysed:\n")
    for shown, reason in sorted(others):
        complain(f"{shown}: {reason}")
