"""Opens addresses of the dashboard without a browser."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.services.job_executor import ANALYSIS_JOBS, JobExecutor

ROOT = Path(__file__).resolve().parents[2]


class Dashboard:
    """Opens addresses of the dashboard and reads what is on the page."""

    def __init__(self) -> None:
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)

    def open(self, page: str = "", **params: str) -> Dashboard:
        for name, value in params.items():
            self.app.query_params[name] = value
        if page:
            self.app.switch_page(f"pages/{page}.py")
        self.app.run()
        return self.settle()

    def settle(self, executor: JobExecutor = ANALYSIS_JOBS) -> Dashboard:
        """Run again until no job is under way, as the browser's polling would."""
        for _ in range(600):
            if not executor.busy():
                break
            time.sleep(0.1)
        self.app.run()
        assert not self.app.exception, self.app.exception
        return self

    @property
    def text(self) -> str:
        """All HTML that the pages wrote, the style left out."""
        bodies = [element.proto.body for element in self.app.get("html")]
        return "\n".join(body for body in bodies if not body.startswith("<style"))

    @property
    def desk(self) -> dict[str, Any]:
        """What the review desk was given; empty where it is not on the page."""
        found = self.app.get("bidi_component")
        return dict(json.loads(found[0].proto.json)) if found else {}

    def click(self, key: str) -> Dashboard:
        self.app.button(key=key).click().run()
        return self.settle()

    def buttons(self) -> set[str]:
        """Keys of the buttons on the page."""
        return {button.key for button in self.app.button}
