"""Signed reports to a hospital: destinations, C-STORE, STOW-RS, and transactions to a FHIR server.

Each way is idempotent: what was sent before is not there twice when it is sent again.
"""

from ecg_core.sending.delivery import Documents, check, deliver
from ecg_core.sending.destinations import Destination, DicomDestination, WebDestination, destinations

__all__ = ["Destination", "DicomDestination", "Documents", "WebDestination", "check", "deliver", "destinations"]
