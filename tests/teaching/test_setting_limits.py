"""Where the program begins to be wrong: values that are tried, and how differences are counted."""

from __future__ import annotations

import pytest

from ecg_core.teaching.heart import RANGES, HeartSettings
from ecg_core.teaching.limits import N_VALUES, trial_of, try_setting, values_of
from ecg_core.teaching.reading import ReadBeat


@pytest.mark.parametrize("name", list(RANGES))
def test_the_values_tried_are_the_sliders_own_from_end_to_end(name: str) -> None:
    limits, values = RANGES[name], values_of(name)
    assert (values[0], values[-1]) == (limits.lowest, limits.highest)
    assert 4 < len(values) <= N_VALUES
    for value in values:
        steps = (value - limits.lowest) / limits.step
        assert steps == pytest.approx(round(steps), abs=1e-6)
        HeartSettings(**{name: value})


def test_differences_are_counted_by_kind() -> None:
    beats = [
        ReadBeat(1, "N", "N"),
        ReadBeat(2, "V", "N"),
        ReadBeat(3, "V", "N"),
        ReadBeat(4, "N", ""),
        ReadBeat(5, "", "Q"),
    ]
    trial = trial_of(7, beats)
    assert (trial.value, trial.n_beats, trial.n_agreeing) == (7, 5, 1)
    assert trial.differences == (("V as N", 2), ("N missed", 1), ("Q where none is", 1))


@pytest.mark.tensorflow
def test_each_value_is_read_with_all_other_settings_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecg_core.classification.model import load_model
    from ecg_core.teaching import limits

    monkeypatch.setattr(limits, "N_VALUES", 3)
    stages: list[str] = []
    trials = try_setting(HeartSettings(pvc_percent=20), "rate_bpm", load_model(), lambda stage, _: stages.append(stage))
    assert [trial.value for trial in trials] == [30, 115, 200]
    assert [trial.n_beats for trial in trials] == sorted(trial.n_beats for trial in trials)
    assert trials[1].n_agreeing == trials[1].n_beats
    assert stages[1] == "Sinus rate 115 bpm"
