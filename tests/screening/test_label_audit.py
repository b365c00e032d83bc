"""Verdicts on labels: true ones are confirmed, each fault is told by its own evidence, what may be danger stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from labelled_recordings import (
    analysed,
    normal_pair,
    recorded,
    relabelled,
    true_labels,
    verdict_at,
    with_marks,
)

from ecg_core.beats import PROBABILITY_COLUMNS, UNREADABLE
from ecg_core.evaluation.rhythm_scores import ReferenceSpan
from ecg_core.screening.beat_audit import audit_beats
from ecg_core.screening.label_audit import LabelAudit, audit_labels
from ecg_core.screening.label_trial import FAULTS, grouped, trial_text, try_labels
from ecg_core.screening.stated_labels import StatedLabels, labels_of_annotations
from ecg_core.screening.verdicts import REFUTED

pytestmark = pytest.mark.slow


def audit(labels: StatedLabels) -> LabelAudit:
    return audit_labels(labels, recorded()[0], analysed())


def count(found: LabelAudit, kind: str) -> tuple[int, int, int]:
    """File, audited and uncertain."""
    (one,) = [each for each in found.counts if each.kind == kind]
    return one.file, one.audited, one.uncertain


def test_true_labels_are_confirmed_and_nothing_is_missing() -> None:
    found = audit(true_labels())
    assert len(found.table) > 30
    assert set(found.table["verdict"]) == {"confirmed"}
    assert found.to_decide().empty
    n_v = int(np.isin(true_labels().label, ("V", "F")).sum())
    assert count(found, "V") == (n_v, n_v, 0)
    assert count(found, "VT")[:2] == (1, 1)


@pytest.mark.parametrize("coupling_ms", [40, 100, 200, 280])
def test_a_second_mark_on_a_beat_is_a_double_count(coupling_ms: int) -> None:
    first, _ = normal_pair(true_labels())
    sample = first + round(0.36 * coupling_ms)
    found = verdict_at(with_marks(true_labels(), (sample, "V")), sample)
    assert found.verdict == "double_count"
    assert f"{1000 * (sample - first) / 360:.0f} ms" in found.reason


def test_of_two_marks_on_one_beat_the_one_that_the_program_contradicts_is_the_double() -> None:
    first, _ = normal_pair(true_labels())
    found = verdict_at(with_marks(true_labels(), (first - 2, "V")), first - 2)
    assert found.verdict == "double_count"


def test_a_mark_on_a_t_wave_without_a_beat_near_is_told() -> None:
    analysis = analysed()
    assert analysis.waves is not None
    first, _ = normal_pair(true_labels(), 40)
    beat = int(np.abs(analysis.beats["sample"].to_numpy() - first).argmin())
    end = int(analysis.waves.waves.sample_of("t_off")[beat])
    assert end - first > 0.3 * 360
    found = verdict_at(with_marks(true_labels(), (end, "V")), end)
    assert found.verdict == "on_t_wave"


def test_a_mark_between_beats_has_no_complex() -> None:
    first, second = normal_pair(true_labels(), 60)
    sample = first + round(0.62 * (second - first))
    found = verdict_at(with_marks(true_labels(), (sample, "V")), sample)
    assert (found.verdict, found.program) == ("no_beat", "")


def test_a_normal_beat_called_v_is_shaped_like_the_sinus_beats() -> None:
    first, _ = normal_pair(true_labels())
    found = verdict_at(relabelled(true_labels(), first, "V"), first)
    assert (found.verdict, found.label, found.program) == ("sinus_shape", "V", "N")
    assert "MLII, V1, V5" in found.reason


def test_a_normal_beat_called_s_that_comes_in_time_is_not_premature() -> None:
    labels = true_labels()
    verdicts = []
    for at in range(20, 60):
        if (labels.label[at - 1 : at + 2] == "N").all():
            sample = int(labels.sample[at])
            verdicts.append(verdict_at(relabelled(labels, sample, "S"), sample).verdict)
    assert set(verdicts) == {"not_premature", "uncertain"}
    assert verdicts.count("not_premature") >= len(verdicts) / 4


def test_a_wide_beat_that_the_program_calls_normal_stays_uncertain() -> None:
    """That the program says another class is no evidence by itself."""
    labels = true_labels()
    sample = int(labels.sample[labels.label == "V"][0])
    found = verdict_at(labels, sample, analysed(otherwise=((sample, "N"),)))
    assert (found.verdict, found.program) == ("uncertain", "N")


def test_where_nothing_can_be_read_a_lone_mark_is_in_noise_and_a_run_stays() -> None:
    labels, analysis = true_labels(), analysed()
    noisy = replace(analysis, quality=np.full_like(analysis.quality, UNREADABLE))
    first, second = normal_pair(labels)
    between = (first + second) // 2
    assert verdict_at(with_marks(labels, (between, "V")), between, noisy).verdict == "in_noise"
    # Where the program has a beat, too, neither can be sure.
    assert verdict_at(relabelled(labels, first, "V"), first, noisy).verdict == "uncertain"
    v_beat = int(labels.sample[np.flatnonzero(labels.label == "V")][0])
    assert verdict_at(labels, v_beat, noisy).verdict == "uncertain"
    ends = relabelled(relabelled(labels, first, "V"), second, "V")
    assert verdict_at(with_marks(ends, (between, "V")), between, noisy).verdict == "uncertain"


def test_an_ectopic_beat_that_the_file_calls_normal_is_missing_where_the_program_is_sure() -> None:
    labels, analysis = true_labels(), analysed()
    sample = int(labels.sample[labels.label == "V"][2])
    found = verdict_at(relabelled(labels, sample, "N"), sample)
    assert (found.verdict, found.by, found.label) == ("missed", "program", "N")
    unsure = analysis.beats.copy()
    unsure[list(PROBABILITY_COLUMNS)] *= 0.6
    found = verdict_at(relabelled(labels, sample, "N"), sample, replace(analysis, beats=unsure))
    assert found.verdict == "uncertain"


def test_counts_show_the_file_beside_the_audited_one() -> None:
    labels = true_labels()
    n_v = int(np.isin(labels.label, ("V", "F")).sum())
    missed = int(labels.sample[labels.label == "V"][0])
    first, second = normal_pair(labels)
    labels = relabelled(with_marks(labels, (first + 60, "V"), (second + 60, "V")), missed, "N")
    found = audit(labels)
    assert count(found, "V") == (n_v + 1, n_v, 0)
    (v_beats,) = [each for each in found.counts if each.kind == "V"]
    assert (v_beats.refuted, v_beats.missed) == (2, 1)
    n_beats = len(true_labels().sample)
    assert v_beats.file_percent == pytest.approx(100 * (n_v + 1) / (n_beats + 2))
    assert v_beats.audited_percent == pytest.approx(100 * n_v / n_beats)
    assert found.as_row()["audit_v_audited"] == n_v


def test_a_marked_tachycardia_that_the_program_does_not_find_stays_to_be_decided() -> None:
    labels = true_labels()
    start = int(labels.sample[30])
    span = ReferenceSpan(start, int(labels.sample[36]), "VT")
    found = audit(replace(labels, spans=(*labels.spans, span)))
    to_decide = found.to_decide()
    assert to_decide[["kind", "start_sample", "verdict"]].to_numpy().tolist() == [["VT", start, "uncertain"]]
    assert count(found, "VT") == (2, 2, 1)


def test_a_marked_tachycardia_falls_only_with_every_one_of_its_beats() -> None:
    """A run that is made of second marks on normal beats is no run."""
    labels = true_labels()
    at = next(at for at in range(20, 80) if (labels.label[at : at + 5] == "N").all())
    doubles = [(int(labels.sample[at + each]) + 70, "V") for each in range(4)]
    beside = with_marks(labels, *doubles)
    span = ReferenceSpan(doubles[0][0], doubles[-1][0] + 1, "VT")
    found = audit(replace(beside, spans=(*labels.spans, span)))
    rows = found.table[(found.table["kind"] == "VT") & (found.table["start_sample"] == doubles[0][0])]
    assert rows["verdict"].tolist() == ["double_count"]
    # One true V among them, and a person must look.
    one = beside.label.copy()
    one[np.searchsorted(beside.sample, doubles[0][0]) + 1] = "V"
    still = audit(replace(beside, label=one, spans=(*labels.spans, span)))
    rows = still.table[(still.table["kind"] == "VT") & (still.table["start_sample"] == doubles[0][0])]
    assert rows["verdict"].isin({"uncertain", *REFUTED}).all()


def test_a_pause_with_a_clear_beat_inside_is_none_and_one_in_noise_stays() -> None:
    labels, (recording, _) = true_labels(), recorded()
    at = next(at for at in range(20, 80) if (labels.label[at : at + 3] == "N").all())
    pause = ReferenceSpan(int(labels.sample[at]), int(labels.sample[at + 2]), "PAUSE")
    marked = replace(labels, spans=(*labels.spans, pause))
    analysis = analysed()
    rows = audit_labels(marked, recording, analysis).table
    assert rows.loc[rows["kind"] == "PAUSE", "verdict"].tolist() == ["beat_inside"]
    noisy = replace(analysis, quality=np.minimum(analysis.quality, 1))
    rows = audit_labels(marked, recording, noisy).table
    assert rows.loc[rows["kind"] == "PAUSE", "verdict"].tolist() == ["uncertain"]


def test_what_the_file_does_not_tell_is_said_and_not_counted() -> None:
    recording, truth = recorded()
    keep = truth.symbol != "+"
    silent = replace(
        truth,
        sample=truth.sample[keep],
        symbol=truth.symbol[keep],
        aux=tuple(text for text, kept in zip(truth.aux, keep, strict=True) if kept),
        subtype=(),
    )
    found = audit_labels(labels_of_annotations(silent, recording), recording, analysed())
    assert "AFIB" not in {each.kind for each in found.counts}
    assert any("atrial fibrillation" in note and "Not compared" in note for note in found.notes)


def test_beats_without_classes_are_not_judged() -> None:
    analysis = analysed()
    with pytest.raises(ValueError, match="classified"):
        audit_labels(true_labels(), recorded()[0], replace(analysis, provenance={"model": None}))


def test_the_trial_puts_faults_in_and_counts_what_was_caught() -> None:
    recording, truth = recorded()
    annotated = replace(recording, load_annotations=lambda _: truth, annotation_names=("atr",))
    annotated.__dict__["sha256"] = recording.sha256
    figures = try_labels([(annotated, analysed())])
    assert set(figures["faults"]) == set(FAULTS)
    assert grouped(figures["truth"]["V"])["refuted"] == 0
    for name in ("second mark 60 to 290 ms behind a beat", "mark on a T wave", "N called V"):
        counts = grouped(figures["faults"][name])
        assert counts["confirmed"] == 0, name
        assert counts["refuted"] >= 0.9 * sum(counts.values()), (name, counts)
    assert figures["deleted"]["V"] == {"missed": int((true_labels().label == "V").sum())}
    assert "N called V" in trial_text(figures)


def test_every_ectopic_mark_has_exactly_one_verdict() -> None:
    labels = with_marks(true_labels(), (500, "V"), (510, "S"), (10_000, "F"))
    marked = labels.sample[np.isin(labels.label, ("V", "F", "S"))]
    found = [each.sample for each in audit_beats(labels, recorded()[0], analysed()) if each.by == "file"]
    assert found == marked.tolist()
