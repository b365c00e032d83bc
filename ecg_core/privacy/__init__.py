"""Whose recording it is, kept out of everything that is stored, logged, addressed or exported."""

from ecg_core.privacy.deidentify import deidentified
from ecg_core.privacy.found import labels_found
from ecg_core.privacy.naming import name_reveals, public_name
from ecg_core.privacy.traces import Traces

__all__ = ["Traces", "deidentified", "labels_found", "name_reveals", "public_name"]
