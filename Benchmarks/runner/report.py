"""BENCHMARKS.md: the tables and plots between its markers, from what was measured and kept."""

import json
import statistics

from . import plot
from .results import MEASURED, faults, figure, times_floor
from .rows import GROUPS, ROWS
from .say import Failure, say
from .table import NEIGHBOURS, bound, number, precise, verdict
from .tools import BENCHMARKS, ROOT

PAGE = ROOT / "BENCHMARKS.md"
PLOTS = BENCHMARKS / "plots"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

TITLES = {
    "budget": "The rows with a budget",
    "silent": "Broadcasts to clients that only listen",
    "payload": "Payloads",
    "binary": "Binary attachments",
    "msgpack": "MessagePack",
    "rooms": "Rooms",
    "polling": "Long-polling",
    "idle": "100,000 idle connections",
    "deflate": "permessage-deflate",
    "tls": "TLS",
    "json": "JSON",
    "latency": "Latency at a fixed rate",
    "fairness": "Fairness",
    "loops": "Two loops",
    "growth": "How cost grows",
}
UNITS = {"echo": "a message", "broadcast": "a delivery", "join": "a room"}
NAMES = {"floor": "floor", "swift": "here", "python": "python-socketio"}


class Page:
    """The measured rows, and what is written about them."""

    def __init__(self, kept):
        self.sets = kept["sets"]
        self.rows = kept["rows"]
        self.kept = {name: row["servers"] for name, row in kept["rows"].items()}
        self.lines = []

    def of(self, row, server):
        """A server's figure, None where it has no good one."""
        told = self.kept.get(row.name, {}).get(server)
        return figure(told, row) if told and not faults(told) else None

    def table(self, head, rows):
        self.lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        self.lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]

    def picture(self, name, words):
        self.lines += [f"![{words}](Benchmarks/plots/{name}.svg)", ""]

    def others(self, date):
        """What others did meanwhile: with two busy processors latencies and throughputs are theirs, too."""
        taken = [told["others_cores"] for row in self.rows.values() if row["set"] == date
                 for told in row["servers"].values() if "others_cores" in told]
        if not taken or statistics.median(taken) <= NEIGHBOURS:
            return ""
        return f"; meanwhile others kept {statistics.median(taken):.1f} of the processors busy (median)"

    def about(self):
        """Where, when and how: a line for every measuring that rows were kept of."""
        for a in self.sets:
            node = f", Node {a['node']}" if a["node"] else ""
            self.lines.append(
                f"- {a['date'][:10]}, `{a['command']}` at {a['commit']}: {a['processor']}, {a['cores']} processors, "
                f"{a['memory_gib']} GiB, {a['system']}, Linux {a['kernel']}, Swift {a['swift']}{node}; "
                f"{a['seconds']} s a row{self.others(a['date'])}."
            )
        self.lines.append("")

    def costs(self, rows):
        """One line a row: every server's figure, and how ours stands to the floor and its budget."""
        servers = [name for name in NAMES if any(name in self.kept[row.name] for row in rows)]
        others = sorted({name for row in rows for name in self.kept[row.name]} - set(NAMES))
        budgets = any(bound(row) for row in rows)
        floors = "floor" in servers
        head = ["row", "unit", *(NAMES.get(name, name) for name in servers + others)]
        head += ["× floor"] * floors + ["budget", ""] * budgets + ["messages/s", "p50, p99 µs"]
        body = []
        for row in rows:
            told = self.kept[row.name].get("swift", {})
            most = max((run.get("connections", 0) for run in self.kept[row.name].values()), default=0)
            fewer = f" (here {most:,}: all that the system granted)" if 1000 < most < row.crowd else ""
            cells = [f"`{row.name}` {row.what}{fewer}", row.unit]
            cells += [precise(self.of(row, name)) if name in self.kept[row.name] else "" for name in servers + others]
            cells += [number(times_floor(told, row, self.kept[row.name].get("floor")), 2).strip("-")] * floors
            if budgets:
                cells += [bound(row), self.promise(row, told)]
            rate = told.get("messages_per_second")
            cells += [number(rate) if rate else "", f"{number(told['p50_us'])}, {number(told['p99_us'])}" if rate else ""]
            body.append(cells)
        self.table(head, body)

    def promise(self, row, told):
        """Whether a budget was met, and what each run said of it."""
        judged = verdict(row, "swift", told) if told else ""
        word = {"PASS": "met", "MISS": "missed", "FAULT": "fault"}.get(judged, judged and f"met in {judged}")
        runs = told.get("promised") or []
        return word + (": " + ", ".join(precise(value) for value in runs) if word and len(runs) > 1 else "")

    def latencies(self, rows):
        body = []
        for row in rows:
            for server, told in self.kept[row.name].items():
                three = [number(told.get(key)) for key in ("p50_us", "p99_us", "p999_us")]
                cpu = f"{told.get('cpu_cores', 0) * 100:.0f} %"
                body.append([f"`{row.name}` {row.what}", NAMES.get(server, server), *three, cpu])
        self.table(["row", "server", "p50 µs", "p99 µs", "p99.9 µs", "of a core"], body)
        series = []
        for server, kind in ("swift", "a"), ("floor", "floor"):
            for key, dashed in ("p50_us", ""), ("p99_us", " dashed"):
                points = []
                for row in rows:
                    told = self.kept[row.name].get(server)
                    if told and told.get(key) and not faults(told):
                        points.append((told["rate"], told[key]))
                series.append((f"{NAMES[server]} {key[:3]}", kind + dashed, points))
        title = "Latency of an echo at a fixed rate, 64 connections"
        if plot.lines(PLOTS / "latency.svg", title, "messages a second", "µs", series):
            self.picture("latency", title)

    def size(self, row, server):
        """How many a row of growth was measured with: rooms, or clients as far as the system granted them."""
        told = self.kept[row.name].get(server, {})
        return row.scale if row.name.startswith("join") else told.get("connections", row.crowd)

    def growth(self, rows):
        """A table a figure of its kind, and all of them in one plot: what is flat grows in proportion."""
        series, body, sizes = [], [], set()
        for kind, verb in ("a", "echo"), ("b", "broadcast"), ("c", "join"):
            for server, dashed in ("swift", ""), ("floor", " dashed"):
                points = [(self.size(row, server), self.of(row, server)) for row in rows if row.name.startswith(verb)]
                points = [(n, cost) for n, cost in points if cost]
                if points:
                    series.append((f"{verb}{', floor' if dashed else ''}", kind + dashed, points))
                    costs = dict(points)
                    sizes.update(costs)
                    body.append((f"{verb}, {UNITS[verb]}", NAMES[server], costs))
        sizes = sorted(sizes)
        self.table(
            ["µs", "", *(number(size) for size in sizes)],
            [[verb, server, *(precise(costs[size]) if size in costs else "" for size in sizes)] for verb, server, costs in body],
        )
        title = "What one costs among how many: flat is linear"
        if plot.lines(PLOTS / "growth.svg", title, "clients (echo, broadcast), rooms (join)", "µs of CPU each", series):
            self.picture("growth", title)

    def values(self, rows):
        sent = [row for row in rows if row.plan == "single"]
        if sent:
            self.costs(sent)
        inside = [row for row in rows if row.plan == "json"]
        roads = list(dict.fromkeys(road for row in inside for road in self.kept[row.name]))
        body = [[f"`{row.name}`", *(precise(self.of(row, road)) if road in self.kept[row.name] else "" for road in roads)]
                for row in inside]
        if body:
            self.table(["µs a value", *roads], body)

    def notes(self, rows):
        for row in rows:
            for server, told in self.kept[row.name].items():
                if row.plan == "fairness" and told.get("alone_p99_us"):
                    self.lines.append(
                        f"{NAMES.get(server, server)}: p50 and p99 alone {number(told['alone_p50_us'])} and "
                        f"{number(told['alone_p99_us'])} µs, beside {number(told['flood_per_second'])} events a second of "
                        f"the other {number(told['p50_us'])} and {number(told['p99_us'])} µs.")
                if row.plan == "loops" and told.get("ceiling"):
                    self.lines.append(
                        f"One loop {number(told['one_loop_per_second'])} messages a second at "
                        f"{precise(told['one_loop_cpu_us'])} µs each, two loops {number(told['messages_per_second'])} at "
                        f"{precise(told['cpu_us_per_message'])}; what the load takes leaves room for "
                        f"{told['ceiling']:.2f} ×.")
        self.lines.append("")

    def overview(self, rows):
        kinds = [(NAMES[name], name) for name in NAMES if any(self.of(row, name) for row in rows)]
        drawn = []
        for row in rows:
            values = {name: self.of(row, name) for name in NAMES if self.of(row, name)}
            floor = values.get("floor")
            drawn.append((row.name, values, row.most or (row.ratio * floor if row.ratio and floor else None)))
        title = "CPU a message; the stroke is the budget"
        if plot.bars(PLOTS / "cpu.svg", title, "µs of CPU (idle: KiB a connection)", drawn, kinds):
            self.picture("cpu", title)

    def section(self, group):
        rows = [row for row in ROWS if row.group == group and row.name in self.kept]
        if not rows:
            return
        self.lines += [f"### {TITLES[group]}", ""]
        special = {"latency": self.latencies, "growth": self.growth, "json": self.values}
        special.get(group, self.costs)(rows)
        if group == "budget":
            self.overview(rows)
        if group in ("fairness", "loops"):
            self.notes(rows)


def write():
    """Replaces what stands between the markers."""
    if not MEASURED.exists():
        raise Failure("nothing is kept yet: scripts/bench --report measures and keeps")
    page = Page(json.loads(MEASURED.read_text()))
    page.about()
    for group in GROUPS:
        page.section(group)
    text = PAGE.read_text()
    if BEGIN not in text or END not in text:
        raise Failure(f"{PAGE.name} has no markers {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    PAGE.write_text(before + BEGIN + "\n" + "\n".join(page.lines).rstrip() + "\n" + END + after)
    say(f"{PAGE.name} and its plots are written")
