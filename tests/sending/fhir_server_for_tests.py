"""A small FHIR server: transactions with conditional creates and updates, all or nothing, kept in memory."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

from fhir.resources.R4B.bundle import Bundle


class RefusedError(Exception):
    """A transaction that is not taken: status and reason."""


class FhirServer:
    """What a server holds, and what it was asked."""

    def __init__(self) -> None:
        self.resources: dict[str, list[dict[str, Any]]] = {}
        self.headers: list[dict[str, str]] = []
        self.refuse: tuple[int, str] | None = None
        self.drop_answer = False
        self.url = ""

    def transaction(self, bundle: dict[str, Any]) -> dict[str, Any]:
        """Take a transaction as a whole, or raise."""
        Bundle.model_validate(bundle)
        held, entries, places = copy.deepcopy(self.resources), [], {}
        for entry in bundle["entry"]:
            request, resource = entry["request"], copy.deepcopy(entry["resource"])
            kind = resource["resourceType"]
            condition = request.get("ifNoneExist") or request["url"].partition("?")[2]
            found = [one for one in held.get(kind, []) if condition and self._matches(one, condition)]
            if len(found) > 1:
                raise RefusedError(412, f"Several {kind} match {condition}")
            if found and request["method"] == "POST":
                status, resource = "200 OK", found[0]
            elif found:
                resource["id"] = found[0]["id"]
                held[kind][held[kind].index(found[0])] = resource
                status = "200 OK"
            else:
                resource["id"] = f"{kind.lower()}-{len(held.get(kind, []))}"
                held.setdefault(kind, []).append(resource)
                status = "201 Created"
            places[entry["fullUrl"]] = f"{kind}/{resource['id']}"
            entries.append({"response": {"status": status, "location": places[entry["fullUrl"]]}})
        text = json.dumps(held)
        for url, place in places.items():
            text = text.replace(f'"reference": "{url}"', f'"reference": "{place}"')
        self.resources = json.loads(text)
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}

    @staticmethod
    def _matches(resource: dict[str, Any], condition: str) -> bool:
        (token,) = parse_qs(condition)["identifier"]
        system, _, value = unquote(token).partition("|")
        return any(one.get("system") == system and one["value"] == value for one in resource.get("identifier", []))


class _Handler(BaseHTTPRequestHandler):
    fhir: FhirServer

    def do_GET(self) -> None:
        self._answer(200, {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"})

    def do_POST(self) -> None:
        self.fhir.headers.append(dict(self.headers))
        bundle = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            if self.fhir.refuse is not None:
                raise RefusedError(*self.fhir.refuse)
            answer = self.fhir.transaction(bundle)
        except RefusedError as error:
            status, why = error.args
            issue = {"severity": "error", "code": "processing", "diagnostics": why}
            self._answer(status, {"resourceType": "OperationOutcome", "issue": [issue]})
            return
        if self.fhir.drop_answer:
            self.fhir.drop_answer = False
            self.close_connection = True
            return
        self._answer(200, answer)

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def running_fhir_server() -> Iterator[FhirServer]:
    """Start a server on a free port of this machine."""
    fhir = FhirServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fhir": fhir}))
    fhir.url = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fhir
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
