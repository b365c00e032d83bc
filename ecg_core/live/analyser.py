"""Analysis of a stream while it grows.

Each step analyses the newest minute or two with the whole pipeline (detection, quality, rhythm network, pacing,
classification) and takes over what it says of the seconds that have enough signal before them. Behind, stretches of
`SETTLED_S` are analysed once more with as much signal on either side as detection looks aside: from then on their
beats are those of an analysis of the finished recording. Nothing is analysed a third time, so that the work of a step
does not grow with the stream; what follows from the beats (episodes, summary) is computed anew from the beat table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ecg_core.analysis import Analysis, analyse
from ecg_core.detection.exemplars import BLOCK_S
from ecg_core.detection.streaming import OVERLAP_S
from ecg_core.live.findings import StreamFindings
from ecg_core.live.growing import GrowingSignal, window_of
from ecg_core.recording import Recording

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier

STEP_S: Final = 1.0
"""New signal that is worth a step."""

FIRST_S: Final = 3.0
"""Signal before which nothing is said: beats cannot be told from less."""

NEWEST_S: Final = 90
"""Length of the newest window."""

MARGIN_S: Final = 30
"""Seconds at a window's beginning whose findings are not taken over: what stands before them is not seen."""

REVISED_S: Final = 15
"""Seconds before the end of the last step that are looked at again with what follows them."""

LONGEST_WINDOW_S: Final = 300
"""Of a stream that runs ahead, no more than this is analysed in one step."""

SETTLED_S: Final = 120
"""Stretches that are analysed for good."""

URGENT: Final = ("VF", "POSSIBLE_VT", "ASYSTOLE", "VT")
SAME_ALERT_S: Final = 5.0
"""Ventricular rhythms nearer to each other than this are one alert, whatever they are named as more signal comes."""

MAX_ALERTS: Final = 1000


@dataclass(frozen=True)
class Alert:
    """A dangerous event as it was told while the stream ran.

    VT, VF and what may be one of them are one alert while the name changes with what follows.

    Attributes
    ----------
    kind : str
    start_sample, stop_sample : int
        As told last.
    told_at : int
        Samples that had been analysed when it was told first.
    withdrawn_at : int or None
        The same for when it was no longer found with more signal in view; None while it holds.
    """

    kind: str
    start_sample: int
    stop_sample: int
    told_at: int
    withdrawn_at: int | None = None


@dataclass(frozen=True)
class LiveState:
    """What is known of a stream after a step.

    Attributes
    ----------
    number : int
        Counts the steps.
    recording : Recording
        The stream as far as it was analysed.
    analysis : Analysis
        Of `recording`.
    changed_from : int
        First sample whose beats may differ from those of the step before.
    settled : int
        Samples whose beats do not change any more.
    alerts : tuple of Alert
        In the order in which they were told.
    """

    number: int
    recording: Recording
    analysis: Analysis
    changed_from: int
    settled: int
    alerts: tuple[Alert, ...]


class LiveAnalyser:
    """Analyses a stream step by step.

    Parameters
    ----------
    signal : GrowingSignal
        The stream's samples.
    model : Classifier
        A model that tells the five classes.
    """

    def __init__(self, signal: GrowingSignal, model: Classifier) -> None:
        self.signal = signal
        self.state: LiveState | None = None
        self._model = model
        self._found = StreamFindings.none(len(signal.header.leads))
        self._alerts: list[Alert] = []
        self._analysed = 0
        self._settled_s = 0
        self._provenance: dict[str, Any] = {}

    @property
    def behind_s(self) -> float:
        """Seconds of signal that have come and are not analysed."""
        return (self.signal.n_samples - self._analysed) / self.signal.header.fs_hz

    def step(self) -> LiveState | None:
        """Analyse what has come since the last step.

        Returns
        -------
        LiveState or None
            None where there is too little for a step.
        """
        fs_hz = self.signal.header.fs_hz
        least_s = STEP_S if self._analysed else FIRST_S
        if self.signal.n_samples - self._analysed < least_s * fs_hz:
            return None
        recording = self.signal.snapshot()
        changed_from = self._newest(recording)
        if (self._settled_s + SETTLED_S + OVERLAP_S) * fs_hz <= self._analysed:
            changed_from = min(changed_from, self._settle(recording, self._settled_s + SETTLED_S))
        return self._keep(recording, changed_from)

    def finish(self) -> LiveState | None:
        """Analyse the rest of a stream that has ended, for good.

        Returns
        -------
        LiveState or None
            None where the stream was too short for any beat to be told.
        """
        fs_hz = self.signal.header.fs_hz
        recording = self.signal.snapshot()
        if recording.n_samples < FIRST_S * fs_hz:
            return None
        changed_from = round(self._settled_s * fs_hz)
        while (self._settled_s + SETTLED_S + OVERLAP_S) * fs_hz <= recording.n_samples:
            self._settle(recording, self._settled_s + SETTLED_S)
        self._settle(recording, None)
        self._analysed = recording.n_samples
        return self._keep(recording, changed_from)

    def _newest(self, recording: Recording) -> int:
        """Analyse the newest window; return the first sample that it speaks of."""
        fs_hz = recording.fs_hz
        analysed_s = self._analysed / fs_hz
        first = min(recording.n_samples / fs_hz - NEWEST_S, analysed_s - REVISED_S - MARGIN_S)
        window_s = max(int(first) // BLOCK_S * BLOCK_S, 0)
        stop = min(recording.n_samples, round((window_s + LONGEST_WINDOW_S) * fs_hz))
        from_s = max(window_s + MARGIN_S, self._settled_s) if window_s else self._settled_s
        self._take(recording, window_s, from_s, None, stop)
        self._analysed = stop
        return round(from_s * fs_hz)

    def _settle(self, recording: Recording, to_s: int | None) -> int:
        """Analyse a stretch for good; return its first sample."""
        fs_hz = recording.fs_hz
        from_s = self._settled_s
        window_s = max(from_s - OVERLAP_S, 0) // BLOCK_S * BLOCK_S
        stop = recording.n_samples if to_s is None else round((to_s + OVERLAP_S) * fs_hz)
        self._take(recording, window_s, from_s, to_s, min(stop, recording.n_samples))
        if to_s is not None:
            self._settled_s = to_s
        return round(from_s * fs_hz)

    def _take(self, recording: Recording, window_s: int, from_s: int, to_s: int | None, stop: int) -> None:
        fs_hz = recording.fs_hz
        window = window_of(recording, round(window_s * fs_hz), stop)
        found = analyse(window, self._model, cache=False, group=False, log=False)
        self._provenance = found.provenance
        self._found = self._found.taken_over(StreamFindings.of(found, window_s, fs_hz), window_s, from_s, to_s, fs_hz)

    def _keep(self, recording: Recording, changed_from: int) -> LiveState:
        if recording.n_samples > self._analysed:
            recording = replace(recording, n_samples=self._analysed)
            recording.__dict__["sha256"] = self._provenance["source_sha256"]
        provenance = {**self._provenance, "source": recording.name, "source_sha256": recording.sha256, "live": True}
        analysis = self._found.analysis(recording, provenance)
        self._note_alerts(analysis)
        number = 1 if self.state is None else self.state.number + 1
        settled = round(self._settled_s * recording.fs_hz)
        self.state = LiveState(number, recording, analysis, changed_from, settled, tuple(self._alerts))
        return self.state

    def _note_alerts(self, analysis: Analysis) -> None:
        """Note dangerous events when they are told first, and when they no longer hold."""
        urgent = analysis.episodes[analysis.episodes["kind"].isin(URGENT)]
        now = [
            (str(kind), int(start), int(stop))
            for kind, start, stop in zip(urgent["kind"], urgent["start_sample"], urgent["stop_sample"], strict=True)
        ]
        reach = round(SAME_ALERT_S * self.signal.header.fs_hz)
        new = list(now)
        for at, alert in enumerate(self._alerts):
            same = next((each for each in now if _is_same(alert, each, reach)), None)
            if same is not None:
                new = [each for each in new if not _is_same(alert, each, reach)]
                self._alerts[at] = Alert(*same, alert.told_at)
            elif alert.withdrawn_at is None:
                self._alerts[at] = replace(alert, withdrawn_at=self._analysed)
        self._alerts += [Alert(*each, self._analysed) for each in new]
        del self._alerts[:-MAX_ALERTS]


def _is_same(alert: Alert, event: tuple[str, int, int], reach: int) -> bool:
    kind, start, stop = event
    if (alert.kind == "ASYSTOLE") != (kind == "ASYSTOLE"):
        return False
    return start < alert.stop_sample + reach and alert.start_sample - reach < stop
