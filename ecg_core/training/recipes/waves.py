"""The shipped delineation network."""

from ecg_core.training.wave_recipe import WaveRecipe

RECIPE = WaveRecipe(
    name="waves",
    summary="P wave, QRS complex, T wave or none for every sample of any leads, 128 to 1000 Hz",
    limits=(
        "Learned from 100 patients of one hospital, at rest, 10 s each, and from synthetic tracings: neither children "
        "nor Holter recordings were marked by hand.",
        "A P wave inside a T wave or a QRS complex is often not found; what it leaves unfound is said to be absent.",
        "Fibrillatory or flutter waves are now and then taken for P waves in single leads; the leads decide together.",
        "The end of T before a U wave is uncertain by 20 to 30 ms.",
    ),
)
