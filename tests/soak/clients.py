"""What people do at the desk, each after a seed: read, edit, undo, import, export, open many, lose the connection."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from soak.ledger import Ledger
from soak.page import NoSeatError, Page, Unreachable, cookie_of, meta_of

MAX_PAGES = 15
_ACTS = {"read": 6, "edit": 10, "undo": 3, "redo": 2, "take_over": 1, "export": 2, "open_another": 3, "break_off": 2}


class Client(threading.Thread):
    """One person with a browser.

    Parameters
    ----------
    name : str
    seed : str
    url : str
    recs : list of str
    ledger : Ledger
    """

    def __init__(self, name: str, seed: str, url: str, recs: list[str], ledger: Ledger) -> None:
        super().__init__(name=name, daemon=True)
        self._random = random.Random(seed)
        self._seed, self._url, self._recs, self._ledger = seed, url, recs, ledger
        self._pages: dict[str, Page] = {}
        self._mine: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self._cookie = ""
        self._n = 0
        self.over = threading.Event()
        self.failed: str | None = None

    def run(self) -> None:
        """Go on until it is over, whatever the server does."""
        while not self.over.is_set():
            try:
                self._act()
            except Unreachable:
                self._ledger.answered("unreachable", 0)
                self._forget_pages()
                self.over.wait(0.3)
            except Exception as error:  # a mistake of the soak must not look like silence
                self.failed = f"{type(error).__name__}: {error}"
                return
        self._forget_pages()

    def _act(self) -> None:
        page = self._page()
        if page is None:
            self.over.wait(0.3)
            return
        names = list(_ACTS)
        act: Callable[[Page], int | None] = getattr(
            self, f"_{self._random.choices(names, [_ACTS[name] for name in names])[0]}"
        )
        status = act(page)
        if status == 403:
            self._drop(page)
        elif status is not None and status >= 400:
            self.over.wait(0.1)

    def _page(self, rec: str | None = None) -> Page | None:
        rec = rec or self._random.choice([*self._pages] or self._recs)
        if rec in self._pages:
            return self._pages[rec]
        self._cookie = self._cookie or cookie_of(self._url)
        try:
            page = self._pages[rec] = Page(self._url, rec, self.name, self._cookie)
        except NoSeatError:
            self._ledger.answered("page refused", 0)
            return None
        self._ledger.answered("page", 200)
        while len(self._pages) > MAX_PAGES:
            self._drop(self._pages[next(iter(self._pages))])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not self.over.is_set():
            status, content = page.ask("state")
            if status == 200 and json.loads(content)["stage"] == "classified":
                break
            self.over.wait(0.05)
        return page

    def _drop(self, page: Page) -> None:
        page.close(abruptly=self._random.random() < 0.5)
        self._pages.pop(page.rec, None)

    def _forget_pages(self) -> None:
        for page in list(self._pages.values()):
            page.close(abruptly=True)
        self._pages.clear()

    def _said(self, what: str, status: int) -> int:
        self._ledger.answered(what, status)
        return status

    def _uuid(self) -> str:
        self._n += 1
        return f"{self._seed}-{self._n}"

    def _new_edit(self) -> dict[str, Any]:
        sample = self._random.randrange(1, 7000)
        label = self._random.choice("NSVFQ")
        return {"uuid": self._uuid(), "action": "add", "beat": -sample, "sample": sample, "label": label}

    def _kept(self, page: Page, uuid: str, phase: int) -> None:
        self._ledger.acknowledge(uuid, phase)
        self._mine[page.rec].append((uuid, phase))

    # What a person does; each returns the status of the last answer.

    def _read(self, page: Page) -> int:
        path, params = self._random.choice(
            [("state", {}), ("beats", {}), ("span", {"first": 0}), ("singles", {}), ("changes", {"since": 0})]
        )
        return self._said("read", page.ask(path, **params)[0])

    def _edit(self, page: Page) -> int:
        edits = [self._new_edit() for _ in range(self._random.choice([1, 1, 1, 5]))]
        phase = self._ledger.phase
        status, _ = page.post("edits", {"edits": edits, "since": 0})
        if status == 200:
            for edit in edits:
                self._kept(page, edit["uuid"], phase)
        return self._said("edit", status)

    def _undo(self, page: Page, way: str = "undo") -> int:
        uuid, phase = self._uuid(), self._ledger.phase
        status, content = page.post(way, {"uuid": uuid, "since": 0})
        if status == 200 and all(one["entry"] for one in meta_of(content)["derived"]["refused"]):
            self._kept(page, uuid, phase)
        return self._said(way, status)

    def _redo(self, page: Page) -> int:
        return self._undo(page, "redo")

    def _take_over(self, page: Page) -> int:
        """Export the log, and import it with entries that a colleague would have made elsewhere."""
        status, content = page.ask("export/log.json")
        if status != 200:
            return self._said("export", status)
        log = json.loads(content)
        at = log["exported_at"]
        edits = [self._new_edit() for _ in range(20)]
        log["entries"] = [{"seq": at_, "person": "colleague", "at": at, **edit} for at_, edit in enumerate(edits, 1)]
        phase = self._ledger.phase
        status, _ = page.post("import", {"log": json.dumps(log), "since": 0})
        if status == 200:
            for edit in edits:
                self._kept(page, edit["uuid"], phase)
        return self._said("import", status)

    def _export(self, page: Page) -> int:
        """Export; what was acknowledged before must be in the log that comes."""
        if self._random.random() < 0.5:
            return self._said("export", page.ask(f"export/beats.{self._random.choice(['csv', 'zip'])}")[0])
        phase = self._ledger.phase
        due = [uuid for uuid, entered in self._mine[page.rec] if entered == phase and phase % 4 == 0]
        status, content = page.ask("export/log.json")
        if status == 200 and phase == self._ledger.phase:
            there = {entry["uuid"] for entry in json.loads(content)["entries"]}
            self._ledger.lost += [uuid for uuid in due if uuid not in there]
        return self._said("export", status)

    def _open_another(self, _: Page) -> None:
        self._page(self._random.choice(self._recs))

    def _break_off(self, page: Page) -> None:
        """Lose the connection in the middle of an edit: nobody was told that it is kept, so nobody counts on it."""
        halfway = self._random.random() < 0.5
        page.break_off("edits", {"edits": [self._new_edit()], "since": 0}, halfway=halfway)
        self._ledger.answered("broken off", 0)
        if self._random.random() < 0.3:
            self._drop(page)
