"""QRS detection."""

from ecg_core.detection.detector import detect_beats
from ecg_core.detection.streaming import Detection, detect_recording

__all__ = ["Detection", "detect_beats", "detect_recording"]
