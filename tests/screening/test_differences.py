"""Program, file and person side by side: what differs, in order of consequence, and how much agrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from labelled_recordings import analysed, normal_pair, recorded, relabelled, true_labels, with_marks

from ecg_core.evaluation.rhythm_scores import ReferenceSpan
from ecg_core.recording import Annotations
from ecg_core.review.edits import parse_edit
from ecg_core.review.state import ADDED, RELABELLED
from ecg_core.rhythm import URGENCY
from ecg_core.screening.compared import with_verdicts
from ecg_core.screening.differences import NOTHING, UNSAID, Differences, agreement_of, differences, kappa_of
from ecg_core.screening.label_audit import audit_labels
from ecg_core.screening.stated_labels import StatedLabels, labels_of_analysis, labels_of_annotations

pytestmark = pytest.mark.slow


def compare(labels: StatedLabels, **person: object) -> Differences:
    return differences(recorded()[0], analysed(), labels, **person)  # type: ignore[arg-type]


def said(found: Differences) -> list[tuple[str, str, str, str]]:
    return [(each.unit, each.program, each.reference, each.person) for each in found.rows()]


def under_review(**changes: object) -> pd.DataFrame:
    """The program's beats as a review session gives them; `edited` by id, `label` by id."""
    beats = analysed().beats.copy()
    beats["id"] = beats["sample"]
    beats["edited"] = np.uint8(0)
    return beats


def row_of(beats: pd.DataFrame, sample: int) -> int:
    return int((beats["sample"] - sample).abs().idxmin())


def test_true_labels_have_no_differences_and_agree_wholly() -> None:
    found = compare(true_labels())
    assert found.table.empty
    assert (found.n_differences, found.worst, found.kappa) == (0, None, 1.0)
    assert found.agreement == {"N": 1.0, "S": None, "V": 1.0, "F": 1.0, "Q": None}
    assert found.confusion.sum() == len(true_labels().sample)


def test_differences_stand_in_order_of_consequence() -> None:
    labels = true_labels()
    first, second = normal_pair(labels)
    third, fourth = normal_pair(labels, 60)
    labels = relabelled(relabelled(labels, first, "S"), fourth, "V")
    labels = replace(labels, sample=labels.sample[labels.sample != second], label=labels.label[labels.sample != second])
    labels = with_marks(labels, ((third + fourth) // 2 + 40, "N"))
    af = ReferenceSpan(0, 5000, "AFIB")
    vf = ReferenceSpan(20_000, 22_000, "VF")
    found = compare(replace(labels, spans=(*labels.spans, af, vf)))
    assert said(found) == [
        ("episode", "none", "VF", ""),
        ("episode", "none", "AFIB", ""),
        ("beat", "N", "V", ""),
        ("beat", "N", "S", ""),
        ("beat", "none", "N", ""),
        ("beat", "N", "none", ""),
    ]
    assert found.n_differences == 6
    assert found.worst is not None
    assert found.worst.in_words() == "ventricular fibrillation or flutter of the reference, not found"
    row = found.as_row(360.0)
    assert (row["n_episode_differences"], row["n_beat_differences"]) == (2, 4)
    assert (row["reference_missed_beats"], row["reference_extra_beats"]) == (1, 1)
    assert row["worst_difference_rank"] == URGENCY.index("VF")
    assert row["worst_difference_at_s"] == pytest.approx(20_000 / 360)


def test_kappa_and_agreement_are_those_of_the_table() -> None:
    confusion = np.zeros((6, 6), dtype=np.int64)
    confusion[0, 0], confusion[0, 2], confusion[2, 0], confusion[2, 2] = 45, 15, 25, 15
    assert kappa_of(confusion) == pytest.approx(0.1304, abs=1e-4)  # Cohen's textbook example
    confusion[2, 5] = 5  # missed: no pair, so kappa stays, and agreement on V falls
    assert kappa_of(confusion) == pytest.approx(0.1304, abs=1e-4)
    assert agreement_of(confusion)["V"] == pytest.approx(2 * 15 / (45 + 30))
    assert kappa_of(np.zeros((6, 6), dtype=np.int64)) is None
    assert agreement_of(confusion)["S"] is None


def test_an_episode_counts_once_however_many_say_it() -> None:
    labels = true_labels()
    (vt,) = [span for span in labels.spans if span.kind == "VT"]
    inside = ReferenceSpan(vt.start_sample, vt.stop_sample, "VF")
    found = compare(replace(labels, spans=(inside, replace_span(inside, 20))))
    assert said(found) == [("episode", "VT", "VF", "")]


def replace_span(span: ReferenceSpan, by: int) -> ReferenceSpan:
    return span._replace(start_sample=span.start_sample + by, stop_sample=span.stop_sample - by)


def test_a_long_part_of_an_episode_that_one_of_them_misses_is_a_difference_of_its_own() -> None:
    labels = true_labels()
    analysis = analysed()
    row = analysis.episodes.iloc[[0]].assign(kind="AFIB", start_sample=0, stop_sample=10_000, source="beats")
    with_af = replace(analysis, episodes=pd.concat([analysis.episodes, row], ignore_index=True))
    for stop, expected in ((18_000, []), (40_000, [("none", "AFIB", 10_000, 40_000)])):
        af = ReferenceSpan(0, stop, "AFIB")
        found = differences(recorded()[0], with_af, replace(labels, spans=(*labels.spans, af)))
        rows = [(each.program, each.reference, each.sample, each.stop_sample) for each in found.rows()]
        assert rows == expected


def test_where_the_file_is_silent_nothing_differs_and_that_is_told() -> None:
    recording, truth = recorded()
    keep = np.isin(truth.symbol, ["N", "V", "F"])
    beats_alone = Annotations("qrs", truth.sample[keep], truth.symbol[keep], ("",) * int(keep.sum()))
    labels = labels_of_annotations(beats_alone, recording)
    analysis = analysed()
    row = analysis.episodes.iloc[[0]].assign(kind="AFIB", start_sample=0, stop_sample=9000, source="beats")
    with_af = replace(analysis, episodes=pd.concat([analysis.episodes, row], ignore_index=True))
    found = differences(recording, with_af, labels)
    assert found.table.empty
    assert found.not_compared == (("episodes of kinds that the file does not tell (atrial fibrillation)", 1),)
    assert any("names no rhythms" in note for note in found.notes)
    # VF is told by beats that go on through it.
    vf = row.assign(kind="VF")
    with_vf = replace(analysis, episodes=pd.concat([analysis.episodes, vf], ignore_index=True))
    assert said(differences(recording, with_vf, labels)) == [("episode", "VF", "none", "")]


def test_unreadable_signal_of_the_file_hides_no_beat_without_a_count() -> None:
    labels = true_labels()
    first, second = normal_pair(labels, 50)
    without = replace(
        labels,
        sample=labels.sample[(labels.sample < first) | (labels.sample > second)],
        label=labels.label[(labels.sample < first) | (labels.sample > second)],
        unmarked=((first - 10, second + 10),),
    )
    found = compare(without)
    assert found.table.empty
    assert [n for _, n in found.not_compared] == [2]


def test_a_person_stands_beside_program_and_file() -> None:
    labels = true_labels()
    first, second = normal_pair(labels)
    third, fourth = normal_pair(labels, 60)
    reviewed = under_review()
    for sample, letter in ((first, "S"), (fourth, "V")):
        at = row_of(reviewed, sample)
        reviewed.loc[at, ["label", "edited"]] = [letter, RELABELLED]
    reviewed = reviewed.drop(index=row_of(reviewed, second))  # deleted
    found = compare(relabelled(labels, first, "S"), person_beats=reviewed)
    assert sorted(said(found)) == [
        ("beat", "N", "N", "V"),  # the person alone sees it otherwise
        ("beat", "N", "N", NOTHING),
        ("beat", "N", "S", "S"),
    ]
    assert found.n_differences == 1
    assert third


def test_a_beat_that_a_person_added_answers_one_that_the_program_missed() -> None:
    labels, reviewed = true_labels(), under_review()
    first, second = normal_pair(labels, 60)
    sample = (first + second) // 2 + 30
    more = reviewed.iloc[[0]].assign(sample=sample + 5, id=-3, label="V", edited=ADDED)
    reviewed = pd.concat([reviewed, more]).sort_values("sample", ignore_index=True)
    found = compare(with_marks(labels, (sample, "V")), person_beats=reviewed)
    assert said(found) == [("beat", "none", "V", "V")]


def test_a_rhythm_that_a_person_names_and_an_event_that_they_dismiss_are_shown() -> None:
    labels = true_labels()
    episodes = analysed().episodes
    (vt,) = episodes[episodes["kind"] == "VT"].itertuples()
    without = replace(labels, spans=tuple(span for span in labels.spans if span.kind != "VT"))
    assert [each.person for each in compare(without).rows() if each.unit == "episode"] == [UNSAID]
    gone = compare(without, dismissed={f"VT:{vt.start_sample}"})
    assert [each.person for each in gone.rows() if each.unit == "episode"] == [NOTHING]
    named = episodes[episodes["kind"] == "VT"].assign(kind="IVR", source="person")
    renamed = compare(without, person_episodes=named)
    assert [each.person for each in renamed.rows() if each.unit == "episode"] == ["IVR"]


def test_two_analyses_of_one_recording_are_compared_alike() -> None:
    sample = int(true_labels().sample[true_labels().label == "V"][0])
    other = labels_of_analysis(analysed(otherwise=((sample, "N"),)), "model 2")
    found = compare(other)
    assert said(found) == [("beat", "V", "N", "")]
    assert found.reference == "model 2"


def test_keys_name_each_difference_once_and_fit_into_the_log() -> None:
    labels = true_labels()
    first, second = normal_pair(labels)
    labels = with_marks(relabelled(labels, first, "S"), (second + 50, "V"))
    keys = [each.key for each in compare(labels).rows()]
    assert len(set(keys)) == len(keys) == 2
    for key in keys:
        parse_edit({"action": "judge_difference", "annotator": "atr", "difference": key, "judgement": "file"})


def test_verdicts_stand_beside_differences_and_what_is_no_difference_is_added() -> None:
    labels, recording, analysis = true_labels(), recorded()[0], analysed()
    first, second = normal_pair(labels)
    labels = with_marks(relabelled(labels, first, "V"), (second + 70, "V"))
    audit = audit_labels(labels, recording, analysis)
    table = with_verdicts(compare(labels).table, audit)
    assert table[["program", "reference", "verdict"]].to_numpy().tolist() == [
        ["N", "V", "sinus_shape"],
        ["none", "V", "double_count"],
    ]
    noisy = replace(analysis, quality=np.zeros_like(analysis.quality))
    listed = with_verdicts(
        differences(recording, noisy, true_labels()).table, audit_labels(true_labels(), recording, noisy)
    )
    doubtful = listed[(listed["unit"] == "beat") & (listed["program"] == listed["reference"])]
    assert (doubtful["verdict"] == "uncertain").all()
    assert len(doubtful) >= int((true_labels().label == "V").sum())
