"""What README.md, ARCHITECTURE.md and the other documents name exists; what they count is what the program does."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / name for name in ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "NOTICE")
] + sorted((ROOT / "docs").rglob("*.md"))
FOLDERS = ("", "ecg_core", "pages", "assets/desk/src", "tests")
"""Folders that paths in documents are relative to."""

SUFFIXES = r"py|js|mjs|ts|json|md|toml|sh|css|txt|npz|yml|yaml|service|lock"
MADE_AT_RUN_TIME = {"NAME.json", "api/index"}
ELSEWHERE = {
    *("mitdb/208", "ecg_core/bundled"),  # a record of PhysioNet; a folder of the wheel
    *("MemoryMax", "CPUQuota", "LimitNOFILE", "protected_hardlinks"),  # of systemd and Linux
}


@cache
def tree() -> tuple[Path, ...]:
    """Return the files of the checkout, without what tools leave in it."""
    folders = ("ecg_core", "pages", "assets", "tests", "models", "docs", ".ci", ".streamlit", ".github")
    inside = [file for folder in folders for file in (ROOT / folder).rglob("*")]
    return tuple(
        file
        for file in (*ROOT.iterdir(), *inside)
        if file.is_file() and not {"__pycache__", "node_modules"} & set(file.parts)
    )


@cache
def words() -> frozenset[str]:
    """Return every identifier in the sources."""
    sources = [file for file in tree() if file.suffix in {".py", ".ts", ".js", ".mjs", ".toml", ".sh"}]
    text = "\n".join(
        file.read_text(encoding="utf-8") for file in [*sources, ROOT / "Makefile"] if file != Path(__file__)
    )
    return frozenset(re.findall(r"[A-Za-z_]\w*", text))


def prose(document: Path) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)


def quoted(document: Path) -> list[str]:
    """Return what stands in backticks on one line."""
    return re.findall(r"`([^`\n]+)`", prose(document))


def is_there(path: str) -> bool:
    """Whether a path exists below one of the folders, or a bare name anywhere."""
    if any((ROOT / folder / path).exists() for folder in FOLDERS):
        return True
    return "/" not in path and path in {file.name for file in tree()}


documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())


@documents
def test_paths_exist(document: Path) -> None:
    is_path = re.compile(rf"[\w./-]+\.(?:{SUFFIXES})|[\w.-]+(?:/[\w.-]+)+/?|[\w-]+/")
    named = {text for text in quoted(document) if is_path.fullmatch(text)} - MADE_AT_RUN_TIME - ELSEWHERE
    missing = [path for path in sorted(named) if not is_there(path) and "NAME" not in path]
    assert not missing
    for path in named:
        if "NAME" in path:  # a file that a contributor adds
            assert is_there(str(Path(path).parent))


@documents
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings}, target


@documents
def test_identifiers_are_in_the_sources(document: Path) -> None:
    names = re.compile(r"[A-Za-z_][\w.]*(?:\(.*\))?")
    missing = []
    for text in quoted(document):
        if names.fullmatch(text) and not re.search(rf"\.(?:{SUFFIXES}|sqlite3)$", text) and text not in ELSEWHERE:
            missing += [text for word in re.findall(r"[A-Za-z_]\w*", text.split("(")[0]) if word not in words()]
    assert sorted(set(missing) - {"fs.protected_hardlinks"}) == []


@documents
def test_dotted_names_begin_with_a_module_or_class(document: Path) -> None:
    known = words() & {file.stem for file in tree() if file.suffix in {".py", ".ts"}}
    known |= {folder.name for folder in (ROOT / "ecg_core").iterdir()} | {"ecg_core", "os", "st", "keras", "server"}
    for text in quoted(document):
        found = re.fullmatch(r"([a-z_]\w*)\.\w+(?:\.\w+)*(?:\(.*\))?", text)
        if found and not re.search(rf"\.(?:{SUFFIXES}|sqlite3|key)$", text) and text != "fs.protected_hardlinks":
            assert found[1] in known, text


@documents
def test_tests_that_are_named_exist(document: Path) -> None:
    for path, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", prose(document)):
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), test


@documents
def test_goals_of_make_exist(document: Path) -> None:
    goals = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"^make ([\w-]+)", text, re.M) + re.findall(r"`(?:\w+=\S+ )?make ([\w-]+)[^`]*`", text)
    assert not set(named) - goals


def commands() -> list[str]:
    """Return the commands of ``python -m ecg_core`` that documents show, once each."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S):
            found += re.findall(r"^python -m ecg_core .+$", block, re.M)
        found += re.findall(r"`(python -m ecg_core [^`]+)`", text.replace("\n", " "))
    return list(dict.fromkeys(re.split(r"\s#", command)[0].strip() for command in found))


def filled(command: str) -> list[list[str]]:
    """Return what a person may type for a command as documents show it: without and with what is in brackets."""
    plain = command.removeprefix("python -m ecg_core ").replace("...", "")
    bare = re.sub(r"\[[^\]]*\]", "", plain)
    whole = plain.replace("[", "").replace("]", "")
    forms = [bare] if bare == whole or " | " in plain else [bare, whole]
    return [[word.split("|")[0] for word in shlex.split(form)] for form in forms]


@pytest.mark.parametrize("command", commands())
def test_commands_are_understood(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecg_core.cli import program

    monkeypatch.setattr("ecg_core.sources.local.database_folder", Path)
    parser: argparse.ArgumentParser = program._parser()
    for line in filled(command):
        numbers = [{"N": "1", "H": "1", "K": "3"}.get(word, word) for word in line]
        if len(numbers) == 1:  # a command named alone, without what it needs
            with pytest.raises(SystemExit) as ended:
                parser.parse_args([*numbers, "--help"])
            assert ended.value.code == 0
        else:
            assert parser.parse_args(numbers).command == line[0]


def test_the_readme_begins_with_what_it_is_a_picture_two_commands_and_links() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:22]
    places = [
        next(number for number, line in enumerate(first) if line.startswith(begin))
        for begin in ("# Rhythmoscope", "**Read an ECG", "![", "make run", "make test", "[What it does](#")
    ]
    assert places == sorted(places)


def text_of(name: str) -> str:
    """Return a document as one line."""
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def test_lengths_and_limits_are_those_of_the_program() -> None:
    from ecg_core.classification.windows import WindowSpec
    from ecg_core.detection import streaming
    from ecg_core.pacing.spikes import MIN_RATE_HZ
    from ecg_core.review.database import FILE_NAME, WRITE_PATIENCE_S
    from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
    from ecg_core.templates import MAX_FAMILIES
    from pages.services.job_executor import ANALYSIS_JOBS, UNWATCHED_JOB_TTL_S
    from pages.services.upload_store import DEFAULT_GRACE_S

    architecture, readme = text_of("ARCHITECTURE.md"), text_of("README.md")
    chunk_s = re.search(r"CHUNK_S = (\d+);", (ROOT / "assets/desk/src/chunks.ts").read_text(encoding="utf-8"))
    assert chunk_s is not None
    numbers = {2: "two", 3: "Three", 8: "eight", 12: "twelve"}
    assert f"reads {streaming.PIECE_S // 60}-minute pieces with {streaming.OVERLAP_S} s of overlap" in architecture
    assert f"cuts windows at {WindowSpec().fs_hz:g} Hz" in architecture
    assert f"recorded ({MIN_RATE_HZ:g} Hz and more)" in architecture
    assert f"for each of {numbers[len(RHYTHM_CLASSES)]} rhythms" in architecture
    assert f"at most {numbers[MAX_FAMILIES]} families" in architecture
    assert f"`chunks.ts` keeps {chunk_s[1]} s pieces" in architecture
    assert f"others for {WRITE_PATIENCE_S:g} s in all" in architecture
    assert f"has looked at for {UNWATCHED_JOB_TTL_S:g} s" in architecture
    assert f"It lies in `{FILE_NAME}`" in readme
    assert f"uploads are removed {numbers[round(DEFAULT_GRACE_S / 60)]} minutes after" in readme
    assert f"{numbers[ANALYSIS_JOBS.load().max_running]} analyses run at once" in readme


def test_the_python_that_is_needed_is_the_same_everywhere() -> None:
    needed = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert needed is not None
    for name in ("README.md", "CONTRIBUTING.md", "Makefile"):
        assert f"Python {needed[1]} or newer" in text_of(name)


def test_the_table_of_classes_is_that_of_the_cards() -> None:
    rows = re.findall(
        r"^\| `([\w.-]+)`.*?(reference|detected) peaks.*? \| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.M
    )
    assert len(rows) == 6
    for model, peaks, cells in rows:
        card = json.loads((ROOT / "models" / model / "card.json").read_text(encoding="utf-8"))
        result = card["figures"][f"ds2_{peaks}"]["results"][0]
        assert (result["mapping"], result["start_s"]) == ("de_chazal", 0.0)
        gross, without = result["gross"], result["without_232"]["gross"]

        figures = [each[name] for each in (gross["V"], gross["S"], without["S"]) for name in ("se", "ppv", "f1")]
        figures += [gross["N"]["f1"], gross["accuracy"]]
        # Half a unit of the last digit, and what the card itself rounds.
        assert [float(cell) for cell in re.findall(r"[\d.]+", cells)] == pytest.approx(
            [100 * figure for figure in figures], abs=0.0501
        )


def card_of(model: str) -> dict[str, Any]:
    """Return the figures of a model's card."""
    figures: dict[str, Any] = json.loads((ROOT / "models" / model / "card.json").read_text(encoding="utf-8"))["figures"]
    return figures


def test_the_figures_of_cross_validation_are_those_of_the_card() -> None:
    figures = card_of("beat-2026.2")["cross_validation"]
    of = {name: each["classes"] for name, each in figures["of"].items()}
    error = figures["calibration_error"]
    stated = re.search(
        r"SVDB V F1 (#), S (#); DS1 S (#); expected calibration error N (#), S (#), V (#)".replace("#", r"\d+\.\d+"),
        text_of("README.md"),
    )
    assert stated is not None
    shares = [100 * of["svdb"]["V"]["f1"], 100 * of["svdb"]["S"]["f1"], 100 * of["mitdb"]["S"]["f1"]]
    assert [float(figure) for figure in stated.groups()[:3]] == pytest.approx(shares, abs=0.0501)
    assert [float(figure) for figure in stated.groups()[3:]] == pytest.approx([error[c] for c in "NSV"], abs=0.000501)


def test_the_figures_of_beats_on_ds2_are_those_of_the_card() -> None:
    figures = card_of("beat-2026.5")["ds2_reference"]
    result, readme = figures["results"][0], text_of("README.md")
    of = [figures["calibration"][letter]["equal"] for letter in "NSV"]
    stated = re.search(r"`beat-2026.5` on DS2 N (\d\.\d+), S (\d\.\d+), V (\d\.\d+);", readme)
    row = re.search(r"DS2 \(`beat-2026.5`\) \|([^|]+\|[^|]+\|[^|]+)\|", text_of("docs/classifier.md"))
    assert stated is not None
    assert row is not None
    assert [float(error) for error in stated.groups()] == pytest.approx([each["error"] for each in of], abs=0.000501)
    expected = [figure for each in of for figure in (each["error"], *each["interval"])]
    assert [float(error) for error in re.findall(r"\d\.\d+", row[1])] == pytest.approx(expected, abs=0.000501)

    gross, without = result["gross"], result["without_232"]["gross"]
    aided = r"F1 goes from (#) to # for V and from (#) to # for S \(without record 232 from (#) "
    families = re.search(aided.replace("#", r"[\d.]+"), readme)
    assert families is not None
    alone = [100 * each["f1"] for each in (gross["V"], gross["S"], without["S"])]
    assert [float(figure) for figure in families.groups()] == pytest.approx(alone, abs=0.0501)


def test_the_figures_of_behaviour_are_those_of_the_cards() -> None:
    stated = re.search(r"`beat-2026.2` passes (\d+) .*?`beat-2026.5` (\d+)\.", text_of("README.md"))
    assert stated is not None
    assert [int(figure) for figure in stated.groups()] == [
        card_of(model)["behaviour"]["passed"] for model in ("beat-2026.2", "beat-2026.5")
    ]


def test_the_figures_of_dangerous_rhythms_are_those_of_the_card() -> None:
    figures = next(each for title, each in card_of("rhythm-2026.2").items() if title.startswith("Patients left out"))
    readme = text_of("README.md")

    def first(name: str) -> float:
        return float(re.match(r"[\d.]+", next(text for key, text in figures.items() if key.startswith(name)))[0])  # type: ignore[index]

    assert f"names {first('VFDB: time of VT, flutter'):.0f} % of the time of VT, flutter and fibrillation" in readme
    assert f"at {first('VFDB: other time named'):g} % of the other time" in readme
    in_four = re.search(r"(\d+)% of it in", next(text for text in figures.values() if "% of it in" in text))
    assert in_four is not None
    assert f"hold {in_four[1]} % of that" in readme
    assert f"of CUDB's fibrillation it names {first('CUDB: time of VF'):.0f} %" in readme
    alarms = next(text for key, text in figures.items() if key.startswith("Challenge 2015"))
    stated = re.search(r"asystole (\d+), bradycardia (\d+), tachycardia (\d+), VT (\d+), VF (\d+)", readme)
    assert stated is not None
    scores = [float(score) for score in re.findall(r"[\d.]+", alarms)]
    assert [float(score) for score in stated.groups()] == pytest.approx(scores, abs=0.501)


def test_the_figures_of_explanations_are_those_of_the_card() -> None:
    figures = card_of("beat-2026.5")["explanations"]
    readme = text_of("README.md")
    for letter, region, begin in (("V", "qrs_t", "V is explained by the QRS-T"), ("S", "before_qrs", "by the P wave:")):
        shares = [
            round(100 * method["classes"][letter]["shares"][region]["share"]) for method in figures["methods"].values()
        ]
        stated = re.search(rf"{begin} ?\(?(\d+) to (\d+) %.*?(\d+) % by chance", readme)
        assert stated is not None
        low, high, chance = map(int, stated.groups())
        assert (low, high) == (min(shares), max(shares))
        assert chance == round(100 * figures["chance"][region])
