"""The shipped beat classifier."""

from ecg_core.classification.context import ContextSpec
from ecg_core.training.recipes import Recipe
from ecg_core.training.schedule import Schedule

RECIPE = Recipe(
    name="beat",
    summary="N S V F Q from any leads: shared convolutional encoder, dominant beat as second channel, RR intervals; "
    "then the recording's context",
    schedule=Schedule(epochs=12),
    context=ContextSpec(cluster_weight=0.0, af_spans=True),
    usual_interval_s=0.8,
    limits=(
        "Fusion beats (F) are hardly ever recognised: nearly all there are to learn from come from one patient. "
        "They are mostly called N or V.",
        "Paced beats are not recognised as such: against the recording's own dominant beat they look like a bundle "
        "branch block. Q is what cannot be read or looks like nothing in training.",
        "A beat is seen against the recording's own dominant beat: where that is not the normal one (incessant "
        "tachycardia, pacing), N and V may be exchanged.",
    ),
    limits_on_ds1=(
        "Supraventricular beats (S) are often missed, above all where most beats are premature (record 232), and are "
        "still called too often in atrial fibrillation.",
        "Trained on adults of one hospital's patients and two ambulatory leads, most of the 1970s and 1980s; other "
        "populations, electrodes and devices, children and 12-lead recordings were not measured.",
    ),
)
