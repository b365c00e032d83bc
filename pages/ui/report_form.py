"""Form of the report page: template, clinical details, identity, and the texts that a person may change."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ecg_core.errors import ReviewError
from ecg_core.report import TEMPLATES, PatientIdentity, Report
from ecg_core.report.model import MAX_PARAGRAPH, Paragraph, Section, Strip
from pages.services.report_drafts import MAX_TYPED, PAPERS, drafted
from pages.services.report_versions import KeptDraft, draft_kept, keep_draft
from pages.services.workspace import OpenedRecording
from pages.ui.form_state import changed_by_others, note_shown, value_of
from pages.ui.markup import head, literal, notice, quiet
from pages.ui.report_signing import PERSON

_NAMES: Final = {"holter": "Holter", "event": "Event recorder", "twelve-lead": "12-lead ECG", "teaching": "Teaching"}
_DETAILS: Final = {"indication": "Indication", "medication": "Medication", "ordered_by": "Ordered by"}
_IDENTITY: Final = {"name": "Name", "patient_id": "Patient ID", "birth_date": "Date of birth", "sex": "Sex"}
_LONG: Final = 110
_OTHERS: Final = "report_saved_elsewhere"


def form(opened: OpenedRecording, fields: DeltaGenerator, texts: DeltaGenerator) -> KeptDraft:
    """Draw the form; what a person fills in is kept with the recording at once.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    fields, texts : DeltaGenerator
        Containers of the fields and of the texts.

    Returns
    -------
    KeptDraft
        With what the form says.
    """
    kept = draft_kept(opened)
    if changed_by_others(_place(opened, kept)):
        st.session_state[_OTHERS] = True
    with fields:
        heading = st.container()
        if kept.problem:
            notice(f"The report cannot be kept. {kept.problem}", problem=True, small=True)
        if st.session_state.get(_OTHERS):
            notice("The report was saved elsewhere meanwhile; the form shows it as it is now.", small=True)
        filled = _filled(opened, kept)
    with texts:
        report = drafted(opened, filled.form)
        filled = replace(filled, form=replace(filled.form, texts=_texts(report, dict(kept.form.texts), kept.signed)))
    if not (kept.signed or kept.problem or filled.form == kept.form):
        try:
            filled = keep_draft(opened, filled.form, kept, str(st.session_state.get(PERSON, "")))
            note_shown(_place(opened, filled))
            st.session_state.pop(_OTHERS, None)
        except ReviewError as error:
            with fields:
                notice(str(error), problem=True, small=True)
    with heading:  # once everything is kept
        saved = f"saved {filled.saved_at[:16].replace('T', ' ')} UTC" if filled.saved_at else "nothing saved yet"
        head("Report", "signed" if filled.signed else saved)
    return filled


def _place(opened: OpenedRecording, kept: KeptDraft) -> tuple[str, int, int]:
    version = kept.version
    return opened.recording.sha256, 0 if version is None else version.version, 0 if version is None else version.saves


def _filled(opened: OpenedRecording, kept: KeptDraft) -> KeptDraft:
    """Draw the fields and return what they say, with the texts as they were."""
    before, fixed = kept.form, kept.signed
    left, right = st.columns(2)
    template = left.selectbox(
        "Template",
        list(TEMPLATES),
        format_func=lambda name: _NAMES.get(name, name),
        key=value_of("template", before.template),
        disabled=fixed,
    )
    paper = right.selectbox(
        "Paper", list(PAPERS), format_func=PAPERS.__getitem__, key=value_of("paper", before.paper), disabled=fixed
    )
    details = {name: _line(label, name, getattr(before.details, name), fixed) for name, label in _DETAILS.items()}
    identity = _identity(before.identity, fixed)
    now = replace(
        before,
        template=str(template),
        paper=str(paper),
        details=replace(before.details, **details),
        identity=identity,
    )
    return replace(kept, form=now)


def _line(label: str, name: str, kept: str, fixed: bool) -> str:
    return str(st.text_input(label, key=value_of(name, kept), max_chars=MAX_TYPED, disabled=fixed)).strip()


def _identity(kept: PatientIdentity, fixed: bool) -> PatientIdentity:
    """Draw the fields of the identity, which is printed in the report and kept with it alone.

    What the file says of the person is not offered: it is shown once, to who loaded the file.
    """
    with st.expander("Whose recording it is" + (" · filled in" if kept else " · left out")):
        quiet("Printed where it is filled in; kept with the report, for everybody who may open this recording here.")
        fields = {name: _line(label, name, getattr(kept, name), fixed) for name, label in _IDENTITY.items()}
    return PatientIdentity(**fields)


def _texts(report: Report, kept: dict[str, str], fixed: bool) -> dict[str, str]:
    """Draw every text of the report that may be changed; return those that differ from the program's."""
    head("Texts", "an emptied text is not printed")
    known = report.paragraphs()
    changed = {name: text for name, text in kept.items() if name not in known}
    for section in report.sections:
        texts = _paragraphs(section)
        if not texts:
            continue
        n_edited = sum(one.edited for one in texts)
        label = literal(section.title) + (f" · {n_edited} edited" if n_edited else "")
        with st.expander(label, expanded=section.id == "conclusion"):
            for one in texts:
                text = _text(section, one, fixed)
                if text != one.drafted.strip():
                    changed[one.id] = text
    return changed


def _paragraphs(section: Section) -> list[Paragraph]:
    """Return the texts of a section that a person may change."""
    found = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            found.append(block)
        elif isinstance(block, Strip):
            found.append(block.caption)
    return found


def _text(section: Section, paragraph: Paragraph, fixed: bool) -> str:
    comment = paragraph.id.endswith(".comment")
    label = f"Comment on {section.title.lower()}" if comment else paragraph.drafted or section.title
    shown = st.text_area(
        literal(label[:200]),
        key=value_of(f"text_{paragraph.id}", paragraph.text),
        height=68 if len(paragraph.text) < _LONG else 112,
        max_chars=MAX_PARAGRAPH,
        placeholder="Comment" if comment else "Not printed",
        label_visibility="visible" if comment else "collapsed",
        disabled=fixed,
    )
    if paragraph.edited and paragraph.drafted:
        quiet(f"The program wrote: {paragraph.drafted}")
    return str(shown).strip()
