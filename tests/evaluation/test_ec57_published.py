"""Tables that the WFDB programs bxb and sumstats printed for other people's detectors and classifiers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_core.evaluation import RecordBeats, RecordScore, load_reference, summarise
from ecg_core.evaluation.counts import COLUMNS, ROWS, BeatMatrix
from ecg_core.evaluation.protocol import Protocol
from ecg_core.evaluation.scores import score_record

pytestmark = pytest.mark.slow

# https://github.com/saullas/qrsDetector, mitdbResults.txt: ``bxb -a atr qrs -l`` of a moving-average detector on
# all of the MIT-BIH Arrhythmia Database. Record, Nn' Vn' Fn' On', No' Vo' Fo'; every beat found is an N.
DETECTOR_TABLE = """
100 1901 1 0 200 0 0 0
101 1520 0 2 148 1 0 0
102 0 3 1817 140 1 0 0
103 1729 0 0 183 0 0 0
104 98 1 1755 189 0 0 3
105 2103 29 5 385 18 0 0
106 1235 430 0 135 1 30 0
107 0 55 1727 491 0 2 0
108 1448 13 2 585 17 0 0
109 2066 31 0 447 1 1 0
111 1774 1 0 367 1 0 0
112 2111 0 0 272 0 0 0
113 1505 0 0 164 1 0 0
114 1569 30 4 173 1 0 0
115 1637 0 0 177 0 0 0
116 1900 97 0 210 19 1 0
117 1284 0 0 170 0 0 0
118 1903 13 0 216 0 0 0
119 1297 364 0 200 0 0 0
121 1557 1 0 312 2 0 0
122 2054 0 0 360 0 0 0
123 1266 0 0 113 0 3 0
124 1315 47 5 253 0 0 0
200 1461 698 1 301 5 2 1
201 1271 198 2 192 50 0 0
202 1811 14 1 214 44 1 0
203 1949 305 2 360 154 68 3
205 2123 53 10 226 2 12 1
207 1472 109 0 364 11 0 0
208 1299 805 301 214 11 19 2
209 2454 1 0 230 64 0 0
210 2022 137 9 265 8 28 0
212 2285 0 0 226 0 0 0
213 2234 193 268 272 2 2 1
214 1659 210 3 235 5 2 0
215 2648 121 0 174 15 10 1
217 235 135 1470 427 0 5 0
219 1722 51 0 230 0 0 0
220 1691 0 0 169 3 0 0
221 1704 305 0 230 0 11 0
222 2058 0 0 125 58 0 0
223 1736 443 8 237 0 12 0
228 1396 301 0 302 5 1 0
230 1858 1 0 244 0 0 0
231 1278 0 0 104 0 0 0
232 1485 0 0 123 0 0 0
233 1779 681 5 302 84 11 1
234 2285 0 0 271 3 3 0
"""

# https://github.com/klemen1999/QRS-Classification, temp/results-MV.txt: ``bxb -l`` and sumstats of a classifier
# of V at reference peaks. Record, Nn' Vn' Nv Vv, then V Se, V +P, V FPR; all other columns are 0.
CLASSIFIER_TABLE = """
100 1806 0 66 1 100.00 1.49 3.526
101 1518 0 0 0 - - 0.000
102 1 0 0 3 100.00 100.00 0.000
103 1722 0 5 0 - 0.00 0.290
104 98 0 0 1 100.00 100.00 0.000
105 1980 2 141 27 93.10 16.07 6.648
106 1217 3 19 457 99.35 96.01 1.537
108 0 0 1460 13 100.00 0.88 100.000
112 2106 0 3 0 - 0.00 0.142
113 1501 0 0 0 - - 0.000
114 450 0 1109 30 100.00 2.63 71.135
115 1633 0 4 0 - 0.00 0.244
116 1468 0 450 98 100.00 17.88 23.462
117 587 0 696 0 - 0.00 54.248
119 1297 0 0 364 100.00 100.00 0.000
121 1548 0 10 1 100.00 9.09 0.642
122 2054 0 0 0 - - 0.000
123 1266 0 0 3 100.00 100.00 0.000
200 1437 15 1 685 97.86 99.85 0.070
201 1184 1 1 197 99.49 99.49 0.084
202 1796 3 4 12 80.00 75.00 0.222
203 1749 1 354 372 99.73 51.24 16.833
205 2119 0 4 65 100.00 94.20 0.188
208 1250 0 58 824 100.00 93.42 4.434
209 2138 0 8 1 100.00 11.11 0.373
210 1996 10 14 154 93.90 91.67 0.697
212 792 0 2 0 - 0.00 0.252
213 2208 1 1 194 99.49 99.49 0.045
215 2657 0 4 131 100.00 97.04 0.150
217 235 1 0 139 99.29 100.00 0.000
219 1715 4 0 47 92.16 100.00 0.000
220 1601 0 0 0 - - 0.000
221 1702 1 2 315 99.68 99.37 0.117
222 822 0 873 0 - 0.00 51.504
223 1646 254 10 201 44.18 95.26 0.604
228 1091 0 307 302 100.00 49.59 21.960
230 1744 0 114 1 100.00 0.87 6.136
231 302 0 0 0 - - 0.000
233 1856 2 3 690 99.71 99.57 0.161
234 2238 0 0 3 100.00 100.00 0.000
"""
CLASSIFIER_GROSS = ("94.71", "48.23", "9.193")
CLASSIFIER_AVERAGE = ("96.48", "57.18", "9.143")


def matrix(**cells: int) -> BeatMatrix:
    counts = np.zeros((7, 7), dtype=np.int64)
    for cell, count in cells.items():
        counts[ROWS.index(cell[0]), COLUMNS.index(cell[1])] = count
    return BeatMatrix(counts)


def printed(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{100 * value:.{decimals}f}"


def test_bxb_s_line_of_each_record_of_a_classifier() -> None:
    for line in CLASSIFIER_TABLE.strip().splitlines():
        record, nn, vn, nv, vv, *figures = line.split()
        values = matrix(Nn=int(nn), Vn=int(vn), Nv=int(nv), Vv=int(vv)).score("V").values()
        assert [printed(values["se"], 2), printed(values["ppv"], 2), printed(values["fpr"], 3)] == figures, record


def test_sumstats_gross_and_average_of_that_classifier() -> None:
    scores = []
    for line in CLASSIFIER_TABLE.strip().splitlines():
        record, nn, vn, nv, vv, *_ = line.split()
        scores.append(RecordScore(record, matrix(Nn=int(nn), Vn=int(vn), Nv=int(nv), Vv=int(vv))))
    summary = summarise(scores)
    gross = summary.gross.score("V").values()
    decimals = {"se": 2, "ppv": 2, "fpr": 3}
    assert tuple(printed(gross[name], places) for name, places in decimals.items()) == CLASSIFIER_GROSS
    average = tuple(printed(summary.average("V", name).value, places) for name, places in decimals.items())
    assert average == CLASSIFIER_AVERAGE
    assert (summary.gross.n_reference, summary.gross.n_reference_of("V")) == (67882, 5629)


def test_sumstats_gross_line_of_a_five_class_model() -> None:
    """``bxb -L`` and sumstats of a model on the MIT-BIH database; Fs' (1) does not count against its S +P."""
    sums = matrix(
        **{"Nn": 72061, "Sn": 1109, "Vn": 303, "Fn": 367, "On": 30, "Ns": 2435, "Ss": 1514, "Vs": 248, "Fs": 1},
        **{"Os": 3, "Nv": 79, "Sv": 106, "Vv": 5264, "Fv": 251, "Ov": 38, "No": 120, "So": 16, "Vo": 85, "Fo": 19},
    )
    figures = [sums.score(kind, fusion_against_s=False).values() for kind in ("QRS", "V", "S")]
    gross = [printed(values[name], 2) for values in figures for name in ("se", "ppv")]
    assert gross == ["99.71", "99.92", "89.22", "95.94", "55.15", "36.05"]
    assert printed(sums.score("S").predictivity.value, 2) == "36.04"
    assert (sums.n_reference, sums.n_reference_of("V")) == (83978, 5900)


def moving_average_beats(signal: np.ndarray) -> np.ndarray:
    """Find beats as the detector behind `DETECTOR_TABLE` did (after Chen and Chen, Computers in Cardiology 2003).

    Every half second has at most one beat: the greatest energy over 11 samples of the signal less its 5-sample
    mean, if above a threshold that follows the beats found.
    """
    n_samples, width, span, step = len(signal), 5, 11, 180
    sums = np.concatenate(([0.0], np.cumsum(signal, dtype=np.float64)))
    fast = np.zeros(n_samples)
    fast[width - 1 :] = signal[1 : 1 + n_samples - width + 1] - (sums[width:] - sums[:-width]) / width
    squares = np.concatenate(([0.0], np.cumsum(fast**2)))
    energy = fast.copy()
    energy[: n_samples - span] = squares[span:-1] - squares[: -span - 1]
    threshold = energy[:step].max()
    found = []
    for start in range(0, n_samples - step, step):
        peak = start + int(np.nanargmax(energy[start : start + step + 1]))
        if energy[peak] > threshold:
            threshold = 0.05 * 0.15 * energy[peak] + 0.95 * threshold
            energy[peak + 1] = np.nan
            found.append(peak + 2)
    return np.unique(found)


@pytest.mark.data
def test_bxb_s_table_of_another_detector_is_met_in_every_cell_of_all_48_records(ecg_data: Path) -> None:
    lines = DETECTOR_TABLE.strip().splitlines()
    assert len(lines) == 48
    for line in lines:
        record, *expected = line.split()
        digital = wfdb.rdrecord(str(ecg_data / "mitdb" / record), physical=False, channels=[0]).d_signal[:, 0]
        found = moving_average_beats(digital)
        reference = load_reference(ecg_data / "mitdb", record)
        beats = RecordBeats(
            record=record,
            fs_hz=reference.recording.fs_hz,
            n_samples=reference.recording.n_samples,
            reference_sample=reference.sample,
            reference_symbol=reference.symbol,
            test_sample=found,
            test_label=np.full(len(found), "N"),
            flutter_spans=reference.flutter_spans,
            unreadable_spans=reference.unreadable_spans,
        )
        counts = score_record(beats, Protocol("bxb", start_s=300.0, peaks="detected")).matrix
        merged = [
            counts["Nn"] + counts["Sn"],
            counts["Vn"],
            counts["Fn"] + counts["Qn"],
            counts["On"] + counts["Xn"],
            *(sum(counts[row + column] for row in rows for column in "ox") for rows in ("NS", "V", "FQ")),
        ]
        assert merged == [int(cell) for cell in expected], record
