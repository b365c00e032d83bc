"""What a provider of OpenID Connect says of a person who has signed in: asked again while their session lasts.

Roles come from the userinfo endpoint where it has them (Keycloak, most others). Where they stand in the ID token alone
(Entra ID), only a new ID token tells what they are now, which a refresh token is needed for. No Streamlit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ecg_core.errors import ReviewError
from pages.services.accounts import value_of

TIMEOUT_S: Final = 5.0
"""The longest that one request to the provider may take."""

_RENEWED_BEFORE_S: Final = 60.0
_METADATA_S: Final = 3600.0
_REFUSING: Final = frozenset({400, 401, 403})
"""Answers that refuse a token; others, as of a proxy before a provider that starts, say nothing of the person."""

_LATER: Final = frozenset({"server_error", "temporarily_unavailable", "slow_down"})
"""Errors of OAuth that say nothing of the person."""

_ENDED: Final = "Your sign-in provider has ended the session."
_UNREACHABLE: Final = "The sign-in provider cannot be reached."


class ProviderRefusedError(ReviewError):
    """The provider no longer knows the session, or cannot be asked for roles again; the message says which."""


class ProviderUnreachableError(ReviewError):
    """The provider has not answered, or not in a way that says something of the person."""


@dataclass(frozen=True)
class ProviderTokens:
    """Tokens of a session.

    Attributes
    ----------
    access, refresh : str
        Access token and refresh token; the second is empty where the provider gave none.
    expires_at : float or None
        When the access token expires, in seconds since 1970; None where the provider does not say.
    id_claims : mapping
        Claims of the newest ID token.
    """

    access: str
    refresh: str = field(default="", repr=False)
    expires_at: float | None = None
    id_claims: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, answer: Mapping[str, Any], id_claims: Mapping[str, Any], refresh: str = "") -> ProviderTokens:
        """Return the tokens of a token endpoint's answer.

        Parameters
        ----------
        answer : mapping
            As Authlib returns it.
        id_claims : mapping
            Claims of its ID token, whose signature was checked.
        refresh : str
            Refresh token that counts on where the answer has none.
        """
        expires_at = answer.get("expires_at")
        return cls(
            str(answer.get("access_token") or ""),
            str(answer.get("refresh_token") or refresh),
            float(expires_at) if expires_at else None,
            id_claims,
        )


class IdentityProvider:
    """A provider of OpenID Connect.

    Parameters
    ----------
    name : str
        As the configuration calls it.
    client_id, client_secret, metadata_url : str
        As the provider gave them.
    client_kwargs : mapping
        Further settings of the client, of which the way in which it authenticates counts here.
    claim : str
        Claim with the roles, see `accounts.value_of`.
    """

    def __init__(
        self,
        name: str,
        client_id: str,
        client_secret: str,
        metadata_url: str,
        client_kwargs: Mapping[str, Any],
        claim: str,
    ) -> None:
        self.name = name
        self._settings = {
            "client_id": client_id,
            "client_secret": client_secret,
            "server_metadata_url": metadata_url,
            "client_kwargs": {
                key: value
                for key, value in client_kwargs.items()
                if key in ("scope", "token_endpoint_auth_method", "verify")
            }
            | {"timeout": TIMEOUT_S},
        }
        self._claim = claim
        self._metadata: dict[str, Any] = {}
        self._metadata_at_s = 0.0

    def confirm(self, tokens: ProviderTokens) -> tuple[dict[str, Any], ProviderTokens]:
        """Ask the provider who a session belongs to and which roles they have now.

        Parameters
        ----------
        tokens : ProviderTokens
            Of the session.

        Returns
        -------
        (dict, ProviderTokens)
            Claims, and the tokens that count from now on.

        Raises
        ------
        ProviderRefusedError
            If the provider refuses the tokens.
        ProviderUnreachableError
            If it does not answer.
        """
        import httpx
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError

        try:
            return asyncio.run(self._confirm(tokens))
        except httpx.HTTPStatusError as error:
            if error.response.status_code in _REFUSING:
                raise ProviderRefusedError(_ENDED) from error
            raise ProviderUnreachableError(_UNREACHABLE) from error
        except (JoseError, AuthlibBaseError) as error:
            if getattr(error, "error", "") in _LATER:
                raise ProviderUnreachableError(_UNREACHABLE) from error
            raise ProviderRefusedError(_ENDED) from error
        except (ReviewError, asyncio.CancelledError):
            raise
        except (httpx.HTTPError, OSError, ValueError, RuntimeError, KeyError) as error:
            raise ProviderUnreachableError(_UNREACHABLE) from error

    async def _confirm(self, tokens: ProviderTokens) -> tuple[dict[str, Any], ProviderTokens]:
        import httpx

        client = self._client()
        metadata = await self._discovered(client)
        renewed = False
        if tokens.refresh and tokens.expires_at is not None and tokens.expires_at - time.time() < _RENEWED_BEFORE_S:
            tokens, renewed = await self._renewed(client, tokens), True
        claims: dict[str, Any] = {}
        if metadata.get("userinfo_endpoint"):
            try:
                claims = dict(await client.userinfo(token=_bearer(tokens)))
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.UNAUTHORIZED or renewed or not tokens.refresh:
                    raise
                tokens, renewed = await self._renewed(client, tokens), True
                claims = dict(await client.userinfo(token=_bearer(tokens)))
        if value_of(claims, self._claim) is None and value_of(tokens.id_claims, self._claim) is not None:
            if not renewed:
                if not tokens.refresh:
                    raise ProviderRefusedError(
                        "The sign-in provider tells roles at sign-in alone, so that they could not be taken away: "
                        "whoever runs this server can let it have them in userinfo, or a refresh token."
                    )
                tokens = await self._renewed(client, tokens)
            claims = {**claims, **tokens.id_claims}
        return claims or dict(tokens.id_claims), tokens

    def _client(self) -> Any:
        from authlib.integrations.starlette_client import OAuth

        client = OAuth().register(self.name, **self._settings)
        if time.monotonic() - self._metadata_at_s < _METADATA_S:
            client.server_metadata.update(self._metadata)
        return client

    async def _discovered(self, client: Any) -> dict[str, Any]:
        """Return the provider's description of itself, read once an hour."""
        import httpx

        fresh = "_loaded_at" in client.server_metadata
        try:
            metadata = dict(await client.load_server_metadata())
        except httpx.HTTPStatusError as error:
            raise ProviderUnreachableError(_UNREACHABLE) from error
        if not fresh:
            self._metadata, self._metadata_at_s = metadata, time.monotonic()
        return metadata

    async def _renewed(self, client: Any, tokens: ProviderTokens) -> ProviderTokens:
        """Return new tokens for a refresh token."""
        answer = await client.fetch_access_token(grant_type="refresh_token", refresh_token=tokens.refresh)
        claims = await client.parse_id_token(answer, nonce=None)
        if claims is not None and claims.get("sub") != tokens.id_claims.get("sub", claims.get("sub")):
            raise ProviderRefusedError("The sign-in provider has answered for somebody else.")
        return ProviderTokens.of(answer, {} if claims is None else dict(claims), tokens.refresh)


def _bearer(tokens: ProviderTokens) -> dict[str, str]:
    """Return the access token alone, so that Authlib renews nothing by itself and loses the new refresh token."""
    return {"access_token": tokens.access, "token_type": "Bearer"}
