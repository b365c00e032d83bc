"""Families of beats: a recording's beats grouped by shape and timing, so that one action relabels many."""

from ecg_core.templates.families import Families, Family, majority
from ecg_core.templates.features import Weights
from ecg_core.templates.group import MOST_FAMILIES, group_beats

__all__ = ["MOST_FAMILIES", "Families", "Family", "Weights", "group_beats", "majority"]
