"""Instructions and allocations a message: numbers that do not depend on what else the machine does.

Each workload runs twice below valgrind's callgrind, with few and with many messages, one connection in lock-step. The
difference between the two, divided by the difference in messages, is what one message costs once everything is warm:
starting, connecting and stopping cancel out. Only user mode is counted; the kernel's share is in nobody's figure.
"""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import documents
from .documents import MESSAGE
from .results import faults
from .rows import FURTHER_MODES
from .say import Failure, complain, say
from .servers import Server
from .tools import BENCHMARKS, TOOLS, build_swift, build_tools

THRESHOLDS = BENCHMARKS / "thresholds.json"
PROFILES = BENCHMARKS / ".build" / "counts"

#: What a new threshold leaves for another processor, C library or compiler.
MARGIN = 1.05
#: Below this share of its threshold a figure is so much better that the threshold should follow.
STALE = 0.85
#: Allocations that a message may have more, and a threshold be too high, whatever their number: a loop turns once more.
ROOM, SLACK = 0.02, 0.05


@dataclass
class Workload:
    name: str
    what: str
    options: str
    few: int
    many: int
    #: How many of the figure's units one message is: the deliveries of a broadcast.
    parts: int = 1
    margin: float = MARGIN
    #: Options of the server, beside its port.
    server: str = ""


# With an attachment a deadline is set and cleared: where it lies in the wheel, and so what finding it costs, is the clock's.
WORKLOADS = [
    Workload("echo", "a message", "--mode echo --connections 1", 500, 4500),
    Workload("echo-16", "a message, sixteen in a read", "--mode echo --connections 1 --depth 16", 1600, 17600),
    Workload("ack", "a message", "--mode ack --connections 1", 500, 4500),
    Workload("pack", "a message of MessagePack", "--mode pack --connections 1", 500, 4500, server="--msgpack"),
    Workload("pack-16", "the same, sixteen in a read", "--mode pack --connections 1 --depth 16", 1600, 17600,
             server="--msgpack"),
    Workload("broadcast", "a delivery, a hundred members", "--mode broadcast --connections 100", 100, 1100, parts=100),
    Workload("take", "a small value into its type", f"--mode take --connections 1 --batch 8 --payload-file {MESSAGE}", 100, 900,
             parts=8),
    Workload("binary", "a message with 1 KiB attached", "--mode binary --connections 1 --size 1024", 500, 4500,
             margin=1.10),
    Workload("join", "a room joined and left", "--mode rooms --connections 1 --count 100", 20, 220, parts=100),
    Workload("polling", "a message, GET and POST", "--mode polling --connections 1", 200, 2200),
    Workload("connect", "a connection", "--mode connect --depth 1", 50, 450),
]


@dataclass
class Counts:
    instructions: float
    allocations: float


def simulate(server, workload, messages):
    """One run: all instructions and allocations from the server's start to its end."""
    PROFILES.mkdir(parents=True, exist_ok=True)
    profile = PROFILES / f"{workload.name}.callgrind"
    with tempfile.NamedTemporaryFile("r") as allocations:
        environment = os.environ | {
            "LD_PRELOAD": str(TOOLS / "counting.so"),
            "ALLOCATIONS": allocations.name,
            # Its handlers would wait for a debugger that cannot look into a simulation.
            "SWIFT_BACKTRACE": "enable=no",
            # The same places in every hash table, run after run.
            "SWIFT_DETERMINISTIC_HASHING": "1",
        }
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", server, "--port", "{port}",
                   *workload.server.split()]
        command += ["--rows"] if FURTHER_MODES.search(workload.options) else []
        with Server("bench-server below valgrind", command, core=None, environment=environment, patience=60) as running:
            load = [TOOLS / "load", "--port", running.port, *workload.options.split(), "--messages", messages]
            answer = subprocess.run([str(word) for word in load], capture_output=True, text=True)
            said = running.said()
        if answer.returncode != 0 or faults(json.loads(answer.stdout)):
            raise Failure(f"{workload.name}: the load failed\n{answer.stderr}{answer.stdout}{said}")
        counted = allocations.read()
    total = re.search(r"^totals: (\d+)", profile.read_text(), re.M) if profile.exists() else None
    if not total or not counted:
        raise Failure(f"{workload.name}: the simulation did not end well\n{said}")
    return Counts(int(total.group(1)), int(counted))


def measure(server, workload):
    few = simulate(server, workload, workload.few)
    many = simulate(server, workload, workload.many)
    units = (workload.many - workload.few) * workload.parts
    return Counts((many.instructions - few.instructions) / units, (many.allocations - few.allocations) / units)


def judge(value, bound):
    """The verdict on one figure, and whether it fails."""
    if bound is None:
        return "no threshold", False
    if value > bound:
        return f"OVER by {value - bound:.4g} ({(value / bound - 1) * 100:.1f} %)" if bound else f"OVER by {value:.4g}", True
    if value < bound * STALE and bound - value > SLACK:
        return "lower the threshold", False
    return "ok", False


def count(names, set_thresholds):
    """Counts the named workloads (none: all) and holds them against the thresholds; whether they hold."""
    unknown = set(names) - {workload.name for workload in WORKLOADS}
    if unknown:
        raise Failure(f"no such workload: {', '.join(sorted(unknown))}")
    documents.write()
    build_tools()
    server = build_swift("bench-server")
    thresholds = json.loads(THRESHOLDS.read_text()) if THRESHOLDS.exists() else {}
    say("counting")
    print(f"{'workload':<12}{'figure':<14}{'measured':>10}{'threshold':>11}  verdict")
    failed = 0
    for workload in WORKLOADS:
        if names and workload.name not in names:
            continue
        measured = measure(server, workload)
        known = thresholds.setdefault(workload.name, {})
        for figure, value in vars(measured).items():
            verdict, fails = judge(value, known.get(figure))
            failed += fails
            digits = 0 if figure == "instructions" else 3
            shown = "-" if figure not in known else f"{known[figure]:g}"
            print(f"{workload.name:<12}{figure:<14}{value:>10.{digits}f}{shown:>11}  {verdict}", flush=True)
        known["unit"] = workload.what
        if set_thresholds:
            # A figure of nothing at all still has to have room for a block that grows once in a hundred messages.
            known["instructions"] = round(measured.instructions * workload.margin)
            known["allocations"] = round(max(measured.allocations, 0) * workload.margin + ROOM, 2)
    print(f"\nprofiles of the longer runs: callgrind_annotate {PROFILES.relative_to(Path.cwd())}/WORKLOAD.callgrind")
    if set_thresholds:
        THRESHOLDS.write_text(json.dumps(thresholds, indent=2) + "\n")
        say(f"thresholds are set: {THRESHOLDS.relative_to(Path.cwd())}")
        return True
    if failed:
        complain(f"{failed} figures are over their thresholds; if there is a reason, scripts/bench --count --set")
    return failed == 0
