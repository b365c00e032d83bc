"""Sections of rhythm: findings by urgency, heart rate, ectopic beats, runs, pauses, atrial fibrillation."""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import Final

import numpy as np

from ecg_core.beats import CLASSES
from ecg_core.report.blocks import (
    Band,
    Block,
    Cell,
    Figure,
    Figures,
    Paragraph,
    RateTrend,
    Table,
    TableColumn,
    TableRow,
    Value,
)
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment, episode_table, hourly_table, kind_name
from ecg_core.report.source import ReportSource
from ecg_core.report.wording import duration_text
from ecg_core.rhythm import KIND_NAMES
from ecg_core.rhythm.rate import rate_trend_of
from ecg_core.rhythm.trends import PAUSES, S_RUNS

_CLASS_NAMES: Final = {
    "N": "Normal (N)",
    "S": "Supraventricular (S)",
    "V": "Ventricular (V)",
    "F": "Fusion (F)",
    "Q": "Paced, unknown (Q)",
}
_LONG_TREND_S: Final = 3600.0
_DAY_S: Final = 86400.0
_V_PATTERNS: Final = ("SINGLE_V", "COUPLET", "B", "T", "IVR", "VT")
_S_PATTERNS: Final = ("SINGLE_S", "PAIR_S", "AB", "SVR", "SVTA")
_NOT_CLASSIFIED: Final = "beats not classified"
_SHORTEST_TREND_S: Final = 60.0
_RATE_COLUMNS: Final = (
    *("readable", "mean_rate", "min_rate", "max_rate", "longest_rr", "pauses", "af", "afl", "av_block"),
)
_ECTOPY_COLUMNS: Final = ("v_beats", "couplets", "v_runs", "s_beats", "s_pairs", "s_runs")


def findings_section(source: ReportSource) -> Section:
    """Return the events by urgency, one row for each kind, and what was looked for in vain."""
    columns = (
        TableColumn("kind", "Finding", text=True, weight=3.2),
        TableColumn("number", "Number"),
        TableColumn("longest_s", "Longest", "s", digits=1),
        TableColumn("fastest_bpm", "Fastest", "bpm"),
        TableColumn("first", "First at", text=True, weight=1.6),
        TableColumn("reason", "Most urgent one", text=True, weight=5.0),
    )
    rows = []
    for kind in dict.fromkeys(source.own_episodes["kind"].tolist()):
        found = source.of_kinds(kind)
        number = source.summary.n_by_kind.get(kind) or len(found)
        length_s = (found["stop_sample"] - found["start_sample"]) / source.fs_hz
        single = kind.startswith("SINGLE")
        rates = found["rate_bpm"].dropna()
        cells = (
            Cell(kind_name(kind)),
            Cell(int(number)),
            Cell(None if single else float(length_s.max())),
            Cell(None if single or rates.empty else float(rates.max())),
            Cell(source.at(int(found["start_sample"].min())), sample=int(found["start_sample"].iloc[0])),
            Cell(str(found["reason"].iloc[0])),
        )
        rows.append(TableRow(kind, cells))
    blocks: list[Block] = []
    if rows:
        blocks.append(Table("findings.table", "", columns, tuple(rows)))
    else:
        nothing = "No events found."
        blocks.append(Paragraph("findings.none", nothing, nothing, emphasis=True))
    present = set(source.own_episodes["kind"])
    looked_for = [KIND_NAMES[kind].partition(",")[0] for kind in source.assessment.assessed if kind not in present]
    if looked_for:
        text = f"Looked for and not found: {', '.join(looked_for)}."
        blocks.append(Paragraph("findings.not_found", text, text))
    if source.assessment.not_assessed:
        text = f"Not assessed: {source.assessment.unchecked}."
        blocks.append(Paragraph("findings.not_assessed", text, text))
    for number, one in enumerate(source.analysis.set_aside):
        text = f"{source.at(one.start_sample)}: {one.sentence} and does not count. It was found as: {one.reason}."
        blocks.append(Paragraph(f"findings.set_aside.{number}", text, text, emphasis=True))
    n_dismissed = len(source.dismissed)
    if n_dismissed:
        text = f"Left out: {n_dismissed} event{'s' if n_dismissed > 1 else ''} that a person dismissed."
        blocks.append(Paragraph("findings.dismissed", text, text))
    return Section("findings", "Findings by urgency", (*blocks, comment("findings")))


def rate_section(source: ReportSource) -> Section:
    """Return the heart rate: extremes, picture over time, and the hourly table."""
    summary = source.summary
    none = "no readable interval between beats"
    figures = (
        Figure("rate.mean_bpm", "Mean", summary.mean_rate_bpm, "bpm", reason=none),
        _extreme(source, "rate.min_bpm", "Slowest", summary.min_rate_bpm, summary.min_rate_sample),
        _extreme(source, "rate.max_bpm", "Fastest", summary.max_rate_bpm, summary.max_rate_sample),
        Figure(
            "rate.longest_rr_s",
            "Longest RR",
            summary.longest_rr_s,
            "s",
            2,
            "" if summary.longest_rr_sample is None else source.at(summary.longest_rr_sample),
            none,
            summary.longest_rr_sample,
        ),
    )
    note = "Slowest and fastest: means of eight intervals. Runs of ventricular beats are left out."
    blocks: list[Block] = [Figures("rate.figures", figures), Paragraph("rate.note", note, note)]
    blocks += [trend] if (trend := _trend(source)) else []
    blocks += [table] if (table := hourly_table(source, "rate.hourly", "By hour", _RATE_COLUMNS)) else []
    return Section("rate", "Heart rate", (*blocks, comment("rate")))


def ectopy_section(source: ReportSource) -> Section:
    """Return ectopic beats: counts by class and pattern, and by hour."""
    summary = source.summary
    by_class = summary.n_by_class
    figures = [Figure("ectopy.n_beats", "Beats", summary.n_beats)]
    for letter in CLASSES:
        n_beats = None if by_class is None else by_class[letter]
        share = "" if not n_beats or letter in "NFQ" else f"{100 * n_beats / summary.n_beats:.2f} % of all beats"
        figures.append(
            Figure(f"ectopy.n_{letter.lower()}", _CLASS_NAMES[letter], n_beats, "", 0, share, _NOT_CLASSIFIED)
        )
    blocks: list[Block] = [Figures("ectopy.figures", tuple(figures))]
    rows = [
        TableRow(
            f"{ventricular}.{supraventricular}", (*_pattern(source, ventricular), *_pattern(source, supraventricular))
        )
        for ventricular, supraventricular in zip_longest(_V_PATTERNS, _S_PATTERNS, fillvalue="")
    ]
    columns = (
        TableColumn("ventricular", "Ventricular", text=True, weight=3.0),
        TableColumn("n_ventricular", "Number"),
        TableColumn("supraventricular", "Supraventricular", text=True, weight=3.0),
        TableColumn("n_supraventricular", "Number"),
    )
    blocks.append(Table("ectopy.patterns", "Patterns", columns, tuple(rows)))
    table = hourly_table(source, "ectopy.hourly", "By hour", _ECTOPY_COLUMNS)
    return Section("ectopy", "Ectopic beats", (*blocks, *([table] if table else []), comment("ectopy")))


def _pattern(source: ReportSource, kind: str) -> tuple[Cell, Cell]:
    """Return name and number of a pattern; two empty cells for none."""
    if not kind:
        return Cell(""), Cell("")
    reason = source.why_not(kind) or _NOT_CLASSIFIED
    return Cell(kind_name(kind)), Cell(source.summary.n_by_kind.get(kind), reason)


def runs_section(source: ReportSource) -> Section:
    """Return runs of ventricular and supraventricular beats."""
    summary = source.summary
    figures = (
        Figure("runs.longest_v_beats", "Longest V run", summary.longest_v_run_beats, "beats", reason=_NOT_CLASSIFIED),
        Figure(
            "runs.fastest_v_bpm", "Fastest V run", summary.fastest_v_run_bpm, "bpm", reason="no run of V with a rate"
        ),
    )
    blocks: list[Block] = [Figures("runs.figures", figures)]
    for table_id, title, kinds in (
        ("runs.vf", "Ventricular fibrillation and flutter", ("VF", "POSSIBLE_VT")),
        ("runs.ventricular", "Ventricular runs and tachycardia", ("VT", "IVR")),
        ("runs.supraventricular", "Supraventricular runs and tachycardia", S_RUNS),
    ):
        blocks.append(_table_or_none(source, table_id, title, kinds))
    return Section("runs", "Runs", (*blocks, comment("runs")))


def pauses_section(source: ReportSource) -> Section:
    """Return pauses and asystole."""
    counts = source.summary.n_by_kind
    figures = tuple(
        Figure(f"pauses.n_{kind.lower()}", label, counts.get(kind), reason=source.why_not(kind) or "not assessed")
        for kind, label in (("PAUSE", "Pauses of 2 s or more"), ("ASYSTOLE", "Asystole of 4 s or more"))
    )
    table = _table_or_none(source, "pauses.table", "Pauses and asystole", PAUSES, beats=False)
    return Section("pauses", "Pauses", (Figures("pauses.figures", figures), table, comment("pauses")))


def af_section(source: ReportSource) -> Section:
    """Return burden and episodes of atrial fibrillation, and of flutter where some was told apart."""
    summary = source.summary
    found = source.of_kinds("AFIB")
    share = summary.af_share
    reason = source.why_not("AFIB") or _NOT_CLASSIFIED
    figures = [
        Figure(
            "af.burden_percent", "AF burden", None if share is None else 100 * share, "%", 1, "of readable time", reason
        ),
        Figure("af.episodes", "Episodes of AF", summary.n_by_kind.get("AFIB"), reason=reason),
    ]
    if len(found):
        length = (found["stop_sample"] - found["start_sample"]) / source.fs_hz
        in_words = f"{duration_text(float(length.max()))}, " if length.max() >= 60 else ""
        longest = int(found["start_sample"].iloc[int(length.to_numpy().argmax())])
        figures.append(
            Figure(
                "af.longest_s",
                "Longest episode",
                float(length.max()),
                "s",
                1,
                f"{in_words}from {source.at(longest)}",
                sample=longest,
            )
        )
        fastest = found["rate_bpm"].max()
        if fastest == fastest:
            figures.append(Figure("af.fastest_bpm", "Fastest episode", float(fastest), "bpm"))
    if summary.afl_share is not None:
        figures.append(
            Figure("af.flutter_percent", "Atrial flutter", 100 * summary.afl_share, "%", 1, "of readable time")
        )
    table = _table_or_none(source, "af.table", "Episodes", ("AFIB", "AFL"))
    return Section(
        "af", "Atrial fibrillation and flutter", (Figures("af.figures", tuple(figures)), table, comment("af"))
    )


def _table_or_none(
    source: ReportSource, table_id: str, title: str, kinds: tuple[str, ...], *, beats: bool = True
) -> Block:
    """Return a table of episodes; without any, a sentence that says whether they were looked for."""
    found = source.of_kinds(*kinds)
    if len(found):
        return episode_table(source, table_id, title, found, beats=beats, rate=beats)
    missing = [kind for kind in kinds if kind in source.assessment.not_assessed]
    looked_for = [KIND_NAMES[kind] for kind in kinds if kind not in missing]
    parts = [f"{title}: none found"] if looked_for else []
    parts += [f"{KIND_NAMES[kind]} not assessed ({source.assessment.not_assessed[kind]})" for kind in missing]
    text = f"{'; '.join(parts)}."
    return Paragraph(f"{table_id}.none", text, text)


def _extreme(source: ReportSource, name: str, label: str, value: Value, sample: int | None) -> Figure:
    at = "" if sample is None else source.at(sample)
    return Figure(name, label, value, "bpm", 0, at, "fewer than nine beats with usable intervals", sample)


def _trend(source: ReportSource) -> RateTrend | None:
    duration_s = source.recording.duration_s
    if duration_s < _SHORTEST_TREND_S or source.summary.mean_rate_bpm is None:
        return None
    bin_s = 60.0 * math.ceil(duration_s / _DAY_S) if duration_s >= _LONG_TREND_S else 5.0
    trend = rate_trend_of(source.trends.given, source.fs_hz, source.recording.n_samples, bin_s)
    given = source.trends.given

    def beats(letter: str) -> tuple[tuple[float, float], ...]:
        at = np.unique((given.sample[given.labelled_as(letter)] / source.fs_hz // bin_s).astype(np.int64))
        return tuple((float(number * bin_s), float((number + 1) * bin_s)) for number in at)

    bands = [
        Band("ventricular", "V beats", beats("V")),
        Band("supraventricular", "S beats", beats("S")),
        Band("af", "AF, flutter", source.spans_s("AFIB", "AFL")),
        Band("urgent", "VT, VF, pauses", source.spans_s("VF", "POSSIBLE_VT", "VT", *PAUSES)),
        Band("unreadable", "Unreadable", source.spans_s("UNREADABLE")),
    ]
    if given.label is None:
        bands = bands[2:]
    step = "minute" if bin_s == 60 else f"{bin_s:g} s"
    note = (
        f"Line: mean of each {step}; band: slowest to fastest eight intervals in it. "
        f"Marks of V and S beats: each {step} with at least one."
    )
    mean, low, high = (trend[name].to_numpy(np.float64) for name in ("rate_bpm", "min_bpm", "max_bpm"))
    return RateTrend(
        "rate.trend", "Heart rate over time", bin_s, mean, low, high, tuple(bands), duration_s, source.clock_s, note
    )
