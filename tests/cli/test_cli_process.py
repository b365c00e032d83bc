"""Commands as processes: whoever starts them may close streams, stop reading, or interrupt them at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX shells and signals")


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which $ECG stands for the program."""
    return subprocess.run(
        ["bash", "-c", line],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ECG": f"{sys.executable} -m ecg_core", **environment},
    )


@posix
def test_a_reader_that_has_read_enough_is_no_error() -> None:
    done = shell("(sleep 0.2; exec $ECG recipes) | exec 0<&-; echo ${PIPESTATUS[0]}")
    assert done.stdout == "141\n"  # as of any program that SIGPIPE ends
    assert done.stderr == ""


@posix
def test_streams_may_be_closed() -> None:
    assert shell("$ECG recipes >&-; echo $? >&2").stderr == "0\n"
    assert shell("$ECG analyse nowhere --out x 2>&-; echo $?").stdout == "2\n"


@posix
def test_names_are_told_on_streams_that_know_few_characters(records: Path, tmp_path: Path) -> None:
    named = tmp_path / "Herzstück ✓"
    named.symlink_to(records)
    done = shell(f"$ECG analyse '{named}/demo_pac' --no-classify --out '{tmp_path}/✓'", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2713" in done.stdout


@posix
@pytest.mark.parametrize("moment", ["numpy", "ecg_core.cli.program", "ecg_core.export_formats"])
def test_an_interrupt_while_modules_are_imported_leaves_no_traceback(moment: str, tmp_path: Path) -> None:
    # The import system asks this for every module: it interrupts the process when it comes to the one.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {moment!r}:\n"
        "            sys.meta_path.remove(self)\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "ecg_core", "synth", "list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stderr, done.stdout) == (2, "Stopped.\n", "")


def test_help_imports_none_of_the_slow_packages() -> None:
    code = (
        "import sys\n"
        "from ecg_core.__main__ import run\n"
        "sys.argv[1:] = ['--help']\n"
        "assert run() == 0\n"
        "slow = {'numpy', 'pandas', 'scipy', 'wfdb', 'sqlalchemy', 'tensorflow', 'keras', 'ecg_core.analysis'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: python -m ecg_core ")
    assert done.stderr == "[]\n"
