"""Published values beside the measures."""

from pathlib import Path

import pytest

from ecg_core.rhythm.hrv import MEASURE_NAMES, SHORTEST_S, references

DAY_S = 24 * 3600
SOURCES = ("Nunan 2010", "Umetani 1998", "Task Force 1996", "Voss 2015", "Aeschbacher")


def test_there_are_none_without_an_age_or_of_children() -> None:
    for age in (None, 12):
        assert references(300, age, "F") == {}
        assert references(DAY_S, age, "F") == {}


def test_they_belong_to_lengths() -> None:
    assert references(300, 45)["sdnn_ms"].mean == 50
    assert references(DAY_S, 45)["sdann_ms"].mean == 127
    assert references(3600, 45) == {}


def test_those_of_the_persons_own_sex_and_decade_come_first() -> None:
    woman, man = (references(300, 40, sex)["rmssd_ms"] for sex in ("F", "M"))
    assert (woman.mean, woman.sd, woman.group) == (35.4, 18.5, "women, 35 to 44 years")
    assert (man.mean, man.sd, man.group) == (32.0, 16.5, "men, 35 to 44 years")
    assert references(300, 40)["rmssd_ms"].group == "adults of both sexes"
    assert references(300, 80, "M")["rmssd_ms"].source.startswith("Nunan 2010")
    assert references(300, 40, "F")["hf_ms2"].source.startswith("Nunan 2010")


def test_a_day_has_a_group_for_sdnn_by_sex_by_decade_or_of_all_adults() -> None:
    assert references(DAY_S, 41, "F")["sdnn_ms"].mean == 147
    assert references(DAY_S, 41, "M")["sdnn_ms"].mean == 160
    decade = references(DAY_S, 42, "M")["sdnn_ms"]
    assert (decade.mean, decade.low, decade.high, decade.group) == (None, 79, 219, "both sexes, 40 to 49 years")
    assert references(DAY_S, 55, "M")["sdnn_ms"].mean == 141


@pytest.mark.parametrize("sex", ["F", "M"])
def test_variability_falls_from_decade_to_decade(sex: str) -> None:
    for name in ("sdnn_ms", "rmssd_ms"):
        means = [references(300, age, sex)[name].mean for age in (30, 40, 50, 60, 70)]
        assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_the_decades_agree_with_the_halves_of_the_same_study(sex: str) -> None:
    # 25 to 49 and 50 to 74 years of the same people, as NeuroKit 0.2 has them: SDNN and RMSSD lie between the decades'
    halves = {"F": ((44.9, 36.5), (31.6, 22.0)), "M": ((45.8, 34.0), (33.0, 20.5))}[sex]
    for ages, half in zip(((30, 50), (50, 70)), halves, strict=True):
        for name, mean in zip(("sdnn_ms", "rmssd_ms"), half, strict=True):
            young, old = (references(300, age, sex)[name].mean for age in ages)
            assert old < mean < young


def test_a_value_is_a_mean_with_its_spread_or_a_range_and_names_people_and_source() -> None:
    for length_s in (300, DAY_S):
        for age in range(18, 100):
            for sex in (None, "F", "M"):
                for name, one in references(length_s, age, sex).items():
                    assert name in MEASURE_NAMES
                    assert ((one.mean, one.sd) == (None, None)) == (one.low is not None and one.high is not None)
                    assert one.group
                    assert any(source in one.source for source in SOURCES)
                    assert sex is not None or "men" not in one.group


def test_every_source_stands_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "heart-rate-variability.md").read_text()
    for source in SOURCES:
        assert source in guide


def test_every_measure_has_a_name() -> None:
    assert set(MEASURE_NAMES) == set(SHORTEST_S)
