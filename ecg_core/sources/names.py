"""Names that strangers give to files."""

from __future__ import annotations

from ecg_core.errors import SourceError
from ecg_core.formats.wfdb.files import is_plain


def require_plain(header: str, name: str) -> str:
    """Return a file name that a header refers to, if it is a plain one.

    Parameters
    ----------
    header : str
        Name of the header, for the message.
    name : str
        File name that it refers to.

    Returns
    -------
    str

    Raises
    ------
    SourceError
        If the name could lead out of the header's folder.
    """
    if not is_plain(name):
        raise SourceError(f"{header} names {name!r:.80}, which is not a plain file name; it was not opened.")
    return name
