"""Exports of known devices and programs open with their rate, unit, leads and start."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from table_inputs import Writing, ecg_mv, write

from ecg_core.errors import RecordingError
from ecg_core.formats import LayoutNeededError, TableLayout, open_recording

pytestmark = pytest.mark.slow

START = datetime(2024, 3, 25, 8, 14, 22)

APPLE = {
    "en": "Name|Date of Birth|Recorded Date|Classification|Symptoms|Software Version|Device|Sample Rate|hertz|Lead"
    "|Lead I|Unit|µV",
    "de": "Name|Geburtstag|Aufzeichnungsdatum|Klassifizierung|Symptome|Softwareversion|Gerät|Messrate|Hertz|Ableitung"
    "|Ableitung I|Einheit|µV",
    "fr": "Nom|Date de naissance|Date d’enregistrement|Classification|Symptômes|Version du logiciel|Appareil"
    "|Fréquence d’échantillonnage|hertz|Dérivation|Dérivation I|Unité|µV",
    "es": "Nombre|Fecha de nacimiento|Fecha de registro|Clasificación|Síntomas|Versión de software|Dispositivo"
    "|Frecuencia de muestreo|hercios|Derivación|Derivación I|Unidad|µV",
    "it": "Nome|Data di nascita|Data di registrazione|Classificazione|Sintomi|Versione software|Dispositivo"
    "|Frequenza di campionamento|hertz|Derivazione|Derivazione I|Unità|µV",
    "nl": "Naam|Geboortedatum|Datum opname|Classificatie|Symptomen|Softwareversie|Apparaat|Bemonsteringsfrequentie"
    "|hertz|Afleiding|Afleiding I|Eenheid|µV",
    "ja": "名前|生年月日|記録日|分類|症状|ソフトウェア|デバイス|サンプルレート|ヘルツ|誘導|第I誘導|単位|µV",
    "zh": "姓名|出生日期|记录日期|分类|症状|软件版本|设备|采样率|赫兹|导联|I 导联|单位|微伏",
    "ru": "Имя|Дата рождения|Дата записи|Классификация|Симптомы|Версия ПО|Устройство|Частота дискретизации|герц"
    "|Отведение|Отведение I|Единица|мкВ",
}
DECIMAL_POINT = {"en", "ja", "zh"}


def apple_lines(words: str, comma: bool, values_mv: np.ndarray, trailing_zeros: bool) -> list[str]:
    name, born, recorded, kind, symptoms, version, device, rate, hertz, lead, which, unit, microvolt = words.split("|")
    cells = [f"{value * 1000:.3f}" if trailing_zeros else f"{value * 1000:.5g}" for value in values_mv]
    return [
        f"{name},Zwetschke Adalbert",
        f'{born},"04.01.1971"',
        f"{recorded},2024-03-25 08:14:22 +0100",
        f"{kind},Sinus",
        f"{symptoms},",
        f"{version},2.0",
        f'{device},"Watch6,7"',
        f"{rate},512 {hertz}",
        "",
        "",
        f"{lead},{which}",
        f"{unit},{microvolt}",
        "",
        *(cell.replace(".", ",") if comma else cell for cell in cells),
    ]


@pytest.mark.parametrize("trailing_zeros", [True, False])
@pytest.mark.parametrize("locale", APPLE)
def test_apple_health_in_every_locale(tmp_path: Path, locale: str, trailing_zeros: bool) -> None:
    values = ecg_mv(8.0, 512.0)[:, 0]
    lines = apple_lines(APPLE[locale], locale not in DECIMAL_POINT, values, trailing_zeros)
    path = write(tmp_path / "ecg_2024-03-25.csv", lines)
    recording = open_recording(path)
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (512, len(values), ("I",))
    assert (recording.start_time, recording.format_name) == (START, "CSV (Apple Health)")
    assert recording.leads[0].calibrated
    np.testing.assert_allclose(recording.read()[:, 0], values, atol=1e-6)
    assert recording.identity is not None
    told = f"{recording.identity.name} {recording.identity.device} {recording.identity.other}"
    assert "Adalbert" in told
    assert "Watch6,7" in told


def test_apple_health_without_its_head_is_one_lead(tmp_path: Path) -> None:
    values = ecg_mv(8.0, 512.0)[:, 0]
    lines = apple_lines(APPLE["de"], True, values, True)
    path = write(tmp_path / "ecg.csv", lines[13:])
    with pytest.raises(LayoutNeededError) as caught:
        open_recording(path)
    assert caught.value.missing == ("fs_hz", "unit")
    recording = open_recording(path, layout=TableLayout(512, "uV", ("I",)))
    np.testing.assert_allclose(recording.read()[:, 0], values, atol=1e-6)


def polar_rows(values_mv: np.ndarray, lost: int = 0) -> list[str]:
    rows = []
    for row, value in enumerate(values_mv):
        sample = row + lost * (row >= len(values_mv) // 2)
        phone = START + timedelta(seconds=round((sample // 73 * 73) / 130 + 0.05 * (sample // 73 % 3), 3))
        sensor = 599_616_000_000_000_000 + round(sample * 1e9 / 130)
        rows.append(f"{phone.isoformat(timespec='milliseconds')};{sensor};{sample * 1000 / 130:.1f};{value * 1000:.0f}")
    return rows


@pytest.mark.parametrize("lost", [0, 1300])
def test_polar_sensor_logger_uses_the_sensor_s_clock(tmp_path: Path, lost: int) -> None:
    values = ecg_mv(30.0, 130.0)[:, 0]
    head = "Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]"
    recording = open_recording(write(tmp_path / "x.txt", [head, *polar_rows(values, lost)]))
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (130, len(values) + lost, ("ecg",))
    assert (recording.start_time, recording.format_name) == (START, "CSV (Polar Sensor Logger)")
    signal = recording.read()[:, 0]
    np.testing.assert_allclose(signal[np.isfinite(signal)], values, atol=1e-6)
    assert int(np.isnan(signal).sum()) == lost
    assert any("10 s at 15.0 s" in note for note in recording.notes) == bool(lost)


def test_polar_without_a_sensor_column_keeps_to_its_packets(tmp_path: Path) -> None:
    values = ecg_mv(30.0, 130.0)[:, 0]
    rows = [";".join((row.split(";")[0], row.split(";")[3])) for row in polar_rows(values)]
    recording = open_recording(write(tmp_path / "x.txt", ["Phone timestamp;ecg [uV]", *rows]))
    assert recording.fs_hz == pytest.approx(130, rel=0.01)
    assert recording.n_samples == len(values)


@pytest.mark.parametrize("bits", [10, 6])
def test_opensignals_is_converted_by_the_sensor_s_transfer_function(tmp_path: Path, bits: int) -> None:
    values = ecg_mv(12.0, 1000.0)[:, 0]
    counts = np.rint((values / 3.0 + 0.5) * 2**bits).astype(int)
    head = {
        "sensor": ["ECG"], "device name": "00:07:80:00:00:01", "column": ["nSeq", "I1", "I2", "O1", "O2", "A1"],
        "time": "8:14:22.5", "channels": [1], "date": "2024-3-25", "device": "bitalino", "sampling rate": 1000,
        "label": ["A1"], "resolution": [4, 1, 1, 1, 1, bits],
    }  # fmt: skip
    lines = ["# OpenSignals Text File Format", f"# {json.dumps({'00:07:80:00:00:01': head})}", "# EndOfHeader"]
    rows = [f"{row % 16}\t1\t1\t0\t0\t{count}\t" for row, count in enumerate(counts)]
    recording = open_recording(write(tmp_path / "opensignals.txt", [*lines, *rows]))
    assert (recording.fs_hz, recording.lead_names) == (1000, ("ECG A1",))
    assert recording.start_time == START + timedelta(seconds=0.5)
    np.testing.assert_allclose(recording.read()[:, 0], values, atol=1.51 / 2**bits + 1e-6)
    assert any("transfer function" in note for note in recording.notes)
    assert set(recording.other_channels) == {"nSeq", "digital I1", "digital I2", "digital O1", "digital O2"}


@pytest.mark.parametrize("stamp", ["Timestamp_Unix_CAL", "Timestamp_FormattedUnix_CAL"])
def test_shimmer_names_its_leads_by_electrodes(tmp_path: Path, stamp: str) -> None:
    values = ecg_mv(12.0, 512.0, 2)
    names = [stamp, "ECG_LL-RA_24BIT_CAL", "ECG_LL-RA_24BIT_RAW", "ECG_LA-RA_24BIT_CAL", "ECG_IBI_CAL"]
    unit = "ms" if "Unix_" in stamp and "Formatted" not in stamp else "yyyy/mm/dd hh:mm:ss.000"
    rows = []
    for row, (two, one) in enumerate(values):
        at = START + timedelta(seconds=row / 512)
        time = f"{1711354462000 + row * 1000 / 512:.3f}" if unit == "ms" else f"{at:%Y/%m/%d %H:%M:%S.%f}"[:-3]
        rows.append(f"{time}\t{two:.4f}\t{two * 1000:.0f}\t{one:.4f}\t-1\t")
    titles = [[f"Shimmer_7A2B_{name}" for name in names], [unit, "mV", "no_units", "mV", "ms"]]
    head = ['"sep=\t"', *("\t".join(cells) + "\t" for cells in titles)]
    recording = open_recording(write(tmp_path / "shimmer.csv", [*head, *rows]))
    assert (recording.fs_hz, recording.lead_names) == (512, ("II", "I"))
    assert recording.start_time == START
    np.testing.assert_allclose(recording.read(), values, atol=1e-6)


@pytest.mark.parametrize("absolute", [False, True])
def test_physiobank_atm_and_rdsamp(tmp_path: Path, absolute: bool) -> None:
    values = ecg_mv(70.0, 250.0, 2)
    rows, printed = [], []
    for row, (one, two) in enumerate(values):
        seconds = row / 250
        at = START + timedelta(seconds=seconds)
        elapsed = f"{int(seconds // 60)}:{seconds % 60:06.3f}"
        time = f"[{at:%H:%M:%S}.{at.microsecond // 1000:03d} {at:%d/%m/%Y}]" if absolute else elapsed
        rows.append(f"'{time}',{one:.3f},{two:.3f}")
        printed.append(f"{seconds:12.3f}\t{one:7.3f}\t{two:7.3f}")
    what = "'Time and date'" if absolute else "'Elapsed time'"
    unit = "'hh:mm:ss.mmm dd/mm/yyyy'" if absolute else "'hh:mm:ss.mmm'"
    head = {
        "samples.csv": [f"{what},'MLII','V5'", f"{unit},'mV','mV'"],
        "rdsamp.txt": ["   Elapsed time\t   MLII\t     V5", "   (seconds)\t   (mV)\t   (mV)"],
    }
    for name, lines in (("samples.csv", rows), ("rdsamp.txt", printed)):
        recording = open_recording(write(tmp_path / name, [*head[name], *lines]))
        assert (recording.fs_hz, recording.lead_names) == (250, ("MLII", "V5"))
        assert all(lead.calibrated for lead in recording.leads)
        assert recording.start_time == (START if absolute and name == "samples.csv" else None)
        np.testing.assert_allclose(recording.read(), values, atol=1e-6)


def alone(unit: str) -> Callable[[int, float], str]:
    return lambda _, mv: f"{mv:.4f}" if unit == "mV" else f"{mv * 1000:.0f}"


KINDS: dict[str, tuple[str, Callable[[int, float], str], int, list[str]]] = {
    "Movesense": ("timestamp (ms),ECG (uV)", lambda n, mv: f"{n * 4},{mv * 1000:.0f}", 250, []),
    "Hexoskin": ("time [s/256],ECG_I [mV]", lambda n, mv: f"{n},{mv:.4f}", 256, ["Hexoskin"]),
    "Bittium Faros": (
        "Time;ECG (µV)",
        lambda n, mv: f"{n / 250:.3f};{mv * 1000:.0f}",
        250,
        ["Device: Bittium Faros 180", "Sampling rate: 250 Hz"],
    ),
    "KardiaMobile": ("Lead I (mV)", alone("mV"), 300, ["AliveCor KardiaMobile", "Frequency: 300 Hz"]),
    "Withings": ("ECG (uV)", alone("uV"), 300, ["Device,Withings ScanWatch", "sampling_frequency,300"]),
    "Samsung Health": ("ECG (mV)", alone("mV"), 500, ["Device,Samsung Galaxy Watch", "Sample rate,500 Hz"]),
    "Fitbit": ("waveform (mV)", alone("mV"), 250, ["device,Fitbit Sense", "samplingFrequencyHz,250"]),
    "Garmin": ("Lead I (mV)", alone("mV"), 128, ["Device,Garmin Venu", "Sample Rate,128 hertz"]),
    "HealthyPi": (
        "timestamp_ms,ecg (mV),resp,ppg",
        lambda n, mv: f"{n * 8},{mv:.4f},{n % 50},{n % 70}",
        125,
        ["HealthyPi v5"],
    ),
}
"""Titles, rows, rates and heads, as the devices' apps and converters write them."""


@pytest.mark.parametrize("device", KINDS)
def test_other_devices_by_their_names(tmp_path: Path, device: str) -> None:
    title, row, fs_hz, head = KINDS[device]
    values = ecg_mv(12.0, float(fs_hz))[:, 0]
    lines = [*head, "", title] if head else [title]
    recording = open_recording(write(tmp_path / "x.csv", [*lines, *(row(n, mv) for n, mv in enumerate(values))]))
    assert recording.fs_hz == pytest.approx(fs_hz, rel=1e-4)
    assert len(recording.leads) == 1
    assert recording.leads[0].calibrated
    np.testing.assert_allclose(recording.read()[:, 0], values, atol=6e-4)
    if head:
        assert device in recording.format_name


def test_a_column_of_counts_alone_is_asked_about(tmp_path: Path) -> None:
    values = ecg_mv()[:, 0]
    path = write(tmp_path / "raw.csv", [f"{83_000 + value * 8000:.0f}" for value in values])
    with pytest.raises(LayoutNeededError) as caught:
        open_recording(path)
    assert caught.value.missing == ("fs_hz", "unit")
    assert len(caught.value.columns) == 1


def test_numpy_and_pandas_write_tables_that_open(tmp_path: Path) -> None:
    import pandas as pd

    values = ecg_mv(n_leads=2)
    times = np.arange(len(values)) / 250
    np.savetxt(tmp_path / "a.csv", np.column_stack([times, values]), header="time_s,II_mV,V5_mV", delimiter=",")
    frame = pd.DataFrame({"II_mV": values[:, 0], "V5_mV": values[:, 1]}, index=pd.Index(times, name="time_s"))
    frame.to_csv(tmp_path / "b.csv")
    frame.to_csv(tmp_path / "c.csv", sep=";", decimal=",")
    frame.to_csv(tmp_path / "d.csv", decimal=",")
    frame.reset_index().to_csv(tmp_path / "e.csv", sep="\t")
    for path in sorted(tmp_path.iterdir()):
        recording = open_recording(path)
        assert (recording.fs_hz, recording.lead_names) == (250, ("II", "V5"))
        np.testing.assert_allclose(recording.read(), values, atol=1e-6)


def test_a_decimal_comma_in_a_comma_table_without_quotes_is_refused(tmp_path: Path) -> None:
    writing = Writing(",", ",")
    rows = [writing.row([writing.number(n / 250), writing.number(mv)]) for n, mv in enumerate(ecg_mv()[:, 0])]
    with pytest.raises(RecordingError):
        open_recording(write(tmp_path / "x.csv", ["time_s,II_mV", *rows]))
