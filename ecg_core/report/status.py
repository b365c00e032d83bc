"""Status of a report and the signatures under it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from ecg_core.errors import ReportError

Stage = Literal["draft", "preliminary", "final", "amended"]

STAGE_NAMES: Final[dict[str, str]] = {
    "draft": "DRAFT",
    "preliminary": "PRELIMINARY",
    "final": "FINAL",
    "amended": "AMENDED",
}

_UTC: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|\+00:00)", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Signature:
    """A signature under a report.

    Attributes
    ----------
    name, role : str
        Of whoever signs.
    signed_at : str
        UTC in ISO 8601: ``2026-03-01T09:30:00Z``.
    content_sha256 : str
        Hash of what was signed, see :func:`ecg_core.report.as_data.content_sha256`.
    meaning : str
        What the signature says: "signed", "second reader agrees".
    """

    name: str
    role: str
    signed_at: str
    content_sha256: str
    meaning: str = "signed"

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.role.strip():
            raise ReportError("A signature needs a name and a role.")
        if not _UTC.fullmatch(self.signed_at):
            raise ReportError("The time of a signature must be UTC in ISO 8601, as 2026-03-01T09:30:00Z.")
        if not _SHA256.fullmatch(self.content_sha256):
            raise ReportError("A signature must carry the SHA-256 of the content that was signed.")


@dataclass(frozen=True)
class ReportStatus:
    """Where a report is on its way.

    Attributes
    ----------
    stage : {"draft", "preliminary", "final", "amended"}
    signatures : tuple of Signature
        None on a draft; at least one on a final and an amended report.
    reason : str
        Of an amendment: why.
    replaces_sha256 : str
        Of an amendment: content hash of the report that it replaces.
    """

    stage: Stage = "draft"
    signatures: tuple[Signature, ...] = ()
    reason: str = ""
    replaces_sha256: str = ""

    def __post_init__(self) -> None:
        if self.stage not in STAGE_NAMES:
            raise ReportError(f"A report is draft, preliminary, final or amended, not {self.stage!r:.40}.")
        if self.stage == "draft" and self.signatures:
            raise ReportError("A draft is not signed; make it a preliminary or final report.")
        if self.stage in ("final", "amended") and not self.signatures:
            raise ReportError(f"A report that is {self.stage} must be signed.")
        if self.stage == "amended" and not (self.reason.strip() and _SHA256.fullmatch(self.replaces_sha256)):
            raise ReportError("An amended report needs the reason and the hash of the report that it replaces.")

    @property
    def label(self) -> str:
        """The stage as printed on each page."""
        return STAGE_NAMES[self.stage]


DRAFT: Final = ReportStatus()
