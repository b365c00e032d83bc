"""Modules joined into one: names stay apart, imports are checked, and the result runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pages.parts.bundling import bundle

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def written(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder / "entry.js"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_names_of_different_modules_never_meet(tmp_path: Path) -> None:
    entry = written(
        tmp_path,
        one="const N = 1;\nexport function value() {\n  return N;\n}\nexport const A = 7;\n",
        two='import { value as first } from "./one.js";
const N = 10;
'
        "export class Two {\n  sum() {\n    return N + first();\n  }\n}\n",
        entry='import { Two } from "./two.js";\nimport {\n  A,\n  value,\n} from "./one.js";\n'
        "export default function main() {\n  return [new Two().sum(), value(), A].join();\n}\n",
    )
    joined = tmp_path / "joined.mjs"
    joined.write_text(bundle(entry), encoding="utf-8")
    script = f'import main from "{joined.as_uri()}"; console.log(main());'
    done = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "11,1,7"


def test_a_name_that_is_not_exported_is_found_before_a_browser_does(tmp_path: Path) -> None:
    entry = written(
        tmp_path,
        one="export const a = 1;\n",
        entry='import { b } from "./one.js";\nexport default function main() {\n  return b;\n}\n',
    )
    with pytest.raises(ValueError, match=r"entry\.js imports b, which \./one\.js does not export"):
        bundle(entry)


def test_a_circle_of_imports_is_refused(tmp_path: Path) -> None:
    entry = written(
        tmp_path,
        one='import { two } from "./two.js";\nexport const one = two;\n',
        two='import { value as first } from "./one.js";
const N = 10;
'
        "export class Two {\n  sum() {\n    return N + first();\n  }\n}\n",
        entry='import { one } from "./one.js";\nexport default function main() {\n  return one;\n}\n',
    )
    with pytest.raises(ValueError, match="imports itself"):
        bundle(entry)


def test_what_cannot_be_joined_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be joined"):
        bundle(written(tmp_path, entry='import * as all from "./one.js";\nexport default function main() {}\n'))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_desk_is_joined_into_a_module_that_loads(tmp_path: Path) -> None:
    joined = tmp_path / "desk.mjs"
    joined.write_text(bundle(ASSETS / "desk" / "desk.js"), encoding="utf-8")
    script = f'import mount from "{joined.as_uri()}"; console.log(typeof mount);'
    done = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "function"
