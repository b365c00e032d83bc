"""Write the bundled demo recordings: ``python -m ecg_core.synthesis.demos [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from ecg_core.synthesis.condition_writing import DEMOS, write_condition
from ecg_core.synthesis.library import scenarios
from ecg_core.synthesis.writing import write_scenario


def write_demos(out_dir: str | Path = "assets/demo") -> list[Path]:
    """Write every scenario named ``demo_...`` at its own length, and the conditions among the demos, with seed 1.

    Parameters
    ----------
    out_dir : str or Path
        Folder to write to.

    Returns
    -------
    list of Path
        Of the headers.
    """
    written = [write_scenario(name, out_dir) for name in scenarios() if name.startswith("demo_")]
    return written + [write_condition(name, out_dir, record_name=record) for record, name in DEMOS.items()]


if __name__ == "__main__":
    for header in write_demos(*sys.argv[1:2]):
        print(header)
