"""Exceptions whose messages are shown to the user.

Sentences quote names of files and leads that strangers chose; they are kept to one line of bounded length here, so
that no place that raises one has to think of it.
"""

from ecg_core.texts import sentence


class SettingError(ValueError):
    """An environment variable's text is unusable; the message names the variable and what it can be."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message))


class RecordingError(ValueError):
    """A recording cannot be read; the message names the file, what was wrong and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message))


class ExportError(RecordingError):
    """A recording cannot be written; the message names what was to be written, what was wrong and what to do."""


class ModelError(ValueError):
    """A model folder cannot be used; the message names the folder, what was wrong and what to do."""


class SourceError(OSError):
    """A recording could not be fetched or found; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message))


class ReportError(ValueError):
    """A report cannot be made or signed as asked; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message))


class SendError(ValueError):
    """A report could not be sent; the message says what the other side said or did.

    Attributes
    ----------
    refused : bool
        Whether the other side was there and refused it, so that the same again soon is of no use.
    """

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(sentence(message))
        self.refused = refused


class ReviewError(ValueError):
    """An edit, or a log of edits, cannot be taken; the message says why and what to do."""


class CannotKeepError(ReviewError):
    """An edit cannot be kept for the time being; it may be sent again."""


class UuidTakenError(ReviewError):
    """Another edit has been entered under this uuid, so this one never will be."""
