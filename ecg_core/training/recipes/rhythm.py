"""The shipped rhythm network."""

from ecg_core.training.rhythm_recipe import RhythmRecipe

RECIPE = RhythmRecipe(
    name="rhythm",
    summary="conducted rhythm, AF, flutter, SVT, VT, VF, asystole or noise for every second of any leads",
    limits=(
        "Only VT, VF and possible VT or VF are taken from this network. Atrial fibrillation is told from the intervals "
        "and P waves: what this network says of it made AF worse on recordings left out (MIT-BIH DS1, CPSC 2021).",
        "Runs of three to five ventricular beats are mostly too short for it; they are told by the beats' classes.",
        "Tachycardia below about 120 per minute with narrow complexes, and fibrillation below paced complexes that "
        "were not recognised as such, are often missed.",
        "Asystole of minutes with slow artefacts was called fibrillation in one recording of three.",
        "Adults of one hospital's Holter, monitor alarms of intensive care, and hand-held recordings: no children, no "
        "recordings during resuscitation were measured.",
    ),
)
