"""Runs of broad beats that follow sinus P waves are conducted; ventricular runs are not, whatever their P waves do."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.recording import from_array
from ecg_core.rhythm.bundle_branch_runs import conducted_runs
from ecg_core.synthesis.strip import Strip, StripPassage
from ecg_core.synthesis.strip_drawing import FS_HZ, draw_strip
from ecg_core.synthesis.tracing import TWELVE_LEADS

pytestmark = pytest.mark.slow

SINUS = StripPassage("sinus", 15, 80)


def conducted(broad: StripPassage, leads: tuple[str, ...] = TWELVE_LEADS, seed: int = 1, polarity: float = 1.0) -> str:
    """Return ``all``, ``none`` or ``some`` of the broad beats."""
    made = draw_strip(Strip((SINUS, broad, SINUS), seed=seed))
    signal = polarity * made.signal_mv[:, [TWELVE_LEADS.index(name) for name in leads]]
    beat = np.asarray(made.tracing.waves.beat, dtype=np.int64)
    inside = (beat >= 15 * FS_HZ) & (beat < (15 + broad.seconds) * FS_HZ)
    found = conducted_runs(from_array(signal.astype(np.float32), FS_HZ, leads), beat, inside, inside, ~inside)
    assert not found[~inside].any()
    return "all" if found[inside].all() else "some" if found.any() else "none"


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rate_bpm", [90, 100, 112])
@pytest.mark.parametrize("beat", ["lbbb", "rbbb"])
def test_bundle_branch_block_that_comes_with_the_rate_is_conducted(beat: str, rate_bpm: float, seed: int) -> None:
    assert conducted(StripPassage("sinus", 10, rate_bpm, beats=(beat,), pr_ms=150), seed=seed) == "all"


@pytest.mark.parametrize("polarity", [-1.0, 0.4, 3.0])
def test_gain_and_polarity_do_not_matter(polarity: float) -> None:
    assert conducted(StripPassage("sinus", 10, 105, beats=("lbbb",), pr_ms=150), polarity=polarity) == "all"


@pytest.mark.parametrize("p_rate_bpm", [0, 80, "same"])
@pytest.mark.parametrize("rate_bpm", [105, 130, 160, 200])
@pytest.mark.parametrize("beat", ["left_apical", "outflow_tract", "lbbb"])
def test_ventricular_tachycardia_is_not_conducted(beat: str, rate_bpm: float, p_rate_bpm: float | str) -> None:
    p_bpm = rate_bpm if p_rate_bpm == "same" else float(p_rate_bpm)
    assert conducted(StripPassage("ventricular", 10, rate_bpm, beats=(beat,), p_rate_bpm=p_bpm)) == "none"


@pytest.mark.parametrize("rate_bpm", [110, 130, 150])
@pytest.mark.parametrize("beat", ["left_apical", "outflow_tract"])
def test_retrograde_p_waves_are_no_sinus_p_waves(beat: str, rate_bpm: float) -> None:
    retrograde = StripPassage("junctional", 10, rate_bpm, beats=(beat,), p=("low_atrial",), pr_ms=-120)
    assert conducted(retrograde) == "none"


def test_two_leads_are_too_few() -> None:
    block = StripPassage("sinus", 10, 100, beats=("lbbb",), pr_ms=150)
    assert conducted(block) == "all"
    assert conducted(block, ("II", "V1")) == "none"


def test_beside_fibrillation_no_run_is_conducted() -> None:
    made = draw_strip(
        Strip(
            (
                StripPassage("fibrillation", 15, 90, irregular=0.2),
                StripPassage("fibrillation", 10, 120, irregular=0.2, beats=("lbbb",)),
                StripPassage("fibrillation", 15, 90, irregular=0.2),
            )
        )
    )
    beat = np.asarray(made.tracing.waves.beat, dtype=np.int64)
    broad = np.asarray(made.tracing.waves.symbol) == "L"
    assert broad.sum() > 10
    recording = from_array(made.signal_mv, FS_HZ, TWELVE_LEADS)
    assert not conducted_runs(recording, beat, broad, broad, ~broad).any()
