"""Going on from a trained model on other recordings, and the check that no patient stands on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecg_core.classification.ensemble import Ensemble
from ecg_core.classification.history import carried_on
from ecg_core.classification.loading import load_classifier
from ecg_core.classification.model import BeatModel
from ecg_core.classification.network import ENCODER_LAYERS
from ecg_core.errors import ModelError, SourceError
from ecg_core.textbook.model import TextbookModel
from ecg_core.training.patients import Patients

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class FineTuning:
    """Going on from a trained model.

    Attributes
    ----------
    model : BeatModel or TextbookModel
        A network; an estimator's training cannot be gone on with.
    freeze : bool
        Whether all that comes before the decision stays as it is: the shared encoder, or all layers but the last.
    slower : float
        What the learning rate is divided by.
    """

    model: BeatModel | TextbookModel
    freeze: bool = False
    slower: float = 5.0

    @classmethod
    def of(cls, model: str, freeze: bool = False) -> FineTuning:
        """Load the model to start from.

        Parameters
        ----------
        model : str
            Model folder, or name below ``models/``.
        freeze : bool
            See :class:`FineTuning`.

        Returns
        -------
        FineTuning

        Raises
        ------
        ModelError
            If there is no such model, or it is not one network.
        """
        loaded = load_classifier(model)
        if isinstance(loaded, Ensemble):
            raise ModelError(f"{loaded.name} is an ensemble; fine-tune its members one by one.")
        if not isinstance(loaded, BeatModel | TextbookModel):
            raise ModelError(f"{model} cannot be fine-tuned.")
        return cls(loaded, freeze)

    def check(self, recordings: dict[str, str], patients: Patients) -> None:
        """Refuse patients that the model was trained on: figures on them would say nothing about new ones.

        Parameters
        ----------
        recordings : dict of str to str
            Name to content hash.
        patients : Patients
            Patient of each recording.

        Raises
        ------
        SourceError
            If a patient stands on both sides.
        """
        both = patients.known(self.model.card.get("training", {}), recordings)
        if both:
            raise SourceError(
                f"{self.model.name} was already trained on {', '.join(both[:5])}{' ...' if len(both) > 5 else ''}, or "
                "on the same patients; leave these recordings out of the folder."
            )

    def check_recipe(self, recipe: str) -> None:
        """Refuse to go on with another recipe's network.

        Raises
        ------
        ModelError
        """
        own = self.model.card.get("recipe")
        if own != recipe:
            raise ModelError(f"{self.model.name} was trained with the recipe {own}; fine-tune it with that one.")

    def apply(self, network: keras.Model) -> None:
        """Put the model's weights into a network built from the same recipe, and freeze it if asked to."""
        network.set_weights(self.model.network.get_weights())
        if not self.freeze:
            return
        if isinstance(self.model, BeatModel):
            kept = [layer for layer in network.layers if layer.name.startswith(ENCODER_LAYERS)]
        else:
            kept = [layer for layer in network.layers if layer.weights][:-1]
        for layer in kept:
            layer.trainable = False

    @property
    def facts(self) -> dict[str, Any]:
        """What the new card says of where it started."""
        seen = carried_on(self.model.card.get("training"))
        return {"name": self.model.name, "sha256": self.model.sha256, "frozen": self.freeze, "training": seen}
