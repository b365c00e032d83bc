"""HTTP requests to destinations: no redirects, no proxies or passwords of the environment, checked certificates."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

import requests

from ecg_core.errors import SendError
from ecg_core.sending.destinations import WebDestination

_CONNECT_S: Final = 10.0
_ANSWER_S: Final = 120.0
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same may well be taken later."""

_MAX_ANSWER: Final = 8 << 20


def request(
    destination: WebDestination, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> requests.Response:
    """Send a request; return the answer, whatever its status, but for those that say that nobody is there.

    Parameters
    ----------
    destination : WebDestination
        Where to.
    method : str
        Of HTTP.
    path : str
        Added to the destination's address.
    headers : mapping of str to str
        Beside the credentials.
    body : bytes, optional
        What is sent.

    Raises
    ------
    SendError
        If there is no answer, or it is a redirection.
    SettingError
        If a password or token cannot be read.
    """
    token, password = destination.token(), destination.password()
    told = {"User-Agent": "Rhythmoscope", **headers}
    if token is not None:
        told["Authorization"] = f"Bearer {token}"
    if password is not None:
        told["Authorization"] = f"Basic {b64encode(f'{destination.user}:{password}'.encode()).decode()}"
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.request(
                method,
                f"{destination.url.rstrip('/')}{path}",
                data=body,
                headers=told,
                timeout=(_CONNECT_S, _ANSWER_S),
                verify=str(destination.ca_file) if destination.ca_file is not None else True,
                allow_redirects=False,
                stream=True,
            ) as answer:
                answer._content = answer.raw.read(_MAX_ANSWER, decode_content=True)
        except requests.exceptions.SSLError as error:
            raise SendError(f"The certificate of {destination.title} cannot be trusted: {_short(error)}.") from None
        except (requests.exceptions.RequestException, OSError) as error:
            raise SendError(f"{destination.title} does not answer: {_short(error)}.") from None
    if 300 <= answer.status_code < 400:
        raise SendError(
            f"{destination.title} sends elsewhere; its url in the file of destinations is not right.", refused=True
        )
    return answer


def refusal(destination: WebDestination, answer: requests.Response, told: str = "") -> SendError:
    """Return the error that tells of an answer that is no success.

    Parameters
    ----------
    destination : WebDestination
        Who answered.
    answer : Response
        The answer.
    told : str
        What it said, in words.
    """
    words = told or answer.reason or "no reason given"
    return SendError(
        f"{destination.title} answered {answer.status_code}: {words}.", refused=answer.status_code not in _AGAIN
    )


def json_of(answer: requests.Response) -> Any:
    """Return what an answer says as JSON; None where it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def _short(error: BaseException) -> str:
    """Return the innermost cause of an error in a few words."""
    reason: Any = error
    while True:
        inner = getattr(reason, "reason", None) or (reason.args[0] if getattr(reason, "args", ()) else None)
        if not isinstance(inner, BaseException):
            break
        reason = inner
    text = getattr(reason, "strerror", None) or str(reason)
    return text.rpartition(">: ")[2].splitlines()[0].rstrip(".") if text else type(reason).__name__
