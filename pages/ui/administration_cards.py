"""Cards of the administration page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ecg_core.errors import ReviewError
from ecg_core.review.audit import AuditEntry, canonical
from pages.services.accounts import PERMISSIONS, TEACHING_PERMISSIONS, Action
from pages.services.administration import (
    MAX_SHOWN,
    audit_entries,
    end_session,
    signed_in_sessions,
    verified_audit_log,
)
from pages.services.sign_in import SIGN_IN, Session
from pages.ui.markup import head, literal, notice, quiet

_SHOWN: Final = "audit_entries"


def people() -> None:
    """Draw who is signed in, and what each role may do."""
    with st.container(key="card_people"):
        sessions = signed_in_sessions()
        head("Signed in", f"{len(sessions)} session{'' if len(sessions) == 1 else 's'} on this server")
        for session in sessions:
            _session(session)
        if not sessions:
            quiet("Nobody signs in on this server: no provider is set up.")
    with st.container(key="card_roles"):
        head("Roles", "given by the sign-in provider; a change takes effect within a minute")
        for role, actions in PERMISSIONS.items():
            st.markdown(f"**{role}**  \n{_allowed(role, actions)}")


def _allowed(role: str, actions: frozenset[Action]) -> str:
    told = [action.value for action in Action if action in actions]
    teaching = [action.value for action in Action if action in TEACHING_PERMISSIONS.get(role, ())]
    if teaching:
        told.append(f"with demos and PhysioNet's recordings alone: {', '.join(teaching)}")
    return "; ".join(told)


def _session(session: Session) -> None:
    who, end = st.columns([0.7, 0.3], vertical_alignment="center")
    idle_min = (SIGN_IN.clock() - session.used_s) / 60.0
    who.markdown(
        f"**{literal(session.account.name)}**  \n{', '.join(session.account.roles) or 'no role'} · "
        f"since {session.began_at[:16].replace('T', ' ')} UTC · last used {idle_min:.0f} min ago"
    )
    end.button(
        "End",
        help="End this session",
        key=f"people_end_{session.key[:16]}",
        on_click=end_session,
        args=(session.key,),
        width="stretch",
    )


def audit_log() -> None:
    """Draw the newest rows of the audit log, and whether its chain is whole."""
    with st.container(key="card_audit"):
        head("Audit log", f"the newest {MAX_SHOWN} rows; reading them is a row, too")
        show, verify = st.columns(2)
        if show.button("Show rows", key="audit_show", width="stretch"):
            st.session_state[_SHOWN] = audit_entries()
        if verify.button("Verify the chain", key="audit_verify", width="stretch"):
            _verdict()
        entries: list[AuditEntry] | None = st.session_state.get(_SHOWN)
        if entries is None:
            return
        wanted = st.text_input("Filter", key="audit_filter", placeholder="person, action, recording").strip().lower()
        rows = [_row(entry) for entry in entries]
        shown = [row for row in rows if wanted in " ".join(row.values()).lower()]
        st.dataframe(shown, hide_index=True, height=520, key="audit_rows")


def _verdict() -> None:
    try:
        verdict = verified_audit_log()
    except ReviewError as error:
        notice(str(error), problem=True, small=True)
        return
    if verdict.broken_at is not None:
        notice(f"The chain breaks at row {verdict.broken_at}. {verdict.reason}", problem=True, small=True)
    else:
        last = verdict.last.hash[:16] if verdict.last is not None else "none"
        notice(f"The chain is whole: {verdict.n_entries:,} rows, last hash {last}.", small=True)


def _row(entry: AuditEntry) -> dict[str, str]:
    return {
        "Row": str(entry.seq),
        "At (UTC)": entry.at[:19].replace("T", " "),
        "Person": entry.person,
        "Role": entry.role,
        "Action": entry.action,
        "Subject": entry.subject[:24],
        "Details": canonical(entry.details)[:200],
    }
