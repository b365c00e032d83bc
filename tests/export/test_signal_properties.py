"""Whatever the number of leads, the range, the gaps, the span and the marks: it reads back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signals_for_tests import ALL, EXACT, out_and_in, recording, rows

from ecg_core.formats.common.annotation_texts import mark_of, text_of
from ecg_core.formats.common.scales import COARSEST_UV, LeadRange, next_step, scale_of
from ecg_core.formats.edf.private import is_remark
from ecg_core.recording import Annotations

pytestmark = pytest.mark.slow

RATES = st.one_of(st.sampled_from([100.0, 128.0, 250.0, 257.33, 1000 / 3, 360.0, 500.0]), st.floats(60, 1000))
TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12).filter(
    lambda text: not is_remark(text)
)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[np.ndarray, float, int, int]:
    n_samples, n_leads = draw(st.integers(40, 400)), draw(st.integers(1, 5))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    height_mv = draw(st.sampled_from([1e-3, 0.5, 3.0, 30.0]))
    signal = (random.uniform(-1, 1, size=(n_samples, n_leads)) * height_mv).astype(np.float32)
    if draw(st.booleans()):
        step_mv = draw(st.sampled_from([0.001, 0.005, 0.00488, 1 / 200.5]))
        signal = (np.rint(signal / step_mv) * step_mv).astype(np.float32)
    for _ in range(draw(st.integers(0, 4))):
        at, lead = draw(st.integers(0, n_samples - 1)), draw(st.integers(0, n_leads - 1))
        signal[at : at + draw(st.integers(1, 60)), lead] = np.nan
    start = draw(st.integers(0, n_samples - 20))
    return signal, draw(RATES), start, draw(st.integers(start + 20, n_samples))


@pytest.mark.parametrize("format", ALL)
@settings(max_examples=40)
@given(made=recordings(), data=st.data())
def test_it_reads_back(
    tmp_path_factory: pytest.TempPathFactory,
    format: str,
    made: tuple[np.ndarray, float, int, int],
    data: st.DataObject,
) -> None:
    signal, fs_hz, start, stop = made
    samples = sorted(data.draw(st.lists(st.integers(start + 1, stop - 1), max_size=8)))
    symbols = [data.draw(st.sampled_from('NVSAF/+~"|=')) for _ in samples]
    # A comment without a text says nothing, and is nothing in formats that have texts alone.
    aux = tuple(data.draw(TEXTS) or ("x" if symbol in '"+' else "") for symbol in symbols)
    marks = Annotations("atr", np.array(samples, dtype=np.int64), np.array(symbols, dtype=str), aux)
    names = ("I", "II", "V1", "V2", "V3")[: signal.shape[1]]
    whole = recording(signal, fs_hz, names)
    folder = tmp_path_factory.mktemp("out")
    back = out_and_in(whole, folder, format, start=start, stop=stop, marks=marks)
    assert back.fs_hz == pytest.approx(fs_hz, rel=1e-8)
    assert back.lead_names == names
    read = back.read()
    np.testing.assert_allclose(read, signal[start:stop], rtol=3e-7, atol=0 if format in EXACT else 0.000501)
    if samples:
        within = [row for row in rows(back.annotations()) if row[0] > 0]  # a rhythm that held before is told at 0
        assert within == [(at - start, symbol, text) for at, symbol, text in rows(marks)]


@given(
    low=st.floats(-(2.0**99), 2.0**99, width=32),
    reach=st.floats(0, 2.0**99, width=32),
    bits=st.sampled_from([16, 32]),
    absent=st.booleans(),
)
def test_a_scale_holds_the_whole_range(low: float, reach: float, bits: int, absent: bool) -> None:
    values = np.array([low, np.float32(low + reach), np.nan if absent else low], dtype=np.float32)
    found = LeadRange()
    found.add(values)
    scale = scale_of(found, bits)
    stored = scale.stored(values, -(1 << (scale.bits - 1)))
    assert scale.bits <= bits
    limit = 1 << (scale.bits - 1)
    assert (np.abs(stored[np.isfinite(values)]) < limit).all()
    back = (stored + scale.centre) / scale.gain
    kept = np.isfinite(values)
    tolerance = 0.51 / scale.gain + 1e-12 * np.abs(values[kept].astype(np.float64))
    assert (np.abs(back[kept] - values[kept]) <= tolerance).all()
    if reach < 30 and abs(low) < 30:
        assert scale.step_uv <= COARSEST_UV * 1.000001 or scale.gain == found.gain


def test_steps_are_one_two_and_five_times_powers_of_ten() -> None:
    steps = [0.01]
    while len(steps) < 12:
        steps.append(next_step(steps[-1]))
    assert steps == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]


@pytest.mark.parametrize("gain", [200.0, 1000.0, 409.6, 204.8, 2000.0, 1 / 0.00488, 1200.0, 419430.4])
@pytest.mark.parametrize("first", [1, 2, 5])
def test_the_steps_of_a_converter_are_found_whatever_comes_first(gain: float, first: int) -> None:
    random = np.random.default_rng(4)
    found = LeadRange()
    found.add(np.full(50, 7 / gain, dtype=np.float32))
    found.add((np.arange(-20, 20) * 2 * first / gain).astype(np.float32))
    found.add((random.integers(-1500, 1500, 5000) / gain).astype(np.float32))
    assert found.gain == pytest.approx(gain, rel=1e-6)


def test_what_lies_on_no_steps_has_none() -> None:
    found = LeadRange()
    found.add((np.arange(100) / 200).astype(np.float32))
    found.add(np.random.default_rng(1).normal(size=1000).astype(np.float32))
    assert found.gain is None


@given(symbol=st.characters(min_codepoint=33, max_codepoint=126), aux=st.text(max_size=30))
def test_a_mark_in_words_means_the_mark(symbol: str, aux: str) -> None:
    assert mark_of(text_of(symbol, aux)) == (symbol, aux)
