"""The exceptions that carry one clear sentence to the person at the screen."""


class RecordingError(ValueError):
    """A recording cannot be read; the message names the file, what was wrong and what to do."""


class ExportError(RecordingError):
    """A recording cannot be written; the message names what was to be written, what was wrong and what to do."""


class ModelError(ValueError):
    """A model folder cannot be used; the message names the folder, what was wrong and what to do."""


class SourceError(OSError):
    """A recording could not be fetched or found; the message says what to do."""


class ReviewError(ValueError):
    """An edit, or a log of edits, cannot be taken; the message says why and what to do."""
