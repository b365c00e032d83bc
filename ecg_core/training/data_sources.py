"""Sources of training data: data sets by name, or any folder of annotated WFDB recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecg_core import settings
from ecg_core.errors import SourceError
from ecg_core.training.splits import training_headers


@dataclass(frozen=True)
class DataSet:
    """A public database to train on.

    Attributes
    ----------
    folder : str
        Its name on PhysioNet, and that of its folder.
    title : str
    """

    folder: str
    title: str


DATA_SETS: Final = {
    "ds1": DataSet("mitdb", "MIT-BIH Arrhythmia Database, de Chazal's DS1: 22 records (ODC-By 1.0)"),
    "svdb": DataSet("svdb", "MIT-BIH Supraventricular Arrhythmia Database (ODC-By 1.0)"),
    "incartdb": DataSet("incartdb", "St Petersburg INCART 12-lead Arrhythmia Database (ODC-By 1.0)"),
    "ltdb": DataSet("ltdb", "MIT-BIH Long-Term ECG Database (ODC-By 1.0)"),
}
"""By name. MIT-BIH's DS2 tests, and is not among them."""

ALIASES: Final = {"mitdb": "ds1"}


def data_folder(choice: str | Path) -> Path:
    """Return the folder of a data set: a path, or a name to look for below ``$ECG_DATA``.

    Raises
    ------
    SourceError
        If it is neither, or the data set is not there.
    """
    path = Path(choice)
    if path.is_dir():
        return path
    name = ALIASES.get(str(choice).lower(), str(choice).lower())
    if name not in DATA_SETS:
        known = ", ".join(DATA_SETS)
        raise SourceError(f"{choice} is not a folder, nor one of the data sets {known}; give one or the other.")
    folder = DATA_SETS[name].folder
    root = settings.ECG_DATA.get()
    if root and (root / folder).is_dir():
        return root / folder
    raise SourceError(
        f"The data set {name} is not here: python -m ecg_core fetch {folder} --to DIR/{folder}, and set ECG_DATA=DIR."
    )


def database_path(choice: str | Path) -> Path:
    """Return the folder of a database of rhythms: a path, or a name to look for below ``$ECG_DATA``.

    Raises
    ------
    SourceError
        If it is neither.
    """
    root = settings.ECG_DATA.get()
    for path in (Path(choice), *((root / str(choice), root / f"{choice}_ann") if root else ())):
        if path.is_dir():
            return path
    raise SourceError(f"{choice} is neither a folder nor a database below $ECG_DATA.")


def recordings_of(choices: Sequence[str | Path]) -> list[Path]:
    """List the headers to train on, of all data sets and folders.

    Raises
    ------
    SourceError
        If there is none, or two recordings have one name: patients could not be told apart.
    """
    headers = [header for choice in choices for header in training_headers(data_folder(choice))]
    named: dict[str, Path] = {}
    for header in headers:
        other = named.setdefault(header.stem, header)
        if other.resolve() != header.resolve():
            raise SourceError(f"{other} and {header} have one name; rename one of them, its patient is told by it.")
    return list(named.values())
