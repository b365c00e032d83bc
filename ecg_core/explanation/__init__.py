"""Explanations of the classifier: saliency maps and their validation."""

from ecg_core.explanation.beat import BeatExplanation, ClassMap, class_map, explain_beat
from ecg_core.explanation.beats import BeatMap, maps_of_beats
from ecg_core.explanation.gradcam import time_steps
from ecg_core.explanation.gradients import integrated_gradients
from ecg_core.explanation.methods import CARD_KEY, METHOD_NAMES, METHODS, Method, Saliency, saliency

__all__ = [
    "CARD_KEY",
    "METHODS",
    "METHOD_NAMES",
    "BeatExplanation",
    "BeatMap",
    "ClassMap",
    "Method",
    "Saliency",
    "class_map",
    "explain_beat",
    "integrated_gradients",
    "maps_of_beats",
    "saliency",
    "time_steps",
]
