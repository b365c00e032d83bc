"""Settings: the only module that reads or changes environment variables.

Each `Setting` is read when `Setting.get` is called, never at import, so a change of the environment takes effect at
the next call. An empty variable counts as unset. ``python -m ecg_core.settings`` prints the table of all settings
that ``docs/settings.md`` contains. Ruff's rule TID251 refuses `os.environ` in every other module.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from ecg_core.errors import SettingError

Value = TypeVar("Value")

LOG_LEVELS: Final = ("debug", "info", "warning", "error")
PRECISIONS: Final = ("full", "half")
MAX_UPLOAD_GRACE_S: Final = 86_400.0
DATABASE_SCHEMES: Final = ("postgresql", "postgresql+psycopg", "sqlite")

SIGN_IN_ROLES: Final = ("reader", "senior", "teacher", "student", "administrator")
SECRET_PREFIX: Final = "RHYTHMOSCOPE_SECRET_"  # noqa: S105 - a name
"""Variables whose names begin so may hold passwords and tokens of destinations; reader processes do not get them."""

LIBRARY_DEFAULTS: Final = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
"""Variables of TensorFlow and Keras that are set before TensorFlow is imported, unless they are set already."""


@dataclass(frozen=True)
class Setting(Generic[Value]):
    """One environment variable of the program.

    Attributes
    ----------
    name : str
        The environment variable.
    type_text : str
        Its type, for the table of settings.
    parse : callable
        Converts the variable's text; raises ValueError for an unusable one.
    allowed_text : str
        Usable values, as in "it can be full or half".
    default : callable
        Returns the value where the variable is unset or empty.
    default_text : str
        That value, for the table of settings.
    meaning : str
        What the setting changes, for the table of settings.
    secret : bool
        Whether its text may hold a password: then no error quotes it, and processes that read files do not get it.
    """

    name: str
    type_text: str
    parse: Callable[[str], Value]
    allowed_text: str
    default: Callable[[], Value]
    default_text: str
    meaning: str
    secret: bool = False

    def get(self) -> Value:
        """Return the current value.

        Raises
        ------
        SettingError
            If the variable's text is unusable.
        """
        text = os.environ.get(self.name, "")
        if not text.strip():
            return self.default()
        try:
            return self.parse(text)
        except (ValueError, RuntimeError):  # RuntimeError: a home folder that cannot be determined
            if self.secret:
                raise SettingError(f"{self.name} cannot be used; it can be {self.allowed_text}.") from None
            raise SettingError(f"{self.name} is {text!r:.40}; it can be {self.allowed_text}.") from None


def _folder(text: str) -> Path:
    return Path(text).expanduser()


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(_folder(part) for part in text.split(os.pathsep) if part)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _positive_number(text: str) -> float:
    number = _number(text)
    if number <= 0:
        raise ValueError
    return number


def _not_negative(text: str) -> float:
    number = _number(text)
    if number < 0:
        raise ValueError
    return number


def _grace_s(text: str) -> float:
    number = _number(text)
    if not 0 <= number <= MAX_UPLOAD_GRACE_S:
        raise ValueError
    return number


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        word = text.strip().lower()
        if word not in choices:
            raise ValueError
        return word

    return parse


def database_address(text: str) -> str:
    """Return the address of a database in the form that SQLAlchemy takes.

    Raises
    ------
    ValueError
        If it is none, or names another kind of database than `DATABASE_SCHEMES`.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    scheme, colon, rest = text.strip().partition("://")
    scheme = {"postgres": "postgresql"}.get(scheme, scheme)
    if scheme not in DATABASE_SCHEMES or not colon or not rest:
        raise ValueError
    try:
        url = make_url(f"{scheme}://{rest}")
    except ArgumentError:
        raise ValueError from None
    if not url.database:
        raise ValueError
    return f"{scheme}://{rest}"


def _roles(text: str) -> dict[str, str]:
    """Read pairs ``value=role``, with semicolons or commas between them."""
    roles: dict[str, str] = {}
    for pair in text.replace(";", ",").split(","):
        value, equals, role = pair.strip().rpartition("=")
        if not pair.strip():
            continue
        if not (equals and value.strip() and role.strip() in SIGN_IN_ROLES):
            raise ValueError
        roles[value.strip()] = role.strip()
    if not roles:
        raise ValueError
    return roles


def _none() -> None:
    return None


def _user_data() -> Path:
    from platformdirs import user_data_path

    return user_data_path("rhythmoscope")


def _user_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("rhythmoscope")


HOME: Final = Setting[Path](
    "RHYTHMOSCOPE_HOME",
    "folder",
    _folder,
    "a folder",
    _user_data,
    "the account's data folder, `~/.local/share/rhythmoscope` on Linux",
    "Everything that cannot be recomputed: the database of edits, keys, what people said of files. Back it up.",
)
DATABASE: Final = Setting[str | None](
    "RHYTHMOSCOPE_DATABASE",
    "address of a database, as SQLAlchemy writes them",
    database_address,
    "postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite:////FILE",
    _none,
    "`review.sqlite3` in `RHYTHMOSCOPE_HOME`",
    "Database of edits, reports and the audit log: `postgresql://USER:PASSWORD@HOST:PORT/NAME` (several servers may "
    "share it) or `sqlite:////FILE`. Without a password in it, libpq's `PGPASSFILE` counts.",
    secret=True,
)
DESTINATIONS: Final = Setting[Path | None](
    "RHYTHMOSCOPE_DESTINATIONS",
    "file",
    _folder,
    "a file",
    _none,
    "none: nothing is sent",
    "TOML file of the archives and servers to which signed reports may be sent, see docs/deployment.md.",
)
CACHE: Final = Setting[Path](
    "RHYTHMOSCOPE_CACHE",
    "folder",
    _folder,
    "a folder",
    _user_cache,
    "the account's cache folder, `~/.cache/rhythmoscope` on Linux",
    "Results that can be recomputed, and downloads.",
)
ECG_DATA: Final = Setting[Path | None](
    "ECG_DATA",
    "folder",
    _folder,
    "a folder",
    _none,
    "none",
    "Folder of annotated databases, one subfolder each (mitdb, svdb). Commands find them by name; the dashboard may "
    "open it and offers it as the local folder.",
)
ALLOWED_ROOTS: Final = Setting[tuple[Path, ...]](
    "RHYTHMOSCOPE_ROOTS",
    "folders, separated as in `PATH`",
    _folders,
    "a list of folders",
    tuple,
    "home and start folder if only this machine reaches the server, else none",
    "Folders below which the dashboard may open local recordings.",
)
DEMOS: Final = Setting[Path | None](
    "RHYTHMOSCOPE_DEMOS", "folder", _folder, "a folder", _none, "`assets/demo`", "Demo recordings."
)
PHYSIONET_URL: Final = Setting[str](
    "RHYTHMOSCOPE_PHYSIONET_URL",
    "address",
    str,
    "an address",
    lambda: "https://physionet.org",
    "`https://physionet.org`",
    "PhysioNet server or a mirror of it.",
)
UPLOAD_GRACE_S: Final = Setting[float](
    "RHYTHMOSCOPE_UPLOAD_GRACE_S",
    "seconds, 0 to 86400",
    _grace_s,
    "a number of seconds from 0 to 86400",
    lambda: 120.0,
    "120",
    "How long uploads are kept after their window was closed. Read when the server starts.",
)
OPEN_RECORDINGS_MB: Final = Setting[float | None](
    "RHYTHMOSCOPE_OPEN_MB",
    "number of MiB",
    _number,
    "a number of MiB",
    _none,
    "an eighth of the machine's memory, 512 at least and 4096 at most",
    "Memory that open recordings share in the server. A negative number counts as 0.",
)
READER_MB: Final = Setting[float](
    "RHYTHMOSCOPE_READER_MB",
    "number of MiB",
    _positive_number,
    "a number of MiB above 0",
    lambda: 3072.0,
    "3072",
    "Memory that reading one file may take in a reader process. A larger file is refused.",
)
SIGN_IN: Final = Setting[str](
    "RHYTHMOSCOPE_SIGN_IN",
    "optional or required",
    _choice("optional", "required"),
    "optional or required",
    lambda: "optional",
    "optional",
    "Whether the server refuses to start without a provider of sign-in in Streamlit's secrets (`[auth]`).",
)
ROLES_CLAIM: Final = Setting[str](
    "RHYTHMOSCOPE_ROLES_CLAIM",
    "name of a claim",
    str.strip,
    "a name",
    lambda: "roles",
    "`roles`",
    "Claim of the provider with a person's roles; a dot leads into an object, as in realm_access.roles.",
)
ROLES: Final = Setting[dict[str, str]](
    "RHYTHMOSCOPE_ROLES",
    "pairs VALUE=ROLE, separated by commas or semicolons",
    _roles,
    "pairs such as ecg-readers=reader; roles are " + ", ".join(SIGN_IN_ROLES),
    lambda: {role: role for role in SIGN_IN_ROLES},
    "the values `reader`, `senior`, `teacher`, `student` and `administrator` stand for themselves",
    "Role of each value of that claim. Whoever has no other value has no access.",
)
SESSION_HOURS: Final = Setting[float](
    "RHYTHMOSCOPE_SESSION_HOURS",
    "hours",
    _positive_number,
    "a number of hours above 0",
    lambda: 12.0,
    "12",
    "A session ends so long after sign-in.",
)
IDLE_MINUTES: Final = Setting[float](
    "RHYTHMOSCOPE_IDLE_MINUTES",
    "minutes",
    _positive_number,
    "a number of minutes above 0",
    lambda: 30.0,
    "30",
    "A session ends so long after a person has last done something.",
)
PROVIDER_GRACE_MINUTES: Final = Setting[float](
    "RHYTHMOSCOPE_PROVIDER_GRACE_MINUTES",
    "minutes, 0 or more",
    _not_negative,
    "a number of minutes, 0 or more",
    lambda: 5.0,
    "5",
    "While the provider of sign-in cannot be reached, roles it has confirmed before count for so long.",
)
LIVE_STREAMS: Final = Setting[float](
    "RHYTHMOSCOPE_LIVE_STREAMS",
    "number",
    _positive_number,
    "a number above 0",
    lambda: 4.0,
    "4",
    "Live streams that the server takes at a time; as many that have ended are kept.",
)
LIVE_HOURS: Final = Setting[float](
    "RHYTHMOSCOPE_LIVE_HOURS",
    "hours",
    _positive_number,
    "a number of hours above 0",
    lambda: 8.0,
    "8",
    "Longest live stream. Its samples lie on disk until it is removed: 4 bytes for each sample of each lead.",
)
LIVE_TOKEN: Final = Setting[str | None](
    "RHYTHMOSCOPE_LIVE_TOKEN",
    "text",
    str.strip,
    "what `live-token` printed",
    _none,
    "none",
    "Token with which `replay` sends a live stream. The server does not read it: it has the token's hash.",
    secret=True,
)
LOG_LEVEL: Final = Setting[str | None](
    "RHYTHMOSCOPE_LOG_LEVEL",
    ", ".join(LOG_LEVELS),
    _choice(*LOG_LEVELS),
    f"{', '.join(LOG_LEVELS[:-1])} or {LOG_LEVELS[-1]}",
    _none,
    "info in the server, warning on the command line",
    "Least severe events that are logged.",
)
MODEL: Final = Setting[str | None](
    "ECG_MODEL",
    "folder, or a name in `models/`",
    str,
    "a folder",
    _none,
    "the shipped model",
    "Beat classifier.",
)
PRECISION: Final = Setting[str](
    "ECG_PRECISION",
    " or ".join(PRECISIONS),
    _choice(*PRECISIONS),
    " or ".join(PRECISIONS),
    lambda: PRECISIONS[0],
    PRECISIONS[0],
    "Precision of convolutions on a GPU; half is about twice as fast and differs by about 1e-3. "
    "A CPU always uses full.",
)

SETTINGS: Final[tuple[Setting[Any], ...]] = (
    HOME,
    DATABASE,
    DESTINATIONS,
    CACHE,
    ECG_DATA,
    ALLOWED_ROOTS,
    DEMOS,
    PHYSIONET_URL,
    UPLOAD_GRACE_S,
    OPEN_RECORDINGS_MB,
    READER_MB,
    SIGN_IN,
    ROLES_CLAIM,
    ROLES,
    SESSION_HOURS,
    IDLE_MINUTES,
    PROVIDER_GRACE_MINUTES,
    LIVE_STREAMS,
    LIVE_HOURS,
    LIVE_TOKEN,
    LOG_LEVEL,
    MODEL,
    PRECISION,
)
"""All settings, in the order of the table."""


def invalid_settings() -> list[str]:
    """Return the names of settings whose current text is unusable."""
    names = []
    for setting in SETTINGS:
        try:
            setting.get()
        except SettingError:
            names.append(setting.name)
    return names


def set_library_defaults() -> None:
    """Set `LIBRARY_DEFAULTS` in the environment where unset; call before TensorFlow is imported."""
    for name, text in LIBRARY_DEFAULTS.items():
        os.environ.setdefault(name, text)


def secret_in(variable: str) -> str | None:
    """Return a password or token that stands in a variable; None where it is unset or empty.

    Parameters
    ----------
    variable : str
        A name that begins with `SECRET_PREFIX`.

    Raises
    ------
    ValueError
        If it is another name.
    """
    if not variable.startswith(SECRET_PREFIX):
        raise ValueError(variable)
    return os.environ.get(variable) or None


def environment_with(changes: dict[str, str]) -> dict[str, str]:
    """Return the environment of this process with changes and without secrets, for a child process."""
    secrets = {"PGPASSWORD", *(setting.name for setting in SETTINGS if setting.secret)}
    kept = {
        name: text for name, text in os.environ.items() if name not in secrets and not name.startswith(SECRET_PREFIX)
    }
    return {**kept, **changes}


def keras_backend() -> str:
    """Return the name of the backend that Keras uses or will use."""
    return os.environ.get("KERAS_BACKEND", LIBRARY_DEFAULTS["KERAS_BACKEND"])


def table_text() -> str:
    """Return the tables of ``docs/settings.md`` as Markdown."""
    lines = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{setting.name}` | {setting.type_text} | {setting.default_text} | {setting.meaning} |"
        for setting in SETTINGS
    ]
    lines += ["", "| variable of a library | set to, unless set already |", "|---|---|"]
    lines += [f"| `{name}` | `{text}` |" for name, text in LIBRARY_DEFAULTS.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table_text(), end="")
