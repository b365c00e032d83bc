"""The package as ``pip install .`` leaves it: the command ``rhythmoscope``, with models, demos and fonts inside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from ecg_core.paths import BUNDLED, DEMO_FOLDER, FONTS_FOLDER, MODELS_FOLDER, data_root

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_a_checkout_uses_its_own_folders() -> None:
    assert ROOT / "models" == MODELS_FOLDER
    assert ROOT / "assets" / "demo" == DEMO_FOLDER
    assert ROOT / "assets" / "fonts" == FONTS_FOLDER


def test_an_installed_package_uses_the_folders_inside(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "ecg_core"
    package.mkdir(parents=True)
    assert data_root(package) == package.parent
    (package / BUNDLED).mkdir()
    assert data_root(package) == package / BUNDLED


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in ("ecg_core", "models", "assets/demo", "assets/cases", "assets/fonts"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "requirements.txt", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, copy / name)
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--quiet", "--retries", "1", "--wheel-dir", str(out)],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    if "setuptools" in done.stderr and "No matching distribution" in done.stderr:
        pytest.skip("needs a package index that has setuptools 77 or newer")
    assert done.returncode == 0, done.stderr
    (file,) = out.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a new environment that holds the wheel, and sees the packages of this one."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            f"--python={python}",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
        cwd=venv,
    )
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program outside of the checkout, with nothing of it on the path of imports."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "ECG_MODEL"}}
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False, env=kept
    )


def test_the_wheel_carries_models_demos_fonts_and_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "ecg_core/py.typed" in names
    migrations = sorted((ROOT / "ecg_core" / "review" / "migrations").rglob("*.py"))
    assert len(migrations) > 3
    assert {file.relative_to(ROOT).as_posix() for file in migrations} <= names
    bundled = ((MODELS_FOLDER, "models"), (DEMO_FOLDER, "assets/demo"), (FONTS_FOLDER, "assets/fonts"))
    for folder, below in bundled:
        for file in folder.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"ecg_core/{BUNDLED}/{below}/{file.relative_to(folder).as_posix()}" in names
    assert not [name for name in names if name.startswith(("pages/", "tests/"))]


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_installed_command_analyses_a_demo_outside_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import ecg_core; from ecg_core.paths import DEMO_FOLDER; print(ecg_core.__file__); print(DEMO_FOLDER)"
    where = run(installed / "python", "-c", code, cwd=tmp_path)
    assert where.returncode == 0, where.stderr
    package, demos = where.stdout.splitlines()
    assert Path(package).is_relative_to(installed.parent)
    assert Path(demos).is_relative_to(installed.parent)
    done = run(installed / "rhythmoscope", "analyse", f"{demos}/demo_pvc.hea", "--out", "results", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "results" / "demo_pvc.json").read_text(encoding="utf-8"))
    assert result["provenance"]["model"] is not None
    assert result["summary"]["n_by_class"]["V"] > 10
    done = run(installed / "rhythmoscope", "report", f"{demos}/demo_pvc.hea", "--out", "report.pdf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_the_installed_command_says_what_is_wrong_in_one_line(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "rhythmoscope", "analyse", "nowhere", "--out", "results", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert run(installed / "rhythmoscope", "--version", cwd=tmp_path).stdout.strip() == "0.1.0"
