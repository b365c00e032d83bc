"""A provider of OpenID Connect in a process of its own, and people who sign in there."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from pages.services.identity_provider import IdentityProvider

CLIENT = {"client_id": "rhythmoscope", "client_secret": "not-so-secret"}
SCOPE = "openid profile email"


class Provider:
    """A running provider.

    Attributes
    ----------
    url : str
    process : subprocess.Popen
    """

    def __init__(self, port: int, *arguments: str) -> None:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self._arguments = arguments
        self.process = self._started()

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/.well-known/openid-configuration"

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(self.port), *self._arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            try:
                httpx.get(self.metadata_url, timeout=5).raise_for_status()
                return process
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError("The provider does not answer.")

    def person(self, sub: str, **claims: object) -> None:
        """Let a person have claims from now on."""
        told = {"name": sub.title(), "preferred_username": sub, **claims}
        httpx.put(f"{self.url}/users/{sub}", json=told, timeout=10).raise_for_status()

    def revoke(self, sub: str) -> None:
        """Revoke all tokens of a person."""
        httpx.post(f"{self.url}/users/{sub}/revoke-tokens", timeout=10).raise_for_status()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def client(self, claim: str = "roles") -> IdentityProvider:
        """The provider as the dashboard asks it."""
        return IdentityProvider(
            "default", CLIENT["client_id"], CLIENT["client_secret"], self.metadata_url, {"scope": SCOPE}, claim
        )

    def sign_in(self, sub: str) -> dict[str, Any]:
        """Sign in as a browser does; return the token endpoint's answer with the claims of the ID token."""
        back, nonce = "http://127.0.0.1/oauth2callback", secrets.token_hex(8)
        asked = {
            "response_type": "code",
            "client_id": CLIENT["client_id"],
            "redirect_uri": back,
            "scope": SCOPE,
            "nonce": nonce,
            "state": "x",
        }
        sent = httpx.post(f"{self.url}/oauth2/authorize", params=asked, data={"sub": sub}, timeout=10)
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]

        async def exchanged() -> dict[str, Any]:
            client = self.client()._client()
            answer = await client.fetch_access_token(back, code=code, grant_type="authorization_code")
            return {**answer, "userinfo": dict(await client.parse_id_token(answer, nonce=nonce))}

        return asyncio.run(exchanged())


@contextmanager
def running_provider(*arguments: str) -> Iterator[Provider]:
    """Run a provider on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    provider = Provider(port, *arguments)
    try:
        yield provider
    finally:
        provider.stop()


def secrets_toml(provider: Provider, port: int, secret: str = "0" * 40) -> str:
    """Streamlit's secrets for a dashboard on a port."""
    return "\n".join(
        [
            "[auth]",
            f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"',
            f"cookie_secret = {json.dumps(secret)}",
            f'client_id = "{CLIENT["client_id"]}"',
            f'client_secret = "{CLIENT["client_secret"]}"',
            f'server_metadata_url = "{provider.metadata_url}"',
            "",
        ]
    )
