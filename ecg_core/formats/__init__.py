"""One reader per family of file formats, and one door to all of them: :func:`open_recording`."""

from ecg_core.formats.registry import Format, formats, open_recording, recognise, supported

__all__ = ["Format", "formats", "open_recording", "recognise", "supported"]
