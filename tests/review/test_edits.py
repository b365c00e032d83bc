"""What is an edit, and the one sentence about what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import ReviewError
from ecg_core.review.edits import parse_edit

GOOD: list[dict[str, Any]] = [
    {"action": "relabel", "beats": [100, -7], "label": "V"},
    {"action": "relabel_similar", "beats": [100, 300], "label": "S", "reason": "similar to beats relabelled by Ann"},
    {"action": "relabel_span", "start_sample": 0, "stop_sample": 9, "label": "S"},
    {"action": "relabel_family", "family": 3, "label": "Q"},
    {"action": "add", "beat": -123, "sample": 77, "label": "F"},
    {"action": "move", "beat": 100, "from_sample": 100, "to_sample": 104},
    {"action": "delete", "beats": [[100, 100], [-7, 55]]},
    {"action": "split_family", "family": 3, "into": 7, "beats": [100]},
    {"action": "merge_families", "family": 3, "into": 0},
    {"action": "mark_event", "event": "VT:123456", "mark": "seen"},
    {"action": "mark_event", "event": "V_SINGLE:0", "mark": None},
    {"action": "set_rhythm", "span": 71, "start_sample": 0, "stop_sample": 9, "rhythm": "AFIB", "overrules": []},
    {"action": "set_rhythm", "span": 9, "start_sample": 5, "stop_sample": 6, "rhythm": "N", "overrules": ["VT:5"]},
    {"action": "trim_rhythm", "span": 71, "start_sample": 2, "stop_sample": 8},
    {"action": "delete_rhythm", "span": 71},
    {"action": "mark_events", "events": ["VT:123456", "VT:99"], "mark": "report", "on": False},
    {"action": "note_event", "event": "VT:123456", "text": "after exercise <b>"},
    {"action": "settle_conflict", "kept": 12, "given_up": [11, 3]},
    {"action": "undo", "entry": 17},
    {"action": "redo", "entry": 17},
]


@pytest.mark.parametrize("obj", GOOD, ids=lambda obj: obj["action"])
def test_what_an_edit_says_comes_back_through_json(obj: dict[str, Any]) -> None:
    assert json.loads(json.dumps(parse_edit({**obj, "uuid": "passed over"}).to_dict())) == obj


@pytest.mark.parametrize("obj", GOOD, ids=lambda obj: obj["action"])
def test_nothing_may_lack(obj: dict[str, Any]) -> None:
    for name in obj:
        with pytest.raises(ReviewError, match=r"^[^\n]+\.$"):
            parse_edit({key: value for key, value in obj.items() if key != name})


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "explode"},
        {"action": ["relabel"]},
        {"action": "relabel", "beats": [], "label": "V"},
        {"action": "relabel", "beats": [True], "label": "V"},
        {"action": "relabel", "beats": [1.0], "label": "V"},
        {"action": "relabel", "beats": [2**31], "label": "V"},
        {"action": "relabel", "beats": "12", "label": "V"},
        {"action": "relabel", "beats": [1], "label": "v"},
        {"action": "relabel", "beats": [1], "label": "NS"},
        {"action": "relabel", "beats": [1], "label": ["N"]},
        {"action": "relabel_span", "start_sample": 9, "stop_sample": 9, "label": "N"},
        {"action": "relabel_span", "start_sample": -1, "stop_sample": 9, "label": "N"},
        {"action": "set_rhythm", "span": 71, "start_sample": 9, "stop_sample": 9, "rhythm": "AFIB", "overrules": []},
        {"action": "set_rhythm", "span": 0, "start_sample": 0, "stop_sample": 9, "rhythm": "AFIB", "overrules": []},
        {
            "action": "set_rhythm",
            "span": 71,
            "start_sample": 0,
            "stop_sample": 9,
            "rhythm": "SINGLE_V",
            "overrules": [],
        },
        {"action": "set_rhythm", "span": 71, "start_sample": 0, "stop_sample": 9, "rhythm": ["AFIB"], "overrules": []},
        {"action": "set_rhythm", "span": 71, "start_sample": 0, "stop_sample": 9, "rhythm": "N", "overrules": ["VT"]},
        {"action": "set_rhythm", "span": 71, "start_sample": 0, "stop_sample": 9, "rhythm": "N", "overrules": "VT:5"},
        {"action": "trim_rhythm", "span": 71, "start_sample": 9, "stop_sample": 8},
        {"action": "delete_rhythm", "span": 1.5},
        {"action": "add", "beat": 5, "sample": 1, "label": "N"},
        {"action": "add", "beat": -5, "sample": -1, "label": "N"},
        {"action": "delete", "beats": [100]},
        {"action": "delete", "beats": [[100, 100, 100]]},
        {"action": "merge_families", "family": -1, "into": 0},
        {"action": "mark_event", "event": "<b>:3", "mark": "seen"},
        {"action": "mark_event", "event": "VT:3", "mark": "liked"},
        {"action": "mark_events", "events": ["VT:3"], "mark": None, "on": True},
        {"action": "mark_events", "events": ["VT:3"], "mark": "seen", "on": 1},
        {"action": "mark_events", "events": [], "mark": "seen", "on": True},
        {"action": "mark_events", "events": ["VT 3"], "mark": "seen", "on": True},
        {"action": "mark_events", "events": ["VT:3"] * 100_001, "mark": "seen", "on": True},
        {"action": "note_event", "event": "VT:3", "text": None},
        {"action": "settle_conflict", "kept": 0, "given_up": [1]},
        {"action": "settle_conflict", "kept": 1, "given_up": []},
        {"action": "mark_event", "event": "VT:3", "mark": []},
        {"action": "undo", "entry": 0},
    ],
)
def test_what_no_edit_can_say_is_told_in_one_sentence(changed: dict[str, Any]) -> None:
    with pytest.raises(ReviewError, match=r"^[^\n]+\.$"):
        parse_edit(changed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(GOOD), st.data())
def test_whatever_stands_in_an_edit_it_is_read_or_refused(obj: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(obj)))
    try:
        edit = parse_edit({**obj, name: data.draw(JSON)})
    except ReviewError as error:
        assert "\n" not in str(error)
    else:
        assert parse_edit(json.loads(json.dumps(edit.to_dict()))) == edit


@given(JSON)
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(ReviewError):
        parse_edit(value)  # type: ignore[arg-type]
