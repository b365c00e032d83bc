"""Ensembles: several trained models, of other seeds or other recipes, whose mean is what they say together.

An ensemble's folder holds complete copies of its members under ``members/`` and loads from itself alone. Its card comes
from wherever the folder comes from, so nothing it names is opened before it is known to lie inside the folder.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.classification.history import joined_recordings, recordings_trained_on
from ecg_core.classification.model import BeatModel, card_text, load_model, model_folder
from ecg_core.errors import ModelError
from ecg_core.model_files import read_json, sha256_of
from ecg_core.recording import Recording
from ecg_core.textbook.model import KIND as TEXTBOOK
from ecg_core.textbook.model import TextbookModel, load_textbook

KIND: Final = "ensemble"
FORMAT: Final = 1
MAX_MEMBERS: Final = 64
"""Members."""

_MIN_WEIGHT, _LARGEST_WEIGHT = 1e-6, 1e6
_MEMBERS: Final = "members"
_MEMBER_PATH: Final = re.compile(r"members/[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_COPIED: Final = ("card.json", "README.md", "weights.npz", "network.json", "estimator.skops")
_KEYS: Final = ("format", "name", "members")

Member = BeatModel | TextbookModel


@dataclass(frozen=True)
class Ensemble:
    """Several models whose probabilities are averaged.

    Attributes
    ----------
    name : str
    folder : Path
    sha256 : str
        Hash of the members' hashes and weights; their order does not matter.
    card : dict
    members : tuple of BeatModel or TextbookModel
    weights : tuple of float
        One a member; they sum to one.
    """

    name: str
    folder: Path
    sha256: str
    card: dict[str, Any] = field(repr=False)
    members: tuple[Member, ...]
    weights: tuple[float, ...]

    def classify(
        self,
        recording: Recording,
        samples: npt.NDArray[np.int64],
        quality: npt.NDArray[np.uint8] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return the mean of the members' class probabilities.

        Parameters
        ----------
        recording : Recording
            The recording.
        samples : ndarray of int64, shape (beats,)
            Beat positions in samples.
        quality : ndarray of uint8, shape (seconds, leads), optional
            Quality grades; computed where needed and not given.
        progress : callable, optional
            Called with the fraction done.

        Returns
        -------
        ndarray of float32, shape (beats, 5)
            Probabilities in the order of `ecg_core.beats.CLASSES`.
        """
        mean = np.zeros((len(samples), len(CLASSES)))
        for done, (member, weight) in enumerate(zip(self.members, self.weights, strict=True)):

            def show(share: float, done: int = done) -> None:
                if progress:
                    progress((done + share) / len(self.members))

            mean += weight * member.classify(recording, samples, quality, show).astype(np.float64)
        return mean.astype(np.float32)


def save_ensemble(
    folder: Path,
    members: Sequence[Path | str],
    name: str,
    weights: Sequence[float] | None = None,
    texts: Mapping[str, Any] = MappingProxyType({}),
) -> Path:
    """Copy trained models into one complete ensemble folder.

    Parameters
    ----------
    folder : Path
        Must not exist yet, or be empty.
    members : sequence of path-like
        Folders, or names under ``models/``, of models that tell the five classes.
    name : str
        Name of the model.
    weights : sequence of float, optional
        One a member, above 0; all the same by default.
    texts : mapping
        What else the card says; its ``training`` is joined with the members' recordings.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        If a member is no complete model of the five classes, the weights do not fit, or the folder is in use.
    """
    shares = _shares(weights, len(members), name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder} holds something already; give a folder that does not exist yet.")
    opened = [_open_member(model_folder(path)) for path in members]
    folder.parent.mkdir(parents=True, exist_ok=True)
    # What is half copied when the process is stopped must not pass for an ensemble.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        staged = Path(temporary) / folder.name
        staged.mkdir()
        described = []
        for index, (member, weight) in enumerate(zip(opened, shares, strict=True)):
            place = f"{_MEMBERS}/{index + 1}-{re.sub(r'[^A-Za-z0-9._-]', '_', member.name)[:60]}"
            _copy(member.folder, staged / place)
            described.append(
                {
                    "folder": place,
                    "name": member.name,
                    "recipe": member.card.get("recipe"),
                    "weight": weight,
                    "card_sha256": _sha256(staged / place / "card.json"),
                    "sha256": member.sha256,
                }
            )
        seen = (recordings_trained_on(member.card.get("training")) for member in opened)
        card = {
            "format": FORMAT,
            "kind": KIND,
            "name": name,
            "classes": list(CLASSES),
            "summary": f"mean of {', '.join(member.name for member in opened)}",
            "recipe": KIND,
            "trained_for": f"AAMI classes {' '.join(CLASSES)}",
            "parameters": _parameters(opened),
            "members": described,
            "limits": list(dict.fromkeys(str(limit) for member in opened for limit in member.card.get("limits") or ())),
            "figures": {},
            **texts,
            "training": {**texts.get("training", {}), "recordings": joined_recordings(seen)},
        }
        (staged / "card.json").write_text(card_text(card), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        staged.replace(folder)
    return folder


def load_ensemble(folder: Path) -> Ensemble:
    """Open an ensemble's folder; nothing heavy is imported yet.

    Raises
    ------
    ModelError
        If the folder is incomplete, of a newer format, names anything outside itself, or a member is not the one its
        card describes, is an ensemble, or does not tell the five classes.
    """
    folder = folder.resolve()
    card = _read_card(folder)
    missing = [key for key in _KEYS if key not in card]
    if missing:
        raise ModelError(f"{folder.name}: its card lacks {', '.join(missing)}; copy the model folder again.")
    if card["format"] != FORMAT:
        raise ModelError(
            f"{folder.name} has ensemble format {card['format']!s:.20}, this version reads {FORMAT}; "
            "update Rhythmoscope."
        )
    described = card["members"]
    if not isinstance(described, list) or not all(isinstance(entry, dict) for entry in described):
        raise ModelError(f"{folder.name}: its card lists no members; copy the model folder again.")
    shares = _shares([entry.get("weight", 1.0) for entry in described], len(described), folder.name)
    members = tuple(_described_member(folder, entry) for entry in described)
    shaping = sorted((member.sha256, share) for member, share in zip(members, shares, strict=True))
    return Ensemble(
        name=str(card["name"]),
        folder=folder,
        sha256=hashlib.sha256(json.dumps([FORMAT, shaping]).encode()).hexdigest(),
        card=card,
        members=members,
        weights=shares,
    )


def _described_member(folder: Path, entry: Mapping[str, Any]) -> Member:
    """Open a member that a card describes, once it is known to lie inside the folder and to be the one meant."""
    named = entry.get("folder")
    if not isinstance(named, str) or not _MEMBER_PATH.fullmatch(named):
        raise ModelError(f"{folder.name} was refused: its member {str(named)[:60]!r} is no folder under {_MEMBERS}/.")
    place = folder / named
    if not (place / "card.json").is_file():
        raise ModelError(f"{folder.name} has no {named}; copy the model folder again.")
    for path in (place, *place.rglob("*")):
        if not path.resolve().is_relative_to(folder / named):
            raise ModelError(f"{folder.name} was refused: {named} leads out of the folder.")
    if _sha256(place / "card.json") != entry.get("card_sha256"):
        raise ModelError(f"{place / 'card.json'} is not the file its ensemble describes (hash differs); copy it again.")
    return _open_member(place)


def _open_member(folder: Path) -> Member:
    kind = _read_card(folder).get("kind")
    if kind == KIND:
        raise ModelError(f"{folder.name} is an ensemble itself; give its members one by one.")
    if kind != TEXTBOOK:
        return load_model(folder)
    member = load_textbook(folder)
    member.require_classes()
    return member


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        card = read_json(folder / "card.json")
    except (OSError, ModelError) as error:
        raise ModelError(f"{folder.name} has no readable card.json ({error}); copy the model folder again.") from error
    if not isinstance(card, dict):
        raise ModelError(f"{folder.name}: its card.json describes no model; copy the model folder again.")
    return card


def _shares(weights: Sequence[Any] | None, n_members: int, name: str) -> tuple[float, ...]:
    """Return weights that sum to one."""
    if not 1 <= n_members <= MAX_MEMBERS:
        raise ModelError(f"{name}: an ensemble has 1 to {MAX_MEMBERS} members, not {n_members}.")
    given = [1.0] * n_members if weights is None else list(weights)
    if len(given) != n_members:
        raise ModelError(f"{name}: there are {n_members} members and {len(given)} weights; give one for each member.")
    if not all(type(weight) in (int, float) and _MIN_WEIGHT <= weight <= _LARGEST_WEIGHT for weight in given):
        raise ModelError(f"{name}: a member's weight must be a number from {_MIN_WEIGHT:g} to {_LARGEST_WEIGHT:g}.")
    return tuple(float(weight) / float(sum(given)) for weight in given)


def _parameters(members: Sequence[Member]) -> int | None:
    """Return how many there are together; None where a member does not count its own."""
    counts = [member.card.get("parameters") for member in members]
    return None if None in counts else sum(int(count) for count in counts if count is not None)


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for file in _COPIED:
        if (source / file).is_file():
            shutil.copyfile(source / file, target / file)


def _sha256(file: Path) -> str:
    return sha256_of(file)
