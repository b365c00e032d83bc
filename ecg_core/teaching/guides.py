"""Guided explanations of four textbook models, each in a few steps with text and figure, on a bundled demo recording.

The steps are computed with the shipped weights each time they are shown, so that texts and figures are those of this
version. The notebooks under ``docs/notebooks`` show the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from scipy.special import softmax
from scipy.stats import rankdata

from ecg_core.arrays import Float32Array, Int64Array
from ecg_core.beats import CLASSES
from ecg_core.classification.model import models_folder
from ecg_core.errors import ModelError
from ecg_core.explanation.occlusion import replacement_effects
from ecg_core.explanation.shapley import shapley_values
from ecg_core.figures.guide_figures import ACCENT, Series, guide_figure
from ecg_core.figures.palette import CLASS_COLOURS
from ecg_core.figures.saliency import saliency_figure
from ecg_core.figures.time_frequency import time_frequency_figure
from ecg_core.recording import Recording
from ecg_core.sources.demos import open_demo
from ecg_core.teaching.perturbations import NOISE, perturbed
from ecg_core.textbook.explanation import TimeFrequencyMap, explain_textbook
from ecg_core.textbook.inputs import PeriodicityInputs, SegmentInputs, SequenceInputs, SpectrogramInputs
from ecg_core.textbook.model import TextbookModel, load_textbook

Draw = Callable[[str], go.Figure]
"""Draws a step's figure in the colour of the page's text."""

_LEAD: Final = 0
_V: Final = CLASSES.index("V")
_BEATS_OF_PVC: Final = "demo_pvc"
_RATES: Final = "demo_brady_pause_tachy"
_EVERY_S: Final = 5.0
_LAG_BANDS: Final = 11
_RARE_BPM: Final = (50.0, 120.0)
_V_COLOUR: Final = CLASS_COLOURS["V"]
_N_COLOUR: Final = CLASS_COLOURS["N"]


@dataclass(frozen=True)
class GuideStep:
    """One step of a guided explanation.

    Attributes
    ----------
    title : str
    text : str
        Plain text with the figures of this computation.
    draw : callable
        ``draw(colour of the text)`` returns the figure.
    """

    title: str
    text: str
    draw: Draw


@dataclass(frozen=True)
class Guide:
    """A guided explanation.

    Attributes
    ----------
    model : str
        Name of the model's folder.
    title : str
    recording : str
        The demo recording on which it is computed.
    """

    model: str
    title: str
    recording: str


GUIDES: Final = (
    Guide("spectrogram_cnn", "Spectrogram CNN", _BEATS_OF_PVC),
    Guide("autoencoder", "Autoencoder", _BEATS_OF_PVC),
    Guide("bilstm_attention", "Attention", _BEATS_OF_PVC),
    Guide("heart_rate_mlp", "Heart-rate regression", _RATES),
)


def guide_steps(name: str) -> list[GuideStep]:
    """Compute the steps of a guided explanation.

    Parameters
    ----------
    name : str
        The model of one of `GUIDES`.

    Returns
    -------
    list of GuideStep

    Raises
    ------
    ModelError
        If there is no such guide, or the model's weights are not there.
    """
    guides = {guide.model: guide for guide in GUIDES}
    if name not in guides:
        raise ModelError(f"There is no guided explanation of {name}; there are {', '.join(guides)}.")
    recording = open_demo(guides[name].recording)
    annotations = recording.annotations()
    if annotations is None:
        raise ModelError(f"{recording.name} has no reference beats, on which the guided explanation rests.")
    return _STEPS[name](load_textbook(models_folder() / name), recording, *annotations.beats())


def _spectrogram_steps(
    model: TextbookModel, recording: Recording, samples: Int64Array, symbols: np.ndarray
) -> list[GuideStep]:
    inputs = model.inputs
    assert isinstance(inputs, SpectrogramInputs)
    n_at, v_at = _usual(symbols, "N"), _usual(symbols, "V")
    normal, ventricular = (explain_textbook(recording, samples, at, model) for at in (n_at, v_at))
    assert normal.image is not None
    assert ventricular.image is not None
    assert ventricular.probabilities is not None
    image, v_image = normal.image, ventricular.image
    nothing = np.zeros_like(image.map)
    peak = np.unravel_index(int(v_image.map.argmax()), v_image.map.shape)
    low = float(v_image.map[v_image.frequencies_hz < 15].mean())
    high = float(v_image.map[v_image.frequencies_hz >= 15].mean())
    levels = np.array([30.0, 24.0, 18.0, 12.0, 6.0, 0.0, -6.0])
    chances = []
    for level in levels:
        noisy, at = perturbed(recording, samples, NOISE.kind, float(level))
        chances.append(softmax(model.outputs(inputs.arrays(noisy, at[[v_at]])), axis=1)[0, _V])
    half = next((level for level, chance in zip(levels, chances, strict=True) if chance < 0.5), None)
    lost = "the answer stays V down to -6 dB" if half is None else f"below one half from {half:g} dB on"
    return [
        GuideStep(
            "Two beats",
            "A normal beat and a ventricular one, 0.6 s to either side of the R peak. The ventricular beat is wide "
            "and has no P wave before it. To a person the difference is one of shape in time.",
            lambda ink: guide_figure(
                [
                    Series("N", 1000 * normal.offsets_s, normal.wave_mv[:, 0], colour=_N_COLOUR),
                    Series("V", 1000 * ventricular.offsets_s, ventricular.wave_mv[:, 0], colour=_V_COLOUR),
                ],
                "ms from the R peak",
                "mV",
                ink,
            ),
        ),
        GuideStep(
            "The normal beat as an image",
            f"A Hann window of {1000 * inputs.window_s:.0f} ms slides over the beat, and at each of {inputs.SIZE} "
            f"places the amplitude at {inputs.SIZE} frequencies up to {inputs.MAX_HZ:.0f} Hz is computed; its "
            "logarithm is one column of the image. The narrow QRS complex is a column that reaches high; the T wave "
            "lies low and long.",
            lambda ink: _image_figure(image, nothing, ink),
        ),
        GuideStep(
            "The ventricular beat, and where the network looked",
            f"The network gives V a probability of {ventricular.probabilities[_V]:.2f}. Shaded is what its last "
            f"convolution passed on in favour of V (Grad-CAM): most at {1000 * v_image.offsets_s[peak[1]]:+.0f} ms "
            f"and {v_image.frequencies_hz[peak[0]]:.1f} Hz. The mean weight is {low:.2f} below 15 Hz and {high:.2f} "
            "above. Two convolutions and poolings make the map coarse: read it as a region, not as a point.",
            lambda ink: _image_figure(v_image, v_image.map, ink),
        ),
        GuideStep(
            "What noise does to it",
            "White noise fills the empty places of the image, and the logarithm makes them as bright as the signal. "
            f"The same beat with more and more noise: {lost}. Under Models compared, all models are tried so.",
            lambda ink: guide_figure(
                [Series("V", levels, chances, colour=ACCENT)],
                "signal-to-noise ratio in dB",
                "probability of V",
                ink,
                (0, 1.05),
            ),
        ),
    ]


def _autoencoder_steps(
    model: TextbookModel, recording: Recording, samples: Int64Array, symbols: np.ndarray
) -> list[GuideStep]:
    inputs = model.inputs
    assert isinstance(inputs, SegmentInputs)
    segments = inputs.arrays(recording, samples)["segment"]
    rebuilt = model.outputs({"segment": segments})
    errors = ((rebuilt - segments) ** 2).mean(axis=(1, 2))
    at_ms = 1000 * inputs.window.offsets_s
    n_codes = min(int(np.prod(layer.output.shape[1:])) for layer in model.network.layers)
    n_at, v_at = _usual(symbols, "N"), _usual(symbols, "V")
    of_normal, of_ventricular = errors[symbols == "N"], errors[symbols == "V"]
    auc = _area(of_normal, of_ventricular)
    surprise = (
        "this one is rebuilt no better than the normal beat"
        if errors[v_at] >= errors[n_at]
        else "yet this one is rebuilt better than the normal beat, since a large smooth wave is easily rebuilt"
    )
    figures = model.card["figures"]["ds2"]
    worst = int(((rebuilt[v_at] - segments[v_at]) ** 2)[:, 0].argmax())
    edges = np.linspace(0, float(np.quantile(errors, 0.99)) * 1.2, 31)
    middles = (edges[1:] + edges[:-1]) / 2

    def beside(at: int) -> Draw:
        return lambda ink: guide_figure(
            [
                Series("beat", at_ms, segments[at, :, 0]),
                Series("rebuilt", at_ms, rebuilt[at, :, 0], colour=ACCENT),
            ],
            "ms from the R peak",
            "standard deviations",
            ink,
        )

    def shares(values: np.ndarray) -> np.ndarray:
        return 100 * np.histogram(values, edges)[0] / max(len(values), 1)

    return [
        GuideStep(
            "A normal beat goes through a narrow place",
            f"Three convolutions squeeze the {segments.shape[1]} samples of a beat into {n_codes} numbers, three more "
            "rebuild the beat from them. It was trained on normal beats alone. This one comes back with "
            f"{100 * errors[n_at]:.1f} % of its variance missing; what is missing is mostly noise, which is why an "
            "autoencoder also cleans a signal.",
            beside(n_at),
        ),
        GuideStep(
            "A beat that it never saw",
            f"A ventricular beat comes back with {100 * errors[v_at]:.1f} % missing, most of it near "
            f"{at_ms[worst]:+.0f} ms. The idea is that what cannot be rebuilt is not normal; {surprise}.",
            beside(v_at),
        ),
        GuideStep(
            "Does the error tell the beats apart?",
            f"The errors of all {len(of_normal)} N and {len(of_ventricular)} V beats of this recording. The chance "
            f"that a V beat has the larger error of the two is {auc:.2f}; 0.5 would be guessing. On the patients of "
            f"DS2 it is {figures['auc']:.2f} for abnormal beats against normal ones. A network that has learned "
            "smooth waves rebuilds many abnormal beats too. So the error is a reason to look at a beat, and no "
            "classifier.",
            lambda ink: guide_figure(
                [
                    Series("N", 100 * middles, shares(of_normal), "bars", _N_COLOUR),
                    Series("V", 100 * middles, shares(of_ventricular), "bars", _V_COLOUR),
                ],
                "% of the variance not rebuilt",
                "% of the class's beats",
                ink,
            ),
        ),
    ]


def _attention_steps(
    model: TextbookModel, recording: Recording, samples: Int64Array, symbols: np.ndarray
) -> list[GuideStep]:
    inputs = model.inputs
    assert isinstance(inputs, SequenceInputs)
    n_at, v_at = _usual(symbols, "N"), _usual(symbols, "V")
    found = explain_textbook(recording, samples, v_at, model, "V")
    other = explain_textbook(recording, samples, n_at, model, "N")
    assert found.attention is not None
    assert other.attention is not None
    assert found.probabilities is not None
    decided = found.map
    assert decided is not None
    weights, n_weights = found.attention, other.attention
    arrays = {name: array[[v_at]] for name, array in inputs.arrays(recording, samples).items()}
    falls = [found.probabilities[_V] - _without_beat(model, arrays, place) for place in range(inputs.n_beats)]
    positions = weights["position"].to_numpy()
    most = int(weights["weight"].to_numpy().argmax())
    decisive = int(np.argmax(falls))
    own = float(weights.loc[weights["position"] == 0, "weight"].iloc[0])
    agree = (
        "the beat with most attention is also the one whose loss costs most"
        if most == decisive
        else (f"most attention is on beat {positions[most]:+d}, but covering beat {positions[decisive]:+d} costs most")
    )
    return [
        GuideStep(
            "A beat among its neighbours",
            f"The network sees {inputs.n_beats} beats and their RR intervals: the beat in question and four to either "
            f"side. It calls the one in the middle V with a probability of {found.probabilities[_V]:.2f}. A "
            "ventricular beat is told by its shape, and by what is usual around it.",
            lambda ink: guide_figure([Series("", found.offsets_s, found.wave_mv[:, 0])], "s from the beat", "mV", ink),
        ),
        GuideStep(
            "The attention of each beat",
            "A recurrent layer turns each beat into a vector; the attention gives each vector a weight, all together "
            f"1, and the weighted sum is classified. The beat itself has {100 * own:.0f} %; equal attention would be "
            f"{100 / inputs.n_beats:.0f} % each. Beside it the attention around a normal beat.",
            lambda ink: guide_figure(
                [
                    Series("around the V beat", positions, 100 * weights["weight"], "bars", _V_COLOUR),
                    Series("around an N beat", positions, 100 * n_weights["weight"], "bars", _N_COLOUR),
                ],
                "beat of the sequence, 0 is the one in question",
                "% of the attention",
                ink,
            ),
        ),
        GuideStep(
            "Is attention an explanation?",
            "Each beat in turn is replaced by the sequence's median beat, and the probability of V is asked for "
            f"again. Here {agree}. The recurrent layer has carried what it saw from beat to beat before the weights "
            "are given, so attention says which vector was read, not which part of the signal decided (Jain and "
            "Wallace 2019, arXiv:1902.10186).",
            lambda ink: guide_figure(
                [
                    Series("attention", positions, 100 * weights["weight"], "bars", ACCENT),
                    Series("fall of the probability of V, in points", positions, 100 * np.array(falls), "bars"),
                ],
                "beat of the sequence, 0 is the one in question",
                "%",
                ink,
            ),
        ),
        GuideStep(
            "What decided, in the signal",
            "Occlusion covers a stretch at a time by the beat's own mean and sees what V loses. Compare it with the "
            "weights above.",
            lambda ink: saliency_figure(found.offsets_s, found.wave_mv, decided, recording.lead_names[:1], "mV", ink),
        ),
    ]


def _heart_rate_steps(
    model: TextbookModel, recording: Recording, samples: Int64Array, symbols: np.ndarray
) -> list[GuideStep]:
    inputs = model.inputs
    assert isinstance(inputs, PeriodicityInputs)
    fs_hz = recording.fs_hz
    middles = np.arange(inputs.before_s, recording.duration_s - inputs.after_s, _EVERY_S)
    asked = (middles * fs_hz).round().astype(np.int64)
    counted = np.array([_counted_bpm(samples / fs_hz, at, inputs) for at in middles])
    arrays = inputs.arrays(recording, asked)
    told = model.outputs(arrays)[:, 0]
    known = np.isfinite(counted)
    errors = np.abs(told - counted)
    slow, fast = int(np.nanargmin(counted)), int(np.nanargmax(counted))
    worst = int(np.nanargmax(errors))
    low, high = _RARE_BPM
    usual = (counted >= low) & (counted <= high)
    inside, outside = float(errors[usual].mean()), float(errors[known & ~usual].mean())
    lags_ms = 1000 * inputs.lags_s
    periodicity = arrays["periodicity"][:, :, 0]
    begin, end = asked[slow] - inputs.before_s * fs_hz, asked[slow] + inputs.after_s * fs_hz
    stretch = recording.read(int(begin), int(end), [_LEAD])
    bands = [list(band) for band in np.array_split(np.arange(len(lags_ms)), _LAG_BANDS)]
    band_ms = [float(lags_ms[band].mean()) for band in bands]
    median = np.median(periodicity, axis=0)

    def rates(variants: Float32Array) -> np.ndarray:
        return model.outputs({"periodicity": variants[..., None]})[:, 0]

    shared = shapley_values(rates, periodicity[slow], median, bands)
    alone = replacement_effects(rates, periodicity[slow], median, bands)
    told_slow, told_median = (float(value) for value in rates(np.stack([periodicity[slow], median])))
    figures = model.card["figures"]["ds2"]
    span = [float(np.nanmin(counted)), float(np.nanmax(counted))]
    return [
        GuideStep(
            "Ten seconds",
            f"What the model is asked about: ten seconds, here with {counted[slow]:.0f} beats per minute. It is not "
            "told where the beats are.",
            lambda ink: guide_figure(
                [Series("", np.arange(len(stretch)) / fs_hz - inputs.before_s, stretch[:, 0])],
                "s from the middle",
                "mV",
                ink,
            ),
        ),
        GuideStep(
            "How well the signal repeats itself",
            f"The energy of the QRS complexes ({inputs.band_hz[0]:.0f} to {inputs.band_hz[1]:.0f} Hz) is correlated "
            "with itself after each lag. It has peaks at the RR interval and its multiples: "
            f"{60000 / counted[slow]:.0f} ms at {counted[slow]:.0f} bpm, {60000 / counted[fast]:.0f} ms at "
            f"{counted[fast]:.0f} bpm. These {len(lags_ms)} numbers are all that the dense network of three layers "
            "sees.",
            lambda ink: guide_figure(
                [
                    Series(f"{counted[slow]:.0f} bpm", lags_ms, periodicity[slow], colour=_N_COLOUR),
                    Series(f"{counted[fast]:.0f} bpm", lags_ms, periodicity[fast], colour=_V_COLOUR),
                ],
                "lag in ms",
                "correlation",
                ink,
            ),
        ),
        GuideStep(
            "What it predicts",
            f"Every {_EVERY_S:.0f} s of the recording: the rate counted from the reference beats, and the model's. "
            f"The mean error is {np.nanmean(errors):.1f} bpm. On DS2 it is {figures['mae_bpm']:.1f} bpm, where always "
            f"saying the mean rate has {figures['mae_of_mean_bpm']:.1f}. On the line the two agree.",
            lambda ink: guide_figure(
                [
                    Series("10 s of signal", counted[known], told[known], "points", ACCENT),
                    Series("agreement", span, span),
                ],
                "counted rate in bpm",
                "predicted rate in bpm",
                ink,
            ),
        ),
        GuideStep(
            "Which lags moved the answer",
            f"For the ten seconds with {counted[slow]:.0f} bpm, bands of lags are set to the recording's median: one "
            "alone (occlusion), and in all orders (Shapley values, the quantity that SHAP estimates). The Shapley "
            f"values add up to {told_slow - told_median:+.0f} bpm, from {told_median:.0f} bpm at the median to "
            f"{told_slow:.0f} bpm; the effects of one alone add up to {alone.sum():+.0f} bpm, since bands say the "
            "same or act only together.",
            lambda ink: guide_figure(
                [
                    Series("Shapley value", band_ms, shared, "bars", ACCENT),
                    Series("one band alone", band_ms, alone, "bars"),
                ],
                "middle of the band in ms",
                "bpm",
                ink,
            ),
        ),
        GuideStep(
            "Where it is wrong",
            f"The largest error: {told[worst]:.0f} bpm where {counted[worst]:.0f} were counted. The mean error is "
            f"{inside:.1f} bpm from {low:.0f} to {high:.0f} bpm and {outside:.1f} bpm beyond. Of the ten-second "
            "windows of DS1, on which it was trained, fewer than two in a hundred lie beyond: a regression draws "
            "what it has hardly seen towards what it has seen. Counting the beats does not have this fault; the "
            "model is here to be understood, not to be used.",
            lambda ink: guide_figure(
                [
                    Series("counted", middles, counted),
                    Series("predicted", middles, told, colour=ACCENT),
                ],
                "s",
                "bpm",
                ink,
            ),
        ),
    ]


def _usual(symbols: np.ndarray, symbol: str) -> int:
    """Return a beat of a class in the middle of the recording, with normal beats alone beside it where there is one."""
    of_class = np.flatnonzero(symbols == symbol)
    inside = of_class[(of_class >= 5) & (of_class < len(symbols) - 5)]
    lone = [at for at in inside if (np.delete(symbols[at - 2 : at + 3], 2) == "N").all()]
    chosen = lone or list(inside)
    return int(chosen[len(chosen) // 2])


def _image_figure(image: TimeFrequencyMap, weights: np.ndarray, ink: str) -> go.Figure:
    figure = time_frequency_figure(image.offsets_s, image.frequencies_hz, image.image, weights, ink)
    return figure.update_layout(margin={"r": 8})  # no scale of a saliency figure stands beside it


def _without_beat(model: TextbookModel, arrays: dict[str, np.ndarray], place: int) -> float:
    """Return the probability of V with one beat of a sequence replaced by the sequence's median beat."""
    beats = arrays["beats"].copy()
    beats[:, place] = np.median(beats, axis=1)
    return float(softmax(model.outputs({"beats": beats, "rr": arrays["rr"]}), axis=1)[0, _V])


def _area(lower: np.ndarray, higher: np.ndarray) -> float:
    """Return the chance that one of `higher` exceeds one of `lower`: the area under the curve."""
    ranks = rankdata(np.concatenate([lower, higher]))[len(lower) :]
    return float((ranks.sum() - len(higher) * (len(higher) + 1) / 2) / (len(lower) * len(higher)))


def _counted_bpm(beats_s: np.ndarray, middle_s: float, inputs: PeriodicityInputs) -> float:
    """Return the mean rate of the beats in a window; NaN where there are fewer than three."""
    inside = beats_s[(beats_s >= middle_s - inputs.before_s) & (beats_s <= middle_s + inputs.after_s)]
    return 60 * (len(inside) - 1) / (inside[-1] - inside[0]) if len(inside) > 2 else float("nan")


_STEPS: Final = {
    "spectrogram_cnn": _spectrogram_steps,
    "autoencoder": _autoencoder_steps,
    "bilstm_attention": _attention_steps,
    "heart_rate_mlp": _heart_rate_steps,
}
