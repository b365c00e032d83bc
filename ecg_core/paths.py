"""Location of models and demo recordings: the checkout's folders, or the copies inside an installed package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
BUNDLED: Final = "bundled"
"""Folder inside an installed package that holds ``models`` and ``assets/demo`` (copied there by ``setup.py``)."""


def data_root(package: Path = _PACKAGE) -> Path:
    """Return the folder below which ``models`` and ``assets/demo`` lie.

    Parameters
    ----------
    package : Path, optional
        Folder of the package ``ecg_core``.

    Returns
    -------
    Path
        ``bundled`` inside the package where it was installed with its data, else the checkout that holds the package.
    """
    bundled = package / BUNDLED
    return bundled if bundled.is_dir() else package.parent


MODELS_FOLDER: Final = data_root() / "models"
DEMO_FOLDER: Final = data_root() / "assets" / "demo"
