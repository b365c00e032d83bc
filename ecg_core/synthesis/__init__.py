"""Synthetic ECG with exactly known beats: demos, teaching, tests and load.

A dynamical model of the ECGSYN family (McSharry et al. 2003, doi:10.1109/TBME.2003.808805) with the heart as a
dipole in space (Sameni et al. 2007, doi:10.1155/2007/43407); see :mod:`ecg_core.synthesis.morphology`.
"""

from ecg_core.synthesis.generator import Block, Synthesizer, Synthetic, generate
from ecg_core.synthesis.library import scenarios
from ecg_core.synthesis.scenario import Disturbance, Ectopy, Passage, Pause, Scenario, Sprinkle
from ecg_core.synthesis.writing import write_scenario

__all__ = [
    "Block",
    "Disturbance",
    "Ectopy",
    "Passage",
    "Pause",
    "Scenario",
    "Sprinkle",
    "Synthesizer",
    "Synthetic",
    "generate",
    "scenarios",
    "write_scenario",
]
