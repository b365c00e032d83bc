"""Account in the page frame, and the page that stands in place of all others for who is not signed in."""

from __future__ import annotations

from typing import Final, TypeVar

import streamlit as st

from ecg_core.errors import ReviewError
from pages.services.accounts import NOBODY, TEACHING, Account, Action
from pages.services.allowed_folders import is_reachable_by_others
from pages.services.sign_in import SIGN_IN
from pages.ui import browser_sessions, sign_in_return
from pages.ui.markup import literal, notice, quiet

Page = TypeVar("Page")
_PROBLEM: Final = "sign_in_problem"


def account_or_nobody() -> Account:
    """Return the account that this run of the page is for; `NOBODY` without sign-in, where `sign_in_page` says why."""
    st.session_state.pop(_PROBLEM, None)
    try:
        return browser_sessions.account()
    except ReviewError as error:
        st.session_state[_PROBLEM] = browser_sessions.why_signed_out() or str(error)
        return NOBODY


def pages_of(account: Account, reading: list[Page], telling: list[Page], administration: Page) -> list[Page]:
    """Return the pages that an account has.

    Parameters
    ----------
    account : Account
        The account.
    reading : list of Page
        Pages that show recordings; the first one is the default page, which everybody has.
    telling : list of Page
        Pages that show none.
    administration : Page
        For administrators, where people sign in.
    """
    may_read = account.may(Action.READ, TEACHING) or not account.roles  # without a role none is shown, whichever it is
    pages = [*(reading if may_read else reading[:1]), *telling]
    return [*pages, administration] if account.is_signed_in and account.may(Action.PEOPLE) else pages


def sign_in_page(account: Account) -> None:
    """Draw the page for somebody who is not signed in, or has no role.

    Parameters
    ----------
    account : Account
        `NOBODY`, or an account without a role.
    """
    with st.container(key="card_sign_in", width=420):
        st.markdown("#### Sign in")
        if account.is_signed_in:
            notice(
                f"{account.name} has no role on this server. Whoever manages accounts can give one; it takes effect "
                "within a minute.",
                problem=True,
            )
            st.button("Check again", key="sign_in_again", type="primary", width="stretch")
            st.button("Sign out", key="sign_in_sign_out", on_click=_sign_out, width="stretch")
            return
        quiet("Recordings on this server are shown to people who are signed in.")
        sign_in_return.keep_address()
        why = st.session_state.get(_PROBLEM, "")
        if why and browser_sessions.has_cookie():
            notice(why, small=True)
        for number, name in enumerate(SIGN_IN.providers):
            st.button(
                "Sign in" if name == "default" else f"Sign in with {literal(name)}",
                key=f"sign_in_{number}",
                type="primary",
                on_click=_sign_in,
                args=(name,),
                width="stretch",
            )


def account_menu(account: Account) -> None:
    """Draw who is signed in, with the button to sign out.

    Parameters
    ----------
    account : Account
        The account.
    """
    if not account.is_signed_in:
        if is_reachable_by_others() and not SIGN_IN.is_required:
            st.html(
                '<div class="rs-open-server" role="note" title="Set up a provider of sign-in, see docs/people.md">'
                "No sign-in: whoever reaches this server sees and edits everything</div>"
            )
        return
    with (
        st.container(key="account"),
        st.popover(f"{literal(account.name)} · {', '.join(account.roles) or 'no role'}", width="content"),
    ):
        st.markdown(f"**{literal(account.name)}**")
        st.caption(", ".join(account.roles) or "no role")
        st.button("Sign out", key="account_sign_out", on_click=_sign_out, width="stretch")


def _sign_in(name: str) -> None:
    st.login(None if name == "default" else name)


def _sign_out() -> None:
    # The session ends on the way: earlier, the socket would be closed that tells the browser to go there.
    st.logout()
