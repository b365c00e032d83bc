"""Delineation: onset, peak and end of the P wave, QRS complex and T wave, and the measurements that rest on them."""

from ecg_core.delineation.waves import ABSENT, BOUNDARIES, WAVES, Waves

__all__ = ["ABSENT", "BOUNDARIES", "WAVES", "Waves"]
