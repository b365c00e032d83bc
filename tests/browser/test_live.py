"""A replayed recording with a ventricular tachycardia on the desk while it grows."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from driving import Dashboard, Server, serve
from playwright.sync_api import Browser, Locator, expect

from ecg_core.live.protocol import PATH
from ecg_core.live.replay import Replayed, replay
from ecg_core.recording import Recording, from_array

FS_HZ = 250.0
LENGTH_S = 150.0
VT_S = (60.0, 85.0)
TOKEN = "a token for the test"


def with_tachycardia() -> Recording:
    """Sinus rhythm with broad complexes at 180 bpm in between."""
    time_s = np.arange(round(LENGTH_S * FS_HZ)) / FS_HZ
    signal = np.zeros_like(time_s)

    def add(at_s: float, *parts: tuple[float, float, float]) -> None:
        for height, offset_s, width_s in parts:
            signal[:] += height * np.exp(-0.5 * ((time_s - at_s - offset_s) / width_s) ** 2)

    for at_s in np.arange(0.5, LENGTH_S, 60 / 70):
        if not VT_S[0] - 0.6 < at_s < VT_S[1] + 0.4:
            add(at_s, (0.12, -0.17, 0.022), (1.0, 0.0, 0.011), (-0.2, 0.03, 0.012), (0.25, 0.26, 0.05))
    for at_s in np.arange(*VT_S, 60 / 180):
        add(at_s, (1.4, 0.0, 0.05), (-0.7, 0.17, 0.065))
    leads = np.stack([signal, -0.6 * signal], axis=1)
    noise = 0.015 * np.random.default_rng(1).standard_normal(leads.shape)
    return from_array((leads + noise).astype(np.float32), FS_HZ, ["II", "V1"])


class Sender:
    """A replay in the background."""

    def __init__(self, server: Server, name: str, **options: float) -> None:
        self.done: Replayed | None = None
        self._address = server.url.replace("http://", "ws://") + PATH
        self._name, self._options = name, options
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        self.done = replay(with_tachycardia(), self._address, TOKEN, name=self._name, **self._options)  # type: ignore[arg-type]

    def wait(self) -> Replayed:
        self._thread.join(300)
        assert self.done is not None
        return self.done


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard that takes streams."""
    folder = tmp_path_factory.mktemp("live")
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "live-token.sha256").write_text(hashlib.sha256(TOKEN.encode()).hexdigest())
    with serve(folder) as running:
        yield running


def row(dashboard: Dashboard, text: str) -> Locator:
    return dashboard.page.locator("[class*=st-key-live_row_]", has_text=text).first


def received_s(dashboard: Dashboard) -> float:
    return float(dashboard.page.locator(".desk .sh-paper").get_attribute("data-start") or 0)


def test_a_tachycardia_appears_while_the_recording_grows(live_server: Server, browser: Browser) -> None:
    dashboard = Dashboard(browser, live_server)
    page = dashboard.page
    # The first stream waits for TensorFlow.
    Sender(live_server, "first", speed=60.0, stop_s=6.0).wait()
    dashboard.open()
    expect(row(dashboard, "first").get_by_role("button")).to_be_enabled()
    sender = Sender(live_server, "bed 4", speed=3.0)
    try:
        expect(row(dashboard, "live ·")).to_be_visible()
        row(dashboard, "live ·").get_by_role("button").click()
        bar = page.locator(".desk .live-bar")
        expect(bar).to_contain_text("Live demonstration, not a monitor")
        paper = page.locator(".desk .sh-paper[data-whole=true]")
        expect(paper).to_be_visible()
        before_s = received_s(dashboard)
        tachycardia = page.locator(".desk .events-card .row.event", has_text=re.compile("V tachycardia"))
        expect(tachycardia.first).to_be_visible()
        # The list is in order of urgency: it stands first.
        expect(page.locator(".desk .events-card .row.event").first).to_contain_text("V tachycardia")
        assert received_s(dashboard) > before_s

        back = page.locator(".desk .live-back")
        expect(back).to_be_hidden()
        tachycardia.first.click()
        expect(back).to_be_visible()
        stays_s = received_s(dashboard)
        assert VT_S[0] - 10 < stays_s < VT_S[1]
        done = sender.wait()
        assert done.n_samples == round(LENGTH_S * FS_HZ)
        expect(bar).to_have_attribute("data-state", "ended")
        expect(bar).not_to_contain_text("being analysed")
        assert received_s(dashboard) == stays_s
        back.click()
        expect(page.locator(f'.desk .sh-paper[data-start="{LENGTH_S - 10:.3f}"]')).to_be_visible()

        # It cannot be edited, and has neither report nor explanation.
        page.locator(".desk .sh-paper").focus()
        page.get_by_text("Report", exact=True).first.click()
        expect(page.get_by_text("can be read on the Review page only")).to_be_visible()
        dashboard.check()
    finally:
        dashboard.close()


def test_a_sender_that_leaves_without_a_word_is_told_on_the_desk(live_server: Server, browser: Browser) -> None:
    from websockets.sync.client import connect

    from ecg_core.live.protocol import Frame, StreamHeader, frame_bytes, header_text

    recording = with_tachycardia()
    header = StreamHeader("left", FS_HZ, recording.leads)
    address = live_server.url.replace("http://", "ws://") + PATH
    with connect(address, additional_headers={"Authorization": f"Bearer {TOKEN}"}, proxy=None) as socket:
        socket.send(header_text(header))
        socket.recv()
        for sequence in range(10):
            start = sequence * 250 + (500 if sequence > 5 else 0)
            socket.send(frame_bytes(Frame(sequence, start, recording.read(start, start + 250)), header))
            socket.recv()
    dashboard = Dashboard(browser, live_server)
    try:
        dashboard.open()
        expect(row(dashboard, "left").get_by_role("button")).to_be_enabled()
        row(dashboard, "left").get_by_role("button").click()
        bar = dashboard.page.locator(".desk .live-bar")
        expect(bar).to_have_attribute("data-state", "stopped")
        expect(bar).to_contain_text(re.compile("No signal for [0-9]+ s: what happens now is not seen"))
        expect(bar).to_contain_text("2.00 s of signal are missing; they are shown as a gap")
        dashboard.check()
    finally:
        dashboard.close()
