"""Starts the server under test itself, so that a case can kill and restart it."""

import socket
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "Browser"))
from server import Server  # noqa: E402 - as in the browser tests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Launched(Server):
    """A server process made from a command in which `{port}` stands for the port; it runs while the context lasts."""

    def __init__(self, command: str, scheme: str = "http"):
        assert "{port}" in command, "the command must contain {port}"
        port = free_port()
        self.url = f"{scheme}://127.0.0.1:{port}"
        super().__init__(command.replace("{port}", str(port)), self.url)

    def __enter__(self) -> "Launched":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.kill()
