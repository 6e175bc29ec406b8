"""Runs as they were measured: kept, merged, and the one in the middle picked."""

import datetime
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
from pathlib import Path

from .tools import BENCHMARKS, ROOT

FOLDER = BENCHMARKS / "results"
#: What is committed, and what BENCHMARKS.md is made of.
MEASURED = BENCHMARKS / "measured.json"

#: Budgets are promises of this project's server alone.
OURS = "swift"

FAULTS = ("dead", "wrong", "silent", "unanswered", "failed")


def said_by(*command):
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def machine():
    """Where and what was measured."""
    processor = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.M)
    release = re.search(r'^PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text(), re.M)
    swift = re.search(r"Swift version (\S+)", said_by("swift", "--version"))
    changed = said_by("git", "status", "--porcelain", "Sources", "Benchmarks/Sources", "Benchmarks/Tools")
    return {
        "processor": processor.group(1) if processor else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "system": release.group(1) if release else "",
        "swift": swift.group(1) if swift else "",
        "node": said_by("node", "--version").lstrip("v"),
        "commit": said_by("git", "rev-parse", "--short", "HEAD") + ("+" if changed else ""),
    }


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def faults(told):
    return sum(told.get(fault, 0) for fault in FAULTS)


def figure(told, row):
    """The row's figure in a run; None if the run has none."""
    value = told.get(row.figure)
    scale = told.get(row.scale) if isinstance(row.scale, str) else row.scale
    return value / scale if value is not None and scale else None


def median(runs, row):
    """The run in the middle by the row's figure; faulty ones, and those without it, are the worst."""
    if not runs:
        return None

    def badness(told):
        value = figure(told, row)
        return (faults(told) > 0 or value is None, value or 0)

    return sorted(runs, key=badness)[(len(runs) - 1) // 2]


def times_floor(told, row, floor):
    """How a run stands to the floor's: by its turns where it has some, or one figure by the other; None without a floor."""
    if told.get("times_floor"):
        return told["times_floor"]
    value, least = figure(told, row), figure(floor, row) if floor else None
    return value / least if value is not None and least else None


def promised(runs, row):
    """What a row's promise is about, of every run."""
    values = [told.get("times_floor") if row.ratio else figure(told, row) for told in runs]
    return [None if faults(told) else value for told, value in zip(runs, values)]


class Results:
    """The runs of one measuring: by row and server, in their order."""

    def __init__(self, command, seconds):
        self.about = {"date": now(), "command": command, "seconds": seconds} | machine()
        self.runs = {}

    def add(self, row, server, told):
        self.runs.setdefault(row.name, {}).setdefault(server, []).append(told)

    def medians(self, row):
        """Each server's median run, and what all of them say of the row's promise."""
        return {server: self.summary(server, runs, row) for server, runs in self.runs.get(row.name, {}).items()}

    def summary(self, server, runs, row):
        told = dict(median(runs, row))
        ratios = [run["times_floor"] for run in runs if run.get("times_floor")]
        if ratios:
            told["times_floor"] = statistics.median_low(ratios)
        if server == OURS and (row.ratio or row.most or row.least):
            told["promised"] = promised(runs, row)
        return told

    def write(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / (self.about["date"].replace(":", "") + ".json")
        path.write_text(json.dumps(self.about | {"runs": self.runs}, indent=1) + "\n")
        return path

    def keep(self, rows):
        """Puts the medians of these rows where BENCHMARKS.md takes them from, in place of what is there of them."""
        kept = json.loads(MEASURED.read_text()) if MEASURED.exists() else {"sets": [], "rows": {}}
        kept["sets"].append(self.about)
        for row in rows:
            medians = self.medians(row)
            if medians:
                kept["rows"][row.name] = {"set": self.about["date"], "servers": medians}
        used = {row["set"] for row in kept["rows"].values()}
        kept["sets"] = [about for about in kept["sets"] if about["date"] in used]
        MEASURED.write_text(json.dumps(kept, indent=1) + "\n")
