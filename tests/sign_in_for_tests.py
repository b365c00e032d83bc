"""People who are signed in without a provider's process: their roles are what a test says."""

from __future__ import annotations

from typing import Any

from pages.services.identity_provider import ProviderRefusedError, ProviderTokens
from pages.services.sign_in import SignIn

COOKIE = "signed_in"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class TestProvider:
    """A provider that says what a test lets it say.

    Attributes
    ----------
    claims : dict
        Claims of each person.
    problem : Exception or None
        What happens instead of an answer.
    asked : int
        How often it was asked.
    """

    __test__ = False
    name = "default"

    def __init__(self) -> None:
        self.claims: dict[str, dict[str, Any]] = {}
        self.problem: Exception | None = None
        self.asked = 0

    def confirm(self, tokens: ProviderTokens) -> tuple[dict[str, Any], ProviderTokens]:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        sub = tokens.access.partition(".")[0]
        if sub not in self.claims:
            raise ProviderRefusedError("Your sign-in provider has ended the session.")
        return self.claims[sub], tokens


class People:
    """People of a provider, and the cookies of who is signed in."""

    def __init__(self, sign_in: SignIn) -> None:
        self.sign_in, self.provider, self._n = sign_in, TestProvider(), 0
        sign_in.configure({"default": self.provider}, read)

    def person(self, sub: str, *roles: str) -> None:
        """Let a person have roles from now on."""
        self.provider.claims[sub] = {"sub": sub, "name": sub.title(), "preferred_username": sub, "roles": list(roles)}

    def signed_in(self, sub: str, *roles: str) -> dict[str, str]:
        """Sign a person in who has roles; return their cookies."""
        self.person(sub, *roles)
        self._n += 1
        token = f"{sub}.{self._n}"
        told = {**self.provider.claims[sub], "iss": "https://provider.test"}
        self.sign_in.begin("default", {"access_token": token, "userinfo": told})
        return {COOKIE: token}


def read(cookies: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Read the cookie of a test, which stands for the two that Streamlit signs."""
    token = cookies.get(COOKIE)
    return ({"sub": token.partition(".")[0]}, {"access_token": token}) if token else None


def header(cookies: dict[str, str]) -> dict[str, str]:
    """The cookies as a request's header."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
