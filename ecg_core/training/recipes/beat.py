"""The shipped beat classifier."""

from ecg_core.training.recipes import Recipe

RECIPE = Recipe(
    name="beat",
    summary="N S V F Q from any leads: shared convolutional encoder, dominant beat as second channel, RR intervals",
)
