"""Families of beats: a recording's beats grouped by shape and timing, so that one action relabels many."""

from ecg_core.templates.families import NO_FAMILY, Families, Family, majority
from ecg_core.templates.features import Weights
from ecg_core.templates.group import MAX_FAMILIES, group_beats
from ecg_core.templates.proposals import LabelledBeats, SimilarBeats, similar_beats
from ecg_core.templates.space import BeatSpace, beat_space
from ecg_core.templates.splitting import split_family
from ecg_core.templates.storing import families_from_arrays, families_to_arrays
from ecg_core.templates.template_editor import TemplateEditor

__all__ = [
    "MAX_FAMILIES",
    "NO_FAMILY",
    "BeatSpace",
    "Families",
    "Family",
    "LabelledBeats",
    "SimilarBeats",
    "TemplateEditor",
    "Weights",
    "beat_space",
    "families_from_arrays",
    "families_to_arrays",
    "group_beats",
    "majority",
    "similar_beats",
    "split_family",
]
