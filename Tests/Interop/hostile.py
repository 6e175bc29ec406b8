#!/usr/bin/env python3
"""Hostile input: after each, the server must have answered as stated, be alive, and have harmed nobody.

Two bystanders, one by polling and one by WebSocket, echo during the whole run; a case fails when it delays, garbles or
ends one of them. The server under test is that of the conformance suites.
"""

import sys
import threading
import time
from pathlib import Path

import harness
from conformance import hostile_http, hostile_messages, hostile_version3
from peers import EngineSocket, Polling, SocketPeer
from wire import Server

# The longest a bystander may wait for an echo, in seconds.
LONGEST_ECHO = 1.0
# How much the server's memory may grow over the whole run, in MiB, when its process id is given.
LARGEST_GROWTH = 128


class Bystander:
    """A connection that was opened before and echoes all the time."""

    def __init__(self, name: str, echo):
        self.name, self.echo = name, echo
        self.count, self.since, self.worst = 0, time.monotonic(), 0.0
        self.error: Exception | None = None
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self) -> None:
        try:
            while True:
                self.echo(f"{self.name} {self.count}")
                now = time.monotonic()
                self.worst = max(self.worst, now - self.since)
                self.count, self.since = self.count + 1, now
                time.sleep(0.02)
                self.since = time.monotonic()
        except Exception as error:  # noqa: BLE001 - told by `check`
            self.error = error

    def check(self) -> None:
        """Fails if the connection broke or was slow since the last check; waits for one more echo."""
        wanted, end = self.count + 2, time.monotonic() + LONGEST_ECHO + 1
        while self.error is None and self.count < wanted and time.monotonic() < end:
            time.sleep(0.005)
        worst, self.worst = self.worst, 0.0
        if self.error is not None:
            raise AssertionError(f"the bystander on {self.name} was harmed: {self.error!r}")
        assert self.count >= wanted, f"the bystander on {self.name} gets no echo any more"
        assert worst <= LONGEST_ECHO, f"the bystander on {self.name} waited {worst:.2f} s for an echo"


def bystanders(server: Server) -> list[Bystander]:
    peer, polling, engine = SocketPeer(server), Polling(server), EngineSocket(server)

    def by_socket(text: str) -> None:
        peer.say(f'2["message","{text}"]')
        peer.event("message-back", text)

    return [Bystander("Socket.IO", by_socket), Bystander("polling", polling.lives), Bystander("WebSocket", lambda text: engine.echoes("4" + text))]


def resident(pid: int) -> float:
    """The resident memory of a process, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the server's process has ended")


def main() -> int:
    parser = harness.arguments(__doc__)
    parser.add_argument("--slow", action="store_true", help="also the cases that take two minutes (slow-loris)")
    parser.add_argument("--pid", type=int, help="the server's process: its memory is watched, too")
    parser.add_argument("--version3", action="store_true", help="also what clients of Engine.IO 3 may do, to a server that lets them in")
    options = parser.parse_args()
    server = Server(options.url)
    watched: list[Bystander] = []
    before = resident(options.pid) if options.pid else 0.0

    def after_each(_) -> None:
        broken = [one.name for one in watched if one.error is not None]
        if not watched or broken:
            watched[:] = bystanders(server)
        for one in watched:
            one.check()
        with SocketPeer(server) as fresh:
            fresh.works()
        if options.pid and (grown := resident(options.pid) - before) > LARGEST_GROWTH:
            raise AssertionError(f"the server's memory has grown by {grown:.0f} MiB")

    watched[:] = bystanders(server)
    version3 = hostile_version3.cases if options.version3 else []
    return harness.run([*hostile_http.cases, *hostile_messages.cases, *version3], server, options, after_each)


if __name__ == "__main__":
    sys.exit(main())
