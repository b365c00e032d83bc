"""The case library: cases that come with the program, and those that teachers added, in the data folder."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from ecg_core import settings
from ecg_core.errors import SourceError
from ecg_core.paths import CASES_FOLDER
from ecg_core.teaching.case import LEVELS, TOPICS, CaseText, code_of

CASE_FILE: Final = "case.toml"
SOURCES_FILE: Final = "sources.toml"
MAX_BYTES: Final = 200_000
_SCHEMA: Final = TypeAdapter(CaseText)


@dataclass(frozen=True)
class TeachingCase:
    """A case of the library.

    Attributes
    ----------
    name : str
    folder : Path
    text : CaseText
    own : bool
        Whether a teacher added it.
    """

    name: str
    folder: Path
    text: CaseText
    own: bool = False

    @property
    def code(self) -> str:
        """Name under which it is opened; does not tell the diagnosis."""
        return code_of(self.name)

    @property
    def sources(self) -> tuple[str, ...]:
        """References in full."""
        known = _references()
        return tuple(known.get(source, source) for source in self.text.sources)


@dataclass(frozen=True)
class CaseLibrary:
    """All cases.

    Attributes
    ----------
    cases : mapping of str to TeachingCase
        By name, in order of topic, level and title.
    problems : mapping of str to str
        Folders whose case cannot be used, with the reason.
    """

    cases: Mapping[str, TeachingCase]
    problems: Mapping[str, str]

    def find(self, name: str) -> TeachingCase:
        """Return a case by its name or code.

        Parameters
        ----------
        name : str
            Name or code.

        Returns
        -------
        TeachingCase

        Raises
        ------
        SourceError
            If there is none.
        """
        found = self.cases.get(name) or next((case for case in self.cases.values() if case.code == name), None)
        if found is None:
            why = f": {self.problems[name]}" if name in self.problems else "; choose one of the page Teaching."
            raise SourceError(f"There is no case {name:.80}{why}")
        return found


def own_cases_folder() -> Path:
    """Return the folder of the cases that teachers added."""
    return settings.HOME.get() / "cases"


def case_library() -> CaseLibrary:
    """Read all cases; a folder is read again once its file changed.

    Returns
    -------
    CaseLibrary
        A case that a teacher added under the name of one that comes with the program is a problem, not a replacement.
    """
    cases: dict[str, TeachingCase] = {}
    problems: dict[str, str] = {}
    for root, own in ((CASES_FOLDER, False), (own_cases_folder(), True)):
        for file in sorted(root.glob(f"*/{CASE_FILE}")) if root.is_dir() else ():
            name = file.parent.name
            if name in cases:
                problems[name] = f"a case {name} comes with the program; give the folder {file.parent} another name."
                continue
            try:
                status = file.stat()
                cases[name] = TeachingCase(name, file.parent, _read(file, status.st_mtime_ns, status.st_size), own)
            except SourceError as error:
                problems[name] = str(error)
            except OSError as error:
                problems[name] = f"{file} cannot be read: {error.strerror or error}."
    return CaseLibrary(dict(sorted(cases.items(), key=lambda item: _order(item[1]))), problems)


def parse_case(data: Mapping[str, Any], where: str) -> CaseText:
    """Check the schema of a case.

    Parameters
    ----------
    data : mapping
        As TOML gives it.
    where : str
        What to call the case in the message.

    Returns
    -------
    CaseText

    Raises
    ------
    SourceError
        In one sentence: the first field that is wrong, and how.
    """
    try:
        return _SCHEMA.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the case"
        message = first["msg"].removeprefix("Value error, ")
        more = error.error_count() - 1
        rest = f"; {more} more fields are wrong" if more else ""
        raise SourceError(f"{where}: {place}: {message[:1].lower()}{message[1:]:.200}{rest}.") from None


def read_toml(file: Path, size: int, told: str, has: str) -> dict[str, Any]:
    """Read a small TOML file of a case.

    Parameters
    ----------
    file : Path
        The file.
    size : int
        Its size in bytes.
    told : str
        What to call the file in messages.
    has : str
        Subject and verb of the sentence that states the limit, such as ``a case has``.

    Returns
    -------
    dict

    Raises
    ------
    SourceError
        In one sentence, if it is too large, no text or no TOML.
    """
    if size > MAX_BYTES:
        raise SourceError(f"{told} holds {size:,} bytes; {has} {MAX_BYTES:,} at most.")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise SourceError(f"{told} is no text in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{told} is no TOML: {error!s:.160}.") from None


def case_as_toml(data: Mapping[str, Any]) -> str:
    """Return a case as the text of ``case.toml``.

    Parameters
    ----------
    data : mapping
        Texts, numbers, lists of these, mappings and lists of mappings.

    Returns
    -------
    str
    """
    return "\n".join(_toml_lines(data, "")) + "\n"


def _toml_lines(data: Mapping[str, Any], prefix: str) -> list[str]:
    lines: list[str] = []
    nested: list[str] = []
    for key, value in data.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            nested += ["", f"[{prefix}{key}]", *_toml_lines(value, f"{prefix}{key}.")]
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            for one in value:
                nested += ["", f"[[{prefix}{key}]]", *_toml_lines(one, f"{prefix}{key}.")]
        else:
            # JSON's texts, numbers and lists are TOML's, but for the delete character.
            text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
            lines.append(f"{key} = {text.replace(chr(127), '')}")
    return lines + nested


@lru_cache(maxsize=1024)
def _read(file: Path, mtime_ns: int, size: int) -> CaseText:
    name = file.parent.name
    return parse_case(read_toml(file, size, f"{name}: {CASE_FILE}", "a case has"), name)


@lru_cache(maxsize=1)
def _references() -> Mapping[str, str]:
    data = tomllib.loads((CASES_FOLDER / SOURCES_FILE).read_text(encoding="utf-8"))
    return {key: str(value) for key, value in data.items()}


def _order(case: TeachingCase) -> tuple[int, int, str]:
    return TOPICS.index(case.text.topic), LEVELS.index(case.text.level), case.text.title
