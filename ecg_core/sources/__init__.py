"""Where recordings come from: bundled demos, local folders, uploads, and PhysioNet by name."""

from ecg_core.sources.demos import list_demos, open_demo
from ecg_core.sources.local import Found, Listing, list_recordings, open_local
from ecg_core.sources.physionet import fetch_database, fetch_record, open_physionet
from ecg_core.sources.uploads import Upload, UploadLimits, receive

__all__ = [
    "Found",
    "Listing",
    "Upload",
    "UploadLimits",
    "fetch_database",
    "fetch_record",
    "list_demos",
    "list_recordings",
    "open_demo",
    "open_local",
    "open_physionet",
    "receive",
]
