"""Reference statements of 12-lead databases, in the codes of :mod:`ecg_core.interpretation`.

PTB-XL states SCP-ECG codes with a likelihood in ``ptbxl_database.csv``, the Challenges of 2020 and 2021 SNOMED CT codes
in header lines ``#Dx:``, the Lobachevsky University Database diagnoses in words. Where a database has no word for a
statement, nothing is said about it there. A diagnosis of PTB-XL with a likelihood from 1 to 49 % is uncertain, and not
scored in that recording.
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ecg_core.evaluation.stated_rhythms import PTBXL_TABLE
from ecg_core.interpretation import Subject, subject_of
from ecg_core.recording import Recording
from ecg_core.rhythm.statement_codes import SCP

CERTAIN_FROM: Final = 50.0
"""Likelihood of a PTB-XL diagnosis, in percent, from which on it counts; 0 is written where none was given."""


@dataclass(frozen=True)
class Scored:
    """A statement and its names in the databases.

    Attributes
    ----------
    codes : tuple of str
        Codes of :mod:`ecg_core.interpretation`, any of which counts.
    scp, snomed : tuple of str
        Codes of PTB-XL, and SNOMED CT concepts.
    words : str
        Regular expression for a line of LUDB's header; empty where it has no word for it.
    """

    codes: tuple[str, ...]
    scp: tuple[str, ...] = ()
    snomed: tuple[str, ...] = ()
    words: str = ""


SCORED: Final[Mapping[str, Scored]] = {
    "AFIB": Scored(("AFIB",), ("AFIB",), ("164889003",), r"rhythm: atrial fibrillation"),
    "AFLT": Scored(("AFLT",), ("AFLT",), ("164890007",), r"rhythm: atrial flutter"),
    "SVTAC": Scored(("SVTAC",), ("SVTAC", "PSVT"), ("426761007", "67198005", "713422000")),
    "PACE": Scored(("PACE",), ("PACE",), ("10370003", "251266004"), r"\bpacing\b|pacemaker presence"),
    "3AVB": Scored(("3AVB",), ("3AVB",), ("27885002",), r"^iii degree av"),
    "2AVB": Scored(("2AVB",), ("2AVB",), ("195042002", "426183003", "54016002"), r"^ii degree av"),
    "1AVB": Scored(("1AVB",), ("1AVB", "LPR"), ("270492004", "164947007"), r"^i degree av"),
    "SBRAD": Scored(("SBRAD",), ("SBRAD",), ("426177001",), r"rhythm: sinus bradycardia"),
    "STACH": Scored(("STACH",), ("STACH",), ("427084000",), r"rhythm: sinus tachycardia"),
    "WPW": Scored(("WPW",), ("WPW",), ("74390002", "195060002"), r"wpw|pre-?excitation"),
    "CLBBB": Scored(("CLBBB",), ("CLBBB",), ("164909002", "733534002"), r"^complete left bundle"),
    "CRBBB": Scored(("CRBBB",), ("CRBBB",), ("59118001", "713427006"), r"^complete right bundle"),
    "ILBBB": Scored(("ILBBB",), ("ILBBB",), ("251120003",), r"incomplete left bundle"),
    "IRBBB": Scored(("IRBBB",), ("IRBBB",), ("713426002",), r"incomplete right bundle"),
    "IVCD": Scored(("IVCD",), ("IVCD",), ("698252002",), r"non-specific intravintricular"),
    "LAFB": Scored(("LAFB",), ("LAFB",), ("445118002",), r"left anterior hemiblock"),
    "LPFB": Scored(("LPFB",), ("LPFB",), ("445211001",), r"left posterior hemiblock"),
    "LAD": Scored(("LAD", "LAFB"), ("LAD", "ALAD"), ("39732003",), r"left axis deviation"),
    "RAD": Scored(("RAD", "LPFB"), ("RAD", "ARAD"), ("47665007",), r"right axis deviation"),
    "LVH": Scored(("LVH",), ("LVH",), ("164873001",), r"left ventricular hypertrophy"),
    "VCLVH": Scored(("LVH", "VCLVH"), ("LVH", "VCLVH"), ("164873001", "55827005")),
    "RVH": Scored(("RVH",), ("RVH",), ("89792004",), r"right ventricular hypertrophy"),
    "LAE": Scored(("LAE",), ("LAO/LAE",), ("67741000119109", "253352002"), r"left atrial (hypertrophy|overload)"),
    "RAE": Scored(("RAE",), ("RAO/RAE",), ("446358003", "446813000"), r"right atrial (hypertrophy|overload)"),
    "LVOLT": Scored(("LVOLT",), ("LVOLT",), ("251146004",)),
    "STE_ANTERIOR": Scored(("STE_ANTERIOR",), ("INJAS", "INJAL"), (), r"stemi: (anterior|septal)"),
    "STE_LATERAL": Scored(("STE_LATERAL",), ("INJAL", "INJIL", "INJLA"), (), r"stemi: (lateral|apical)"),
    "STE_INFERIOR": Scored(("STE_INFERIOR",), ("INJIN", "INJIL"), (), r"stemi: inferior"),
    "AMI": Scored(("AMI",), ("AMI", "ASMI", "ALMI"), ("54329005", "62695002"), r"scar formation: (anterior|septal)"),
    "IMI": Scored(("IMI",), ("IMI", "ILMI", "IPMI", "IPLMI"), ("73795002",), r"scar formation: inferior"),
    "LMI": Scored(("LMI",), ("LMI", "ALMI", "ILMI", "IPLMI"), ("58612006",), r"scar formation: (lateral|apical)"),
    "PMI": Scored(("PMI",), ("PMI", "IPMI", "IPLMI"), (), r"scar formation: posterior"),
    "LNGQT": Scored(("LNGQT",), ("LNGQT",), ("111975006",)),
    "STD": Scored(
        ("STD", "STD_POSTERIOR", "STD_LEFT_MAIN"),
        ("STD_", "ISC_", "ISCAL", "ISCIN", "ISCIL", "ISCAS", "ISCLA", "ISCAN"),
        ("429622005",),
    ),
    "INVT": Scored(("INVT",), ("INVT",), ("59931005",)),
}
"""What is scored, by the code of the statement whose figures it makes."""


@dataclass(frozen=True)
class StatementReference:
    """What a database states of one recording.

    Attributes
    ----------
    database : str
        ``PTB-XL``, ``LUDB`` or ``Challenge``.
    stated : frozenset of str
        Keys of `SCORED` that are stated.
    unscored : frozenset of str
        Those of which nothing certain is said.
    subject : Subject
        Age and sex.
    """

    database: str
    stated: frozenset[str]
    unscored: frozenset[str]
    subject: Subject


def statement_reference(header: Path, recording: Recording) -> StatementReference | None:
    """Return the reference statements of a recording.

    Parameters
    ----------
    header : Path
        WFDB header of the recording.
    recording : Recording
        The recording, whose comments are read where no table stands beside it.

    Returns
    -------
    StatementReference or None
        None where the database states nothing about the recording.
    """
    table = header.parent / PTBXL_TABLE
    if table.is_file():
        row = _rows(table).get(header.stem)
        return None if row is None else _of_ptbxl(row)
    lines = [line.strip().lower() for line in recording.comments]
    codes = {code for line in lines if line.startswith("dx:") for code in re.findall(r"\d{6,}", line)}
    if codes:
        return _reference(
            "Challenge", {key: bool(codes & set(one.snomed)) for key, one in SCORED.items() if one.snomed}, recording
        )
    if any(line.startswith("<diagnoses>") for line in lines):
        found = {key: any(re.search(one.words, line) for line in lines) for key, one in SCORED.items() if one.words}
        return _reference("LUDB", found, recording)
    return None


def _reference(database: str, found: Mapping[str, bool], recording: Recording) -> StatementReference:
    stated = frozenset(key for key, holds in found.items() if holds)
    return StatementReference(database, stated, frozenset(SCORED) - frozenset(found), subject_of(recording))


def _of_ptbxl(row: Mapping[str, str]) -> StatementReference:
    likelihood: dict[str, float] = ast.literal_eval(row["scp_codes"])
    axis = row["heart_axis"]
    codes = {code for code, value in likelihood.items() if value == 0 or value >= CERTAIN_FROM} | {axis}
    doubtful = set(likelihood) - codes
    stated = frozenset(key for key, one in SCORED.items() if codes & set(one.scp))
    unscored = {key for key, one in SCORED.items() if doubtful & set(one.scp)} - stated
    if not axis:
        unscored |= {"LAD", "RAD"}
    age = float(row["age"]) if row["age"] else None
    # Ages above 89 are written as 300.
    subject = Subject(90.0 if age is not None and age > 120 else age, "F" if row["sex"] == "1" else "M")
    return StatementReference("PTB-XL", stated, frozenset(unscored), subject)


@lru_cache(maxsize=2)
def _rows(table: Path) -> dict[str, dict[str, str]]:
    """Return the rows of PTB-XL's table by the stem of their file at 500 Hz."""
    with table.open(encoding="utf-8", newline="") as stream:
        return {Path(row["filename_hr"]).name: row for row in csv.DictReader(stream)}


def device_statements(header: Path) -> tuple[str, ...]:
    """Return what PTB-XL's table states of a recording as SCP-ECG acronyms, as a device would write them.

    Parameters
    ----------
    header : Path
        WFDB header of the recording.

    Returns
    -------
    tuple of str
        Uncertain diagnoses with the modifier ``PO`` (possible); empty where no table stands beside the recording.
    """
    table = header.parent / PTBXL_TABLE
    row = _rows(table).get(header.stem) if table.is_file() else None
    if row is None:
        return ()
    likelihood: dict[str, float] = ast.literal_eval(row["scp_codes"])
    return tuple(
        code if value == 0 or value >= CERTAIN_FROM else f"{code} PO"
        for code, value in likelihood.items()
        if code in SCP
    )
