"""Destinations of signed reports: a TOML file that an administrator writes, named by ``RHYTHMOSCOPE_DESTINATIONS``.

It is read whenever it is needed, so that a change holds at once. Passwords and tokens stand in files of their own or in
environment variables, never in it.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from ecg_core import settings
from ecg_core.errors import SettingError

Kind = Literal["dicom", "dicomweb", "fhir"]

DEFAULT_AE_TITLE: Final = "RHYTHMOSCOPE"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_AE_TITLE: Final = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}", re.ASCII)
_MAX_BYTES: Final = 256 << 10
_MAX_SECRET: Final = 16 << 10


@dataclass(frozen=True)
class DicomDestination:
    """An archive that takes objects by C-STORE.

    Attributes
    ----------
    name, title : str
        By which it is known, and as people see it.
    host : str
    port : int
    called_ae, calling_ae : str
        Application entity titles of the archive and of this program.
    tls : bool
    ca_file, certificate_file, key_file : Path or None
        Authorities that the archive's certificate is checked against, those of the system by default; this program's
        own certificate, where the archive asks for one.
    """

    name: str
    title: str
    host: str
    port: int
    called_ae: str
    calling_ae: str = DEFAULT_AE_TITLE
    tls: bool = False
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    kind: Kind = "dicom"

    @property
    def place(self) -> str:
        """Where it is, for people and the audit log."""
        return f"{self.called_ae}@{self.host}:{self.port}"


@dataclass(frozen=True)
class WebDestination:
    """An archive that takes objects by STOW-RS, or a FHIR server.

    Attributes
    ----------
    name, title : str
        By which it is known, and as people see it.
    kind : {"dicomweb", "fhir"}
    url : str
        Base address: of the DICOMweb service, to which ``/studies`` is added, or of the FHIR server.
    user : str
        For a password; empty for none.
    password_file, token_file : Path or None
        File that holds the password, or a bearer token.
    password_variable, token_variable : str
        Environment variable that holds it, see `ecg_core.settings.SECRET_PREFIX`; empty for none.
    ca_file : Path or None
        Authorities that the certificate is checked against; those that come with `certifi` by default.
    unencrypted : bool
        Whether reports may go there by plain HTTP over a network.
    patient_system : str
        Of a FHIR server: system of the identifiers that reports have as patient's ID, by which the server finds the
        patient. Without one a report brings its own patient.
    """

    name: str
    title: str
    kind: Kind
    url: str
    user: str = ""
    password_file: Path | None = None
    password_variable: str = ""
    token_file: Path | None = None
    token_variable: str = ""
    ca_file: Path | None = None
    unencrypted: bool = False
    patient_system: str = ""

    @property
    def place(self) -> str:
        """Where it is, for people and the audit log."""
        return self.url

    def password(self) -> str | None:
        """Return the password, None where there is none.

        Raises
        ------
        SettingError
            If it is not where it should be.
        """
        return self._secret(self.password_file, self.password_variable, "password")

    def token(self) -> str | None:
        """Return the bearer token, None where there is none.

        Raises
        ------
        SettingError
            If it is not where it should be.
        """
        return self._secret(self.token_file, self.token_variable, "token")

    def _secret(self, file: Path | None, variable: str, what: str) -> str | None:
        if variable:
            found = settings.secret_in(variable)
            if found is None:
                raise SettingError(f"The {what} of destination {self.name} is missing: {variable} is not set.")
            return found
        if file is None:
            return None
        try:
            with file.open(encoding="utf-8") as stream:
                found = stream.read(_MAX_SECRET).strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            raise SettingError(f"The {what} of destination {self.name} cannot be read from {file}: {why}.") from None
        if not found or not found.isprintable():
            raise SettingError(f"The {what} of destination {self.name} in {file} is empty or not one line.")
        return found


Destination = DicomDestination | WebDestination


def destinations() -> dict[str, Destination]:
    """Return the destinations by name, in the order of the file; none where no file is named.

    Raises
    ------
    SettingError
        If the file cannot be read or says something that makes no sense: which destination, what, and what it can be.
    """
    file = settings.DESTINATIONS.get()
    if file is None:
        return {}
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise SettingError(f"{file.name}: a file of destinations has at most {_MAX_BYTES >> 10} kB.")
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"The destinations in {file} cannot be read: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{file.name} is no TOML: {error}.") from None
    unknown = sorted(set(told) - {"destinations"})
    listed = told.get("destinations", {})
    if unknown or not isinstance(listed, dict):
        raise SettingError(f"{file.name}: destinations stand in tables [destinations.NAME] and nothing else does.")
    return {name: _destination(file, name, values) for name, values in listed.items()}


def _destination(file: Path, name: str, values: Any) -> Destination:
    def wrong(what: str) -> SettingError:
        return SettingError(f"{file.name}, destination {name}: {what}.")

    if not _NAME.fullmatch(name):
        raise SettingError(f"{file.name}: {name!r:.60} is no name; small letters, digits, - and _ make one.")
    if not isinstance(values, dict):
        raise wrong("it must be a table")
    kind = values.get("kind")
    if kind not in ("dicom", "dicomweb", "fhir"):
        raise wrong("kind must be dicom, dicomweb or fhir")
    made: type[DicomDestination] | type[WebDestination] = DicomDestination if kind == "dicom" else WebDestination
    known = {one.name: one for one in fields(made) if one.name != "name"}
    if kind != "fhir":
        known.pop("patient_system", None)
    for key in values:
        if key not in known:
            raise wrong(f"there is no {key!r:.40}; it can have {', '.join(sorted(known))}")
    given = {"title": name, **values}
    for key, one in known.items():
        if key not in given and one.default is MISSING:
            raise wrong(f"{key} is missing")
    for key, value in given.items():
        allowed, fits = _FITS[key]
        if not fits(value):
            raise wrong(f"{key} must be {allowed}")
    taken: dict[str, Any] = {
        key: (file.parent / Path(value).expanduser() if key.endswith("_file") else value)
        for key, value in given.items()
    }
    destination: Destination = made(name=name, **taken)
    if isinstance(destination, WebDestination):
        _check_web(destination, wrong)
    elif (destination.key_file is None) != (destination.certificate_file is None) or (
        not destination.tls and (destination.ca_file or destination.key_file)
    ):
        raise wrong("ca_file and the pair certificate_file, key_file belong to tls = true")
    return destination


def _check_web(destination: WebDestination, wrong: Callable[[str], SettingError]) -> None:
    parts = urlsplit(destination.url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise wrong("url must not hold a password, a query or a fragment")
    if parts.scheme == "http" and not destination.unencrypted and not _is_loopback(parts.hostname or ""):
        raise wrong("reports would go over the network unencrypted; use https, or say unencrypted = true")
    if destination.password_file and destination.password_variable:
        raise wrong("the password stands in password_file or password_variable, not both")
    if destination.token_file and destination.token_variable:
        raise wrong("the token stands in token_file or token_variable, not both")
    has_password = bool(destination.password_file or destination.password_variable)
    has_token = bool(destination.token_file or destination.token_variable)
    if has_password != bool(destination.user) or (has_password and has_token):
        raise wrong("it needs user and a password, or a token, or neither")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable() and bool(value.strip())


def _is_url(value: Any) -> bool:
    if not _is_line(value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _is_variable(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(rf"{settings.SECRET_PREFIX}[A-Z0-9_]+", value) is not None


def _is_port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536


def _is_ae_title(value: Any) -> bool:
    return isinstance(value, str) and _AE_TITLE.fullmatch(value) is not None and bool(value.strip())


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_LINE: Final = ("a text on one line", _is_line)
_FILE: Final = ("the path of a file", _is_line)
_AE: Final = ("an AE title of 1 to 16 characters", _is_ae_title)
_FLAG: Final = ("true or false", _is_flag)
_VARIABLE: Final = (f"the name of an environment variable that begins with {settings.SECRET_PREFIX}", _is_variable)

_FITS: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "kind": _LINE,
    "title": _LINE,
    "host": _LINE,
    "port": ("a number from 1 to 65535", _is_port),
    "called_ae": _AE,
    "calling_ae": _AE,
    "tls": _FLAG,
    "ca_file": _FILE,
    "certificate_file": _FILE,
    "key_file": _FILE,
    "url": ("an address that begins with https:// or http://", _is_url),
    "user": _LINE,
    "password_file": _FILE,
    "password_variable": _VARIABLE,
    "token_file": _FILE,
    "token_variable": _VARIABLE,
    "unencrypted": _FLAG,
    "patient_system": _LINE,
}
