"""Which WFDB symbols mark a beat, and which class each is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb
from wfdb.io.annotation import ann_label_table, is_qrs

from ecg_core.beats import CLASSES, Mapping, is_beat, to_aami
from ecg_core.formats import open_recording
from ecg_core.synthesis import write_scenario


def test_beats_are_those_of_the_wfdb_library_and_the_printed_dot() -> None:
    """`isqrs` of WFDB's ecgmap.h, apart from ``!``: a flutter wave, which EC57 counts as no beat."""
    known = {row.symbol: is_qrs[row.label_store] for row in ann_label_table.itertuples() if row.symbol.strip()}
    found = {symbol: bool(marked) for symbol, marked in zip(known, is_beat(list(known)), strict=True)}
    assert {symbol for symbol in known if found[symbol] != known[symbol]} == {"!"}
    assert is_beat([".", "N", "+", "~"]).tolist() == [True, True, False, False]


@pytest.mark.parametrize("mapping", ["de_chazal", "bxb"])
def test_the_dot_is_the_normal_beat_of_physionet_s_table(mapping: Mapping) -> None:
    assert to_aami([".", "N", "V"], mapping).tolist() == ["N", "N", "V"]


def test_the_two_mappings_differ_in_escape_beats_alone() -> None:
    symbols = list("N.LRBejAaJSnVErF/fQ?")
    differing = np.array(symbols)[to_aami(symbols) != to_aami(symbols, "bxb")]
    assert set(differing) == set("ej")
    assert set(to_aami(symbols)) == set(CLASSES)


def test_an_annotation_file_that_defines_the_dot_is_read_as_beats(tmp_path: Path) -> None:
    header = write_scenario("demo_sinus", tmp_path, hours=0.01)
    samples = np.array([100, 400, 700, 1000])
    dot = pd.DataFrame({"label_store": [42], "symbol": ["."], "description": ["Normal beat"]})
    here = {"write_dir": str(tmp_path), "custom_labels": dot}
    wfdb.wrann(header.stem, "man", samples, symbol=[".", ".", "V", "+"], aux_note=["", "", "", "(N"], **here)
    annotations = open_recording(header).annotations("man")
    assert annotations is not None
    found, symbols = annotations.beats()
    assert found.tolist() == [100, 400, 700]
    assert to_aami(symbols).tolist() == ["N", "N", "V"]
