"""Build step that pyproject.toml cannot state: the wheel carries models, demos, cases and fonts inside ``ecg_core``."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUNDLED = ("models", "assets/demo", "assets/cases", "assets/fonts")
"""Folders of the checkout that ``ecg_core/paths.py`` looks for in ``ecg_core/bundled`` of an installed package."""


class BuildWithData(build_py):
    """Copy models, demos, teaching cases and fonts into the built package; an editable install reads the checkout's."""

    def run(self) -> None:
        """Build the package, then copy the data."""
        super().run()
        if self.editable_mode:
            return
        for folder in BUNDLED:
            target = Path(self.build_lib, "ecg_core", "bundled", folder)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(folder, target)


setup(cmdclass={"build_py": BuildWithData})
