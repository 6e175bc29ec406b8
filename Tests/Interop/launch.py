"""Starts the server under test itself, so that a case can kill and restart it."""

import os
import shlex
import signal
import socket
import subprocess
import time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Launched:
    """A server process made from a command in which `{port}` stands for the port."""

    def __init__(self, command: str, port: int | None = None):
        assert "{port}" in command, "the command must contain {port}"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = shlex.split(command.replace("{port}", str(self.port)))
        self.process: subprocess.Popen | None = None
        self.start()

    def __enter__(self) -> "Launched":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    def start(self, within: float = 10.0) -> None:
        """Starts the process and waits until it accepts connections."""
        self.process = subprocess.Popen(self.command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + within
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                assert self.process.poll() is None, f"the server ended with {self.process.returncode}: {self.command}"
                assert time.monotonic() < end, f"the server does not listen after {within} s"
                time.sleep(0.02)

    def kill(self) -> None:
        """Ends the process, and what it started, as a power cut would (SIGKILL)."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)
