"""Servers that are started, pinned, waited for, and gone when the measuring is done."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .say import Failure

SERVER_CORE, LOAD_CORE = 0, 1


def pinned(core, command):
    """The command on one core: the server's or the load's, so that neither takes time or cache from the other."""
    if core is None or os.cpu_count() < 2 or not shutil.which("taskset"):
        return command
    return ["taskset", "-c", str(core), *command]


def free_port():
    """A port that nobody has, below those that the system gives to connections: one of them cannot take it meanwhile."""
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failure("no port is free")


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A server of ours, from its start to its end: `with Server(...) as server`."""

    def __init__(self, name, command, core=SERVER_CORE, environment=None, patience=30):
        self.name = name
        self.port = free_port()
        self.command = [str(word).replace("{port}", str(self.port)) for word in command]
        self.core = core
        self.environment = environment
        self.patience = patience

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            pinned(self.core, self.command), stdout=self.log, stderr=self.log, env=self.environment
        )
        self.pid = self.process.pid
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and self.process.poll() is None:
            if listens(self.port):
                return self
            time.sleep(0.05)
        said = self.said()
        self.stop()
        raise Failure(f"{self.name} does not listen\n{said}")

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        # Some seconds to go in peace; a server that hangs must not outlive the script.
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __exit__(self, *_):
        self.stop()
        self.log.close()
