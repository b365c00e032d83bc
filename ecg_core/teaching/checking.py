"""Checks of teaching cases: schema, look-alikes, truth against the generator, and the program's analysis against truth.

What differs has a name, such as ``missing episode AVB2`` or ``class S as N``. A case lists the names that are known,
each with the reason; a listed one that does not occur any more is a problem, too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ecg_core.analysis import analyse
from ecg_core.beats import to_aami
from ecg_core.errors import RecordingError, SourceError
from ecg_core.evaluation.matching import match_beats, window_samples
from ecg_core.formats import open_recording
from ecg_core.measurements import measure_recording
from ecg_core.rhythm import KIND_NAMES
from ecg_core.synthesis.strip_drawing import DrawnStrip, draw_strip
from ecg_core.teaching.case import Criterion
from ecg_core.teaching.demonstration import demonstration_of, demonstration_problems
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from ecg_core.teaching.signals import case_header
from ecg_core.teaching.truth_measures import measure_truth, measured_criteria

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier

TOLERANCES: Final = {"rate_bpm": 3.0, "pr_ms": 20.0, "qrs_ms": 16.0, "qt_ms": 30.0, "qrs_axis_deg": 15.0}
"""Largest differences of the program's measurements, about those of CSE (1985) among cardiologists."""

_EDGE_S: Final = 0.3


@dataclass(frozen=True)
class CaseCheck:
    """What the checks of a case found.

    Attributes
    ----------
    name : str
    problems : tuple of str
        What is wrong with the case itself.
    differences : dict of str to str
        Name and figures of what the program's analysis says otherwise.
    unexplained : tuple of str
        Those that the case does not list.
    stale : tuple of str
        Listed ones that did not occur.
    analysed : bool
        Whether the program's analysis was compared.
    """

    name: str
    problems: tuple[str, ...]
    differences: dict[str, str]
    unexplained: tuple[str, ...]
    stale: tuple[str, ...]
    analysed: bool

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong or unexplained."""
        return not (self.problems or self.unexplained or self.stale)


def check_case(case: TeachingCase, library: CaseLibrary, model: Classifier | None) -> CaseCheck:
    """Check a case.

    Parameters
    ----------
    case : TeachingCase
        The case.
    library : CaseLibrary
        In which its look-alikes have to be.
    model : Classifier or None
        For the analysis; without one it is not compared.

    Returns
    -------
    CaseCheck
    """
    problems = [
        f"the look-alike {one.case} is not in the library"
        for one in case.text.look_alikes
        if one.case not in library.cases
    ]
    problems += [f"there is no kind of episode {kind}" for kind in case.text.truth.episodes if kind not in KIND_NAMES]
    differences: dict[str, str] = {}
    compared = False
    try:
        if case.text.signal is not None:
            drawn = draw_strip(case.text.signal)
            problems += _truth_problems(case, drawn)
            leads = drawn.tracing.lead_names
            problems += demonstration_problems(demonstration_of(case), case.text.signal.seconds, leads)
            if model is not None:
                differences, compared = compare_analysis(case, drawn, model), True
        elif case.text.recording is not None and case.text.recording.file and not case_header(case).is_file():
            problems.append(f"its recording {case.text.recording.file} is not in its folder")
    except ValueError as error:
        problems.append(str(error))
    except (SourceError, RecordingError) as error:
        problems.append(str(error))
    known = {one.difference for one in case.text.known_differences}
    unexplained = tuple(f"{name}: {text}" for name, text in differences.items() if name not in known)
    stale = tuple(sorted(known - set(differences))) if compared else ()
    return CaseCheck(case.name, tuple(problems), differences, unexplained, stale, compared)


def _truth_problems(case: TeachingCase, drawn: DrawnStrip) -> list[str]:
    """Compare what the case says of its tracing with what was generated."""
    made = tuple(name for _, name in drawn.truth.rhythms)
    problems = []
    if made != case.text.truth.rhythms:
        problems.append(
            f"truth.rhythms are {', '.join(case.text.truth.rhythms) or 'none'}; generated: {', '.join(made)}"
        )
    for one in measured_criteria(case.text, drawn):
        if one.criterion.measure is not None and one.value is None:
            problems.append(f"the criterion “{one.criterion.text}” cannot be measured on this tracing")
        elif one.met is False:
            problems.append(f"the criterion “{one.criterion.text}” is not met: {one.shown}")
    return problems


def compare_analysis(case: TeachingCase, drawn: DrawnStrip, model: Classifier) -> dict[str, str]:
    """Compare the program's analysis of a case's recording with its truth.

    Parameters
    ----------
    case : TeachingCase
        The case.
    drawn : DrawnStrip
        Its truth.
    model : Classifier
        Beat classifier.

    Returns
    -------
    dict of str to str
        Name and figures of each difference.
    """
    recording = open_recording(case_header(case))
    analysis = analyse(recording, model, waves=True)
    differences = _beat_differences(drawn, analysis.beats["sample"].to_numpy(np.int64), analysis.beats["label"])
    found = Counter(str(kind) for kind in analysis.episodes["kind"])
    differences |= _set_differences("episode", set(case.text.truth.episodes), set(found))
    measured = measure_recording(recording, analysis)
    if measured is None:
        return differences | {"measurement waves": "not delineated"}
    stated = set(measured.interpretation.codes)
    differences |= _set_differences("statement", set(case.text.truth.statements), stated)
    for name, tolerance in TOLERANCES.items():
        true = measure_truth(drawn, Criterion("by the program", measure=name))  # type: ignore[arg-type]
        item = measured.shown.overall.get(name)
        value = None if item is None else item.value
        if true is None or not len(drawn.tracing.waves.beat):
            continue
        if value is None:
            differences[f"measurement {name}"] = f"none against {true:.0f}"
            continue
        apart = abs(value - true)
        apart = min(apart, 360 - apart) if name.endswith("_deg") else apart
        if apart > max(tolerance, 0.03 * true if name == "rate_bpm" else 0.0):
            differences[f"measurement {name}"] = f"{value:.0f} against {true:.0f}"
    return differences


def _beat_differences(drawn: DrawnStrip, sample: np.ndarray, label: object) -> dict[str, str]:
    waves = drawn.tracing.waves
    match = match_beats(waves.beat, sample, window_samples(drawn.tracing.fs_hz))
    pairs = list(zip(match.reference.tolist(), match.test.tolist(), strict=True))
    differences = {}
    # Beats that the recording cuts off may be found or not.
    margin, n_samples = round(_EDGE_S * drawn.tracing.fs_hz), len(drawn.signal_mv)
    missed = sum(margin <= waves.beat[at] < n_samples - margin for at in match.missed)
    false = sum(margin <= sample[at] < n_samples - margin for at in match.extra)
    if missed:
        differences["beats missed"] = f"{missed} of {len(waves.beat)}"
    if false:
        differences["beats false"] = f"{false} beside {len(waves.beat)}"
    true = to_aami(waves.symbol) if len(waves.beat) else np.array([], dtype=str)
    said = np.asarray(label, dtype=object)
    wrong = Counter((str(true[one]), str(said[two])) for one, two in pairs if true[one] != said[two])
    totals = Counter(true.tolist())
    for (was, called), n in sorted(wrong.items()):
        differences[f"class {was} as {called}"] = f"{n} of {totals[was]}"
    return differences


def _set_differences(what: str, true: set[str], found: set[str]) -> dict[str, str]:
    missing = {f"missing {what} {name}": "not found" for name in sorted(true - found)}
    return missing | {f"extra {what} {name}": "not in the truth" for name in sorted(found - true)}
