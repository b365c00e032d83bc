"""Demonstrations of a case: the steps that a teacher prepared, as data, and what is on screen at each.

Steps lie in ``demonstration.toml`` in the case's folder; those that a teacher changed in the page lie in the data
folder and take the place of the case's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from ecg_core import settings
from ecg_core.errors import SourceError
from ecg_core.synthesis.strip import STRICT
from ecg_core.teaching.library import TeachingCase, case_as_toml, read_toml
from ecg_core.writing import write_text

STEPS_FILE: Final = "demonstration.toml"
MAX_STEPS: Final = 40

Revealed = Literal["truth", "program", "saliency"]
REVEALED: Final[tuple[Revealed, ...]] = get_args(Revealed)
"""Letters of the true beats, letters of the program, its saliency."""

View = Literal["12 leads", "rhythm"]
VIEWS: Final[tuple[View, ...]] = get_args(View)

_Second = Annotated[float, Field(ge=0, le=3600)]
_Span = tuple[_Second, _Second]


@dataclass(frozen=True, config=STRICT)
class Step:
    """A step of a demonstration. What it leaves out stays as it was, but for highlight and measurement, which end.

    Attributes
    ----------
    text : str
        What the class reads.
    at_s : float or None
        Go to this second.
    highlight_s : tuple of float or None
        Span to highlight.
    highlight_lead : str
        The lead in which; all by default.
    measure_s : tuple of float or None
        Two instants between which the caliper stands.
    reveal : tuple of {"truth", "program", "saliency"}
        What is shown from here on.
    hide : tuple of {"truth", "program", "saliency"}
        What is hidden from here on.
    view : {"12 leads", "rhythm"} or None
    lead : str
        Of the rhythm strip.
    sweep : bool or None
        Whether the tracing sweeps at true speed or stands still.
    """

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=240)]
    at_s: _Second | None = None
    highlight_s: _Span | None = None
    highlight_lead: Annotated[str, StringConstraints(max_length=12)] = ""
    measure_s: _Span | None = None
    reveal: tuple[Revealed, ...] = ()
    hide: tuple[Revealed, ...] = ()
    view: View | None = None
    lead: Annotated[str, StringConstraints(max_length=12)] = ""
    sweep: bool | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Step:
        for span in (self.highlight_s, self.measure_s):
            if span is not None and span[0] >= span[1]:
                raise ValueError("a span begins before it ends")
        if self.sweep and (self.highlight_s or self.measure_s):
            raise ValueError("nothing is highlighted or measured in a tracing that sweeps")
        return self


@dataclass(frozen=True, config=STRICT)
class Demonstration:
    """What ``demonstration.toml`` holds.

    Attributes
    ----------
    steps : tuple of Step
    """

    steps: Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)] = ()


@plain_dataclass(frozen=True)
class Scene:
    """What is on screen at a step.

    Attributes
    ----------
    text : str
    at_s : float
    highlight_s : tuple of float or None
    highlight_lead : str
    measure_s : tuple of float or None
    show : tuple of {"truth", "program", "saliency"}
    view : {"12 leads", "rhythm"}
    lead : str
    sweep : bool
    """

    text: str = ""
    at_s: float = 0.0
    highlight_s: tuple[float, float] | None = None
    highlight_lead: str = ""
    measure_s: tuple[float, float] | None = None
    show: tuple[Revealed, ...] = ()
    view: View = "12 leads"
    lead: str = "II"
    sweep: bool = False


_SCHEMA: Final = TypeAdapter(Demonstration)


def scenes_of(demonstration: Demonstration) -> tuple[Scene, ...]:
    """Return what is on screen before the first step, and at each step.

    Parameters
    ----------
    demonstration : Demonstration
        The steps.

    Returns
    -------
    tuple of Scene
        One more than there are steps.
    """
    scenes = [Scene()]
    for step in demonstration.steps:
        before = scenes[-1]
        shown = (set(before.show) | set(step.reveal)) - set(step.hide)
        marked = step.highlight_s is not None or step.measure_s is not None
        scenes.append(
            replace(
                before,
                text=step.text,
                at_s=before.at_s if step.at_s is None else step.at_s,
                highlight_s=step.highlight_s,
                highlight_lead=step.highlight_lead,
                measure_s=step.measure_s,
                show=tuple(one for one in REVEALED if one in shown),
                view=step.view or before.view,
                lead=step.lead or before.lead,
                sweep=False if marked else before.sweep if step.sweep is None else step.sweep,
            )
        )
    return tuple(scenes)


def demonstration_of(case: TeachingCase) -> Demonstration:
    """Return the steps of a case: a teacher's, else those that come with it; none where nobody prepared any.

    Parameters
    ----------
    case : TeachingCase
        The case.

    Returns
    -------
    Demonstration

    Raises
    ------
    SourceError
        In one sentence, if the file is wrong.
    """
    for file in (kept_file(case), case.folder / STEPS_FILE):
        try:
            status = file.stat()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SourceError(f"The steps of {case.code} cannot be read: {error.strerror or error}.") from error
        return _read(file, status.st_mtime_ns, status.st_size)
    return Demonstration()


def kept_file(case: TeachingCase) -> Path:
    """Return where the steps lie that a teacher changed.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    return settings.HOME.get() / "demonstrations" / f"{case.name}.toml"


def keep_demonstration(
    case: TeachingCase, steps: Sequence[Mapping[str, Any]], length_s: float, leads: Sequence[str]
) -> Demonstration:
    """Keep the steps of a case in the data folder.

    Parameters
    ----------
    case : TeachingCase
        The case.
    steps : sequence of mapping
        Fields of :class:`Step`.
    length_s : float
        Length of the tracing.
    leads : sequence of str
        Its leads.

    Returns
    -------
    Demonstration

    Raises
    ------
    SourceError
        In one sentence, if a step is wrong or the file cannot be written.
    """
    found = parse_demonstration({"steps": [dict(one) for one in steps]}, "These steps")
    problems = demonstration_problems(found, length_s, leads)
    if problems:
        raise SourceError(f"{problems[0]}.")
    file = kept_file(case)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, case_as_toml({"steps": list(steps)}))
    except OSError as error:
        raise SourceError(f"The steps cannot be kept in {file.parent}: {error.strerror or error}.") from error
    return found


def forget_changes(case: TeachingCase) -> None:
    """Go back to the steps that come with a case.

    Parameters
    ----------
    case : TeachingCase
        The case.

    Raises
    ------
    SourceError
        If the file cannot be removed.
    """
    try:
        kept_file(case).unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"The steps cannot be removed: {error.strerror or error}.") from error


def parse_demonstration(data: Mapping[str, Any], where: str) -> Demonstration:
    """Check the schema of steps.

    Parameters
    ----------
    data : mapping
        As TOML gives it.
    where : str
        What to call it in the message.

    Returns
    -------
    Demonstration

    Raises
    ------
    SourceError
        In one sentence: the first field that is wrong, and how.
    """
    try:
        return _SCHEMA.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"]]
        message = first["msg"].removeprefix("Value error, ")
        raise SourceError(f"{where}: {' '.join(place)}: {message[:1].lower()}{message[1:]:.200}.") from None


def demonstration_problems(demonstration: Demonstration, length_s: float, leads: Sequence[str]) -> list[str]:
    """Return what of the steps does not fit a tracing.

    Parameters
    ----------
    demonstration : Demonstration
        The steps.
    length_s : float
        Length of the tracing.
    leads : sequence of str
        Its leads.

    Returns
    -------
    list of str
        A sentence each, without full stop.
    """
    problems = []
    for number, step in enumerate(demonstration.steps, start=1):
        times = [step.at_s, *(step.highlight_s or ()), *(step.measure_s or ())]
        late = [at_s for at_s in times if at_s is not None and at_s > length_s]
        if late:
            problems.append(f"step {number} names second {late[0]:g} of a tracing of {length_s:g} s")
        unknown = [lead for lead in (step.lead, step.highlight_lead) if lead and lead not in leads]
        problems += [f"step {number} names the lead {lead}, which the tracing lacks" for lead in unknown]
    return problems


@lru_cache(maxsize=256)
def _read(file: Path, mtime_ns: int, size: int) -> Demonstration:
    return parse_demonstration(read_toml(file, size, file.name, "steps have"), file.name)
