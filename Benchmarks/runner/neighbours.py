"""How much of the machine others took while something was measured: what a figure is worth depends on it."""

import os
import resource
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def machine_seconds():
    """User and system time of everybody; waiting, interrupts and what the host took are in none."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split()[1:4])
    return (user + nice + system) / TICKS


def process_seconds(pid):
    """A process's, or 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / TICKS


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Neighbours:
    """Everybody but a server and the processes that this one starts and awaits, from here on."""

    def __init__(self, server):
        self.server = server
        self.begun, self.seconds = time.monotonic(), self.others()

    def others(self):
        return machine_seconds() - process_seconds(self.server) - children_seconds()

    def cores(self):
        """The processors that they kept busy, on average."""
        return round(max(0, self.others() - self.seconds) / (time.monotonic() - self.begun), 3)
