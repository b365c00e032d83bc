"""The synthetic heart of the page Teaching: settings, its tracing at once, and what the program says of it."""

from __future__ import annotations

from html import escape
from typing import Any, Final

import streamlit as st

from ecg_core.errors import SourceError
from ecg_core.teaching.case import Criterion
from ecg_core.teaching.heart import (
    ELECTRODE_FAULTS,
    RANGES,
    WALLS,
    HeartSettings,
    draw_heart,
    longest_pr_ms,
    settings_of_text,
    st_lead,
)
from ecg_core.teaching.limits import SettingTrial
from ecg_core.teaching.reading import MEASURED, ProgramReading
from ecg_core.teaching.truth_measures import measure_truth
from pages.services.demonstrations import reading_key, start_reading, start_trials, tracing_data, trials_key
from pages.services.job_executor import ANALYSIS_JOBS
from pages.ui import teaching_parts
from pages.ui.demonstration_strip import demonstration_strip
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import Markup, head, letter, notice, quiet, share_bar, table

ADDRESS: Final = "heart"
_READ: Final = "heart_address_read"
_KEPT: Final = "heart_kept"
_LAST: Final = "heart_last"
_PROBLEM: Final = "heart_problem"
_TRIED: Final = "heart_trials"
_QUICK_S: Final = 0.4
_NAMES: Final = {"rate_bpm": "Ventricular rate", "pr_ms": "PR", "qrs_ms": "QRS", "qt_ms": "QT"}
_UNITS: Final = {"rate_bpm": "bpm", "pr_ms": "ms", "qrs_ms": "ms", "qt_ms": "ms"}
_SCENE: Final = {
    "text": "",
    "at_s": 0.0,
    "highlight_s": None,
    "highlight_lead": "",
    "measure_s": None,
    "show": ["truth", "program"],
    "view": "12 leads",
    "lead": "II",
    "sweep": False,
}


def read_address() -> None:
    """Take the settings that the address names, once a session."""
    if _READ in st.session_state:
        return
    st.session_state[_READ] = True
    text = st.query_params.get(ADDRESS)
    if text is None:
        return
    teaching_parts.show_part(teaching_parts.DEMONSTRATION)
    try:
        _keep(settings_of_text(text))
    except SourceError as error:
        st.session_state[_PROBLEM] = str(error)


def settings() -> HeartSettings:
    """Return the settings on the page."""
    kept = st.session_state.get(_KEPT)
    return kept if isinstance(kept, HeartSettings) else HeartSettings()


def draw() -> None:
    """Draw sliders, tracing, and the program's reading beside the truth."""
    with st.container(key="card_heart"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            head("Change the heart", "the tracing follows at once, and so does what the program says of it")
            st.button("Usual heart", key="heart_usual", on_click=_keep, args=(HeartSettings(),))
        problem = st.session_state.get(_PROBLEM)
        if problem:
            notice(problem, problem=True)
        left, right = st.columns([0.25, 0.75], gap="medium")
        with left:
            now = _sliders()
        if now != settings():
            st.session_state.pop(_PROBLEM, None)
        st.session_state[_KEPT] = now
        with right:
            reading = _tracing(now)
            _answer(now, reading)
            _limits(now)


def _sliders() -> HeartSettings:
    """Draw the settings; the page forgets its widgets while another part is shown, and takes them from what is kept."""
    kept = settings()
    values: dict[str, Any] = {}
    for name, limits in RANGES.items():
        st.session_state.setdefault(_key(name), _as_number(name, getattr(kept, name)))
        values[name] = st.slider(
            f"{limits.text} ({limits.unit})",
            _as_number(name, limits.lowest),
            _as_number(name, limits.highest),
            step=_as_number(name, limits.step),
            key=_key(name),
        )
        if name == "st_mv":
            st.session_state.setdefault(_key("wall"), kept.wall)
            values["wall"] = st.segmented_control(
                "ST level of the wall", WALLS, key=_key("wall"), label_visibility="collapsed", required=True
            )
    st.session_state.setdefault(_key("electrodes"), kept.electrodes)
    values["electrodes"] = st.selectbox("Electrodes", list(ELECTRODE_FAULTS), key=_key("electrodes"))
    return HeartSettings(**values)


def _tracing(now: HeartSettings) -> ProgramReading | None:
    """Draw the tracing first; the program's reading joins it when it is there."""
    drawn = draw_heart(now)
    job = ANALYSIS_JOBS.get(reading_key(now))
    reading = job.result if job is not None and job.done and not job.problem else None
    demonstration_strip(
        tracing_data(drawn.signal_mv, drawn.tracing.fs_hz, drawn.tracing.lead_names, drawn.annotations, reading),
        [_SCENE],
        "heart_strip",
        name="heart",
        label="Ten seconds of the synthetic heart",
        status="The program is reading the tracing …" if reading is None else _verdict(reading),
    )
    earlier = st.session_state.get(_LAST)
    if earlier is not None and earlier != now:
        ANALYSIS_JOBS.cancel(reading_key(earlier))
    st.session_state[_LAST] = now
    if reading is None and not problem_of(reading_key(now), "heart"):
        job = start_reading(now)
        if job.wait(_QUICK_S):
            st.rerun()
        progress_of(reading_key(now), "heart", cancel=False)
    return reading


def _answer(now: HeartSettings, reading: ProgramReading | None) -> None:
    drawn = draw_heart(now)
    true = {name: measure_truth(drawn, Criterion("measured", measure=name)) for name in MEASURED}
    if now.potassium_mmol != HeartSettings().potassium_mmol:
        quiet("Potassium changes PR, QRS, P, ST and T with it; at which level differs widely between people.")
    if longest_pr_ms(now) < now.pr_ms:
        quiet(f"At this rate there is room for a PR interval of {longest_pr_ms(now):.0f} ms.")
    if now.pvc_percent + now.pac_percent > RANGES["pvc_percent"].highest:
        quiet("At most one beat in two is premature; ventricular ones come first.")
    rows = []
    for name in MEASURED:
        said = None if reading is None else reading.measured.get(name)
        rows.append((_NAMES[name], _number(true[name], name), "…" if reading is None else _number(said, name)))
    level = measure_truth(drawn, Criterion("measured", measure="st_mv", lead=st_lead(now.wall)))
    rows.append((f"ST level in {st_lead(now.wall)}", "–" if level is None else f"{level:.2f} mV", ""))
    left, right = st.columns([0.4, 0.6])
    with left:
        st.html(table(("", "truth", "program"), rows, numeric=(1, 2)))
    with right:
        if reading is None:
            quiet("The program has not read this tracing yet.")
            return
        st.html(f'<p class="rs-heart-verdict">{escape(_verdict(reading))}</p>')
        wrong = [beat for beat in reading.counted if not beat.agrees]
        if wrong:
            listed = [
                (
                    f"{beat.at_s:.1f} s",
                    Markup(letter(beat.true or None)),
                    Markup(letter(beat.said or None)),
                    "" if beat.probability is None else f"{beat.probability:.2f}",
                )
                for beat in wrong
            ]
            st.html(table(("Differing beat", "truth", "program", "probability"), listed, numeric=(3,)))
        rhythms = ", ".join(reading.rhythms) or "none found"
        statements = "; ".join(reading.statements) or "none made"
        st.html(
            f'<p class="rs-small"><b>Rhythms and events:</b> {escape(rhythms)}<br>'
            f"<b>Statements:</b> {escape(statements)}</p>"
            f'<p class="rs-quiet rs-small">{escape(reading.looked_for)}</p>'
        )


def _limits(now: HeartSettings) -> None:
    """Draw the search over one setting's range, and what it found for the settings on screen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Where does it begin to be wrong?",
            list(RANGES),
            key="heart_tried",
            format_func=lambda one: RANGES[one].text,
            width=300,
        )
        if st.button("Try its whole range", key="heart_try"):
            st.session_state[_TRIED] = trials_key(now, name)
            start_trials(now, name)
    key = trials_key(now, name)
    if st.session_state.get(_TRIED) != key or problem_of(key, "trials"):
        return
    job = start_trials(now, name)
    if not job.wait(_QUICK_S):
        progress_of(key, "trials")
        return
    if job.problem:
        st.rerun()
    limits = RANGES[name]
    rows = [
        (
            f"{trial.value:g} {limits.unit}",
            f"{trial.n_agreeing} of {trial.n_beats}",
            Markup(_share_bar(trial)),
            ", ".join(f"{n} {what}" for what, n in trial.differences),
        )
        for trial in job.result
    ]
    st.html(table((limits.text, "beats agree", "", "differences (truth as program)"), rows, numeric=(0, 1)))
    quiet("The other settings are those on the left. Beats that the ends of the tracing cut off do not count.")


def _share_bar(trial: SettingTrial) -> str:
    share = trial.n_agreeing / trial.n_beats if trial.n_beats else 0.0
    return share_bar(share, "n" if share == 1 else "v")


def _verdict(reading: ProgramReading) -> str:
    n = len(reading.counted)
    return f"{reading.n_agreeing} of {n} beats agree" if n else "No beat, and none was found"


def _number(value: float | None, name: str) -> str:
    return "–" if value is None else f"{value:.0f} {_UNITS[name]}"


def _as_number(name: str, value: float) -> int | float:
    """Return a value as a whole number where the slider moves by whole numbers."""
    return int(value) if float(RANGES[name].step).is_integer() else float(value)


def _keep(wanted: HeartSettings) -> None:
    st.session_state[_KEPT] = wanted
    st.session_state.pop(_PROBLEM, None)
    for name in RANGES:
        st.session_state[_key(name)] = _as_number(name, getattr(wanted, name))
    st.session_state[_key("wall")] = wanted.wall
    st.session_state[_key("electrodes")] = wanted.electrodes


def _key(name: str) -> str:
    return f"heart_{name}"
