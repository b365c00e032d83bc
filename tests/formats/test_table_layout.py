"""What a person says of a table: which columns are leads, their names, rate and unit; and a look into it before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.analysis import analyse
from ecg_core.errors import RecordingError
from ecg_core.formats import LayoutNeededError, TableLayout, open_recording
from ecg_core.formats.registry import view_table

FS_HZ = 250.0
ROWS = np.arange(2500)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A counter in milliseconds, two leads and a channel of respiration, none of which has a name."""
    values = np.stack([ROWS * 4, np.sin(ROWS / 20), np.cos(ROWS / 30), ROWS % 7], axis=1)
    path = tmp_path / "bare.csv"
    path.write_text("\n".join(",".join(f"{value:.4f}" for value in row) for row in values))
    return path


def test_columns_are_picked_by_their_places_and_named_by_the_person(table: Path) -> None:
    layout = TableLayout(FS_HZ, "uV", ("V5", "II"), columns=(2, 1))
    recording = open_recording(table, layout=layout)
    assert recording.lead_names == ("V5", "II")
    expected = np.stack([np.cos(ROWS / 30), np.sin(ROWS / 20)], axis=1) / 1000
    np.testing.assert_allclose(recording.read(), expected, atol=1e-7)


def test_columns_without_names_may_be_picked_alone(table: Path) -> None:
    recording = open_recording(table, layout=TableLayout(FS_HZ, "mV", columns=(1, 2)))
    assert recording.lead_names == ("lead 1", "lead 2")


@pytest.mark.parametrize("unit, fs_hz", [("ms", 250), ("s", None), ("us", 250_000)])
def test_times_of_a_column_without_a_name_have_the_unit_that_is_told(
    table: Path, unit: str, fs_hz: float | None
) -> None:
    layout = TableLayout(unit="mV", columns=(1,), time_column=0, time_unit=unit)
    if fs_hz == 250:
        assert open_recording(table, layout=layout).fs_hz == fs_hz
    else:
        with pytest.raises(RecordingError, match="sampling rate of"):
            open_recording(table, layout=layout)


@pytest.mark.parametrize(
    ("layout", "sentence"),
    [
        (TableLayout(250, "mV", columns=()), "choose at least one"),
        (TableLayout(250, "mV", columns=(1, 1)), "each only once"),
        (TableLayout(250, "mV", columns=(9,)), "has 4 columns"),
        (TableLayout(250, "mV", columns=(-1,)), "has 4 columns"),
        (TableLayout(250, "mV", ("I",), columns=(1, 2)), "2 columns are chosen as leads but 1 are named"),
        (TableLayout(unit="mV", columns=(1,), time_column=7), "has no column 8"),
    ],
)
def test_columns_that_cannot_be_get_one_sentence(table: Path, layout: TableLayout, sentence: str) -> None:
    with pytest.raises(RecordingError, match=sentence):
        open_recording(table, layout=layout)


def test_what_a_person_said_is_part_of_what_a_recording_is(table: Path) -> None:
    one, other = (open_recording(table, layout=TableLayout(FS_HZ, unit, columns=(1,))) for unit in ("mV", "uV"))
    assert one.sha256 != other.sha256
    assert one.user_metadata == (("sampling rate", "250 Hz"), ("unit", "mV"), ("leads", "lead (column 2)"))
    assert one.notes[-1] == "The sampling rate, the unit and the leads were given by a person."
    provenance = analyse(one, cache=False).provenance
    assert provenance["given_by_person"] == dict(one.user_metadata)
    assert one.notes[-1] in provenance["notes"]


def test_a_look_into_a_table_tells_its_columns_and_guesses_nothing(table: Path, tmp_path: Path) -> None:
    bare = view_table(table)
    assert bare is not None
    assert (bare.n_rows, len(bare.columns), bare.fs_hz, bare.times) == (len(ROWS), 4, None, None)
    assert bare.columns[0].first == (0, 4, 8, 12, 16)
    named = tmp_path / "named.csv"
    rows = [f"{4 * row},{np.sin(row / 20):.3f},{row % 7}" for row in ROWS]
    named.write_text("\n".join(["time (ms),ECG II (mV),resp", *rows]))
    told = view_table(named)
    assert told is not None
    assert (told.fs_hz, told.times) == (FS_HZ, 0)
    assert [(column.name, column.unit, column.lead) for column in told.columns] == [
        ("time", "ms", None),
        ("ECG II", "mV", "II"),
        ("resp", None, None),
    ]


def test_a_look_into_what_is_no_table_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("no numbers here")
    assert view_table(tmp_path / "x.txt") is None
    assert view_table(tmp_path / "nothing.csv") is None


def test_a_table_in_which_nothing_looks_like_a_lead_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "resp.csv"
    path.write_text("resp,abp\n" + "\n".join(f"{row % 9},{row % 5}" for row in ROWS))
    view = view_table(path)
    assert view is not None
    assert [column.lead for column in view.columns] == [None, None]
    recording = open_recording(path, layout=TableLayout(FS_HZ, "mV", ("II",), columns=(0,)))
    assert recording.lead_names == ("II",)
    with pytest.raises(RecordingError) as caught:
        open_recording(path)
    assert not isinstance(caught.value, LayoutNeededError)
