"""The desk's routes and who may ask for what: each route, each role, and tokens and sessions that do not count."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from asgi_client import Answered, request
from desk_client import DeskClient
from sign_in_for_tests import Clock, People, header
from starlette.applications import Starlette
from starlette.routing import Route

from ecg_core.review.audit import AuditLog
from ecg_core.sources.demos import demo_folder
from pages.api.routes import PREFIX, ROUTES
from pages.services import accounts, workspace
from pages.services.accounts import NOBODY, ROLES, acting_as
from pages.services.audit_trail import TRAIL
from pages.services.identity_provider import ProviderUnreachableError
from pages.services.review_sessions import database_in_use
from pages.services.sign_in import SIGN_IN
from pages.services.tokens import issue_token
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

RULES = {
    "GET": {
        "state": "read",
        "beats": "read",
        "edit": "read",
        "span": "read",
        "disclosure": "read",
        "reference": "read",
        "pacing": "read",
        "file": "read",
        "saliency": "read",
        "singles": "read",
        "changes": "read",
        "waves": "read",
        "measurements": "read",
        "family": "read",
        "criteria": "read",
        "episode_criteria": "read",
        "diary": "read",
        "sleep": "read",
        "readers": "read",
        "differences": "read",
        "statements": "read",
        "live": "read",
        "worklist": "read",
        "trends": "read",
        "variability": "read",
        "proposals": "edit",
        "import": "edit",
        "export/log.json": "export",
        "export/beats.csv": "export",
        "export/beats.zip": "export",
        "export/signal": "export",
        "export/signal/file": "export",
    },
    "POST": {
        "edits": "edit",
        "undo": "edit",
        "redo": "edit",
        "families/split": "edit",
        "job": "read",
        "identity": "read",
        "saliency": "read",
        "place": "read",
        "diary": "edit",
        "diary/withdraw": "edit",
        "worklist": "edit",
        "import": "edit",
        "export/signal": "export",
        "export/signal/stop": "export",
    },
}
"""What each route does with a recording; a route without a rule fails `test_every_route_has_a_rule`."""

MAY = {
    "read": {"patient": {"reader", "senior"}, "demo": {"reader", "senior", "teacher", "student"}},
    "edit": {"patient": {"reader", "senior"}, "demo": {"reader", "senior", "teacher", "student"}},
    "export": {"patient": {"reader", "senior"}, "demo": {"reader", "senior", "teacher", "student"}},
}
"""Roles that may do what with a patient's recording and with a demo."""

_server = Starlette(routes=ROUTES)
_DIRECT = [route for route in ROUTES if route.path.startswith(PREFIX)]


def method_of(route: Route) -> str:
    return "POST" if "POST" in (route.methods or ()) else "GET"


def path_of(route: Route) -> str:
    return route.path.rpartition(f"{PREFIX}/")[2]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """A server on which people sign in."""
    monkeypatch.setattr(SIGN_IN, "clock", clock)
    accounts.know_accounts(lambda: NOBODY)
    yield People(SIGN_IN)
    SIGN_IN.configure({}, lambda _: None)
    accounts.know_accounts(lambda: accounts.SINGLE_USER)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a patient's recording."""
    made = tmp_path_factory.mktemp("patients")
    for file in demo_folder().glob("demo_pvc.*"):
        shutil.copy(file, made / file.name)
    return made


@pytest.fixture
def recordings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, OpenedRecording]:
    """A demo and a patient's recording."""
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(folder))
    with acting_as(accounts.SINGLE_USER):
        return {
            "demo": workspace.open_in_workspace("demo/demo_pvc", ""),
            "patient": workspace.open_in_workspace("local/demo_pvc", str(folder)),
        }


def token_for(opened: OpenedRecording, cookies: dict[str, str]) -> str:
    """What a page of whoever has these cookies would be given."""
    with acting_as(SIGN_IN.account(cookies)):
        return issue_token(opened)


def ask(route: Route, token: str, cookies: dict[str, str]) -> Answered:
    headers = {"X-Desk-Token": token, **header(cookies)}
    path = route.path.replace("{below:path}", "ecg/dashboard")
    body = json.dumps({}).encode() if method_of(route) == "POST" else b""
    return request(_server, method_of(route), path, {}, headers, body)


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    found: dict[str, set[str]] = {"GET": set(), "POST": set()}
    for route in ROUTES:
        found[method_of(route)].add(path_of(route))
    assert found == {method: set(rules) for method, rules in RULES.items()}


@pytest.mark.parametrize("route", _DIRECT, ids=lambda route: f"{method_of(route)} {route.path}")
def test_a_route_answers_those_whose_role_allows_it_and_nobody_else(
    route: Route, people: People, recordings: dict[str, OpenedRecording]
) -> None:
    for kind, role in product(recordings, [*ROLES, "none"]):
        cookies = people.signed_in("ann", *([] if role == "none" else [role]))
        answer = ask(route, token_for(recordings[kind], cookies), cookies)
        if role in MAY[RULES[method_of(route)][path_of(route)]][kind]:
            assert answer.status_code not in (401, 403), (kind, role, answer.text)
        else:
            assert answer.status_code == 403, (kind, role)
            assert answer.json()["denied"] is True
            assert set(answer.json()) == {"problem", "denied"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{method_of(route)} {route.path}")
def test_a_token_without_its_owners_sign_in_opens_nothing(
    route: Route, people: People, recordings: dict[str, OpenedRecording]
) -> None:
    cookies = people.signed_in("ann", "senior")
    stolen = token_for(recordings["patient"], cookies)
    assert ask(route, stolen, {}).status_code == 401
    assert ask(route, stolen, {"signed_in": "ann.4711"}).status_code == 401
    colleague = people.signed_in("bea", "senior")
    answer = ask(route, stolen, colleague)
    assert answer.status_code == 403
    assert "somebody else" in answer.json()["problem"]
    assert ask(route, stolen, cookies).status_code not in (401, 403)


@pytest.mark.parametrize("route", _DIRECT, ids=lambda route: f"{method_of(route)} {route.path}")
def test_a_token_ends_with_the_session(
    route: Route, people: People, recordings: dict[str, OpenedRecording], clock: Clock
) -> None:
    out = people.signed_in("ann", "senior")
    token = token_for(recordings["patient"], out)
    SIGN_IN.end(SIGN_IN.key(out))
    assert ask(route, token, out).status_code == 401
    expired = people.signed_in("bea", "senior")
    token = token_for(recordings["patient"], expired)
    clock.now_s += 31 * 60
    assert ask(route, token, expired).status_code == 401
    removed = people.signed_in("carl", "senior")
    token = token_for(recordings["patient"], removed)
    people.person("carl")
    clock.now_s += 59
    assert ask(route, token, removed).status_code == 403
    del people.provider.claims["carl"]
    clock.now_s += 59
    assert ask(route, token, removed).status_code == 401
    waiting = people.signed_in("dora", "senior")
    token = token_for(recordings["patient"], waiting)
    people.provider.problem = ProviderUnreachableError("away")
    clock.now_s += 7 * 60
    assert ask(route, token, waiting).status_code == 503  # so that the browser keeps what it has to send


def test_a_token_of_a_server_without_sign_in_counts_no_more_where_people_sign_in(
    recordings: dict[str, OpenedRecording], people: People
) -> None:
    with acting_as(accounts.SINGLE_USER):
        token = issue_token(recordings["demo"])
    cookies = people.signed_in("ann", "senior")
    answer = request(_server, "GET", f"{PREFIX}/state", {}, {"X-Desk-Token": token, **header(cookies)})
    assert answer.status_code == 403


@pytest.fixture
def desk(classified: OpenedRecording, people: People) -> DeskClient:
    """A reader's page at a classified recording, who says to be somebody else."""
    cookies = people.signed_in("ann", "reader")
    client = DeskClient(classified, "Dr Somebody Else", token_for(classified, cookies))
    client.more = header(cookies)
    return client


def test_nobody_edits_under_another_name(desk: DeskClient) -> None:
    assert desk.state()["person"] == "Ann (ann)"
    meta, arrays = desk.packed("beats")
    beat = int(arrays["id"][20])
    desk.edit(meta["revision"], {"action": "relabel", "beats": [beat], "label": "V"})
    assert desk.ask("edit", beat=beat).json()["person"] == "Ann (ann)"
    assert desk.ask("export/beats.csv").status_code == 200
    assert TRAIL.flush(60)
    rows = [row for row in AuditLog(database_in_use()).entries() if row.action != "signed in"]
    assert {(row.person, row.role) for row in rows} == {("Ann (ann)", "reader")}
    assert {row.action for row in rows} == {"opened", "edited", "exported"}


def test_nobody_imports_edits_of_another_person(desk: DeskClient, people: People, classified: OpenedRecording) -> None:
    meta, arrays = desk.packed("beats")
    desk.edit(meta["revision"], {"action": "relabel", "beats": [int(arrays["id"][20])], "label": "V"})
    log = desk.ask("export/log.json").json()
    assert desk.send("import", {"log": log}).status_code == 200  # nothing new
    log["entries"].append(
        {**log["entries"][-1], "seq": log["entries"][-1]["seq"] + 1, "uuid": "forged-1", "person": "Bea"}
    )
    refused = desk.send("import", {"log": log})
    assert refused.status_code == 422
    assert "under their own name" in refused.json()["problem"]


def test_what_is_refused_is_a_row_of_the_audit_log(people: People, recordings: dict[str, OpenedRecording]) -> None:
    cookies = people.signed_in("tom", "teacher")
    with acting_as(SIGN_IN.account(cookies)):
        token = issue_token(recordings["patient"])
    for _ in range(3):
        answer = request(_server, "GET", f"{PREFIX}/state", {}, {"X-Desk-Token": token, **header(cookies)})
        assert answer.status_code == 403
    assert TRAIL.flush(60)
    told = [row for row in AuditLog(database_in_use()).entries() if row.action == "access refused"]
    assert [(row.person, row.role, row.subject) for row in told] == [
        ("Tom (tom)", "teacher", recordings["patient"].recording.sha256)
    ]


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(
    people: People, recordings: dict[str, OpenedRecording], clock: Clock
) -> None:
    cookies = people.signed_in("ann", "reader")
    headers = {"X-Desk-Token": token_for(recordings["demo"], cookies), **header(cookies)}
    for _ in range(31):
        clock.now_s += 58
        last = request(_server, "GET", f"{PREFIX}/changes", {"since": 0}, headers)
    assert last.status_code not in (401, 403)
    clock.now_s += 58
    assert request(_server, "GET", f"{PREFIX}/changes", {"since": 0}, headers).status_code == 401
