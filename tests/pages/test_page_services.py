"""The pages' small parts: escaping, wording, order of events, a card's figures, references."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import SourceError
from ecg_core.recording import Lead
from pages.services import library
from pages.services.card_figures import blocks, percent
from pages.services.wording import clock, duration, height_unit, person, shown, signed
from pages.services.workspace import neighbour
from pages.ui.markup import Markup, table

pytestmark = pytest.mark.slow


@given(st.text())
def test_table_cells_are_escaped_unless_made_here(text: str) -> None:
    html = table(("head",), [(text + "<i>",), (Markup("<b>ok</b>"),)])
    assert "<i>" not in html
    assert "<b>ok</b>" in html


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1805.6, "30 min 06 s"), (10, "10 s"), (2.5, "2.5 s"), (86400, "24 h 00 min"), (60, "1 min 00 s")],
)
def test_lengths_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("comments", "found"),
    [
        (("23 F 2546 N/A x1", "None"), "F 23"),
        (("Age: 78", "Sex: Male", "Dx: 1"), "M 78"),
        (("<age>: 51  <sex>: F",), "F 51"),
        (("-1 M 1 2 x",), "M"),
        (("paroxysmal atrial fibrillation",), None),
        ((), None),
    ],
)
def test_sex_and_age_from_comments(comments: tuple[str, ...], found: str | None) -> None:
    assert person(comments) == found


def test_neighbours_are_strictly_before_and_after() -> None:
    samples = np.array([10, 20, 30])
    assert [neighbour(samples, 20, 1), neighbour(samples, 20, -1)] == [30, 10]
    assert [neighbour(samples, 30, 1), neighbour(samples, 10, -1)] == [None, None]
    assert [neighbour(samples, 15, 1), neighbour(samples, 15, -1)] == [20, 10]


def test_card_figures_of_either_shape_are_read() -> None:
    counts = {row: {column.lower(): float(ord(row)) for column in "NSVFQ"} for row in "NSVFQ"}
    found = blocks(
        {
            "cross_validation": {"folds": 3, "accuracy": 0.9, "classes": {"V": {"se": 0.5}}},
            "ds2_reference": {"results": [{"mapping": "bxb", "start_s": 300.0, "gross": {}, "matrix": counts}]},
            "ds1_detected": {"S_mapping": "de_chazal", "accuracy": 0.8, "gross": {"S": {"f1": 0.1}}, "matrix": [[1]]},
        }
    )
    assert [block.title for block in found] == [
        "DS2, reference beats",
        "DS1, detected beats",
        "Cross-validation on the training data",
    ]
    assert "first 5 min left out" in found[0].setting
    assert found[0].matrix is not None
    assert found[0].matrix[2] == [86.0] * 5
    assert found[1].matrix is None
    assert [(score.label, score.figures["f1"]) for score in found[1].scores] == [("S", 0.1)]
    assert found[2].accuracy == 0.9


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_any_figures_in_a_card_can_be_read(figures: object) -> None:
    blocks(figures)
    blocks({"ds2_reference": figures, "cross_validation": figures})


def test_absent_figures_are_a_dash_never_zero() -> None:
    assert [percent(None), percent(float("nan")), percent(0.0)] == ["–", "–", "0.0"]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret.hea").write_text("secret 0 1 1\n")
    (tmp_path / "data" / "link.hea").symlink_to(tmp_path / "secret.hea")
    for rec in ("local/../secret", "local/link", f"local/{tmp_path}/secret"):
        with pytest.raises(SourceError, match="names no recording"):
            library.locate(rec, str(tmp_path / "data"))


def test_a_changed_file_is_another_recording(tmp_path: Path) -> None:
    header = tmp_path / "a.hea"
    header.write_text("a 0 1 1\n")
    before = library.locate("local/a", str(tmp_path)).stamp
    header.write_text("a 0 1 1\n# more\n")
    assert library.locate("local/a", str(tmp_path)).stamp != before


def test_texts_of_files_are_bounded_on_one_line_and_do_not_turn_the_direction_of_writing() -> None:
    assert shown("II") == "II"
    assert shown("a\tb\n c") == "a b c"
    assert shown("x\u202egpj.exe\x00\u2066") == "x\ufffdgpj.exe\ufffd\ufffd"
    assert shown("שלום") == "שלום"
    assert shown("y" * 100_000, 50) == "y" * 49 + "…"
    assert shown(" " * 100_000 + "z", 50).endswith("…")


def test_heights_of_leads_without_calibration_have_no_unit() -> None:
    assert height_unit([Lead("II"), Lead("V1")]) == "mV"
    assert "mV" not in height_unit([Lead("II"), Lead("V1", calibrated=False)])


def test_times_are_of_the_day_where_the_start_is_known() -> None:
    assert clock(3661) == "01:01:01"
    assert clock(120, datetime(2020, 1, 1, 23, 59, 0)) == "00:01:00"
    nine = datetime(2020, 1, 1, 9, 0, 0)
    assert clock(86400, nine) == "09:00:00"
    assert clock(86401, nine) == "09:00:01 day 2"
    assert clock(50 * 3600, nine) == "11:00:00 day 3"


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    assert [signed(value) for value in (0.004, -0.004, 0.0)] == ["0.00"] * 3
    assert signed(0.84) == "+0.84"
    assert signed(-0.013) == "\N{MINUS SIGN}0.01"
