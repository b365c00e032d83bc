"""Settings: read when asked, one error for unusable text, a table that is up to date."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecg_core import logs, settings
from ecg_core.errors import SettingError

ROOT = Path(__file__).resolve().parent.parent

USABLE = {
    settings.HOME: ("/srv/home", Path("/srv/home")),
    settings.DATABASE: (" postgres://ann:secret@db:5432/edits", "postgresql://ann:secret@db:5432/edits"),
    settings.DESTINATIONS: ("/etc/destinations.toml", Path("/etc/destinations.toml")),
    settings.CACHE: ("~/cache", Path("~/cache").expanduser()),
    settings.ECG_DATA: ("/data", Path("/data")),
    settings.ALLOWED_ROOTS: (os.pathsep.join(("/a", "", "/b")), (Path("/a"), Path("/b"))),
    settings.DEMOS: ("demos", Path("demos")),
    settings.PHYSIONET_URL: ("https://mirror.example", "https://mirror.example"),
    settings.UPLOAD_GRACE_S: ("0.5", 0.5),
    settings.OPEN_RECORDINGS_MB: ("-3", -3.0),
    settings.READER_MB: ("0.5", 0.5),
    settings.SIGN_IN: (" Required", "required"),
    settings.ROLES_CLAIM: (" realm_access.roles ", "realm_access.roles"),
    settings.ROLES: ("/ecg/readers=reader; a=b=senior", {"/ecg/readers": "reader", "a=b": "senior"}),
    settings.SESSION_HOURS: ("8", 8.0),
    settings.IDLE_MINUTES: ("0.5", 0.5),
    settings.PROVIDER_GRACE_MINUTES: ("0", 0.0),
    settings.LIVE_STREAMS: ("2", 2.0),
    settings.LIVE_HOURS: ("0.5", 0.5),
    settings.LIVE_TOKEN: (" secret ", "secret"),
    settings.LOG_LEVEL: (" Debug ", "debug"),
    settings.MODEL: ("other-model", "other-model"),
    settings.PRECISION: ("HALF", "half"),
}

UNUSABLE = [
    (settings.CACHE, "~nobody-of-this-name/cache"),
    (settings.UPLOAD_GRACE_S, "-1"),
    (settings.UPLOAD_GRACE_S, "86401"),
    (settings.UPLOAD_GRACE_S, "soon"),
    (settings.OPEN_RECORDINGS_MB, "nan"),
    (settings.OPEN_RECORDINGS_MB, "1e400"),
    (settings.OPEN_RECORDINGS_MB, "much"),
    (settings.READER_MB, "0"),
    (settings.READER_MB, "inf"),
    (settings.SIGN_IN, "yes"),
    (settings.ROLES, "reader"),
    (settings.ROLES, "doctors=chief"),
    (settings.ROLES, "=reader"),
    (settings.ROLES, ";"),
    (settings.SESSION_HOURS, "0"),
    (settings.IDLE_MINUTES, "-1"),
    (settings.PROVIDER_GRACE_MINUTES, "-1"),
    (settings.LOG_LEVEL, "loud"),
    (settings.PRECISION, "double"),
]


@pytest.mark.parametrize("setting", settings.SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_is_read_at_each_call(setting: settings.Setting[object], monkeypatch: pytest.MonkeyPatch) -> None:
    text, value = USABLE[setting]
    monkeypatch.setenv(setting.name, text)
    assert setting.get() == value
    for unset in ("", "  "):
        monkeypatch.setenv(setting.name, unset)
        assert setting.get() == setting.default() != value
    monkeypatch.delenv(setting.name)
    assert setting.get() == setting.default()


@pytest.mark.parametrize(("setting", "text"), UNUSABLE, ids=lambda part: getattr(part, "name", part))
def test_unusable_text_is_one_error_that_names_the_variable_and_what_it_can_be(
    setting: settings.Setting[object], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting.name, text)
    with pytest.raises(SettingError) as caught:
        setting.get()
    assert str(caught.value) == f"{setting.name} is {text!r}; it can be {setting.allowed_text}."
    assert settings.invalid_settings() == [setting.name]


@pytest.mark.parametrize(
    "text", ["mysql://ann:secret@db/edits", "secret", "postgresql://", "postgresql://ann:secret@db", "sqlite://"]
)
def test_an_unusable_text_that_may_hold_a_password_is_not_quoted(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.DATABASE.name, text)
    with pytest.raises(SettingError) as caught:
        settings.DATABASE.get()
    assert str(caught.value) == f"{settings.DATABASE.name} cannot be used; it can be {settings.DATABASE.allowed_text}."


def test_processes_that_read_files_do_not_get_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.DATABASE.name, "postgresql://ann:secret@db/edits")
    given = settings.environment_with({"OTHER": "text"})
    assert given["OTHER"] == "text"
    assert given["PATH"] == os.environ["PATH"]
    assert "secret" not in "".join(given.values())


def test_a_long_or_many_lined_text_is_quoted_on_one_short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.PRECISION.name, "a\nb" * 1000)
    with pytest.raises(SettingError) as caught:
        settings.PRECISION.get()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


def test_variables_of_libraries_are_set_only_where_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.delenv("KERAS_BACKEND")
    assert settings.keras_backend() == "tensorflow"
    settings.set_library_defaults()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert settings.keras_backend() == "jax"


def test_the_levels_that_can_be_set_are_those_of_the_log() -> None:
    assert tuple(logs.LEVELS) == settings.LOG_LEVELS


def test_every_setting_of_the_module_is_in_the_table() -> None:
    defined = [value for value in vars(settings).values() if isinstance(value, settings.Setting)]
    assert list(settings.SETTINGS) == defined
    assert len({setting.name for setting in defined}) == len(defined)


def test_the_documentation_has_the_table_as_it_is_now() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert settings.table_text() in text, "python -m ecg_core.settings prints the table for docs/settings.md"


def test_names_in_the_documents_are_those_of_settings() -> None:
    names = {setting.name for setting in settings.SETTINGS}
    for document in ("README.md", "SECURITY.md"):
        words = (ROOT / document).read_text(encoding="utf-8").replace("`", " ").replace(",", " ").split()
        mentioned = {word.strip("().:;$") for word in words if "RHYTHMOSCOPE_" in word}
        assert mentioned, document
        assert mentioned <= names, document
