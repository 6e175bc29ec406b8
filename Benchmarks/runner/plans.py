"""How a row is measured: a server of its own, the load beside it, and what the load tells of both.

A process of its own for every row: what an earlier one left in its heap is no part of this one's figures.
"""

import json
import shlex
import statistics
import subprocess
import time
from contextlib import ExitStack

from . import documents
from .results import FAULTS, faults, figure
from .rows import FURTHER_MODES
from .say import Failure, say
from .neighbours import Neighbours
from .servers import LOAD_CORE, SERVER_CORE, Server, pinned
from .tools import BENCHMARKS, TOOLS, certificate

#: What the load may take besides its measured seconds: opening 100,000 connections, above all.
PATIENCE = 300

#: How often things that are compared are measured, in turns.
TURNS = 7


def middle(runs, figure):
    """The run in the middle by a figure; those that have none are the worst."""
    return sorted(runs, key=lambda told: told.get(figure) or float("inf"))[(len(runs) - 1) // 2]


def paired(runs, others):
    """The ratio in the middle of those that measurings next to each other have; None if one has no figure."""
    return statistics.median(run / other for run, other in zip(runs, others)) if all(runs) and all(others) else None


def faults_of(runs):
    return {fault: sum(told.get(fault, 0) for told in runs) for fault in FAULTS}


class Bench:
    """What all rows share: how long, and how each server is started."""

    def __init__(self, seconds, most, swift=None, bench_json=None, python=None):
        self.seconds = seconds
        #: The connections that a process may have.
        self.most = most
        self.swift, self.bench_json, self.python = swift, bench_json, python
        self.held_already, self.measured_json = {}, {}
        documents.write()

    def server(self, name, row, loops=1, core=SERVER_CORE):
        options = shlex.split(row.server)
        if "--tls" in options:
            options += certificate()
        if name == "floor":
            command = [TOOLS / "floor", "{port}"]
        elif name == "swift":
            further = ["--rows"] if row.plan == "fairness" or FURTHER_MODES.search(row.load) else []
            command = [self.swift, "--port", "{port}", "--loops", loops, *options, *further]
        else:
            # It compresses for every client that wants it, and has no option for that.
            options = [option for option in options if option != "--deflate"]
            command = [self.python, BENCHMARKS / "Peers" / "python_server.py", "--port", "{port}", *options]
        return Server(name, command, core=core)

    def load(self, server, options, seconds, core=LOAD_CORE):
        command = [TOOLS / "load", "--port", server.port, "--pid", server.pid, "--seconds", seconds, *shlex.split(options)]
        busy = Neighbours(server.pid)
        try:
            done = subprocess.run(
                pinned(core, [str(word) for word in command]), capture_output=True, text=True, timeout=seconds + PATIENCE
            )
        except subprocess.TimeoutExpired:
            return {"failed": 1, "said": "the load did not end"}
        told = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        if done.returncode != 0:
            told |= {"failed": 1}
        if done.stderr:
            told |= {"said": done.stderr.strip()}
        return told | {"others_cores": busy.cores()}

    def options(self, row, server):
        """The row's load, or the floor's, with as many as the row says and the system grants."""
        options = row.floor if server.name == "floor" else row.load
        return options.replace("{crowd}", str(min(row.crowd, self.most)))

    def moment(self, row, server, core=LOAD_CORE):
        """The row's load for one turn of several."""
        return self.load(server, f"{self.options(row, server)} --warm-up 0.5", self.seconds / 2, core)

    def run(self, row, server):
        """The row's load for as long as the row says."""
        return self.load(server, self.options(row, server), row.seconds or self.seconds)

    def single(self, row, name):
        with self.server(name, row) as server:
            told = self.run(row, server)
        return {name: told}

    def turns(self, row, *names):
        """Each server of the row for a second or two while the others rest, again and again.

        On a machine that others share a minute is not like the next one; neighbouring seconds mostly are. So a server's run
        is the one in the middle by its figure, but how it stands to the floor is the middle of the turns' own ratios.
        """
        runs = {name: [] for name in names}
        with ExitStack() as started:
            servers = {name: started.enter_context(self.server(name, row)) for name in names}
            for turn in range(TURNS):
                # The last of one turn is the first of the next.
                for name in names if turn % 2 else reversed(names):
                    runs[name].append(self.moment(row, servers[name]))
        figures = {name: [figure(told, row) for told in turns] for name, turns in runs.items()}
        told = {name: middle(turns, row.figure) | faults_of(turns) for name, turns in runs.items()}
        for name in names:
            if "floor" in names and not faults(told[name]) and not faults(told["floor"]):
                told[name]["times_floor"] = paired(figures[name], figures["floor"])
        return told

    def held(self, row, name):
        """Like `single`, for long enough that every connection is pinged twice; once for all figures of the same load."""
        key = (name, row.load)
        if key in self.held_already:
            return {name: self.held_already.pop(key)}
        with self.server(name, row) as server:
            told = self.run(row, server)
        self.held_already[key] = told
        return {name: told}

    def fairness(self, row, name):
        """The same load alone, and beside a client that sends small events as fast as the server takes them, in turns.

        A single pause of the machine is the p99 of a short time, so the ratio is the middle one of several.
        """
        alone, beside, flooded = [], [], []
        with self.server(name, row) as server:
            for _ in range(TURNS):
                alone.append(self.load(server, row.load, self.seconds))
                with_flood, flood = self.beside_a_flood(server, row)
                beside.append(with_flood)
                flooded.append(flood)
        both = middle(beside, "p99_us") | {"p50_us": middle(beside, "p50_us").get("p50_us")}
        both |= faults_of(alone + beside + flooded)
        both["alone_p50_us"] = middle(alone, "p50_us").get("p50_us")
        both["alone_p99_us"] = middle(alone, "p99_us").get("p99_us")
        both["ratio"] = paired([told.get("p99_us") for told in beside], [told.get("p99_us") for told in alone])
        both["flood_per_second"] = middle(flooded, "messages_per_second").get("messages_per_second")
        return {name: both}

    def beside_a_flood(self, server, row):
        """What the row's load tells of itself, and what the flood beside it does."""
        flood = f"--mode take --payload-file {documents.MESSAGE} --batch 256 --depth 4 --connections 1 --warm-up 0"
        flooding = [TOOLS / "load", "--port", server.port, "--seconds", self.seconds + 3, *flood.split()]
        # It shares the load's core, and must give way at once to those who are measured, which `nice` alone does not.
        command = ["chrt", "--idle", "0", *pinned(LOAD_CORE, [str(word) for word in flooding])]
        flooder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            time.sleep(1)
            beside = self.load(server, row.load, self.seconds)
            told, _ = flooder.communicate(timeout=PATIENCE)
        finally:
            flooder.kill()
        return beside, json.loads(told) if told.startswith("{") else {"failed": 1}

    def loops(self, row, name):
        """One loop with a core of its own and the load on the other; then two loops, and the load between them.

        With two cores the load competes with the second loop. What is sent costs it a twentieth of what it costs the
        server, so that is the most it can take away; the ceiling that is told is what is left.
        """
        rate = "messages_per_second"
        ones, twos = [], []
        with self.server(name, row, loops=1) as single, self.server(name, row, loops=2, core=None) as double:
            for _ in range(TURNS):
                ones.append(self.moment(row, single))
                twos.append(self.moment(row, double, core=None))
        one, two = middle(ones, rate) | faults_of(ones), middle(twos, rate) | faults_of(twos)
        ratio = paired([told.get(rate) for told in twos], [told.get(rate) for told in ones])
        if ratio is None:
            return {name: two | {"failed": 1}}
        both = two | {"ratio": ratio, "one_loop_per_second": one[rate]}
        both["one_loop_cpu_us"] = one["cpu_us_per_message"]
        sending = two["load_cores"] * 1e6 / two["messages_per_second"]
        both["ceiling"] = 2 * one["cpu_us_per_message"] / (two["cpu_us_per_message"] + sending)
        return {name: both | faults_of([one, two])}

    def json(self, row, _):
        """Codable values in this process and JavaScript's in its own; every road a server by name."""
        told = {}
        node = ["node", BENCHMARKS / "Peers" / "json_node.js"]
        for maker, command in ("swift", [self.bench_json]), ("node", node):
            for case, us in self.cases(maker, command).items():
                verb, _, road = case.partition(" ")
                if verb == row.name:
                    told[f"{maker} {road}"] = {"us": us}
        return told

    def cases(self, maker, command):
        """All cases of a program, which measures them in one go."""
        if maker not in self.measured_json:
            words = [*command, min(self.seconds / 2, 1), documents.MESSAGE, documents.FEED]
            try:
                done = subprocess.run(pinned(SERVER_CORE, [str(word) for word in words]), capture_output=True, text=True)
            except FileNotFoundError:
                say(f"{maker} is not here")
                return self.measured_json.setdefault(maker, {})
            if done.returncode == 127 or "No such file" in done.stderr:
                say(f"{maker} is not here")
            elif done.returncode != 0:
                # What it told before it ended is not believed either.
                raise Failure(f"{maker} ended with {done.returncode}: {done.stderr.strip()[:200]}")
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.measured_json[maker] = {line["case"]: line["us"] for line in lines}
        return self.measured_json[maker]
