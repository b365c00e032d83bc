"""Why the classifier decided as it did."""

from ecg_core.explanation.beat import BeatExplanation, ClassMap, class_map, explain_beat
from ecg_core.explanation.gradcam import grad_cam

__all__ = ["BeatExplanation", "ClassMap", "class_map", "explain_beat", "grad_cam"]
