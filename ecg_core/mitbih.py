"""De Chazal's split of the MIT-BIH Arrhythmia Database, and whose recordings its records are.

de Chazal P, O'Dwyer M, Reilly RB: Automatic classification of heartbeats using ECG morphology and heartbeat
interval features. IEEE Trans Biomed Eng 51(7), 2004, doi:10.1109/TBME.2004.827359, table II. DS1 trains and
DS2 tests; the four paced records are in neither. Records 201 (DS1) and 202 (DS2) are of one and the same man
(MIT-BIH Arrhythmia Database Directory), so a model trained on 201 has seen the patient of 202.
"""

from __future__ import annotations

import re
from typing import Final

DS1: Final = (
    *("101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122"),
    *("124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230"),
)
DS2: Final = (
    *("100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210"),
    *("212", "213", "214", "219", "221", "222", "228", "231", "232", "233", "234"),
)
PACED: Final = ("102", "104", "107", "217")


def patient_of(record: str) -> str:
    """Return an identifier of the patient behind a record of MIT-BIH or of its Noise Stress Test Database.

    201 and 202 are one man; 118e06 is record 118 with noise. Any other name stands for a patient of its own.
    """
    noisy = re.fullmatch(r"(118|119)e_?\d+", record)
    if noisy:
        return noisy.group(1)
    return "201" if record == "202" else record
