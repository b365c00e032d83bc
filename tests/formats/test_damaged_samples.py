"""Real files of devices, damaged at random: each opens in proportion to what it holds, or a sentence says why not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from mangling import mangled, opens_or_says_why

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording

pytestmark = [pytest.mark.data, pytest.mark.slow]

# What is damaged, what is opened, and what else has to be beside it.
WFDB_FILES = [
    ("100_3chan.hea", "100_3chan.hea", ["100_3chan.dat"]),
    ("100_3chan.dat", "100_3chan.hea", ["100_3chan.hea"]),
    ("a103l.hea", "a103l.hea", ["a103l.mat"]),
    ("mixedsignals.hea", "mixedsignals.hea", ["mixedsignals_e.dat", "mixedsignals_p.dat", "mixedsignals_r.dat"]),
    ("flacformats.hea", "flacformats.hea", ["flacformats.d0", "flacformats.d1", "flacformats.d2"]),
    ("flacformats.d1", "flacformats.hea", ["flacformats.hea", "flacformats.d0", "flacformats.d2"]),
    ("binformats.hea", "binformats.hea", [f"binformats.d{number}" for number in range(10)]),
    ("03700181.gqrsh", "03700181.hea", ["03700181.hea", "03700181.dat"]),
    (
        "multi-segment/041s/041s.hea",
        "041s.hea",
        [f"multi-segment/041s/041s0{n}.{e}" for n in (1, 2) for e in ("hea", "dat")],
    ),
    (
        "multi-segment/041s/041s01.hea",
        "041s.hea",
        [f"multi-segment/041s/041s{n}" for n in (".hea", "01.dat", "02.hea", "02.dat")],
    ),
]


@pytest.mark.parametrize("damaged, opened, beside", WFDB_FILES, ids=[file for file, _, _ in WFDB_FILES])
def test_a_damaged_wfdb_record(ecg_data: Path, tmp_path: Path, damaged: str, opened: str, beside: list[str]) -> None:
    source = ecg_data / "formats" / "wfdb"
    for name in beside:
        shutil.copyfile(source / name, tmp_path / Path(name).name)
    content = (source / damaged).read_bytes()
    target = tmp_path / Path(damaged).name

    @given(data=st.data())
    @settings(max_examples=60, database=InMemoryExampleDatabase())
    def check(data: st.DataObject) -> None:
        target.write_bytes(data.draw(mangled(content)))
        opens_or_says_why(open_recording, tmp_path / opened, named=opened.removesuffix(".hea"))

    check()


@pytest.mark.parametrize(
    "damaged",
    ["edf/contec_0000050.edf", "edf/wfdb_test_generator_2.edf", "ishne/ECG_P28.01.ecg", "ishne/ECG_P28.01.ann"],
)
def test_a_damaged_file_of_a_device(ecg_data: Path, tmp_path: Path, damaged: str) -> None:
    source = ecg_data / "formats" / damaged
    opened = source.with_suffix(".ecg") if source.suffix == ".ann" else source
    shutil.copyfile(opened, tmp_path / opened.name)
    content = source.read_bytes()

    @given(data=st.data())
    @settings(max_examples=60, database=InMemoryExampleDatabase())
    def check(data: st.DataObject) -> None:
        (tmp_path / source.name).write_bytes(data.draw(mangled(content)))
        opens_or_says_why(open_recording, tmp_path / opened.name, named=opened.stem)

    check()


@pytest.mark.parametrize(
    "text",
    [
        "x 1 250 1000000000000\nx.dat 16 200 16 0 0 0 0 II\n",
        "x 1000000 250 100\n" + "x.dat 16 200 16 0 0 0 0 II\n" * 100_000,
        "x 1 nan 100\nx.dat 16 200 16 0 0 0 0 II\n",
        "x 1 0 100\nx.dat 16 200 16 0 0 0 0 II\n",
        "x 1 1e-9 100\nx.dat 16 200 16 0 0 0 0 II\n",
        "x 1 250 -5\nx.dat 16 200 16 0 0 0 0 II\n",
        "x 1 250 100\nx.dat 16x100000000 200 16 0 0 0 0 II\n",
        "x 1 250 100\nx.dat 16+999999999999 200 16 0 0 0 0 II\n",
        "x 1 250 100\nx.dat 16:999999999 200 16 0 0 0 0 II\n",
        "x/2 1 250 1000000000000\nx_1 500\n~ 999999999500\n",
    ],
)
def test_a_wfdb_header_that_lies_costs_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.dat").write_bytes(bytes(2000))
    (tmp_path / "x_1.hea").write_text("x_1 1 250 500\nx.dat 16 200 16 0 0 0 0 II\n")
    (tmp_path / "x.hea").write_text(text)
    opens_or_says_why(open_recording, tmp_path / "x.hea", most_values=1000, named="x")


@pytest.mark.parametrize("comment", [b"## ", b"## time resolutioN: 5", b"## annotation type definitions"])
def test_an_annotation_file_whose_definitions_are_none_is_refused(tmp_path: Path, comment: bytes) -> None:
    (tmp_path / "x.hea").write_text("x 1 250 1000\nx.dat 16 200 16 0 0 0 0 II\n")
    (tmp_path / "x.dat").write_bytes(bytes(2000))
    aux = comment + b"\0" * (len(comment) % 2)
    words = (22 << 10).to_bytes(2, "little") + ((63 << 10) + len(comment)).to_bytes(2, "little")
    (tmp_path / "x.atr").write_bytes(words + aux + ((1 << 10) + 50).to_bytes(2, "little") + bytes(2))
    with pytest.raises(RecordingError, match="not a readable WFDB annotation file"):
        open_recording(tmp_path / "x.hea").annotations()
