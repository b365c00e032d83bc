"""The shipped model of rhythm from intervals alone."""

from ecg_core.training.interval_recipe import IntervalRecipe

RECIPE = IntervalRecipe(
    name="rhythm_intervals",
    summary="regular, fibrillation, flutter or another irregular rhythm from intervals: six dilated convolutions",
    limits=(
        "Intervals alone do not tell a P wave: respiratory arrhythmia of an unusual shape, multifocal atrial rhythm "
        "and frequent atrial ectopy can look like fibrillation, flutter with changing conduction nearly always does. "
        "Regular flutter and fibrillation with a paced or junctional rhythm are not found.",
        "The onset of an episode shorter than about 15 beats is uncertain by a few beats.",
        "Learned from adults: Holter patients, patients under anaesthesia and users of a hand-held recorder. Of the "
        "young there are only healthy ones' nights (NSRDB) and made respiratory arrhythmia.",
    ),
)
