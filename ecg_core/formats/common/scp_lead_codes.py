"""Lead codes of SCP-ECG (EN 1064, ISO 11073-91064), which DICOM and ISO/IEEE 11073-10102 use too."""

from __future__ import annotations

from typing import Final

_MEASURED: Final = "I II V1 V2 V3 V4 V5 V6 V7 V2R V3R V4R V5R V6R V7R X Y Z CC5 CM5 LA RA LL fI fE fC fA fM fF fH"
_DERIVED: Final = "III aVR aVL aVF -aVR V8 V9 V8R V9R D A J"


def lead_codes() -> dict[str, int]:
    """Return the codes of the leads that have one, by their names."""
    measured = _MEASURED.split()
    codes = {name: code for code, name in enumerate(measured, start=1)}
    return codes | {name: code for code, name in enumerate(_DERIVED.split(), start=1 + 2 * len(measured))}


def lead_name(code: int) -> str:
    """Return the name of the lead that a code of section 3 stands for."""
    measured = _MEASURED.split()
    names = ["unspecified", *measured, *(f"{name}-cal" for name in measured), *_DERIVED.split()]
    return names[code] if code < len(names) else f"lead code {code}"
