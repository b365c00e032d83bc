"""Reference rhythm from the statement that comes with a recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg_core.evaluation.rhythm_counts import ATRIAL
from ecg_core.evaluation.rhythm_references import load_rhythm_reference, rhythm_records
from ecg_core.evaluation.stated_rhythms import stated_kind


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (" Atrial flutter, typical.", "AFL"),
        ("{'AFLT': 100.0}", "AFL"),
        (" 164934002,164890007", "AFL"),
        ("{'AFLT': 100.0, 'ABQRS': 0.0, 'AFIB': 0.0}", ATRIAL),
        (" 195080001", ATRIAL),
        (" Atrial fibrillation. Aberrant conduction", "AFIB"),
        (" 427084000,55930002", "N"),
        ("{'LVH': 50.0, 'SR': 0.0}", "N"),
        ("{'LVH': 50.0}", None),
        (" 111975006", None),
        (" Ventricular flutter", None),
    ],
)
def test_statements_name_a_kind(statement: str, kind: str | None) -> None:
    assert stated_kind(statement) == kind


def test_twelve_lead_databases_have_a_rhythm_a_recording(ecg_data: Path) -> None:
    folder = ecg_data / "ludb" / "data"
    assert {"35", "103", "51"} <= set(rhythm_records(folder, "all"))
    (flutter,) = load_rhythm_reference(folder, "35").spans
    assert flutter == (0, 5000, "AFL")
    assert load_rhythm_reference(folder, "51").spans[0].kind == "AFIB"
    assert load_rhythm_reference(ecg_data / "ptbxl", "00023_hr").spans[0].kind == "AFL"
    unknown = load_rhythm_reference(ecg_data / "rhythm12", "E07504")
    assert (unknown.spans, unknown.unscored) == ((), ((0, unknown.n_samples),))
