"""A signed report and an empty archive for the tests of sending."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from orthanc_for_tests import Orthanc


@pytest.fixture
def archive(orthanc_server: Orthanc) -> Iterator[Orthanc]:
    """An archive that holds nothing."""
    orthanc_server.clear()
    yield orthanc_server
    if orthanc_server.process is None:
        orthanc_server.start()
