"""Settings changed on the command line: by dotted name, of the kind that stands there."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecg_core.errors import ModelError
from ecg_core.training.interval_recipe import IntervalRecipe
from ecg_core.training.overrides import changed, settings_of
from ecg_core.training.recipes import AnyRecipe, get_recipe, recipes
from ecg_core.training.rhythm_recipe import RhythmRecipe
from ecg_core.training.wave_recipe import WaveRecipe

BEAT: Any = get_recipe("beat")
CNN5: Any = get_recipe("cnn5")
FIXED = ("name", "summary", "inputs", "target", "build", "limits", "published_accuracy")


@pytest.mark.parametrize("name", sorted(recipes()))
def test_every_recipe_s_settings_are_those_that_stand_there(name: str) -> None:
    recipe = get_recipe(name)
    found = settings_of(recipe)
    for dotted, value in found.items():
        inner: Any = recipe
        for part in dotted.split("."):
            inner = getattr(inner, part)
        assert inner == value
        assert dotted.split(".")[0] not in FIXED
    assert {f"schedule.{one}" for one in asdict(recipe.schedule)} <= set(found)
    assert {f"augmentation.{one}" for one in asdict(recipe.augmentation)} <= set(found)
    assert ("prior" in found) == (not isinstance(recipe, IntervalRecipe | RhythmRecipe | WaveRecipe))


def test_settings_of_the_two_kinds_of_recipe_are_their_own() -> None:
    assert {"window.fs_hz", "filters", "dense", "dropout"} <= set(settings_of(BEAT))
    assert "patience" in settings_of(CNN5)
    assert not {"patience"} & set(settings_of(BEAT))
    assert not {"filters", "dense"} & set(settings_of(CNN5))


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("schedule.epochs=20", replace(BEAT, schedule=replace(BEAT.schedule, epochs=20))),
        ("schedule.learning_rate=1e-4", replace(BEAT, schedule=replace(BEAT.schedule, learning_rate=1e-4))),
        ("schedule.focal_gamma=2", replace(BEAT, schedule=replace(BEAT.schedule, focal_gamma=2.0))),
        ("schedule.balance=0,1,.5,0,0", replace(BEAT, schedule=replace(BEAT.schedule, balance=(0, 1, 0.5, 0, 0)))),
        ("augmentation.stretch=0.1", replace(BEAT, augmentation=replace(BEAT.augmentation, stretch=0.1))),
        ("filters=(8, 16)", replace(BEAT, filters=(8, 16))),
        ("filters=8", replace(BEAT, filters=(8,))),
        ("window.before_s=0.5", replace(BEAT, window=replace(BEAT.window, before_s=0.5))),
        ("prior=0", replace(BEAT, prior=0.0)),
        ("dense=16", replace(BEAT, dense=16)),
    ],
)
def test_one_setting_is_changed_and_nothing_else(assignment: str, expected: AnyRecipe) -> None:
    before = asdict(BEAT)
    found = changed(BEAT, [assignment])
    assert found == expected != BEAT
    kinds = {name: type(value) for name, value in settings_of(found).items()}
    assert kinds == {name: type(value) for name, value in settings_of(BEAT).items()}
    assert asdict(BEAT) == before


def test_several_are_changed_in_order_and_none_changes_nothing() -> None:
    found = changed(CNN5, ["schedule.epochs=3", "patience=9", "schedule.epochs=4"])
    assert found == replace(CNN5, patience=9, schedule=replace(CNN5.schedule, epochs=4))
    assert changed(CNN5, []) == CNN5


@pytest.mark.parametrize(
    "assignment",
    ["epochs=3", "schedule=3", "schedule.epoch=3", "schedule.epochs", "=3", "", "name='x'", "target='rate'", "build=1"],
)
def test_what_is_no_setting_is_answered_with_those_that_are(assignment: str) -> None:
    with pytest.raises(ModelError, match="sets nothing; give NAME=VALUE with one of ") as refused:
        changed(CNN5, [assignment])
    assert str(refused.value).startswith(repr(assignment))
    for name in settings_of(CNN5):
        assert name in str(refused.value)


@pytest.mark.parametrize(
    "assignment",
    [
        "schedule.epochs=2.5",
        "schedule.epochs=True",
        "schedule.epochs=",
        "schedule.epochs=many",
        "schedule.epochs='3'",
        "schedule.learning_rate=True",
        "schedule.learning_rate=fast",
        "schedule.learning_rate=1e-3,2e-3",
        "schedule.balance='a','b'",
        "schedule.balance=True",
        "schedule.balance=(0, (1, 2))",
        "schedule.balance=[0, 1]",
        "schedule.learning_rate=__import__('os').getpid()",
        "schedule.learning_rate={[1]: 2}",
        "schedule.learning_rate=1" + "0" * 400,
        "schedule.learning_rate=" + "(" * 300,
        "schedule.learning_rate=\x00",
    ],
)
def test_a_value_of_another_kind_is_refused(assignment: str) -> None:
    name, _, text = assignment.partition("=")
    with pytest.raises(ModelError) as refused:
        changed(CNN5, [assignment])
    assert str(refused.value) == f"{name} takes a value like {settings_of(CNN5)[name]!r}, not {text!r}."


@given(value=st.floats(0, 10))
def test_any_number_comes_out_as_it_was_written(value: float) -> None:
    assert changed(CNN5, [f"schedule.learning_rate={value!r}"]).schedule.learning_rate == value


@given(values=st.lists(st.floats(0, 2) | st.integers(0, 2), min_size=5, max_size=8))
def test_any_tuple_comes_out_as_it_was_written(values: list[float]) -> None:
    assert changed(CNN5, [f"schedule.balance={tuple(values)!r}"]).schedule.balance == tuple(values)


@given(name=st.sampled_from(sorted(settings_of(CNN5))), text=st.text(max_size=30))
@example(name="schedule.epochs", text="{{}: 1}")
@example(name="prior", text="-" * 2000 + "1")
def test_any_text_is_a_value_of_the_kind_or_one_sentence(name: str, text: str) -> None:
    try:
        found = settings_of(changed(CNN5, [f"{name}={text}"]))[name]
    except ModelError:
        return
    assert type(found) is type(settings_of(CNN5)[name])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("schedule.epochs=0", "schedule.epochs must be from 1 to"),
        ("schedule.batch_size=-4", "schedule.batch_size must be from 1 to"),
        ("schedule.learning_rate=-1", "schedule.learning_rate must be from 0 to"),
        ("schedule.average=1.5", "schedule.average must be from 0 to"),
        ("schedule.balance=(0, 1)", "schedule.balance takes 5 exponents"),
        ("schedule.label_smoothing=2", "schedule.label_smoothing must be from"),
        ("prior=1e400", "prior must be from 0 to 2, not inf"),
        ("dropout=1.5", "dropout must be from"),
        ("window.fs_hz=0", "window.fs_hz must be from 50"),
        ("augmentation.shift_common=50", "shift_common \\+ shift_alone must be from 0 to 8"),
        ("augmentation.flip=2", "augmentation.flip must be from 0 to 1"),
    ],
)
def test_what_cannot_be_trained_with_is_refused_by_its_limits(setting: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        changed(BEAT, [setting])
