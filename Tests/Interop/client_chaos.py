#!/usr/bin/env python3
"""Chaos in real time for our client: its server is killed and started again, stopped and resumed, and cut off.

The client (`client-scenario --chaos`) sends all the while; the server notes what it gets in a file before it acknowledges. In the end all that
was acknowledged has to stand there, what was sent with care in order and without a gap, and nothing may still wait.

As root on Linux, with `iptables`, this runs in a network of its own, in which the port is blocked and packets are lost, too.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from launch import Launched

INSIDE = "CLIENT_CHAOS_NETWORK"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("client", help="the program client-scenario")
    parser.add_argument("--server", required=True, metavar="CMD", help="with {port} and {notes} in it")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    return parser.parse_args()


def enter_network() -> bool:
    """Begins anew in a network of its own; answers whether this is one, and says why if it is not."""
    if INSIDE in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return True
    missing = [tool for tool in ("unshare", "ip", "iptables") if shutil.which(tool) is None]
    if missing:
        reason = f"no {', '.join(missing)}"
    elif os.geteuid() != 0:
        reason = "not root"
    else:
        probe = "ip link set lo up && iptables -A INPUT -p tcp -m statistic --mode random --probability 0.3 -j DROP"
        tried = subprocess.run(["unshare", "--net", "sh", "-c", probe], capture_output=True, text=True)
        if tried.returncode == 0:
            command = ["unshare", "--net", sys.executable, *sys.argv]
            os.execvpe("unshare", command, os.environ | {INSIDE: "1"})
        reason = tried.stderr.strip().splitlines()[-1] if tried.stderr.strip() else "the system refuses"
    print(f"skipped: a blocked port and lost packets ({reason})", flush=True)
    return False


class Network:
    """What happens to all packets of the server's port, in both directions."""

    def __init__(self, port: int):
        self.ports = [["-p", "tcp", flag, str(port)] for flag in ("--dport", "--sport")]
        self.rules: list[list[str]] = []

    def block(self) -> None:
        self._add([])

    def lose(self, share: float) -> None:
        self._add(["-m", "statistic", "--mode", "random", "--probability", str(share)])

    def heal(self) -> None:
        for rule in self.rules:
            subprocess.run(["iptables", "-D", "INPUT", *rule], check=True)
        self.rules = []

    def _add(self, condition: list[str]) -> None:
        for port in self.ports:
            rule = [*port, *condition, "-j", "DROP"]
            subprocess.run(["iptables", "-A", "INPUT", *rule], check=True)
            self.rules.append(rule)


class Chaos:
    """Hurts the server in one way after the other, by chance, and heals it again."""

    def __init__(self, server: Launched, network: Network | None, chance: random.Random):
        self.server, self.network, self.chance = server, network, chance
        self.done: dict[str, int] = {}

    def run(self, until: float) -> None:
        ways = [self.kill, self.pause] + ([self.block, self.lose] if self.network else [])
        while time.monotonic() < until:
            # Each in turn, in an order by chance, so that a short run has all of them.
            for way in self.chance.sample(ways, len(ways)):
                time.sleep(self.chance.uniform(0.1, 1.2))
                if time.monotonic() >= until:
                    return
                way()
                self.done[way.__name__] = self.done.get(way.__name__, 0) + 1

    def kill(self) -> None:
        self.server.kill()
        time.sleep(self.chance.uniform(0, 1))
        self.server.start()

    def pause(self) -> None:
        self.server.freeze()
        time.sleep(self.chance.uniform(0.1, 2.5))
        self.server.thaw()

    def block(self) -> None:
        self.network.block()
        time.sleep(self.chance.uniform(0.1, 2.5))
        self.network.heal()

    def lose(self) -> None:
        self.network.lose(0.3)
        time.sleep(self.chance.uniform(1, 3))
        self.network.heal()


def lines(path: Path) -> dict[str, list[int]]:
    """The numbers of each name, in their order."""
    numbers: dict[str, list[int]] = {}
    for line in path.read_text().splitlines():
        name, number = line.split(" ")
        numbers.setdefault(name, []).append(int(number))
    return numbers


def broken_promises(noted: dict[str, list[int]], acknowledged: dict[str, list[int]]) -> list[str]:
    wrong = []
    for name, numbers in acknowledged.items():
        lost = sorted(set(numbers) - set(noted.get(name, [])))
        if lost:
            wrong.append(f"{name}: {len(lost)} acknowledged and not delivered: {lost[:5]}")
    for name, numbers in noted.items():
        # Some come more than once: it is the first time that counts.
        first = list(dict.fromkeys(numbers))
        if name.startswith("careful") and first != list(range(len(first))):
            place = next(i for i, number in enumerate(first) if number != i)
            wrong.append(f"{name}: out of order at {place}: {first[place:place + 5]}")
    if not any(name.startswith("careful") for name in acknowledged):
        wrong.append("nothing was acknowledged")
    return wrong


def main() -> int:
    options = arguments()
    has_network = enter_network()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        notes, acknowledged = Path(folder, "notes"), Path(folder, "acknowledged")
        notes.touch()
        with Launched(options.server.replace("{notes}", str(notes))) as server:
            network = Network(server.address[1]) if has_network else None
            chaos = Chaos(server, network, random.Random(options.seed))
            command = [options.client, server.url, "--chaos", str(options.seconds), "--acknowledged", str(acknowledged)]
            client = subprocess.Popen(command)
            try:
                chaos.run(time.monotonic() + options.seconds - 1)
                # It ends itself, and says what still waits, if it must.
                status = client.wait(60)
            finally:
                if client.poll() is None:
                    client.send_signal(signal.SIGKILL)
        wrong = [] if status == 0 else [f"the client ended with status {status}"]
        if acknowledged.exists():
            wrong += broken_promises(lines(notes), lines(acknowledged))
        duplicates = sum(len(numbers) - len(set(numbers)) for numbers in lines(notes).values())
    print(f"{', '.join(f'{name} {count} times' for name, count in chaos.done.items())}; {duplicates} delivered again")
    for line in wrong:
        print(f"FAILED  {line}")
    print("0 passed, 1 failed" if wrong else "1 passed, 0 failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
