"""``make docs``: the site is built without a warning and has every page and every public module."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ecg_core

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` builds it but by one process, which takes a quarter less of CPU than two."""
    folder = tmp_path_factory.mktemp("site")
    words = ["-W", "--keep-going", "-j", "1", "-q", "-d", str(folder / "doctrees"), "docs", str(folder / "html")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_page_and_public_module_is_there(site: Path) -> None:
    pages = {file.relative_to(site).with_suffix("").as_posix(): file for file in site.rglob("*.html")}
    written = {file.relative_to(ROOT / "docs").with_suffix("").as_posix() for file in (ROOT / "docs").rglob("*.md")}
    assert written <= pages.keys()

    described = set()
    for name, file in pages.items():
        if name.startswith("api/"):
            described |= set(re.findall(r'id="module-([\w.]+)"', file.read_text(encoding="utf-8")))
    modules = {found.name for found in pkgutil.walk_packages(ecg_core.__path__, "ecg_core.")}
    public = {name for name in modules if not re.search(r"\._|\.bundled", name)}
    assert public - described == set()
    api = (site / "api" / "ecg_core.html").read_text(encoding="utf-8")
    assert 'id="ecg_core.recording.Recording.read"' in api


@pytest.mark.slow
def test_pictures_and_links_of_the_site_lead_somewhere(site: Path) -> None:
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        for target in re.findall(r'(?:href|src)="([^"#?]+)', text):
            if not re.match(r"https?:|mailto:|data:", target):
                assert (file.parent / target).exists(), (file.name, target)
