"""The worklist on the front page: filters, one page of rows, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import streamlit as st

from ecg_core.errors import ReviewError
from ecg_core.review.log import now
from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import WorklistItem
from ecg_core.review.worklist_order import NO_EVENT, NOT_ANALYSED, OPEN, ORDERS, Filter, Order
from ecg_core.rhythm import KIND_NAMES
from ecg_core.texts import sentence_case
from pages.services.accounts import Action, acting
from pages.services.job_executor import WORKLIST_JOBS
from pages.services.wording import shown
from pages.services.worklist_access import is_openable, worklist_to_read, worklist_to_write
from pages.services.worklist_jobs import ANALYSE_KEY, Done, adding_key, start_adding, start_analyses
from pages.services.worklist_page import ROWS_A_PAGE, WorklistPage, page_of, rows_of
from pages.ui import state
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import head, notice, quiet
from pages.ui.reviewer import keep_reviewer, reviewer
from pages.ui.worklist_open import open_item, open_recording_of_worklist
from pages.ui.worklist_table import worklist_table

DUE_IN: Final[dict[str, timedelta | None]] = {
    "No due time": None,
    "Due in 1 hour": timedelta(hours=1),
    "Due in 4 hours": timedelta(hours=4),
    "Due in 24 hours": timedelta(days=1),
    "Due in 3 days": timedelta(days=3),
    "Due in 7 days": timedelta(days=7),
}

_STATUSES: Final[dict[str, tuple[str, ...] | None]] = {
    "Open": OPEN,
    "Overdue": OPEN,
    "New": ("new",),
    "Being read": ("reading",),
    "Read": ("read",),
    "Signed": ("signed", "amended"),
    "All": None,
}
_WHOSE: Final = ("Everybody's", "Mine", "Unassigned")
_ANY: Final = "Any worst event"
_NO_FILTER: Final = {"search": "", "status": "Open", "whose": _WHOSE[0], "worst": _ANY}
_NO_NAME: Final = "Type your name first: others are to see who reads."

_FILTERS: Final = "worklist_filters"
_ORDER: Final = "worklist_order"
_NUMBER: Final = "worklist_page"
_SELECTED: Final = "worklist_selected"
_SAID: Final = "worklist_said"
_OPEN: Final = "worklist_opening"


def pop_item_to_open() -> bool:
    """Tell whether a recording of the worklist was chosen, and is on screen now; once."""
    return bool(st.session_state.pop(_OPEN, False))


def worklist_panel() -> bool:
    """Draw the worklist; tell whether there is anything in it."""
    with st.container(key="card_worklist"):
        try:
            worklist = worklist_to_read()
            page = None if worklist is None else page_of(worklist, _filter(), _order(), _number())
        except ReviewError as error:
            head("Worklist")
            notice(f"The worklist cannot be shown. {error}", problem=True, small=True)
            return True
        filled = page is not None and page.counts.n_all > 0
        _head(page)
        with st.container():  # always there: what comes behind it keeps its place, and what is being typed in it
            _messages()
        if page is not None and filled:
            _filters(page)
            with st.container():
                _selection(page)
            _rows(page)
            _paging(page)
        else:
            quiet("No recordings to be read yet. Add them from a folder, an upload or PhysioNet below, or from Review.")
            _table(())
        _jobs()
    return filled


def _head(page: WorklistPage | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container():
            head("Worklist", "" if page is None or not page.counts.n_all else _figures(page))
        if page is not None and page.counts.n_not_analysed and not WORKLIST_JOBS.under_way(ANALYSE_KEY):
            st.button(f"Analyse {page.counts.n_not_analysed:,}", key="worklist_analyse", on_click=_analyse)
        if page is not None and page.counts.n_all:
            st.button(
                "Read next  `L`",
                key="worklist_next",
                type="primary",
                help="Claims the most urgent recording that nobody has",
                on_click=_read_next,
            )
        if not acting().is_signed_in:
            # Its value is that of the session, whoever has changed it: the browser, or the person in the review desk.
            st.session_state["worklist_person"] = reviewer()
            st.text_input(
                "Your name",
                key="worklist_person",
                placeholder="your name",
                label_visibility="collapsed",
                width=150,
                max_chars=60,
                on_change=lambda: keep_reviewer(str(st.session_state["worklist_person"]), typed=True),
            )


def _figures(page: WorklistPage) -> str:
    parts = [f"{page.counts.n_open:,} open"]
    if page.counts.n_overdue:
        parts.append(f"{page.counts.n_overdue:,} overdue")
    if page.counts.n_not_analysed:
        parts.append(f"{page.counts.n_not_analysed:,} not analysed")
    return " · ".join(parts)


def _messages() -> None:
    for problem, sentence in st.session_state.pop(_SAID, []):
        notice(sentence, problem=problem, small=True)


def _filters(page: WorklistPage) -> None:
    with st.container(horizontal=True):
        st.text_input(
            "Search by name",
            key=_widget_of("search"),
            placeholder="search by name",
            label_visibility="collapsed",
            width=180,
            on_change=_keep_filter,
            args=("search",),
        )
        for name, label, options, width in (
            ("status", "Status", tuple(_STATUSES), 130),
            ("whose", "Whose", _WHOSE, 140),
            ("worst", "Worst event", _worst_options(page), 240),
        ):
            st.selectbox(
                label,
                options,
                key=_widget_of(name),
                format_func=_worst_name if name == "worst" else str,
                label_visibility="collapsed",
                width=width,
                on_change=_keep_filter,
                args=(name,),
            )


def _chosen(name: str) -> str:
    """Return what a filter is set to, on whatever page the person has been since."""
    chosen: str = st.session_state.get(_FILTERS, {}).get(name, _NO_FILTER[name])
    return chosen


def _widget_of(name: str) -> str:
    """Return the key of a filter's widget, which shows what is chosen."""
    key = f"worklist_{name}"
    st.session_state[key] = _chosen(name)
    return key


def _keep_filter(name: str) -> None:
    st.session_state.setdefault(_FILTERS, {})[name] = st.session_state[f"worklist_{name}"]
    _back_to_first()


def _worst_options(page: WorklistPage) -> tuple[str, ...]:
    kinds = tuple(kind for kind in KIND_NAMES if kind in page.kinds)
    chosen = _chosen("worst")
    options = (_ANY, NOT_ANALYSED, *kinds, NO_EVENT)
    return options if chosen in options else (*options, chosen)


def _worst_name(option: str) -> str:
    return sentence_case(KIND_NAMES.get(option, option))


def _filter() -> Filter:
    status, whose, worst = _chosen("status"), _chosen("whose"), _chosen("worst")
    return Filter(
        statuses=_STATUSES[status],
        assigned_to=reviewer() if whose == "Mine" else None,
        unassigned=whose == "Unassigned",
        worst=None if worst == _ANY else worst,
        text=_chosen("search"),
        due_before=now() if status == "Overdue" else None,
    )


def _order() -> Order:
    order: Order = st.session_state.get(_ORDER, "urgency")
    return order


def _number() -> int:
    number: int = st.session_state.get(_NUMBER, 0)
    return number


def _back_to_first() -> None:
    st.session_state[_NUMBER] = 0


def _selected(page: WorklistPage | None = None) -> list[str]:
    """Return the rows that are selected, of those on the page."""
    chosen: list[str] = st.session_state.get(_SELECTED, [])
    here = None if page is None else {item.recording_sha256 for item in page.items}
    return [one for one in chosen if here is None or one in here]


def _selection(page: WorklistPage) -> None:
    selected = _selected(page)
    if not selected:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        quiet(f"{len(selected)} selected")
        changes: dict[str, Callable[[Worklist, str], object]] = {
            "Claim": lambda worklist, one: worklist.claim(one, reviewer()),
            "Release": lambda worklist, one: worklist.release(one, reviewer()),
            "Remove": lambda worklist, one: worklist.remove(one, reviewer()),
        }
        for name, do in changes.items():
            st.button(name, key=f"worklist_{name.lower()}_selected", on_click=_change_each, args=(selected, do))
        st.selectbox(
            "Due",
            ("Set due time", *DUE_IN),
            key="worklist_due",
            label_visibility="collapsed",
            width=160,
            on_change=_set_due,
            args=(selected,),
        )


def _rows(page: WorklistPage) -> None:
    if not page.items:
        quiet(_nothing_found(page))
    _table(page.items, _selected(page))


def _nothing_found(page: WorklistPage) -> str:
    return f"None of the {page.counts.n_all:,} recordings in the worklist passes the filter."


def _table(items: Sequence[WorklistItem], selected: Sequence[str] = ()) -> None:
    worklist_table(
        rows_of(items, reviewer(), state.current().rec),
        _order(),
        selected,
        {
            "open": _open,
            "claim": lambda one: _change(lambda worklist: worklist.claim(str(one), reviewer())),
            "release": lambda one: _change(lambda worklist: worklist.release(str(one), reviewer())),
            "order": _sort,
            "select": _select,
            "next": lambda _: _read_next(),
            "person": lambda name: keep_reviewer(str(name)),
        },
    )


def _paging(page: WorklistPage) -> None:
    if page.n_found <= ROWS_A_PAGE:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        last = page.first + len(page.items)
        number = page.first // ROWS_A_PAGE
        st.button("Previous", key="worklist_previous", disabled=not page.first, on_click=_turn, args=(number - 1,))
        st.button("Next page", key="worklist_more", disabled=last >= page.n_found, on_click=_turn, args=(number + 1,))
        quiet(f"{page.first + 1:,} to {last:,} of {page.n_found:,}")


def _turn(number: int) -> None:
    st.session_state[_NUMBER] = max(number, 0)


def _sort(order: Any) -> None:
    if order in ORDERS:
        st.session_state[_ORDER] = order
        _back_to_first()


def _select(ids: Any) -> None:
    if isinstance(ids, list):
        st.session_state[_SELECTED] = [str(one) for one in ids[:ROWS_A_PAGE]]


def _say(sentence: str, *, problem: bool = False) -> None:
    st.session_state.setdefault(_SAID, []).append((problem, sentence))


def _change(do: Callable[[Worklist], object]) -> bool:
    """Change the worklist in the person's name; what is refused is told above the rows, once."""
    try:
        acting().require(Action.EDIT)
        if not reviewer():
            _say(_NO_NAME, problem=True)
            return False
        do(worklist_to_write())
    except ReviewError as error:
        _say(str(error), problem=True)
        return False
    return True


def _change_each(selected: Sequence[str], do: Callable[[Worklist, str], object]) -> None:
    def change(one: str) -> bool:
        return _change(lambda worklist: do(worklist, one))

    if all([change(one) for one in selected]):  # noqa: C419 - each is tried, whatever became of those before
        st.session_state[_SELECTED] = []


def _set_due(selected: Sequence[str]) -> None:
    wanted = str(st.session_state.pop("worklist_due"))
    if wanted in DUE_IN:
        _change_each(selected, lambda worklist, one: worklist.set_due(one, due_at(wanted), reviewer()))


def due_at(name: str) -> str | None:
    """Return the due time, in ISO 8601, that a choice of `DUE_IN` means now; None for none."""
    left = DUE_IN[name]
    return None if left is None else (datetime.now(UTC) + left).isoformat(timespec="seconds")


def _open(one: Any) -> None:
    _on_screen(open_recording_of_worklist(str(one)))


def _on_screen(problem: str | None) -> None:
    """Leave for the review desk with what is on screen now, or say why it cannot be."""
    if problem is None:
        st.session_state[_OPEN] = True
    else:
        _say(problem, problem=True)


def _read_next() -> None:
    found: list[WorklistItem] = []

    def claim(worklist: Worklist) -> None:
        item = worklist.claim_next(reviewer(), openable=is_openable)
        if item is not None:
            found.append(item)

    if not _change(claim):
        return
    if found:
        _on_screen(open_item(found[0]))
    else:
        _say("Nothing is left to read: everything in the worklist is read, or somebody else has it.")


def add_to_worklist(recs: Sequence[str], folder: str, due: str | None = None) -> None:
    """Begin to add recordings, in the background.

    Parameters
    ----------
    recs : sequence of str
        Their references.
    folder : str
        Local folder that they are relative to.
    due : str, optional
        Until when they are to be read, in ISO 8601.
    """
    if not reviewer():
        _say(_NO_NAME, problem=True)
    elif recs:
        start_adding(recs, folder, reviewer(), due)


def _analyse() -> None:
    start_analyses()


def _jobs() -> None:
    """Draw what is under way, and once what became of it."""
    for key, did in ((adding_key(reviewer()), "added"), (ANALYSE_KEY, "analysed")):
        job = WORKLIST_JOBS.get(key)
        if job is None:
            continue
        if not job.done:
            progress_of(key, f"worklist_{did}", WORKLIST_JOBS)
        elif not problem_of(key, f"worklist_{did}", WORKLIST_JOBS) and isinstance(job.result, Done):
            WORKLIST_JOBS.drop(key)
            for sentence in job.result.in_words(did):
                _say(shown(sentence, 400))
            st.rerun()
