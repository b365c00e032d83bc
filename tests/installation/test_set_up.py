"""``make run`` and ``make test`` while they set up: steps with names, and one sentence where something is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in the checkout without the settings of a make or pip around the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**kept, "PIP_CONFIG_FILE": os.devnull, **environment},
    )


def sentences(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what was said on standard error, without make's own line on the failed target."""
    return [line for line in done.stderr.splitlines() if not line.startswith("make")]


def script(name: str) -> ModuleType:
    """Return a script of ``.ci`` as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def installer() -> ModuleType:
    """The script that installs requirements."""
    return script("install")


@needs_make
def test_a_missing_python_is_named(tmp_path: Path) -> None:
    done = make("run", f"VENV={tmp_path}/venv", "PYTHON=python-that-is-not-here")
    assert done.returncode != 0
    assert "Step 1 of 3" in done.stdout
    assert len(sentences(done)) == 1
    assert "python-that-is-not-here" in sentences(done)[0]


@needs_make
def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make("run", f"VENV={tmp_path}/venv", f"PYTHON={old}")
    assert done.returncode != 0
    assert len(sentences(done)) == 1
    assert "needs Python 3.11 or newer" in sentences(done)[0]
    assert not (tmp_path / "venv").exists()


@needs_make
def test_an_index_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    done = make(
        "test", f"VENV={tmp_path}/venv", f"PYTHON={sys._base_executable}", PIP_INDEX_URL="http://127.0.0.1:9/simple"
    )
    assert done.returncode != 0
    assert "Step 1 of 8" in done.stdout
    assert "Step 2 of 8" in done.stdout
    assert "Step 3" not in done.stdout
    assert len(sentences(done)) == 1
    assert "http://127.0.0.1:9/simple cannot be reached" in sentences(done)[0]


@needs_make
def test_a_step_that_failed_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    python = tmp_path / "venv/bin/python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert make("run", f"VENV={tmp_path}/venv").returncode != 0
    assert not (tmp_path / "venv/.run").exists()


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "is full"),
        ("ERROR: No matching distribution found for tensorflow<2.23,>=2.19", "no tensorflow that fits Python"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "PIP_CERT"),
        (
            "WARNING: after connection broken by 'NewConnectionError(Temporary failure in name resolution)'\n"
            "ERROR: No matching distribution found for streamlit",
            "cannot be reached",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
            "    numpy==2.4.6 from https://example.org/numpy.whl (from -r requirements.lock (line 3)):\n"
            "        Expected sha256 0000\n",
            "The file of numpy that",
        ),
        ("ERROR: something else.", "something else; /venv/install.log"),
        ("Killed", "pip failed; /venv/install.log"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(installer: ModuleType, output: str, named: str) -> None:
    said = installer.problem(output, Path("/venv/install.log"))
    assert named in said
    assert "\n" not in said
    assert said.endswith(".")


def test_a_disk_without_room_is_named_before_anything_is_downloaded(
    installer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(installer, "NEEDED_BYTES", 1 << 60)
    assert installer.main(["requirements.txt"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert str(tmp_path) in told.err
    assert told.err.count("\n") == 1


def test_progress_names_large_downloads_and_counts_packages(
    installer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "_REPORT_EVERY_S", -1.0)
    lines = [
        "Collecting numpy<3,>=2.2\n",
        "  Downloading numpy-2.2.0-cp311-manylinux.whl (18.0 MB)\n",
        "Collecting tensorflow\n",
        "  Downloading tensorflow-2.20.0-cp311.whl (620.4 MB)\n",
        "Installing collected packages: numpy, tensorflow\n",
    ]
    told = list(installer.progress(iter(lines)))
    assert any(text.startswith("downloading tensorflow (620 MB)") for text in told)
    assert not any(text.startswith("downloading numpy") for text in told)
    assert any(text.startswith("2 packages looked up, 638 MB downloaded") for text in told)
    assert any(text.startswith("installing 2 packages") for text in told)


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ("npm error code ENOSPC", "disk is full"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"),
        ("npm error request to https://registry.npmjs.org/x failed, reason: connect ECONNREFUSED", "cannot be reached"),
        ("npm error code EINTEGRITY", "npm ci failed; /venv/npm.log"),
    ],
)
def test_what_npm_lacks_is_said_in_one_sentence(output: str, named: str) -> None:
    said = script("install_node").problem(output, Path("/venv/npm.log"))
    assert named in said
    assert "\n" not in said
    assert said.endswith(".")
