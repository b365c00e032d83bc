"""Signing on the report page: preliminary, final, amended, and the versions that were signed."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ecg_core.errors import ReportError, ReviewError
from ecg_core.review.reports import Report as Version
from pages.services.accounts import Action, acting
from pages.services.report_exports import exported
from pages.services.report_versions import (
    ROLES,
    KeptDraft,
    amend,
    document_name,
    kept_now,
    make_preliminary,
    problem_of,
    sign,
    signed_document,
    signed_versions,
)
from pages.services.workspace import OpenedRecording
from pages.ui.form_state import forget_form
from pages.ui.markup import head, literal, notice, quiet
from pages.ui.report_sending import sending

_SAID: Final = "report_said"
PERSON: Final = "report_person"


def signing(opened: OpenedRecording, kept: KeptDraft) -> None:
    """Draw what can be done with the report, and its signed versions.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    kept : KeptDraft
        The report that is being written, or the newest signed one.
    """
    head("Sign", "name and role are printed in the report; a signed version never changes")
    said = st.session_state.pop(_SAID, "")
    if said:
        notice(said, problem=True, small=True)
    account = acting()
    may_sign = account.may(Action.SIGN, opened.rec)
    if account.is_signed_in:
        person, as_role = account.signs_as("", "")
        quiet(f"As {person}, {as_role}")
    else:
        name, role = st.columns([0.6, 0.4])
        person = str(name.text_input("Your name", key=PERSON, max_chars=60)).strip()
        as_role = str(role.selectbox("Role", ROLES, key="report_role"))
    if kept.signed and may_sign:
        _amending(kept, person, as_role)
    elif kept.signed:
        quiet("This report is signed. A senior reader can amend it.")
    elif not kept.problem:
        amends = kept.version is not None and kept.version.replaces is not None
        preliminary = kept.version is not None and kept.version.status == "preliminary"
        early, final = st.columns(2)
        early.button(
            "Make preliminary",
            key="report_preliminary",
            width="stretch",
            disabled=not person or preliminary,
            on_click=_make_preliminary,
            args=(opened, kept, person, as_role),
        )
        final.button(
            "Sign amended report" if amends else "Sign as final",
            key="report_sign",
            type="primary",
            width="stretch",
            disabled=not (person and may_sign),
            on_click=_sign,
            args=(opened, kept, person, as_role),
        )
        if not person:
            quiet("Type your name to sign.")
        elif not may_sign:
            quiet("A senior reader signs; your role makes reports preliminary.")
    versions = signed_versions(opened)
    for version in versions:
        _signed(opened, version)
    if versions:
        sending(opened, versions[0], person, as_role)


def _amending(kept: KeptDraft, person: str, role: str) -> None:
    assert kept.version is not None
    quiet("This report is signed. To change something, amend it: the signed version stays.")
    reason = str(st.text_input("Reason of the amendment", key="report_reason", max_chars=1000)).strip()
    st.button(
        "Amend",
        key="report_amend",
        disabled=not (person and reason),
        on_click=_amend,
        args=(kept, reason, person, role),
    )


def _signed(opened: OpenedRecording, version: Version) -> None:
    """Draw a signed version: who signed it, whether it is as it was, and its document."""
    who, taken = st.columns([0.68, 0.32], vertical_alignment="center")
    at = (version.signed_at or "")[:16].replace("T", " ")
    replaced = f" · replaced by version {version.replaced_by}" if version.replaced_by else ""
    who.markdown(
        f"**Version {version.version}** · {version.status}{replaced}  \n"
        f"{literal(version.signed_by or '')}, {literal(version.signed_role or '')}, {at} UTC"
    )
    if version.reason:
        with who:
            quiet(f"Reason: {version.reason}")
    problem = problem_of(version)
    if problem is not None:
        notice(f"Version {version.version}: {problem}", problem=True, small=True)
    taken.download_button(
        "Signed PDF",
        exported(opened, "application/pdf", lambda: signed_document(version, "pdf")),
        file_name=f"{document_name(opened)}-v{version.version}.pdf",
        mime="application/pdf",
        key=f"report_signed_{version.version}",
        disabled=not acting().may(Action.EXPORT, opened.rec),
        on_click="ignore",
        width="stretch",
    )


def _make_preliminary(opened: OpenedRecording, kept: KeptDraft, person: str, role: str) -> None:
    try:
        make_preliminary(kept_now(opened, kept, person), person, role)
        forget_form()
    except ReviewError as error:
        st.session_state[_SAID] = str(error)


def _sign(opened: OpenedRecording, kept: KeptDraft, person: str, role: str) -> None:
    try:
        sign(opened, kept, person, role)
        forget_form()
    except (ReviewError, ReportError) as error:
        st.session_state[_SAID] = str(error)


def _amend(kept: KeptDraft, reason: str, person: str, role: str) -> None:
    try:
        amend(kept, reason, person, role)
        forget_form()
    except ReviewError as error:
        st.session_state[_SAID] = str(error)
