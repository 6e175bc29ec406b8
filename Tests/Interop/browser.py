"""A headless Chromium under the DevTools protocol: as much as the scenario needs."""

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import requests
import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class PageError(AssertionError):
    """The page's code threw."""


class Browser:
    """One Chromium with one page."""

    def __init__(self) -> None:
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        assert program, "no Chromium is installed"
        self.profile = tempfile.mkdtemp(prefix="interop-chromium-")
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-port=0", f"--user-data-dir={self.profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.port = self._port()
        page = next(one for one in requests.get(f"http://127.0.0.1:{self.port}/json", timeout=5).json() if one["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], suppress_origin=True, timeout=15)
        self.last = 0

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_) -> None:
        try:
            self.command("Browser.close")
            self.process.wait(5)
        except Exception:  # noqa: BLE001 - it ends one way or the other
            self.process.kill()
            self.process.wait(5)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self, within: float = 20.0) -> int:
        """Chromium writes the port that it chose into its profile."""
        written = Path(self.profile) / "DevToolsActivePort"
        end = time.monotonic() + within
        while time.monotonic() < end:
            if written.exists() and "\n" in (text := written.read_text()):
                return int(text.splitlines()[0])
            assert self.process.poll() is None, "Chromium ended at once"
            time.sleep(0.05)
        raise AssertionError("Chromium does not answer")

    def command(self, method: str, within: float = 15.0, **parameters):
        """Sends one command and answers its result; events in between are dropped."""
        self.last += 1
        self.socket.settimeout(within)
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.last:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]

    def open(self, url: str) -> None:
        """Loads a page and waits until its scripts have run."""
        self.command("Page.navigate", url=url)
        end = time.monotonic() + 10
        while self.evaluate("location.href + ' ' + document.readyState") != f"{url} complete":
            assert time.monotonic() < end, f"{url} does not load"
            time.sleep(0.05)

    def evaluate(self, expression: str, within: float = 15.0):
        """The value of an expression in the page; waits for a promise; raises `PageError` if it throws."""
        result = self.command("Runtime.evaluate", within, expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            thrown = details.get("exception", {})
            raise PageError((thrown.get("description") or str(thrown.get("value")) or details["text"]).split("\n    at ")[0])
        return result["result"].get("value")
