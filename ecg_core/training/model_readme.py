"""README of a model folder, written from its card, so that text and figures cannot disagree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ecg_core.explanation.methods import CARD_KEY as EXPLANATIONS
from ecg_core.mitbih import DS1
from ecg_core.training.readme_figures import (
    beat_figures,
    behaviour_figures,
    explanation_figures,
    interval_figures,
    rhythm_figures,
    wave_figures,
)
from ecg_core.writing import write_text

UNMEASURED: Final = (
    "Measured on its own training patients by cross-validation alone; other patients and devices may differ."
)

_PROTOCOL: Final = (
    "Patients are never divided between training and test; figures under cross-validation are of patients that the "
    "network had not seen."
)
_ON_DS2: Final = (
    " Every choice was made by cross-validation inside the training data; the model was frozen, and MIT-BIH's DS2 was "
    "then run. Scored after ANSI/AAMI EC57 as by WFDB's bxb: 150 ms, one to one. Published results that divide "
    "one patient's beats over training and test, resample before the split, or choose the epoch on the test set are "
    "not comparable."
)
DATABASES: Final[Mapping[str, str]] = {
    "afdb": "MIT-BIH Atrial Fibrillation Database (Moody & Mark 1983, PhysioNet, ODC-By 1.0)",
    "afib": "CPSC 2021 (Wang 2021, PhysioNet, ODC-By 1.0)",
    "cinc2015": "PhysioNet/CinC Challenge 2015 (Clifford 2015, ODC-By 1.0), the minute before each alarm",
    "cinc2017": "PhysioNet/CinC Challenge 2017 (Clifford 2017, ODC-By 1.0)",
    "cudb": "Creighton University Ventricular Tachyarrhythmia Database (Nolle 1986, PhysioNet, ODC-By 1.0)",
    "ltafdb": "Long-Term AF Database (Petrutiu 2007, PhysioNet, ODC-By 1.0)",
    "ltdb": "MIT-BIH Long-Term ECG Database (PhysioNet, ODC-By 1.0)",
    "ludb": "Lobachevsky University Database (Kalyakulina 2020, PhysioNet, ODC-By 1.0), waves marked by cardiologists",
    "mitdb": "MIT-BIH Arrhythmia Database (Moody & Mark 2001, PhysioNet, ODC-By 1.0)",
    "nsrdb": "MIT-BIH Normal Sinus Rhythm Database (PhysioNet, ODC-By 1.0)",
    "nstdb": "MIT-BIH Noise Stress Test Database, bw and ma (Moody 1984, PhysioNet, ODC-By 1.0), reconstructed",
    "sddb": "Sudden Cardiac Death Holter Database (Greenwald 1986, PhysioNet, ODC-By 1.0)",
    "svdb": "MIT-BIH Supraventricular Arrhythmia Database (Greenwald 1990, PhysioNet, ODC-By 1.0)",
    "vfdb": "MIT-BIH Malignant Ventricular Ectopy Database (Greenwald 1986, PhysioNet, ODC-By 1.0)",
    "vitaldb_arrdb": "VitalDB Arrhythmia Database (PhysioNet, MIT)",
    "made": "Synthetic: sinus, respiratory arrhythmia, ectopic beats, bigeminy, Wenckebach, pauses, flutter, AF",
    "tracings": "Synthetic: random hearts; conduction disorders, infarction, hypertrophy, pacing, ectopic beats, AF",
    "synth": "Synthetic: conducted rhythms, monomorphic and polymorphic VT, VF, asystole, artefacts",
}
"""Title, reference and licence of each source of training data."""

_DS1: Final = ", de Chazal's DS1"
_COLUMNS: Final[Mapping[str, str]] = {"recordings": "recordings", "hours": "hours", "hours_af": "of them AF"}
_FIGURES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "beats": beat_figures,
    "intervals": interval_figures,
    "rhythm": rhythm_figures,
    "waves": wave_figures,
}
"""By kind of model; a card without a kind is a beat classifier's."""


def data_text(headers: Sequence[Path], n_patients: int) -> str:
    """Describe the recordings that a beat classifier was trained on.

    Parameters
    ----------
    headers : sequence of Path
        WFDB headers.
    n_patients : int
        Number of patients.

    Returns
    -------
    str
        Databases with their recordings, and the number of patients.
    """
    parts = []
    for folder in dict.fromkeys(header.parent.name for header in headers):
        names = [header.stem for header in headers if header.parent.name == folder]
        ds1 = _DS1 if folder == "mitdb" and set(names) == set(DS1) else ""
        parts.append(f"{DATABASES.get(folder, folder)}{ds1}: {len(names)} recordings: {' '.join(names)}.")
    return " ".join([*parts, f"{n_patients} patients in all."])


def protocol_text(held_against_ds2: bool) -> str:
    """Return how the figures were obtained; `held_against_ds2` for models that were run on MIT-BIH's DS2."""
    return _PROTOCOL + (_ON_DS2 if held_against_ds2 else "")


def write_readme(folder: Path) -> None:
    """Write a model folder's README from its card."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    write_text(folder / "README.md", model_readme(card))


def model_readme(card: Mapping[str, Any]) -> str:
    """Return the README of a beat classifier, a rhythm network or an interval model.

    Parameters
    ----------
    card : mapping
        Content of ``card.json``.

    Returns
    -------
    str
        Markdown.
    """
    figures = card.get("figures", {})
    lines = [f"# {card['name']}", "", f"{card.get('summary', '')}.", "", *_facts(card)]
    for title, key in (("Data", "data"), ("Protocol", "protocol")):
        if card.get(key):
            lines += ["", f"## {title}", "", *_text_or_table(card[key])]
    lines += ["", "## Figures", "", *_FIGURES[card.get("kind", "beats")](figures)]
    if figures.get(EXPLANATIONS):
        lines += ["", "## Explanations", "", *explanation_figures(figures[EXPLANATIONS])]
    if figures.get("behaviour"):
        lines += ["", "## Behaviour", "", *behaviour_figures(figures["behaviour"])]
    for title, key in (("Tried", "tried"), ("Limits", "limits")):
        if card.get(key):
            lines += ["", f"## {title}", "", *(f"- {what}" for what in card[key])]
    return "\n".join(lines).rstrip() + "\n"


def _facts(card: Mapping[str, Any]) -> Iterator[str]:
    parts = f" in {card['networks']} networks, {card['trees']} boosted trees" if "trees" in card else ""
    yield f"- {card['parameters']:,} parameters{parts}, weights {card['weights_sha256'][:16]}…"
    training = card.get("training", {})
    if training:
        if training.get("started_from"):
            yield f"- Fine-tuned from {training['started_from']['name']}"
        yield (
            f"- Made by `{training['command']}` in {training['seconds']:,} s on {training['machine']}, "
            f"{training['date']}, seed {training['seed']}"
        )
        yield f"- Versions: {', '.join(f'{name} {version}' for name, version in training['versions'].items())}"
        if "beats" in training:
            yield f"- Beats: {', '.join(f'{letter} {count:,}' for letter, count in training['beats'].items())}"
    constants = card.get("changed_constants")
    if constants:
        yield (
            f"- The weights are those of {constants['from']}; constants changed by `{constants['command']}` "
            f"({', '.join(constants['set'])})"
        )
    trees = card.get("prematurity_training")
    if trees:
        beats = "; ".join(
            f"{name} {part['recordings']:,} recordings, {part['N']:,} N, {part['S']:,} S"
            for name, part in trees["beats"].items()
        )
        yield (
            f"- Trees on intervals beside the network of {trees['from']}, weight {card['prematurity']['weight']:g} of "
            f"the log-odds of S against N, made by `{trees['command']}` in {trees['seconds']:,} s, "
            f"{trees['date']}: {beats}"
        )
        if "second_beats" in trees:
            halves = sum(part["half_hours"] for part in trees["second_beats"].values())
            yield f"- Second stage of trees, on the distribution of the first stage's log-odds: {halves:,} half hours"
    if card.get("kind") == "intervals":
        yield f"- Temperature {card['calibration']['temperature']}"


def _text_or_table(content: Any) -> list[str]:
    """Return a text as it is, and figures by database as a table."""
    if not isinstance(content, Mapping):
        return [str(content)]
    columns = [key for key in _COLUMNS if any(key in part for part in content.values())]
    lines = [f"| database | {' | '.join(_COLUMNS[key] for key in columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, part in content.items():
        title = f"{DATABASES.get(name, name)}{_DS1 if name == 'mitdb' else ''}"
        lines.append(f"| {title} | {' | '.join(str(part.get(key, '')) for key in columns)} |")
    return lines
