"""Export and import of the edit log as a file."""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from ecg_core import __version__
from ecg_core.errors import CannotKeepError, ReviewError
from ecg_core.review.audit import IMPORTED
from ecg_core.review.database import reading
from ecg_core.review.edits import MAX_ENTRY, Edit, Redo, SettleConflict, Undo, parse_edit
from ecg_core.review.log import NO_MODEL, Draft, EditLog, Entry, check_drafts, is_time, revision_or_none

FORMAT: Final = "rhythmoscope-edits"
FORMAT_VERSION: Final = 1

_MAX_BYTES: Final = 256 * 2**20
_BATCH: Final = 500
_MAX_PAUSE_S: Final = 0.1


def _silent(done: int, total: int) -> None:
    """Report nothing."""


def export_log(log: EditLog, recording_name: str = "", model_name: str | None = None) -> dict[str, Any]:
    """Return a log as JSON-able values: hashes, versions, and every entry, those refused and undone too.

    Parameters
    ----------
    log : EditLog
        The log of edits.
    recording_name : str
        For people; the recording's hash is what counts.
    model_name : str, optional
        Name of the model.

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


def import_log(
    log: EditLog,
    content: bytes | str | Mapping[str, Any],
    progress: Callable[[int, int], object] = _silent,
    by: str | None = None,
    *,
    own_only: bool = False,
) -> int:
    """Enter what a file holds and the log does not, behind what it holds.

    The whole file is checked first: one that cannot be taken leaves nothing. Then it is entered in batches, between
    which others may enter theirs. Where it breaks off, what has been entered stays, and importing the file again goes
    on from there. Persons and times stay as they are. Importing the same file again changes nothing.

    Parameters
    ----------
    log : EditLog
        Of the same recording and model.
    content : bytes, str or mapping
        What :func:`export_log` gave, as JSON or read from it.
    progress : callable, optional
        Called after each batch with how many entries of the file are in the log, and how many it has.
    by : str, optional
        Who imports it, for the audit log; the person of the first entry by default.
    own_only : bool
        Whether new entries must be of that person: where people sign in, nobody enters edits under another name.

    Returns
    -------
    int
        How many entries were new.

    Raises
    ------
    ReviewError
        If it is no such file, is damaged, belongs to another recording or model, contradicts the log, or nothing can
        be written. As `CannotKeepError` where importing it again may help.
    """
    given = _read(content)
    _check_belonging(log, given)
    rows = given.get("entries")
    if not isinstance(rows, list):
        raise ReviewError("The file of edits lacks its list of entries; export it again.")
    drafts = [_draft(row, position) for position, row in enumerate(rows, start=1)]
    if any(later <= seq for (seq, _), (later, _) in pairwise(drafts)):
        raise ReviewError("The entries of the file of edits are out of order; export it again.")
    check_drafts([draft for _, draft in drafts])
    _check_targets(drafts)
    with reading(log.engine) as connection:
        known = log.known_within(connection, [draft.uuid for _, draft in drafts])
    _check_same_as_known(drafts, known)
    others = sorted({draft.person for _, draft in drafts if draft.uuid not in known and draft.person != by})
    if own_only and others:
        raise ReviewError(
            f"The file holds edits of {', '.join(others)[:200]} that are not here; where people sign in, each can "
            "import only edits under their own name."
        )

    numbers, n_new = _Numbers(), 0
    for first in range(0, len(drafts), _BATCH):
        batch = drafts[first : first + _BATCH]
        if all(draft.uuid in known for _, draft in batch):
            for seq, draft in batch:
                numbers.add(seq, known[draft.uuid].seq)
        else:
            began_s = time.monotonic()
            try:
                n_new += _enter(log, batch, numbers, by)
            except ReviewError as error:
                if not first:
                    raise
                raise CannotKeepError(
                    f"{first:,} of the {len(drafts):,} edits of the file are in the log, then it broke off: {error} "
                    "Import the file again to take over the rest."
                ) from error
            # Whoever waits in another process looks from time to time only: the door stays open as long as it was shut.
            time.sleep(min(time.monotonic() - began_s, _MAX_PAUSE_S))
        progress(min(first + _BATCH, len(drafts)), len(drafts))
    return n_new


class _Numbers:
    """The numbers that entries of a file have in the log, in the order of the file."""

    def __init__(self) -> None:
        self._there: list[int] = []
        self._here: list[int] = []
        self._of: dict[int, int] = {}

    def add(self, there: int, here: int) -> None:
        self._there.append(there)
        self._here.append(here)
        self._of[there] = here

    def of(self, there: int) -> int:
        """Return the number of an entry; of one that the file lacks, one that no entry has."""
        return self._of.get(there, MAX_ENTRY)

    def revision(self, there: int | None) -> int | None:
        """Return the number of the last entry of the file that a person had before them."""
        if there is None:
            return None
        seen = bisect_right(self._there, there)
        return self._here[seen - 1] if seen else 0


def _enter(log: EditLog, batch: Sequence[tuple[int, Draft]], numbers: _Numbers, by: str | None) -> int:
    """Enter those that are new, in one transaction; return how many there were."""
    with log.writing() as connection:
        known = log.known_within(connection, [draft.uuid for _, draft in batch])
        last, new = log.last_number_within(connection), []
        for seq, draft in batch:
            entry = known.get(draft.uuid)
            edit = _with_numbers(draft.edit, numbers)
            if entry is None:
                last += 1
                based_on = numbers.revision(draft.based_on)
                entry = known[draft.uuid] = Entry(last, draft.uuid, draft.person, draft.at, edit, based_on)
                new.append(entry)
            elif entry.person != draft.person or entry.edit != edit:
                raise _otherwise(draft)
            numbers.add(seq, entry.seq)
        log.insert_within(connection, new, IMPORTED, by)
    return len(new)


def _read(content: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    given: Any = content
    if isinstance(content, (bytes, str)):
        if len(content) > _MAX_BYTES:
            raise ReviewError(
                f"The file of edits is larger than {_MAX_BYTES >> 20} MiB; it cannot be one of this program."
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
    if not (whole and isinstance(uuid, str) and isinstance(person, str) and isinstance(at, str) and is_time(at)):
        raise ReviewError(f"Entry {position} of the file of edits lacks number, uuid, person or time; export it again.")
    try:
        edit = parse_edit(row)
    except ReviewError as error:
        raise ReviewError(f"Entry {position} of the file of edits is damaged: {error}") from None
    assert isinstance(seq, int)
    based_on = revision_or_none(row.get("based_on"))
    if based_on is None and row.get("based_on") is not None:
        raise ReviewError(f"Entry {position} of the file of edits is damaged: based_on is no revision.")
    return seq, Draft(uuid, person, edit, at, based_on)


def _check_targets(drafts: Sequence[tuple[int, Draft]]) -> None:
    """Make sure that what is undone or redone stands in the file before."""
    seen = set()
    for seq, draft in drafts:
        edit = draft.edit
        if isinstance(edit, (Undo, Redo)) and edit.entry not in seen:
            raise ReviewError(
                f"The file of edits names entry {edit.entry} ({edit.action}), which it lacks; export it again."
            )
        seen.add(seq)


def _check_same_as_known(drafts: Sequence[tuple[int, Draft]], known: Mapping[str, Entry]) -> None:
    """Make sure that what is in the log already stands there as in the file, and nothing stands in it twice."""
    numbers, of_file = _Numbers(), dict[str, Draft]()
    for seq, draft in drafts:
        entry, earlier = known.get(draft.uuid), of_file.setdefault(draft.uuid, draft)
        if (earlier.person, earlier.edit) != (draft.person, draft.edit):
            raise _otherwise(draft)
        if entry is None:
            continue
        if entry.person != draft.person or entry.edit != _with_numbers(draft.edit, numbers):
            raise _otherwise(draft)
        numbers.add(seq, entry.seq)


def _with_numbers(edit: Edit, numbers: _Numbers) -> Edit:
    """Return an edit that names entries by the numbers that they have here."""
    if isinstance(edit, (Undo, Redo)):
        return type(edit)(numbers.of(edit.entry))
    if isinstance(edit, SettleConflict):
        # What was refused for naming an entry that there is not is refused here, too.
        return SettleConflict(numbers.of(edit.kept), tuple(numbers.of(entry) for entry in edit.given_up))
    return edit


def _otherwise(draft: Draft) -> ReviewError:
    return ReviewError(
        f"The edit {draft.uuid[:80]!r} stands otherwise in the log than in the file, which was changed or damaged; "
        "export it again."
    )
