"""The lock files pin what ``requirements*.txt`` ask for: all of it, within its ranges, with hashes, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
RENEW = "run make lock"
NOT_LOCKED = {"pip"}
"""Comes with the virtual environment, and installs the rest."""

PAIRS = [("requirements.txt", "requirements.lock"), ("requirements-dev.txt", "requirements-dev.lock")]
NO_PACKAGES = {"-r", "-c", *(file for pair in PAIRS for file in pair)}
"""What stands among the packages in the lock file's reasons."""

pairs = pytest.mark.parametrize(("ranges", "lock"), PAIRS)


@dataclass(frozen=True)
class Locked:
    """One package of a lock file."""

    version: str
    marker: str
    hashes: tuple[str, ...]
    via: frozenset[str]


def locked(name: str) -> dict[str, Locked]:
    """Return the packages of a lock file by their canonical name."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.findall(r"^([\w.-]+)==([^ ;\\\n]+)(?: ; ([^\\\n]+?))? \\\n((?:[ ]{4}.*\n?)+)", text, re.M)
    assert len(entries) == len(re.findall(r"^[^#\s]", text, re.M))
    assert len(entries) == len({entry[0] for entry in entries}), "one version for every Python and system"
    return {
        canonicalize_name(package): Locked(
            version,
            marker,
            tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest)),
            frozenset(re.sub(r"^ *#( via)?", "", rest.partition("# via")[2], flags=re.M).split()),
        )
        for package, version, marker, rest in entries
    }


def asked(name: str) -> list[Requirement]:
    """Return what a list of requirements and the lists that it includes ask for."""
    found = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            found += asked(text.removeprefix("-r ").strip())
        elif text:
            found.append(Requirement(text))
    return found


@pairs
def test_every_range_is_met(ranges: str, lock: str) -> None:
    packages = locked(lock)
    for requirement in asked(ranges):
        package = packages.get(canonicalize_name(requirement.name))
        assert package is not None, f"{requirement.name} is not in {lock}: {RENEW}"
        assert package.version in requirement.specifier, f"{requirement} is not met by {package.version}: {RENEW}"


@pairs
def test_what_the_packages_need_is_there_too(ranges: str, lock: str) -> None:
    """Follow the metadata of what is installed here as locked, since the index is not asked."""
    packages, pending, seen = locked(lock), asked(ranges), set()
    while pending:
        requirement = pending.pop()
        name = canonicalize_name(requirement.name)
        if name in NOT_LOCKED or (name, *sorted(requirement.extras)) in seen:
            continue
        seen.add((name, *sorted(requirement.extras)))
        assert name in packages, f"{requirement.name} is not in {lock}: {RENEW}"
        assert requirement.specifier.contains(packages[name].version, prereleases=True), requirement
        try:
            here = distribution(name)
        except PackageNotFoundError:
            continue
        if here.version == packages[name].version:
            needs = [Requirement(line) for line in here.requires or []]
            extras = [{"extra": extra} for extra in ("", *requirement.extras)]
            pending += [each for each in needs if not each.marker or any(map(each.marker.evaluate, extras))]
    assert len(seen) > len(asked(ranges))


@pairs
def test_nothing_is_left_of_what_was_asked_for_once(ranges: str, lock: str) -> None:
    packages = locked(lock)
    names = {canonicalize_name(requirement.name) for requirement in asked(ranges)}
    for name, package in packages.items():
        by = {
            canonicalize_name(word) for word in package.via - {"-r", "-c", *(file for pair in PAIRS for file in pair)}
        }
        assert by <= packages.keys() | NOT_LOCKED, f"{name} is there because of {by - packages.keys()}: {RENEW}"
        assert by or name in names, f"nothing asks for {name}: {RENEW}"
        if "-r" in package.via:
            assert name in names, f"{name} does not stand in {ranges} any more: {RENEW}"


@pairs
def test_every_package_has_hashes(ranges: str, lock: str) -> None:
    assert all(package.hashes for package in locked(lock).values())


def test_tests_run_on_what_the_dashboard_runs_on() -> None:
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: dev[name].version for name in run} == {name: package.version for name, package in run.items()}
