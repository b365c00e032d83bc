"""Container files and the systemd unit: linted, no root, settings that exist, nothing published beyond this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ecg_core import settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "Dockerfile"
UNIT = ROOT / "deploy" / "rhythmoscope.service"
KNOWN = set(re.findall(r"\b(?:RHYTHMOSCOPE|ECG)_[A-Z_]+\b", Path(settings.__file__).read_text(encoding="utf-8")))


def compose() -> dict[str, dict[str, dict[str, object]]]:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint comes for Linux alone")
def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert program is not None
    found = subprocess.run([program, "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_image_installs_what_is_locked_and_does_not_run_as_root() -> None:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    assert any("--require-hashes" in line and "requirements.lock" in line for line in lines)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert users[-1] not in {"root", "0"}


@pytest.mark.parametrize("file", [DOCKERFILE, ROOT / "compose.yaml", UNIT], ids=lambda file: file.name)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    named = set(re.findall(r"\b(?:RHYTHMOSCOPE|ECG)_[A-Z_]+\b", file.read_text(encoding="utf-8")))
    assert named
    assert named <= KNOWN


def test_compose_publishes_nothing_beyond_this_machine_and_waits_for_the_database() -> None:
    services = compose()["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]  # type: ignore[attr-defined]
    assert ports
    assert all(str(port).startswith("127.0.0.1:") for port in ports)
    dashboard = services["dashboard"]
    assert dashboard["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "@database:5432/" in dashboard["environment"]["RHYTHMOSCOPE_DATABASE"]  # type: ignore[index]
    assert dashboard["read_only"] is True


def test_no_password_stands_in_any_of_them() -> None:
    for file in (DOCKERFILE, ROOT / "compose.yaml", UNIT):
        for line in file.read_text(encoding="utf-8").splitlines():
            if "PASSWORD" in line and not line.startswith("#"):
                assert "${DATABASE_PASSWORD" in line, (file.name, line)


def test_the_unit_starts_the_dashboard_with_an_account_of_its_own() -> None:
    pairs = [line.partition("=")[::2] for line in UNIT.read_text(encoding="utf-8").splitlines() if "=" in line]
    unit = {name: value for name, value in pairs if not name.startswith("#")}
    assert "streamlit run app.py" in unit["ExecStart"]
    assert unit["User"] not in {"", "root"}
    assert unit["NoNewPrivileges"] == "yes"
    assert unit["ProtectSystem"] == "strict"
