"""Whose recording it is, kept out of everything that is stored, logged, addressed or exported."""

from ecg_core.privacy.deidentify import deidentified, on_screen
from ecg_core.privacy.found import labels_found
from ecg_core.privacy.naming import coded_name, name_reveals, public_name
from ecg_core.privacy.traces import Traces

__all__ = ["Traces", "coded_name", "deidentified", "labels_found", "name_reveals", "on_screen", "public_name"]
