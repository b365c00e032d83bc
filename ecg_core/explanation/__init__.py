"""Why the classifier decided as it did."""

from ecg_core.explanation.beat import BeatExplanation, ClassMap, class_map, explain_beat
from ecg_core.explanation.gradcam import grad_cam
from ecg_core.explanation.textbook import TextbookExplanation, TimeFrequencyMap, explain_textbook

__all__ = [
    "BeatExplanation",
    "ClassMap",
    "TextbookExplanation",
    "TimeFrequencyMap",
    "class_map",
    "explain_beat",
    "explain_textbook",
    "grad_cam",
]
