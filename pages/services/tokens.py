"""Access tokens of the review desk: each grants one page access to one recording and expires when unused.

Tokens are counted by person (a browser, see `pages.ui.browser_sessions`): whoever takes too many loses their own, the
one unused for longest first. One that is on screen in an open window is never taken away for a new one; the new one is
refused.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from ecg_core.errors import SourceError
from pages.services import workspace
from pages.services.accounts import MAX_NAME_LENGTH, acting, one_line
from pages.services.workspace import OpenedRecording

TOKEN_TTL_S: Final = 12 * 3600.0
"""A token is given up so long after its last use."""

MAX_TOKENS_PER_BROWSER: Final = 50
"""Tokens of one person."""

MAX_TOKENS: Final = 2000
"""Tokens of all persons."""

ACTIVE_S: Final = 150.0
"""A token is in use when its page has asked for something within so long; a page in sight asks every few seconds."""

_TOO_MANY: Final = "You have {} recordings open in this browser; close some of the windows and reload this page."
_FULL: Final = "Too many recordings are open on this server at the moment; try again in a few minutes."

DEFAULT_REVIEWER_NAME: Final = "reviewer"
"""Reviewer name where none was entered."""


@dataclass(frozen=True)
class ViewPosition:
    """View position of a page.

    Attributes
    ----------
    start_s : float
        The first second.
    beat : int or None
        Id of the chosen beat.
    """

    start_s: float
    beat: int | None


@dataclass
class TokenGrant:
    """Access right of one page to one recording.

    Attributes
    ----------
    opened : OpenedRecording
        The recording, without what was found in it: that is on the desk, shared by all.
    person : str
        Who took the seat.
    used_at_s : float
        When it was last used, on the monotonic clock.
    place : ViewPosition or None
        What the browser last said is on screen, until the page has taken it.
    loads : bool
        Whether this is the person who loaded the file, who may see whom it names.
    session : str
        The window that the page stands in, whatever tokens it has taken.
    owner : str
        The person whose window it is, by whom turns and limits are counted.
    is_audited : bool
        Whether the audit log has been told that the recording was opened.
    account : str
        Key of the account that took it; empty on a server without sign-in. Nobody else may use it.
    """

    opened: OpenedRecording
    person: str
    used_at_s: float
    place: ViewPosition | None = None
    loads: bool = False
    session: str = ""
    owner: str = ""
    is_audited: bool = False
    account: str = ""

    def recording(self) -> OpenedRecording:
        """Return the recording on the desk; it is put back there where others have taken its place meanwhile."""
        if self.opened.live is not None:
            return self.opened.live.current()
        return workspace.in_workspace(self.opened.bare())


_grants: OrderedDict[str, TokenGrant] = OrderedDict()
_lock = threading.Lock()


class _Windows:
    """Tells whether a window is open, by its session; all are until somebody knows better."""

    is_here: Callable[[str], bool] = staticmethod(lambda _: True)


_windows: Final = _Windows()


def ask_who_is_here(is_here: Callable[[str], bool]) -> None:
    """Register the callable that tells whether a session's window is open."""
    _windows.is_here = is_here


def issue_token(
    opened: OpenedRecording, person: str = "", *, session: str = "", owner: str = "", loads: bool = False
) -> str:
    """Issue a token for a recording.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    person : str
        Who takes it, see `reviewer_of`.
    loads : bool
        Whether this is the person who loaded the file.
    session : str
        The window; each token is one by itself by default.
    owner : str
        The person whose window it is; by default each window is another person's.

    Returns
    -------
    str
        The token that every request of the page has to carry.

    Raises
    ------
    SourceError
        If all tokens that the person, or all persons, may have are in use.
    """
    token = secrets.token_urlsafe(32)
    session = session or token[:8]
    owner = owner or session
    now_s = time.monotonic()
    account = acting()
    grant = TokenGrant(
        opened.bare(),
        account.name or reviewer_name(person),
        now_s,
        loads=loads,
        session=session,
        owner=owner,
        account=account.key,
    )
    with _lock:
        _expire(now_s)
        mine = [name for name, each in _grants.items() if each.owner == owner]
        if len(mine) >= MAX_TOKENS_PER_BROWSER:
            on_screen = _on_screen(now_s)
            gone = next((name for name in mine if name not in on_screen), None)
            if gone is None:
                raise SourceError(_TOO_MANY.format(len(mine)))
            del _grants[gone]
        if len(_grants) >= MAX_TOKENS:
            _give_up_one(now_s)
        _grants[token] = grant
    return token


def grant_of(token: str) -> TokenGrant | None:
    """Return the grant of a token; None if unknown or expired."""
    now_s = time.monotonic()
    with _lock:
        _expire(now_s)
        grant = _grants.get(token)
        if grant is not None:
            grant.used_at_s = now_s
            _grants.move_to_end(token)
        return grant


def _expire(now_s: float) -> None:
    while _grants and now_s - next(iter(_grants.values())).used_at_s > TOKEN_TTL_S:
        _grants.popitem(last=False)


def _on_screen(now_s: float) -> set[str]:
    """Return the tokens that open windows show: of each the one that it used last, where it is in use."""
    latest = {grant.session: name for name, grant in _grants.items()}  # they lie in the order of their last use
    return {
        name
        for session, name in latest.items()
        if now_s - _grants[name].used_at_s <= ACTIVE_S and _windows.is_here(session)
    }


def _give_up_one(now_s: float) -> None:
    """Take a token away that nobody uses, from the person who has most of all who have such."""
    unused = [name for name, grant in _grants.items() if now_s - grant.used_at_s > ACTIVE_S]
    if not unused:
        raise SourceError(_FULL)
    left_open = set(
        {grant.session: name for name, grant in _grants.items() if _windows.is_here(grant.session)}.values()
    )
    unused = [name for name in unused if name not in left_open] or unused
    held = Counter(grant.owner for grant in _grants.values())
    del _grants[max(unused, key=lambda name: held[_grants[name].owner])]


def pop_view_position(token: str, rec: str) -> ViewPosition | None:
    """Return the view position that the browser sent last and clear it; None if nothing new was sent.

    Parameters
    ----------
    token : str
        Access token of the page.
    rec : str
        Reference of the recording.

    Returns
    -------
    ViewPosition or None
    """
    with _lock:
        grant = _grants.get(token)
        if grant is None or grant.opened.rec != rec:
            return None
        place, grant.place = grant.place, None
        return place


def revoke_below(folder: Path) -> None:
    """Revoke the tokens of recordings in a removed folder."""
    with _lock:
        for token in [token for token, grant in _grants.items() if folder in (grant.opened.recording.within or ())]:
            del _grants[token]


def revoke_all() -> None:
    """Revoke all tokens."""
    with _lock:
        _grants.clear()


def reviewer_of(header: str | None, grant: TokenGrant) -> str:
    """Return the reviewer's name: of the account, else from the request's header, else of the token's owner.

    Parameters
    ----------
    header : str or None
        Reviewer header of the request, percent-encoded UTF-8.
    grant : TokenGrant
        Grant of the request's token.

    Returns
    -------
    str
    """
    if not header or grant.account:
        return grant.person
    named = unquote_to_bytes(header).decode("utf-8", "replace")
    return reviewer_name(named) if named.strip() else grant.person


def reviewer_name(text: str) -> str:
    """Return a person's name fit to be kept: printable, on one line, of at most `MAX_NAME_LENGTH` characters."""
    return one_line(text)[:MAX_NAME_LENGTH].rstrip() or DEFAULT_REVIEWER_NAME
