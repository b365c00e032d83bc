"""Texts as they are shown."""

from __future__ import annotations

from ecg_core.rhythm.episode_types import KINDS
from ecg_core.texts import sentence_case


def test_abbreviations_keep_their_capitals() -> None:
    assert sentence_case("second-degree AV block") == "Second-degree AV block"
    assert sentence_case("") == ""
    assert all(sentence_case(kind.name)[1:] == kind.name[1:] for kind in KINDS.values())
