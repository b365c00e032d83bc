"""Endpoint wrapper of the desk's routes: sign-in, token and role check, body parsing, handler, serialised answer.

Answers are never kept by the browser or on the way (they are patients' data, and the browser's own memory of chunks is
faster), and never say more of a failure than one sentence.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from ecg_core import logs
from ecg_core.errors import CannotKeepError, ModelError, RecordingError, ReviewError, SourceError, UuidTakenError
from pages.api.wire import json_bytes
from pages.services.accounts import AccessDeniedError, Account, Action, acting_as
from pages.services.audit_trail import EXPORTED, TRAIL
from pages.services.errors import RequestError
from pages.services.job_executor import acting_for
from pages.services.sign_in import SIGN_IN, SignInNeededError, UnconfirmedError
from pages.services.tokens import TokenGrant, grant_of, reviewer_of
from pages.services.workspace import OpenedRecording

TOKEN_HEADER: Final = "X-Desk-Token"  # noqa: S105 - a header's name
PERSON_HEADER: Final = "X-Desk-Person"

PACKED: Final = "application/octet-stream"
_JSON: Final = "application/json"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_HALF: Final = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED: Final = re.compile(r"\\u[dD][89a-fA-F]")
_INTERNAL_ERROR_MESSAGE: Final = (
    "This did not work for a reason that was not foreseen; the server's log has the details."
)


MAX_CONCURRENT_REQUESTS: Final = 8
"""Requests of one person that are answered at the same time, of the forty that all together can have."""

_request_slots: WeakValueDictionary[tuple[int, str], asyncio.Semaphore] = WeakValueDictionary()


@dataclass(frozen=True)
class DeskRequest:
    """Request that a handler receives.

    Attributes
    ----------
    grant : TokenGrant
        Under whose token was asked.
    opened : OpenedRecording
        The recording on the desk.
    person : str
        Who asks.
    params : mapping of str to str
    body : dict
        What was posted; empty for other requests.
    token : str
        The token's, by which a page is known.
    """

    grant: TokenGrant
    opened: OpenedRecording
    person: str
    params: Mapping[str, str]
    body: dict[str, Any]
    token: str = ""


@dataclass(frozen=True)
class Asked:
    """Who asks for what, before anything is done.

    Attributes
    ----------
    cookies : mapping of str to str
        Of the request.
    token : str
        The page's.
    name : str or None
        What the browser says the person is called, which counts without sign-in alone.
    action : Action
        Kind of the route.
    is_poll : bool
        Whether browsers ask by themselves, so that it is no use of the session.
    """

    cookies: Mapping[str, str]
    token: str
    name: str | None
    action: Action
    is_poll: bool


@dataclass(frozen=True)
class FileAnswer:
    """Response that the browser saves as a file."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class StoredFileAnswer:
    """Response that the browser saves as a file, streamed from disk.

    `done` is called once all of it was sent to somebody who was still there: not after a part, and not where the
    connection broke off, so that it can be fetched again.
    """

    name: str
    media_type: str
    path: Path
    done: Callable[[], None]


Answer = bytes | dict[str, Any] | FileAnswer | StoredFileAnswer | None
"""Packed arrays, JSON, a file, or nothing new."""

Handler = Callable[[DeskRequest], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(handler: Handler, action: Action, max_bytes: int = 0, *, is_poll: bool = False) -> Endpoint:
    """Wrap a handler as a Starlette endpoint that runs it in a thread.

    Parameters
    ----------
    handler : callable
        Takes a `DeskRequest` and returns the answer.
    action : Action
        What the account must be allowed to do with the recording.
    max_bytes : int
        Longest body of a request that posts JSON; 0 for one that posts nothing.
    is_poll : bool
        Whether browsers ask by themselves while nobody does anything.
    """

    async def answer(request: Request) -> Response:
        if request.method == "HEAD":  # which Starlette adds to GET, and which must do nothing
            return Response(status_code=405, headers={**_HEADERS, "Allow": "GET"})
        try:
            token, name = request.headers.get(TOKEN_HEADER, ""), request.headers.get(PERSON_HEADER)
            asked = Asked(request.cookies, token, name, action, is_poll)
            async with _request_slots_of(_owner_of(token)):
                account, grant = await run_in_threadpool(_admitted, asked)
            body = await _posted(request, max_bytes) if max_bytes else {}
            params = dict(request.query_params)
            async with _request_slots_of(grant.owner):
                return await run_in_threadpool(_handled, handler, account, grant, asked, params, body)
        except Exception as error:
            return _problem(error, request.url.path)

    return answer


def _owner_of(token: str) -> str:
    grant = grant_of(token)
    return grant.owner if grant is not None else ""


def _admitted(asked: Asked) -> tuple[Account, TokenGrant]:
    """Return the account that asks and the grant of its token.

    Raises
    ------
    SignInNeededError, UnconfirmedError, AccessDeniedError, RequestError
        If it may not have what it asks for.
    """
    account = SIGN_IN.account(asked.cookies, used=not asked.is_poll)
    grant = grant_of(asked.token)
    if grant is None:
        raise RequestError("This page has been open without use for too long; open the recording again.", 403)
    if grant.account != account.key:
        SIGN_IN.tell_refused(account, "use the token of somebody else", grant.opened.recording.sha256)
        raise RequestError("This page was opened by somebody else; open the recording again.", 403)
    if not account.may(asked.action, grant.opened.rec):
        SIGN_IN.tell_refused(account, asked.action.value, grant.opened.recording.sha256)
        account.require(asked.action, grant.opened.rec)
    return account, grant


def _request_slots_of(owner: str) -> asyncio.Semaphore:
    """Return what lets so many of one person's requests be answered at once; the others wait without a thread."""
    key = id(asyncio.get_running_loop()), owner
    slots = _request_slots.get(key)
    if slots is None:
        slots = _request_slots[key] = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
    return slots


def _handled(
    handler: Handler,
    account: Account,
    grant: TokenGrant,
    asked: Asked,
    params: Mapping[str, str],
    body: dict[str, Any],
) -> Response:
    with acting_as(account), acting_for(grant.owner):
        person = reviewer_of(asked.name, grant)
        call = DeskRequest(grant, grant.recording(), person, params, body, asked.token)
        return _answered(call, handler(call))


def _answered(call: DeskRequest, answer: Answer) -> Response:
    if isinstance(answer, FileAnswer | StoredFileAnswer):
        n_bytes = len(answer.content) if isinstance(answer, FileAnswer) else answer.path.stat().st_size
        code = logs.code_of(call.opened.recording.sha256)
        TRAIL.tell(call.opened, call.person, EXPORTED, {"kind": answer.media_type, "bytes": n_bytes})
        logs.event("export_made", code=code, kind=answer.media_type.replace("/", "."), bytes=n_bytes)
    return _response(answer)


def _response(answer: Answer) -> Response:
    if answer is None:
        return Response(status_code=204, headers=_HEADERS)
    if isinstance(answer, FileAnswer):
        attached = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return Response(answer.content, media_type=answer.media_type, headers={**_HEADERS, **attached})
    if isinstance(answer, StoredFileAnswer):
        return _StoredResponse(answer)
    if isinstance(answer, bytes):
        return Response(answer, media_type=PACKED, headers=_HEADERS)
    return Response(json_bytes(answer), media_type=_JSON, headers=_HEADERS)


class _StoredResponse(FileResponse):
    """Sends a file, and says that it is no longer needed when the whole of it was sent."""

    def __init__(self, answer: StoredFileAnswer) -> None:
        super().__init__(answer.path, media_type=answer.media_type, filename=answer.name, headers=_HEADERS)
        self._done = answer.done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole, sent_bytes = False, 0

        async def leave() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        async def send_counted(message: Message) -> None:
            nonlocal whole, sent_bytes
            if message["type"] == "http.response.start":
                whole = message["status"] == HTTPStatus.OK
            elif message["type"] == "http.response.body":
                sent_bytes += len(message.get("body", b""))
                whole = whole and not left.done()
            await send(message)

        left = asyncio.create_task(leave())
        try:
            await super().__call__(scope, receive, send_counted)
        finally:
            left.cancel()
        if whole and sent_bytes and str(sent_bytes) == self.headers.get("content-length"):
            await run_in_threadpool(self._done)


async def _posted(request: Request, max_bytes: int) -> dict[str, Any]:
    """Read a JSON object from a request's body.

    Raises
    ------
    RequestError
        If it is too long, no JSON object, or does not say that it is JSON, as a form of another site cannot.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise RequestError("Only JSON can be sent here.", 415)
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > max_bytes:
            raise RequestError(f"More than {max_bytes / 2**20:g} MB cannot be sent at once.", 413)
    try:
        posted = await run_in_threadpool(_read, bytes(received) or b"{}")
    except (ValueError, RecursionError):
        raise RequestError("What was sent is not JSON.") from None
    if not isinstance(posted, dict):
        raise RequestError("What was sent is no JSON object.")
    return posted


def _read(content: bytes) -> Any:
    """Read JSON in UTF-8, in which every text can be written as UTF-8 again."""
    text = content.decode("utf-8")
    posted = json.loads(text)
    if _HALF_ESCAPED.search(text) and _holds_half(posted):
        raise RequestError("A text that was sent holds half of a character; send it again without.")
    return posted


def _holds_half(value: object) -> bool:
    """Tell whether a text somewhere in JSON's values holds a surrogate alone, which no file and no database takes."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if _HALF.search(one):
                return True
        elif isinstance(one, dict):
            left.extend((*one, *one.values()))
        elif isinstance(one, list):
            left.extend(one)
    return False


def _problem(error: Exception, path: str) -> Response:
    """Answer with the sentence that says what went wrong."""
    if isinstance(error, RequestError):
        status, problem = error.status, error.problem
    elif isinstance(error, ClientDisconnect):
        status, problem = 400, "The request broke off."
    elif isinstance(error, SignInNeededError):
        status, problem = 401, str(error)
    elif isinstance(error, UnconfirmedError):
        status, problem = 503, str(error)
    elif isinstance(error, AccessDeniedError):
        # Another token does not help, unlike where the page's own is unknown.
        return _json_response(403, {"problem": str(error), "denied": True})
    elif isinstance(error, UuidTakenError):
        # Sending it again never helps, unlike what waits for its beats to be classified.
        return _json_response(409, {"problem": str(error), "final": True})
    elif isinstance(error, ReviewError):
        # What the database did not take may be sent again; what cannot be taken at all may not.
        again = isinstance(error, CannotKeepError) or isinstance(error.__cause__, SQLAlchemyError)
        status, problem = 503 if again else 422, str(error)
    elif isinstance(error, RecordingError | ModelError | SourceError):
        status, problem = 422, str(error)
    else:
        logs.unforeseen(path.strip("/").replace("/", "."), error)
        status, problem = 500, _INTERNAL_ERROR_MESSAGE
    return _json_response(status, {"problem": problem})


def _json_response(status: int, body: dict[str, Any]) -> Response:
    return Response(json_bytes(body), status_code=status, media_type=_JSON, headers=_HEADERS)
