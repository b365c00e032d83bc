"""Patients of recordings: keeps one patient from being on both sides of a split.

Public databases tell by a record's name. A hospital gives a table of its own; of its ids, a model's card keeps salted
and deliberately slow hashes alone, so that a later run can tell a patient again and nobody can read who it was.
"""

from __future__ import annotations

import csv
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ecg_core.classification.history import recordings_trained_on, trainings
from ecg_core.errors import ModelError, SourceError
from ecg_core.mitbih import patient_of

_COLUMNS: Final = ("recording", "patient")
_COST: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": 16}
_MOST: Final = {"n": 2**17, "r": 16, "p": 4, "dklen": 64}
_MEMORY_BYTES: Final = 2**29


@dataclass(frozen=True)
class Patients:
    """The patient of each recording.

    Attributes
    ----------
    listed : mapping of str to str
        Recording name to patient, from a hospital's own table; empty for public databases, whose names tell.
    """

    listed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Patients:
        """Read a CSV table with the columns ``recording`` and ``patient``.

        Raises
        ------
        SourceError
            If it is not such a table, lists nothing, or a recording stands there with two patients.
        """
        listed: dict[str, str] = {}
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                rows = csv.DictReader(stream)
                if not set(_COLUMNS) <= set(rows.fieldnames or ()):
                    raise SourceError(f"{file} lacks the columns {' and '.join(_COLUMNS)} in its first line.")
                for row in rows:
                    recording, patient = ((row[column] or "").strip() for column in _COLUMNS)
                    if not recording or not patient:
                        raise SourceError(f"{file}, line {rows.line_num}: a recording or a patient is empty.")
                    if listed.setdefault(recording, patient) != patient:
                        raise SourceError(f"{file} names two patients for {recording}.")
        except (UnicodeDecodeError, csv.Error) as error:
            raise SourceError(f"{file} is no CSV text ({error}); save the table as CSV in UTF-8.") from error
        if not listed:  # names would tell then, as if there were no table
            raise SourceError(f"{file} lists no recording below its first line.")
        return cls(listed)

    def groups(self, recordings: Sequence[str]) -> list[str]:
        """Return the patient of each recording.

        Raises
        ------
        SourceError
            If a table was given and lacks one of them.
        """
        if not self.listed:
            return [patient_of(recording) for recording in recordings]
        absent = [recording for recording in recordings if recording not in self.listed]
        if absent:
            raise SourceError(
                f"The table of patients lacks {', '.join(absent[:5])}{' ...' if len(absent) > 5 else ''}."
            )
        return [self.listed[recording] for recording in recordings]

    def card(self, recordings: Sequence[str]) -> dict[str, Any]:
        """Return what a card keeps of the patients trained on: nothing where the recordings' names tell."""
        if not self.listed:
            return {}
        salt = secrets.token_hex(16)
        patients = sorted(set(self.groups(recordings)))
        return {"salt": salt, "scrypt": _COST, "hashes": sorted(_hash(patient, salt) for patient in patients)}

    def known(self, training: Mapping[str, Any], recordings: Mapping[str, str]) -> list[str]:
        """List the recordings whose signal or patient a model was already trained on.

        Parameters
        ----------
        training : mapping
            The card's ``training``.
        recordings : mapping of str to str
            Name to content hash.
        """
        names, groups = list(recordings), self.groups(list(recordings))
        digests, patients = set(recordings_trained_on(training).values()), set()
        for one in trainings(training):
            kept = one.get("patients") or {}
            patients |= {patient for patient in set(groups) if self._is_kept(patient, kept)}
            if not self.listed and not kept:
                # Without a table, a patient of a public database is told by the record's name, on both sides.
                patients |= {patient_of(str(name)) for name in one.get("recordings") or ()} & _SHARED
        return [
            name
            for name, patient in zip(names, groups, strict=True)
            if recordings[name] in digests or patient in patients
        ]

    @staticmethod
    def _is_kept(patient: str, kept: Mapping[str, Any]) -> bool:
        """Tell whether a card's hashes hold a patient's."""
        hashes = kept.get("hashes") or ()
        return bool(hashes) and _hash(patient, str(kept.get("salt", "")), kept.get("scrypt")) in hashes


BY_NAME: Final = Patients()
"""No table: names tell."""

_SHARED: Final = frozenset({"201", "118", "119"})
"""Patients with recordings under several names: 201 and 202, and the Noise Stress Test's."""


def _hash(patient: str, salt: str, cost: Mapping[str, Any] | None = None) -> str:
    """Return a patient's hash, at the cost that a card states."""
    chosen = {name: (cost or {}).get(name, usual) for name, usual in _COST.items()}
    if not all(type(value) is int and 1 <= value <= _MOST[name] for name, value in chosen.items()):
        raise ModelError("The model's card states hashes of patients that this version cannot compare.")
    return hashlib.scrypt(patient.encode(), salt=salt.encode(), maxmem=_MEMORY_BYTES, **chosen).hex()
