"""Readers of ECG file formats; :func:`open_recording` opens any of them."""

from ecg_core.formats.base import Format
from ecg_core.formats.common.channels import ChannelsNeededError, ChannelView
from ecg_core.formats.registry import formats, open_recording, recognise, recognise_readable, supported
from ecg_core.formats.tables.layout import UNCALIBRATED, LayoutNeededError, TableLayout

__all__ = [
    "UNCALIBRATED",
    "ChannelView",
    "ChannelsNeededError",
    "Format",
    "LayoutNeededError",
    "TableLayout",
    "formats",
    "open_recording",
    "recognise",
    "recognise_readable",
    "supported",
]
