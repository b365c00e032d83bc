"""Recordings: what they carry, and what they keep to themselves."""

from __future__ import annotations

from datetime import date

import numpy as np

from ecg_core.recording import Identity, Lead, from_array


def test_a_lead_keeps_the_name_that_the_file_gives_it() -> None:
    assert Lead("II").original_name == "II"
    assert Lead("II", original_name="ECG II").original_name == "ECG II"
    assert Lead("II", original_name="ECG II").name == "II"


def test_an_identity_never_shows_its_values() -> None:
    identity = Identity(name="Jane Roe", birth_date=date(1931, 5, 4), other=(("Ward", "7B"),))
    assert repr(identity) == "Identity(name=hidden, birth_date=hidden, other=hidden)"
    assert "Jane" not in f"{identity} {identity!r}"
    recording = from_array(np.zeros((10, 1)), 100.0)
    assert "Identity" not in repr(recording)


def test_an_identity_is_true_if_it_holds_anything() -> None:
    assert not Identity()
    assert not Identity(name="", other=())
    assert Identity(sex="F")
    assert Identity(age_years=0.0)
