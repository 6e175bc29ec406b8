#!/usr/bin/env python3
"""The scenario in headless Chromium with the official client, from a page of another origin, over each transport."""

import asyncio
import importlib.util
import json
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

import harness
from harness import Cases
from launch import Launched, free_port

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "Browser"))
from cdp import Browser, Page  # noqa: E402 - the browser is driven as in the other browser tests

# Found, not imported: the package is there without what it needs to run.
BUNDLE = Path(importlib.util.find_spec("nicegui").origin).parent / "static" / "socket.io.min.js"
TRANSPORTS = ["polling", "websocket", "upgrade"]
PAGE = "<!doctype html><meta charset=utf-8><title>interop</title><script src=/socket.io.min.js></script><script src=/scenario.js></script>"


def serve_page() -> str:
    """Serves the page, the client and the scenario from an origin of their own; answers its URL."""
    port = free_port()
    application = web.Application()

    async def page(_):
        return web.Response(text=PAGE, content_type="text/html")

    def file(path: Path):
        async def send(_):
            return web.Response(text=path.read_text(), content_type="text/javascript", charset="utf-8")

        return send

    application.router.add_get("/", page)
    application.router.add_get("/socket.io.min.js", file(BUNDLE))
    application.router.add_get("/scenario.js", file(HERE / "scenario.js"))
    ready = threading.Event()

    def loop() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        runner = web.AppRunner(application)
        asyncio.get_event_loop().run_until_complete(runner.setup())
        asyncio.get_event_loop().run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
        ready.set()
        asyncio.get_event_loop().run_forever()

    threading.Thread(target=loop, daemon=True).start()
    assert ready.wait(10), "the page is not served"
    return f"http://127.0.0.1:{port}/"


@dataclass
class Context:
    page: Page
    url: str
    command: str | None


def call(function: str, *values) -> str:
    return f"{function}({', '.join(json.dumps(value) for value in values)})"


def in_page(context: Context, transport: str, name: str) -> None:
    context.page.evaluate(call("run", name, context.url, transport), 14)


def reconnects(context: Context, transport: str) -> None:
    with Launched(context.command) as own:
        context.page.evaluate(call("beforeKill", own.url, transport))
        own.kill()
        context.page.evaluate("afterKill()")
        own.start()
        context.page.evaluate("afterRestart()")


def main() -> int:
    parser = harness.arguments(__doc__)
    parser.add_argument("--server", metavar="CMD", help="how to start a server of our own, with {port}: the reconnection cases kill and restart it")
    options = parser.parse_args()
    with Browser() as browser:
        page = browser.page(serve_page())
        cases = Cases()
        names = page.evaluate("Object.keys(scenario)")
        cases.case("{0}: {1}", table=[(t, n) for n in names for t in TRANSPORTS], limit=15)(in_page)
        cases.case("{0}: a client comes back after the server was killed and restarted", table=TRANSPORTS, only_with="server", limit=30)(reconnects)
        return harness.run(cases, Context(page, options.url.rstrip("/"), options.server), options)


if __name__ == "__main__":
    sys.exit(main())
