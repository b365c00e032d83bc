"""Location of models, demos, teaching cases and fonts: the checkout's folders, or copies in an installed package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
BUNDLED: Final = "bundled"
"""Folder inside an installed package that holds ``models`` and ``assets`` (copied there by ``setup.py``)."""


def data_root(package: Path = _PACKAGE) -> Path:
    """Return the folder below which ``models`` and the folders of ``assets`` lie.

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
CASES_FOLDER: Final = data_root() / "assets" / "cases"
FONTS_FOLDER: Final = data_root() / "assets" / "fonts"
