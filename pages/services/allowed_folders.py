"""Allow-list of server folders that can be opened by path. No Streamlit.

``RHYTHMOSCOPE_ROOTS`` lists them, separated as ``PATH`` is. Where it is not set, a server that this machine alone
reaches opens the person's home folder and the folder it was started in; any other server opens neither. The folder of
``ECG_DATA`` may be opened in either case. Folders below an allowed one are allowed, links resolved.
"""

from __future__ import annotations

from pathlib import Path

from ecg_core import settings
from ecg_core.errors import SourceError


class _Reach:
    """Who reaches the server."""

    this_machine_alone = True


def set_reach(*, this_machine_alone: bool) -> None:
    """Set whether the server is reachable from this machine only, which decides the default roots."""
    _Reach.this_machine_alone = this_machine_alone


def is_reachable_by_others() -> bool:
    """Tell whether other machines can reach the server."""
    return not _Reach.this_machine_alone


def allowed_roots() -> tuple[Path, ...]:
    """Return the folders below which a local folder may lie, resolved."""
    listed = settings.ALLOWED_ROOTS.get()
    found = list(listed)
    if not listed and _Reach.this_machine_alone:
        found = [folder for folder in (_home(), Path.cwd()) if folder is not None and _is_below_the_top(folder)]
    data = settings.ECG_DATA.get()
    if data:
        found.append(data)
    return tuple(dict.fromkeys(_resolved(folder) for folder in found))


def allowed_folder(folder: str) -> Path:
    """Return a folder that may be opened, links resolved.

    Parameters
    ----------
    folder : str
        As it was typed.

    Raises
    ------
    SourceError
        If it lies elsewhere; the sentence is the same whether or not there is such a folder.
    """
    try:
        path = Path(folder).expanduser().resolve()
    except (OSError, ValueError, RuntimeError):  # no path, no such user, or a loop of links
        path = None
    if path is None or not any(path.is_relative_to(root) for root in allowed_roots()):
        raise SourceError(
            f"The folder {folder!s:.200} is not one that this dashboard may open; "
            f"whoever runs it can allow it with {settings.ALLOWED_ROOTS.name}."
        )
    return path


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def _is_below_the_top(folder: Path) -> bool:
    """Tell whether a folder is less than the whole machine, which is never allowed by default."""
    resolved = _resolved(folder)
    return resolved != resolved.parent


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError):
        return folder.absolute()
