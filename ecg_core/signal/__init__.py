"""Signal processing: filters, resampling, quality, display envelopes."""

from ecg_core.signal.envelope import envelope
from ecg_core.signal.filters import bandpass, remove_baseline
from ecg_core.signal.quality import assess_quality
from ecg_core.signal.resampling import resample

__all__ = ["assess_quality", "bandpass", "envelope", "remove_baseline", "resample"]
