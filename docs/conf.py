"""Settings of Sphinx, which builds the site of the documentation: ``make docs``."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from plotly.offline import get_plotlyjs  # noqa: E402
from sphinx.domains.python import PythonDomain  # noqa: E402
from sphinx.errors import ExtensionError  # noqa: E402

import ecg_core  # noqa: E402

project = "Rhythmoscope"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
# A name is described where it is defined; the summaries of packages list what they offer.
autodoc_default_options = {"members": True, "show-inheritance": True, "ignore-module-all": True}
autodoc_use_type_comments = False  # there are none, and looking for them takes each source apart once more
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # a type's short name, as docstrings have it, may be that of several modules

html_theme = "furo"
html_title = f"Rhythmoscope {ecg_core.__version__}"
html_show_copyright = False
html_favicon = "../assets/icon.svg"
html_static_path = ["_static"]
html_theme_options = {"top_of_page_buttons": []}


def public_modules(package: str) -> list[str]:
    """Return the names of a package's modules and packages that do not begin with an underscore."""
    folders = import_module(package).__path__
    return [f"{package}.{found.name}" for found in pkgutil.iter_modules(folders) if not found.name.startswith("_")]


def api_page(title: str, modules: list[str]) -> str:
    """Return a page with the docstrings of modules, in reStructuredText."""
    blocks = [f"{title}\n{'=' * len(title)}\n"]
    for module in modules:
        heading = f"{module}\n{'-' * len(module)}\n\n" if module != title else ""
        blocks.append(f"{heading}.. automodule:: {module}\n")
        names = getattr(import_module(module), "__all__", []) if hasattr(import_module(module), "__path__") else []
        if offered := [name for name in names if not name.startswith("_")]:
            blocks.append("Offers " + ", ".join(f"``{name}``" for name in offered) + ".\n")
    return "\n".join(blocks)


def write_api_pages(app: Any) -> None:
    """Write a page for each package of the library, which git ignores, where it is not as it should be."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    pages = {}
    packages = [name for name in public_modules("ecg_core") if hasattr(import_module(name), "__path__")]
    modules = [name for name in public_modules("ecg_core") if name not in packages]
    pages["ecg_core"] = api_page("ecg_core", ["ecg_core", *modules])
    while packages:
        package = packages.pop(0)
        inside = public_modules(package)
        packages += [name for name in inside if hasattr(import_module(name), "__path__")]
        modules = [name for name in inside if name not in packages]
        pages[package] = api_page(package, [package, *modules])
    toc = "\n".join(f"   {name}" for name in sorted(pages))
    pages["index"] = f"API reference\n=============\n\n.. toctree::\n   :maxdepth: 1\n\n{toc}\n"
    for old in set(folder.glob("*.rst")) - {folder / f"{name}.rst" for name in pages}:
        old.unlink()
    for name, text in pages.items():
        file = folder / f"{name}.rst"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def write_notebook_pages(app: Any) -> None:
    """Execute the notebooks and write their pages, and Plotly's script for their figures, which git ignores."""
    source = Path(app.srcdir)
    script = source / "_static" / "plotly.min.js"
    if not script.is_file() or script.read_text(encoding="utf-8") != get_plotlyjs():
        script.write_text(get_plotlyjs(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(source / "run_notebooks.py")], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode:
        raise ExtensionError(f"A notebook cannot be executed:\n{done.stderr[-2000:]}")


def attributes_as_written() -> tuple[Any, Any]:
    """Return two handlers that take a docstring of data or an attribute past napoleon.

    Napoleon reads what stands before the first colon as a type; ours are sentences.
    """
    kept: dict[str, list[str]] = {}

    def keep(_app: Any, what: str, name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
        if what in {"attribute", "data", "property"} and not any(line.startswith("---") for line in lines):
            kept[name] = list(lines)

    def restore(_app: Any, _what: str, name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
        lines[:] = kept.pop(name, lines)

    return keep, restore


class Names(PythonDomain):
    """Sphinx's domain of Python, quick to tell that a word such as ``float`` or ``optional`` names nothing of ours.

    Sphinx compares each such word with the end of every name; that took a third of the time of the site.
    """

    def find_obj(
        self, env: Any, modname: str, classname: str, name: str, type: str | None, searchmode: int = 0
    ) -> list[tuple[str, Any]]:
        """Find a name as Sphinx does, unless nothing ends with its last part."""
        if len(self.objects) != getattr(self, "_counted", None):
            self._counted = len(self.objects)
            self._last_parts = {known.rpartition(".")[2] for known in self.objects}
        if searchmode == 1 and name.removesuffix("()").rpartition(".")[2] not in self._last_parts:
            return []
        return super().find_obj(env, modname, classname, name, type, searchmode)


def navigate_by_titles(app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Give the theme's navigation, which shows titles, no more of the API's pages: it copies what it gets per page."""
    if "toctree" not in context:
        return
    whole = context["toctree"]
    pages = [data for name, data in app.env.metadata.items() if name.startswith("api/") and name != "api/index"]

    def toctree(**how: Any) -> Any:
        for data in pages:
            data["tocdepth"] = 1
        try:
            return whole(**how)
        finally:
            for data in pages:
                del data["tocdepth"]

    context["toctree"] = toctree


def setup(app: Any) -> None:
    """Write the pages of the API reference and of the notebooks before Sphinx looks for pages."""
    (Path(app.srcdir) / "_static").mkdir(exist_ok=True)  # Sphinx asks for it before it writes anything
    app.connect("builder-inited", write_api_pages)
    app.connect("builder-inited", write_notebook_pages)
    app.add_domain(Names, override=True)
    app.connect("html-page-context", navigate_by_titles, priority=400)
    keep, restore = attributes_as_written()
    app.connect("autodoc-process-docstring", keep, priority=400)
    app.connect("autodoc-process-docstring", restore, priority=600)
