"""``make audit``: whether every package that the dashboard runs on has been reviewed as it is installed.

``reviewed.toml`` lists each package with the versions that were looked at, its licence, and the advisories that
were considered. That needs no network. Where the OSV database can be reached, pip-audit asks it too.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
REVIEWED = HERE / "reviewed.toml"
REQUIREMENTS = HERE.parents[1] / "requirements.txt"

_OSV = ("api.osv.dev", 443)
_PATIENCE_S = 2.0
_ASKING_S = 120


@dataclass(frozen=True)
class Installed:
    """A package that the dashboard runs on, and through which requirement it came."""

    name: str
    version: str
    because_of: str


def requirements(file: Path = REQUIREMENTS) -> list[Requirement]:
    """Return what a requirements file asks for."""
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def installed(roots: list[Requirement]) -> Iterator[Installed]:
    """Yield the packages that requirements lead to in this environment, each once."""
    pending = [(root, "requirements.txt") for root in roots]
    seen: set[str] = set()
    while pending:
        requirement, because_of = pending.pop()
        name = canonicalize_name(requirement.name)
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # for another system or Python
        yield Installed(name, found.version, because_of)
        for line in found.requires or []:
            needed = Requirement(line)
            extras = ("", *requirement.extras)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                pending.append((needed, name))


def problems(packages: list[Installed], reviewed: dict[str, Any]) -> list[str]:
    """Return a sentence for each package that has not been reviewed as it is installed."""
    listed = {canonicalize_name(entry["name"]): entry for entry in reviewed["package"]}
    found = []
    for package in sorted(packages, key=lambda one: one.name):
        entry = listed.get(package.name)
        if entry is None:
            found.append(
                f"{package.name} {package.version} is installed because of {package.because_of} and stands in no "
                f"review: look at its licence and advisories and add it to {REVIEWED.name}."
            )
        elif not SpecifierSet(entry["versions"], prereleases=True).contains(package.version):
            why = "; ".join(entry.get("advisories", []))
            found.append(
                f"{package.name} {package.version} is not among the versions reviewed ({entry['versions']}): install "
                f"another, or review it and widen the range.{f' Known: {why}.' if why else ''}"
            )
    return found


def known_to_osv(accepted: list[str]) -> list[str] | None:
    """Return a sentence for each advisory that OSV has of what is installed; None if it cannot be asked."""
    try:
        socket.create_connection(_OSV, timeout=_PATIENCE_S).close()
    except OSError:
        return None
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--progress-spinner", "off"]
    command += ["--format", "json", "--timeout", "10"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_ASKING_S, check=False)
        told = json.loads(answer.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    found = []
    for package in told["dependencies"]:
        for advisory in package.get("vulns", []):
            names = {advisory["id"], *advisory.get("aliases", [])}
            if not names & set(accepted):
                fixed = ", ".join(advisory.get("fix_versions", [])) or "no version yet"
                found.append(f"{package['name']} {package['version']}: {advisory['id']}, fixed in {fixed}.")
    return found


def main() -> int:
    """Audit this environment."""
    reviewed = tomllib.loads(REVIEWED.read_text(encoding="utf-8"))
    packages = list(installed(requirements()))
    found = problems(packages, reviewed)
    online = known_to_osv([entry["id"] for entry in reviewed.get("accepted", [])])
    found += online or []
    for sentence in found:
        print(sentence, file=sys.stderr)
    how = "OSV could not be asked" if online is None else "and OSV was asked"
    print(f"{len(packages)} packages, {len(found)} problems; reviewed list of {reviewed['reviewed']}, {how}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
