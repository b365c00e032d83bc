"""The names that ``import ecg_core`` offers, and the example of them in README.md."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import ecg_core

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """Run Python code in a fresh interpreter in the checkout and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_imports_no_heavy_library() -> None:
    heavy = {"numpy", "pandas", "scipy", "wfdb", "sklearn", "keras", "tensorflow"}
    loaded = run("import sys, ecg_core; print(*dir(ecg_core)); print(*sys.modules)").splitlines()
    assert {"analyse", "detect_beats", "load_classifier", "open_recording"} <= set(loaded[0].split())
    assert not heavy & set(loaded[1].split())


def test_opening_and_detecting_need_no_tensorflow() -> None:
    code = (
        "import sys; from ecg_core import analyse, detect_beats, load_classifier, open_recording\n"
        "recording = open_recording('assets/demo/demo_sinus.hea')\n"
        "print(len(detect_beats(recording.read(0, 3600), recording.fs_hz)))\n"
        "print('tensorflow' in sys.modules)"
    )
    beats, tensorflow = run(code).split()
    assert 5 < int(beats) < 20
    assert tensorflow == "False"


@pytest.mark.parametrize("name", [name for name in ecg_core.__all__ if not name.startswith("_")])
def test_a_public_name_is_the_function_of_its_module(name: str) -> None:
    function = getattr(ecg_core, name)
    assert function.__name__ == name
    assert function.__module__.startswith("ecg_core.")
    assert function is getattr(ecg_core, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyze'"):
        _ = ecg_core.analyze


@pytest.mark.tensorflow
def test_the_example_in_the_readme_runs() -> None:
    examples = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert len(examples) == 1
    printed = run(examples[0])
    assert printed.startswith("360.0 [")
    assert re.search(r"^V +\d+$", printed, re.M)  # the demo's ventricular beats are classified
    assert "reason" in printed
