"""A server under test that can be started, killed like a crash, and started again."""

import os
import shlex
import signal
import socket
import subprocess
import time
from urllib.parse import urlsplit


class Server:
    def __init__(self, command, url):
        self.command = command
        address = urlsplit(url)
        self.address = (address.hostname, address.port or (443 if address.scheme == "https" else 80))
        self.process = None

    def start(self, timeout=20):
        """Starts the command and waits until it accepts connections."""
        self.process = subprocess.Popen(
            shlex.split(self.command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + timeout
        while True:
            try:
                socket.create_connection(self.address, 0.5).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"the server ended at once, with status {self.process.returncode}: {self.command}")
                if time.monotonic() > deadline:
                    raise SystemExit(f"the server did not start to listen: {self.command}")
                time.sleep(0.05)

    def kill(self):
        """Kills it without warning, its children too."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def freeze(self):
        """Stops it in its tracks: connections stay, silence falls."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.killpg(self.process.pid, signal.SIGCONT)
