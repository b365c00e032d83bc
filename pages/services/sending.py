"""Sending of signed reports: who may, where to, and how far it is. No Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

from ecg_core.errors import ReviewError, SettingError
from ecg_core.report import TEMPLATES
from ecg_core.review.reports import Report as Version
from ecg_core.review.sends import Send, Sends
from ecg_core.sending import Destination, destinations
from pages.services.accounts import Action, acting
from pages.services.report_drafts import ReportForm
from pages.services.review_sessions import database_in_use, why_read_only
from pages.services.send_worker import SENDER
from pages.services.workspace import OpenedRecording


@dataclass(frozen=True)
class Sender:
    """Whoever asks for a report to be sent: name and role, as the audit log has them."""

    name: str
    role: str


def sender_of(person: str, role: str) -> Sender | None:
    """Return who asks for sending: the account, or as they said on the page; None where they said no name.

    Parameters
    ----------
    person, role : str
        As typed and chosen there, where nobody signs in.
    """
    person, role = acting().signs_as(person.strip(), role)
    return Sender(person, role) if person else None


def may_send(sender: Sender | None) -> bool:
    """Tell whether somebody may send signed reports: without sign-in, whoever gives a name."""
    return sender is not None and acting().may(Action.SEND)


@dataclass(frozen=True)
class Sending:
    """Where a signed version may go, and how far that is.

    Attributes
    ----------
    version : Version
        The newest signed one.
    destinations : dict of str to Destination
        Those that are configured.
    sends : list of Send
        Of all versions of the report.
    without_identity : bool
        Whether the report does not say whose it is.
    problem : str
        What is wrong with the configuration, or why nothing can be sent; empty where nothing is.
    """

    version: Version
    destinations: dict[str, Destination]
    sends: list[Send]
    without_identity: bool
    problem: str = ""

    @property
    def pending(self) -> bool:
        """Whether something is on its way, so that it is worth looking again soon."""
        return any(one.state in ("queued", "sending", "failed") for one in self.sends)

    def send_to(self, destination: str) -> Send | None:
        """Return how far the newest signed version is on its way to a destination, None where nobody asked for it."""
        mine = (one for one in self.sends if one.version == self.version.version)
        return next((one for one in mine if one.destination == destination), None)


def sending_of(opened: OpenedRecording, version: Version) -> Sending:
    """Return where a signed version may go, and how far that is.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    version : Version
        The newest signed version of its report.
    """
    form = ReportForm.of(version.content.get("form", {}), {})
    unnamed = not form.identity or not TEMPLATES[form.template].identity
    problem, found = why_read_only() or "", dict[str, Destination]()
    try:
        found = destinations()
    except SettingError as error:
        problem = f"Nothing can be sent: {error}"
    try:
        sends = _sends().of(opened.recording.sha256)
    except ReviewError as error:
        sends, problem = [], str(error)
    return Sending(version, found, sends, unnamed, problem)


def send(version: Version, destination: str, sender: Sender) -> Send:
    """Ask for a signed version to be sent, or to be tried again at once; the audit log tells who did.

    Parameters
    ----------
    version : Version
        The newest signed version.
    destination : str
        Name of a destination.
    sender : Sender
        Who asks.

    Raises
    ------
    ReviewError
        If they may not, the version is not the newest signed one, or nothing can be written.
    SettingError
        If the destinations cannot be read or there is none of the name.
    """
    _require(sender, "send a report")
    known = destinations().get(destination)
    if known is None:
        raise SettingError(f"There is no destination {destination:.40} any more.")
    made = _sends().ask(
        version.recording_sha256, version.version, destination, sender.name, sender.role, place=known.place
    )
    SENDER.wake()
    return made


def give_up(one: Send, sender: Sender) -> None:
    """Let a report that has not arrived not be tried again.

    Parameters
    ----------
    one : Send
        Which.
    sender : Sender
        Who decides that.

    Raises
    ------
    ReviewError
        If they may not, it has arrived meanwhile, or nothing can be written.
    """
    _require(sender, "stop sending a report")
    _sends().give_up(one, sender.name, sender.role)


def _require(sender: Sender | None, what: str) -> None:
    acting().require(Action.SEND)
    if sender is None:
        raise ReviewError(f"Give your name to {what}.")


def _sends() -> Sends:
    return Sends(database_in_use())
