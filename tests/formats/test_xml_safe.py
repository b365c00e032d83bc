"""XML of strangers: no entities, nothing fetched, bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg_core.errors import RecordingError
from ecg_core.formats.common import xml_safe
from ecg_core.formats.common.xml_safe import head_text, number, parse_xml


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "a.xml"
    path.write_bytes(text.encode(encoding))
    return path


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:9/b.dtd"> %b;]><a/>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, PARAMETER])
def test_entities_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordingError, match=r"a\.xml declares XML entities"):
        parse_xml(written(tmp_path, text))


def test_a_document_type_that_names_a_dtd_is_passed_over(tmp_path: Path) -> None:
    document = parse_xml(written(tmp_path, '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a>1</a>'))
    assert (document.root.tag, document.root.text) == ("a", "1")


def test_too_many_or_too_deeply_nested_elements_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecordingError, match="nested more than 100 deep"):
        parse_xml(written(tmp_path, "<a>" * 100_000))
    monkeypatch.setattr(xml_safe, "MAX_ELEMENTS", 1000)
    with pytest.raises(RecordingError, match="more than 1,000 elements"):
        parse_xml(written(tmp_path, "<a>" + "<b/>" * 2000 + "</a>"))


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_safe, "MAX_XML_BYTES", 10)
    with pytest.raises(RecordingError, match="larger than"):
        parse_xml(written(tmp_path, "<a>" + " " * 100 + "</a>"))


def test_a_tag_that_never_ends_is_refused_and_long_text_is_not(tmp_path: Path) -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(200_000))
    with pytest.raises(RecordingError, match="a tag of more than a million characters"):
        parse_xml(written(tmp_path, f"<a {attributes}/>"))
    for text in ("A" * 5_000_000, "12 34\n" * 800_000, "é" * 2_000_000):
        assert parse_xml(written(tmp_path, f"<a>{text}</a>")).root.text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_and_without_mark(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "<n:a xmlns:n='urn:x' n:b='ü'>µV<c/>!</n:a>", encoding)
    root = parse_xml(path).root
    assert (root.tag, root.text, root.get("b")) == ("a", "µV!", "ü")
    assert "a xmlns" in head_text(path.read_bytes()[:60])


@pytest.mark.parametrize("text", ["<a><b>1</b><c>2", "<a><b>1</b><c", "<a><b>1</b>"])
def test_what_stands_before_a_cut_is_kept(tmp_path: Path, text: str) -> None:
    document = parse_xml(written(tmp_path, text))
    assert document.truncated
    assert document.root.findtext("b") == "1"
    assert not document.root.findtext("c")


@pytest.mark.parametrize("text", ["", "\0\0\0", "<a></b>", "plain text", "<a>&undefined;</a>"])
def test_what_is_no_xml_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordingError, match=r"a\.xml"):
        parse_xml(written(tmp_path, text))
    assert head_text(b"\x7fELF") == ""


@pytest.mark.parametrize("text, expected", [(" 2,5 ", 2.5), ("nan", None), ("inf", None), ("1e999", None), ("x", None)])
def test_numbers_are_finite(text: str, expected: float | None) -> None:
    assert number(text) == expected
