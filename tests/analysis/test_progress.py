"""The progress line: on terminals only, with a time left that follows the share."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from ecg_core.progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("ecg_core.progress.time", clock)
    return clock


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr("ecg_core.progress.sys", SimpleNamespace(stderr=terminal))
    return terminal


def shown(terminal: Terminal) -> list[str]:
    """Return what each drawing showed, and forget it."""
    drawn = terminal.getvalue().split("\r\x1b[K")[1:]
    terminal.seek(0)
    terminal.truncate()
    return drawn


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard error of a process whose output goes to a file."""
    plain = io.StringIO()
    monkeypatch.setattr("ecg_core.progress.sys", SimpleNamespace(stderr=plain))
    return plain


def test_short_work_writes_nothing_where_there_is_no_terminal(plain: io.StringIO, clock: Clock) -> None:
    with ProgressLine("100") as line:
        for share in (0.0, 0.5, 1.0):
            line.show("Finding beats", share)
            clock.now_s += 10
    assert plain.getvalue() == ""


def test_long_work_leaves_a_line_each_half_minute_where_there_is_no_terminal(plain: io.StringIO, clock: Clock) -> None:
    with ProgressLine("beat") as line:
        for step in range(91):
            line.show("Training loss 0.3", step / 100)
            clock.now_s += 1
    assert plain.getvalue().splitlines() == [
        "beat: Training loss 0.3, 30 % 1:10 left",
        "beat: Training loss 0.3, 60 % 0:40 left",
        "beat: Training loss 0.3, 90 % 0:10 left",
    ]


def test_the_bar_grows_with_the_share(terminal: Terminal, clock: Clock) -> None:
    filled = []
    with ProgressLine("100") as line:
        for share in (0.0, 0.25, 0.5, 1.0):
            line.show("Finding beats", share)
            clock.now_s += 1
            (drawn,) = shown(terminal)
            assert drawn.startswith("100  ")
            assert f"{100 * share:.0f} %" in drawn
            assert drawn.endswith("Finding beats")
            filled.append(drawn.count("█"))
    assert filled == [0, 6, 12, 24]


def test_the_time_left_follows_from_the_time_taken(terminal: Terminal, clock: Clock) -> None:
    with ProgressLine("100") as line:
        line.show("Finding beats", 0.0)
        clock.now_s += 30
        line.show("Finding beats", 0.25)
        assert "1:30 left" in shown(terminal)[-1]


def test_a_share_that_falls_back_starts_the_clock_anew(terminal: Terminal, clock: Clock) -> None:
    with ProgressLine("beat") as line:
        line.show("Fold 1 of 3", 0.0)
        clock.now_s += 600
        line.show("Fold 1 of 3", 1.0)
        line.show("Fold 2 of 3", 0.0)
        clock.now_s += 10
        line.show("Fold 2 of 3", 0.5)
        assert "0:10 left" in shown(terminal)[-1]


def test_another_text_alone_does_not(terminal: Terminal, clock: Clock) -> None:
    with ProgressLine("Evaluating") as line:
        line.show("100", 0.0)
        clock.now_s += 60
        line.show("101", 0.5)
        assert "1:00 left" in shown(terminal)[-1]


def test_it_is_drawn_a_few_times_a_second_and_at_the_end(terminal: Terminal, clock: Clock) -> None:
    with ProgressLine("100") as line:
        for step in range(1, 1000):
            clock.now_s += 0.001
            line.show("Finding beats", step / 1000)
        assert 4 <= len(shown(terminal)) <= 7
        line.show("Finding beats", 1.0)
        assert "100 %" in shown(terminal)[-1]


def test_the_line_is_removed_even_after_an_error(terminal: Terminal) -> None:
    def stopped() -> None:
        with ProgressLine("100") as line:
            line.show("Finding beats", 0.5)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert terminal.getvalue().endswith("\r\x1b[K")
