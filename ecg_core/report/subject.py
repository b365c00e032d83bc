"""Whose recording a report is of, and why it was made: given by the caller, kept apart from everything else."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from ecg_core.recording import Identity


@dataclass(frozen=True, repr=False)
class PatientIdentity:
    """What a report prints of the person; its ``repr`` hides the values.

    Attributes
    ----------
    name, patient_id, birth_date, sex : str
        Empty where not given.
    """

    name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""

    def __repr__(self) -> str:
        held = [one.name for one in fields(self) if getattr(self, one.name)]
        return f"PatientIdentity({', '.join(f'{name}=hidden' for name in held)})"

    def __bool__(self) -> bool:
        return any(getattr(self, one.name).strip() for one in fields(self))

    @classmethod
    def of(cls, identity: Identity | None) -> PatientIdentity:
        """Return what a file says of the person, as far as a report prints it."""
        if identity is None:
            return cls()
        born = identity.birth_date.isoformat() if isinstance(identity.birth_date, date) else ""
        return cls(identity.name or "", identity.patient_id or "", born, identity.sex or "")

    def or_else(self, other: PatientIdentity) -> PatientIdentity:
        """Return the identity with what is not given here taken from another."""
        return PatientIdentity(*(getattr(self, one.name) or getattr(other, one.name) for one in fields(self)))

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Labels and values, of what is given."""
        titles = {"name": "Name", "patient_id": "Patient ID", "birth_date": "Date of birth", "sex": "Sex"}
        return tuple((titles[one.name], text) for one in fields(self) if (text := getattr(self, one.name).strip()))


@dataclass(frozen=True)
class ClinicalDetails:
    """Why a recording was made, as typed in.

    Attributes
    ----------
    indication, medication, ordered_by : str
    device : str
        Recorder that made the recording. All are empty where not given.
    """

    indication: str = ""
    medication: str = ""
    ordered_by: str = ""
    device: str = ""
