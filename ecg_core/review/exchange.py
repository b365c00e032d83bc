"""A log as a file, and back: for another machine, for a colleague, for safe keeping."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from ecg_core import __version__
from ecg_core.errors import ReviewError
from ecg_core.review.database import writing
from ecg_core.review.edits import LARGEST_ENTRY, Edit, Redo, SettleConflict, Undo, parse_edit
from ecg_core.review.log import NO_MODEL, Draft, EditLog, Entry, revision_or_none

FORMAT: Final = "rhythmoscope-edits"
FORMAT_VERSION: Final = 1

_MOST_BYTES: Final = 256 * 2**20


def export_log(log: EditLog, recording_name: str = "", model_name: str | None = None) -> dict[str, Any]:
    """Return a log as JSON-able values: hashes, versions, and every entry, those refused and undone too.

    Parameters
    ----------
    log : EditLog
    recording_name : str
        For people; the recording's hash is what counts.
    model_name : str, optional

    Raises
    ------
    ReviewError
        If the log cannot be read.
    """
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "software_version": __version__,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "recording": {"name": recording_name, "sha256": log.recording_sha256},
        "model": {"name": model_name, "sha256": log.model_sha256},
        "entries": [
            {
                "seq": entry.seq,
                "uuid": entry.uuid,
                "person": entry.person,
                "at": entry.at,
                **entry.edit.to_dict(),
                **({} if entry.based_on is None else {"based_on": entry.based_on}),
            }
            for entry in log.entries()
        ],
    }


def import_log(log: EditLog, content: bytes | str | Mapping[str, Any]) -> int:
    """Enter what a file holds and the log does not, behind what it holds; all of it or nothing.

    Persons and times stay as they are. Importing the same file again changes nothing.

    Parameters
    ----------
    log : EditLog
        Of the same recording and model.
    content : bytes, str or mapping
        What :func:`export_log` gave, as JSON or read from it.

    Returns
    -------
    int
        How many entries were new.

    Raises
    ------
    ReviewError
        If it is no such file, is damaged, belongs to another recording or model, contradicts the log, or nothing can
        be written.
    """
    given = _read(content)
    _check_belonging(log, given)
    rows = given.get("entries")
    if not isinstance(rows, list):
        raise ReviewError("The file of edits lacks its list of entries; export it again.")
    drafts = [_draft(row, position) for position, row in enumerate(rows, start=1)]
    if any(later <= seq for (seq, _), (later, _) in pairwise(drafts)):
        raise ReviewError("The entries of the file of edits are out of order; export it again.")
    with writing(log.engine) as connection:
        last = max((entry.seq for entry in log.entries_within(connection)), default=0)
        numbers: dict[int, int] = {}
        for seq, draft in drafts:
            entry = log.append_within(connection, [_renumbered(draft, numbers)])[0]
            _check_same(entry, draft, numbers)
            numbers[seq] = entry.seq
        return sum(number > last for number in numbers.values())


def _read(content: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    given: Any = content
    if isinstance(content, (bytes, str)):
        if len(content) > _MOST_BYTES:
            raise ReviewError(
                f"The file of edits is larger than {_MOST_BYTES >> 20} MiB; it cannot be one of this program."
            )
        try:
            given = json.loads(content)
        except (ValueError, RecursionError):
            raise ReviewError("This is not a file of edits, or it is damaged: it cannot be read as JSON.") from None
    if not isinstance(given, Mapping) or given.get("format") != FORMAT:
        raise ReviewError("This is not a file of edits; choose one that was exported from here.")
    if given.get("format_version") != FORMAT_VERSION:
        raise ReviewError(
            f"The file of edits has version {str(given.get('format_version'))[:20]}, this program reads version "
            f"{FORMAT_VERSION}; export it with a fitting version."
        )
    return given


def _check_belonging(log: EditLog, given: Mapping[str, Any]) -> None:
    for what, mine in (("recording", log.recording_sha256), ("model", log.model_sha256)):
        described = given.get(what)
        theirs = described.get("sha256") if isinstance(described, Mapping) else None
        if theirs == mine:
            continue
        name = described.get("name") if isinstance(described, Mapping) else None
        which = f" {str(name)[:80]!r}" if name else ""
        if what == "model" and NO_MODEL in (mine, theirs):
            state = "without" if theirs == NO_MODEL else "with"
            raise ReviewError(f"These edits were made {state} a model; open the recording the same way to take them.")
        raise ReviewError(f"These edits belong to another {what}{which}, with another content; open that one.")


def _draft(row: Any, position: int) -> tuple[int, Draft]:
    """Read one entry of a file."""
    if not isinstance(row, Mapping):
        raise ReviewError(f"Entry {position} of the file of edits is damaged; export it again.")
    seq, uuid, person, at = (row.get(name) for name in ("seq", "uuid", "person", "at"))
    whole = isinstance(seq, int) and not isinstance(seq, bool)
    if not (whole and isinstance(uuid, str) and isinstance(person, str) and isinstance(at, str) and _is_time(at)):
        raise ReviewError(f"Entry {position} of the file of edits lacks number, uuid, person or time; export it again.")
    try:
        edit = parse_edit(row)
    except ReviewError as error:
        raise ReviewError(f"Entry {position} of the file of edits is damaged: {error}") from None
    assert isinstance(seq, int)
    return seq, Draft(uuid, person, edit, at, revision_or_none(row.get("based_on")))


def _is_time(text: str) -> bool:
    try:
        return len(text) <= 40 and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _renumbered(draft: Draft, numbers: Mapping[int, int]) -> Draft:
    based_on = draft.based_on
    if based_on is not None:
        # The entries of the file come in order: the last one that the person had before them, as it is numbered here.
        seen = bisect_right(list(numbers), based_on)
        based_on = list(numbers.values())[seen - 1] if seen else 0
    return Draft(draft.uuid, draft.person, _with_numbers(draft.edit, numbers), draft.at, based_on)


def _with_numbers(edit: Edit, numbers: Mapping[int, int]) -> Edit:
    """Return an edit that names entries by the numbers that they have here."""
    if isinstance(edit, (Undo, Redo)):
        if edit.entry not in numbers:
            raise ReviewError(
                f"The file of edits names entry {edit.entry} ({edit.action}), which it lacks; export it again."
            )
        return type(edit)(numbers[edit.entry])
    if isinstance(edit, SettleConflict):
        # What was refused for naming an entry that there is not is refused here, too.
        given_up = tuple(numbers.get(entry, LARGEST_ENTRY) for entry in edit.given_up)
        return SettleConflict(numbers.get(edit.kept, LARGEST_ENTRY), given_up)
    return edit


def _check_same(entry: Entry, draft: Draft, numbers: Mapping[int, int]) -> None:
    if entry.person != draft.person or entry.edit != _with_numbers(draft.edit, numbers):
        raise ReviewError(
            f"The edit {draft.uuid[:80]!r} stands otherwise in the log than in the file, which was changed or damaged; "
            "export it again."
        )
