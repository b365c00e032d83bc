"""Who may see live streams: the one place that decides it."""

from __future__ import annotations

from pages.services.accounts import Action, acting


def may_see_streams() -> bool:
    """Tell whether the account that asks may list and open live streams, which are of patients."""
    return acting().may(Action.READ)
