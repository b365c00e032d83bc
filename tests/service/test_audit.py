"""The audit of dependencies: what is installed was reviewed, and what was not is named."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    """The script."""
    file = Path(__file__).resolve().parents[1] / "audit" / "audit.py"
    described = importlib.util.spec_from_file_location("audit", file)
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    sys.modules["audit"] = module
    described.loader.exec_module(module)
    return module


def test_everything_that_the_requirements_lead_to_is_found(audit: ModuleType) -> None:
    found = {package.name: package for package in audit.installed(audit.requirements())}
    assert {"streamlit", "numpy", "starlette", "sqlalchemy", "pillow", "python-multipart"} <= set(found)
    assert found["pillow"].because_of != "requirements.txt"
    assert "pytest" not in found


def test_what_is_not_reviewed_is_named_with_what_to_do(audit: ModuleType) -> None:
    reviewed = {
        "package": [{"name": "Good_One", "versions": ">=1,<2"}, {"name": "old", "versions": ">=2", "advisories": ["X"]}]
    }
    packages = [audit.Installed(*one) for one in (("good-one", "1.5", "r"), ("old", "1.9", "r"), ("new", "3", "old"))]
    new, old = audit.problems(packages, reviewed)
    assert new == (
        "new 3 is installed because of old and stands in no review: look at its licence and advisories and add it to "
        "reviewed.toml."
    )
    assert old.startswith("old 1.9 is not among the versions reviewed (>=2)")
    assert old.endswith("Known: X.")


def test_the_list_is_complete_and_says_what_it_must(audit: ModuleType) -> None:
    reviewed = tomllib.loads(audit.REVIEWED.read_text(encoding="utf-8"))
    names = [entry["name"] for entry in reviewed["package"]]
    assert names == sorted(set(names))
    assert all(entry["versions"] and entry["licence"] for entry in reviewed["package"])
    assert not {entry["name"] for entry in reviewed["package"] if "GPL" in entry["licence"].replace("LGPL", "")}


def test_without_a_network_it_says_so(audit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(audit.socket, "create_connection", unreachable)
    assert audit.known_to_osv([]) is None
