"""The administrator's file of destinations: read as it is written, each mistake one sentence, no secret in an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg_core import settings
from ecg_core.errors import SettingError
from ecg_core.sending import DicomDestination, WebDestination, destinations

WHOLE = """
[destinations.pacs]
kind = "dicom"
title = "Hospital PACS"
host = "pacs.example.org"
port = 11112
called_ae = "PACS"
tls = true
ca_file = "authorities.pem"

[destinations.web]
kind = "dicomweb"
url = "https://archive.example.org/dicom-web"
user = "ann"
password_file = "/etc/rhythmoscope/password"

[destinations.ehr]
kind = "fhir"
url = "https://ehr.example.org/fhir"
token_variable = "RHYTHMOSCOPE_SECRET_EHR"
patient_system = "urn:oid:1.2.3"
"""

DICOM = '[destinations.pacs]\nkind = "dicom"\nhost = "pacs"\nport = 104\ncalled_ae = "PACS"\n'
WEB = '[destinations.web]\nkind = "dicomweb"\nurl = "https://archive/dicom-web"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "destinations.toml"
    monkeypatch.setenv("RHYTHMOSCOPE_DESTINATIONS", str(path))
    return path


def test_without_a_file_there_are_none() -> None:
    assert destinations() == {}


def test_all_kinds_are_read_in_their_order_and_a_change_holds_at_once(file: Path) -> None:
    file.write_text(WHOLE)
    found = destinations()
    assert list(found) == ["pacs", "web", "ehr"]
    pacs, web, ehr = found.values()
    assert isinstance(pacs, DicomDestination)
    assert (pacs.title, pacs.port, pacs.calling_ae, pacs.tls) == ("Hospital PACS", 11112, "RHYTHMOSCOPE", True)
    assert pacs.ca_file == file.parent / "authorities.pem"
    assert isinstance(web, WebDestination)
    assert (web.title, web.password_file) == ("web", Path("/etc/rhythmoscope/password"))
    assert isinstance(ehr, WebDestination)
    assert ehr.patient_system == "urn:oid:1.2.3"
    file.write_text(DICOM)
    assert list(destinations()) == ["pacs"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("destinations = [", "is no TOML"),
        ("[other]\na = 1\n", "stand in tables"),
        ('[destinations]\npacs = "here"\n', "destination pacs: it must be a table"),
        ("[destinations.'Big PACS']\n", "is no name"),
        ('[destinations.pacs]\nkind = "email"\n', "kind must be dicom, dicomweb or fhir"),
        (DICOM.replace("port = 104\n", ""), "port is missing"),
        (DICOM.replace("104", "70000"), "port must be a number from 1 to 65535"),
        (DICOM.replace("104", "true"), "port must be a number"),
        (DICOM.replace('"PACS"', '"A TITLE OF TOO MANY LETTERS"'), "called_ae must be an AE title"),
        (DICOM + 'url = "https://archive"\n', "there is no 'url'; it can have ca_file, called_ae"),
        (DICOM + 'ca_file = "a.pem"\n', "belong to tls = true"),
        (DICOM + 'tls = true\nkey_file = "a.pem"\n', "the pair certificate_file, key_file"),
        (WEB.replace("https://", "ftp://"), "url must be an address that begins with https"),
        (WEB.replace("https://", "http://"), "unencrypted; use https"),
        (WEB.replace("https://", "https://ann:secret@"), "url must not hold a password"),
        (WEB + 'user = "ann"\n', "it needs user and a password"),
        (WEB + 'token_variable = "PATH"\n', "begins with RHYTHMOSCOPE_SECRET_"),
        (WEB + 'password = "secret"\n', "there is no 'password'"),
        (WEB + 'patient_system = "urn:oid:1"\n', "there is no 'patient_system'"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_where_and_what_it_can_be(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingError) as caught:
        destinations()
    said = str(caught.value)
    assert told in said
    assert "destinations.toml" in said
    assert said.endswith(".")
    assert "\n" not in said
    assert "secret@" not in said


def test_plain_http_is_taken_on_this_machine_and_where_it_is_asked_for(file: Path) -> None:
    file.write_text(WEB.replace("https://archive", "http://127.0.0.1:8042"))
    assert list(destinations()) == ["web"]
    file.write_text(WEB.replace("https://", "http://") + "unencrypted = true\n")
    assert list(destinations()) == ["web"]


def test_a_file_that_cannot_be_read_is_told(file: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read: No such file"):
        destinations()


def test_a_secret_is_read_when_it_is_needed_and_missed_in_a_sentence(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(WEB + 'token_variable = "RHYTHMOSCOPE_SECRET_WEB"\n')
    (web,) = destinations().values()
    assert isinstance(web, WebDestination)
    monkeypatch.delenv("RHYTHMOSCOPE_SECRET_WEB", raising=False)
    with pytest.raises(SettingError, match="RHYTHMOSCOPE_SECRET_WEB is not set"):
        web.token()
    monkeypatch.setenv("RHYTHMOSCOPE_SECRET_WEB", "one")
    assert web.token() == "one"
    assert "RHYTHMOSCOPE_SECRET_WEB" not in settings.environment_with({})
    file.write_text(WEB + 'user = "ann"\npassword_file = "password"\n')
    (web,) = destinations().values()
    assert isinstance(web, WebDestination)
    with pytest.raises(SettingError, match="cannot be read"):
        web.password()
    (tmp_path / "password").write_text("two\n")
    assert web.password() == "two"
