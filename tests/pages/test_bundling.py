"""Modules joined into one: names stay apart, imports are checked, and the result runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pages.ui.bundling import bundle

ASSETS = Path(__file__).resolve().parents[2] / "assets"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")

ONE = """
const N = 1;
export function value() {
  return N;
}
export const A = 7;
"""
TWO = """
import { value as first } from "./one.js";
const N = 10;
export class Two {
  sum() {
    return N + first();
  }
}
"""
ENTRY = """
import { Two } from "./two.js";
import {
  A,
  value,
} from "./one.js";
export default function main() {
  return [new Two().sum(), value(), A].join();
}
"""


def written(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder / "entry.js"


def said_by_node(folder: Path, joined: str, expression: str) -> str:
    module = folder / "joined.mjs"
    module.write_text(joined, encoding="utf-8")
    script = f'import main from "{module.as_uri()}"; console.log({expression});'
    done = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@needs_node
def test_names_of_different_modules_never_meet(tmp_path: Path) -> None:
    entry = written(tmp_path, one=ONE, two=TWO, entry=ENTRY)
    assert said_by_node(tmp_path, bundle(entry), "main()") == "11,1,7"


def test_a_name_that_is_not_exported_is_found_before_a_browser_does(tmp_path: Path) -> None:
    entry = written(tmp_path, one=ONE, two=TWO, entry=ENTRY.replace("{ Two }", "{ Three }"))
    with pytest.raises(ValueError, match=r"entry\.js imports Three, which \./two\.js does not export"):
        bundle(entry)


def test_a_circle_of_imports_is_refused(tmp_path: Path) -> None:
    circle = 'import { Two } from "./two.js";\n'
    with pytest.raises(ValueError, match="imports itself"):
        bundle(written(tmp_path, one=circle + ONE, two=TWO, entry=ENTRY))


def test_what_cannot_be_joined_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be joined"):
        bundle(written(tmp_path, entry='import * as all from "./one.js";\nexport default function main() {}\n'))


@needs_node
def test_the_desk_is_joined_into_a_module_that_loads(tmp_path: Path) -> None:
    assert said_by_node(tmp_path, bundle(ASSETS / "desk" / "desk.js"), "typeof main") == "function"
