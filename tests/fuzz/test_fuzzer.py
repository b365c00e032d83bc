"""The fuzzer itself: the same damage for the same seed, and what breaks is reported and kept."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fuzz.mutating import damage, mutated
from fuzz.run_fuzz import Target, keep_find, run_turn
from security.samples import written_samples


def test_the_same_seed_does_the_same_damage() -> None:
    content = bytes(range(256)) * 20
    first, again = ([damage(random.Random(seed), content) for seed in range(50)] for _ in range(2))
    assert first == again
    assert len(set(first)) > 40


def test_only_what_may_be_damaged_is() -> None:
    files = {"x.hea": b"x 1 250 100\n" * 20, "x.dat": bytes(500)}
    for seed in range(50):
        result = mutated(random.Random(seed), files, {"mutate": ["x.hea"]})
        assert result["x.dat"] == files["x.dat"]


@pytest.mark.slow
def test_a_turn_counts_its_cases_or_keeps_what_broke(tmp_path: Path) -> None:
    sample = written_samples(tmp_path / "made")[0]
    settings = {"kind": "file", "opened": sample.opened, "layout": None, "mutate": list(sample.files)}
    good = Target("good", sample.files, settings)
    assert run_turn(good, tmp_path / "good", 1.0, 7) is None
    assert good.n_cases > 0
    broken = Target("broken", sample.files, {**settings, "layout": {"no such field": 1}})
    problem = run_turn(broken, tmp_path / "broken", 1.0, 7)
    assert problem is not None
    assert "TypeError" in problem
    kept = keep_find(broken, tmp_path / "broken", tmp_path / "finds", problem)
    assert {path.name for path in (kept / "files").iterdir()} == set(sample.files)
    assert "--once" in (kept / "find.txt").read_text().splitlines()[0]
