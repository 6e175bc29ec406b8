"""scripts/bench: what a message costs, the server against the floor and other servers. See Benchmarks/README.md."""

import argparse
import resource
import shlex
import signal
import sys
import time

from . import report, table
from .counts import WORKLOADS, count
from .plans import Bench
from .results import MEASURED, Results, faults, figure
from .rows import GROUPS, ROWS
from .say import Failure, complain, say
from .tools import build_swift, build_tools, prepare_python


#: What a process opens besides its connections.
SPARE_FILES = 500


class External:
    """A server that somebody else runs."""

    def __init__(self, name, port, pid):
        self.name, self.port, self.pid = name, port, pid


def words(text):
    return [word for word in text.split(",") if word]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench", description="What a message costs.", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="2 s a row instead of 5")
    parser.add_argument("--all", action="store_true", help="every row (about half an hour) instead of those with a budget")
    parser.add_argument("--groups", type=words, default=[], metavar="LIST", help=f"comma-separated: {' '.join(GROUPS)}")
    parser.add_argument("--rows", type=words, default=[], metavar="LIST", help="comma-separated: see --list")
    parser.add_argument("--list", action="store_true", help="tells the rows, and measures nothing")
    parser.add_argument("--servers", type=words, default=["floor", "swift"], metavar="LIST",
                        help="floor,swift (default), python")
    parser.add_argument("--peers", action="store_true",
                        help="python-socketio, too, from a virtual environment made for it")
    parser.add_argument("--repeat", type=int, default=1, metavar="N",
                        help="runs every row N times, interleaved, and keeps each server's median")
    parser.add_argument("--url-port", type=int, action="append", default=[], metavar="P",
                        help="a server that already runs at 127.0.0.1:P, too, with --pid and --name; may be given again")
    parser.add_argument("--pid", type=int, action="append", default=[])
    parser.add_argument("--name", action="append", default=[])
    parser.add_argument("--report", action="store_true",
                        help=f"keeps the figures in Benchmarks/{MEASURED.name} and writes BENCHMARKS.md and its plots anew")
    parser.add_argument("--redraw", action="store_true", help="only writes BENCHMARKS.md and its plots anew")
    parser.add_argument("--count", nargs="*", metavar="WORKLOAD",
                        help="instructions and allocations a message, against Benchmarks/thresholds.json: what CI checks "
                             f"({' '.join(workload.name for workload in WORKLOADS)})")
    parser.add_argument("--set", action="store_true", help="with --count: what is counted becomes the thresholds")
    options = parser.parse_args(arguments)
    if options.peers:
        options.servers.append("python")
    if not len(options.url_port) == len(options.pid) == len(options.name):
        parser.error("--url-port, --pid and --name go together")
    if options.repeat < 1:
        parser.error("--repeat wants a number")
    return options


def chosen(options):
    known = {row.name for row in ROWS}
    for name in set(options.rows) - known:
        raise Failure(f"no row {name}")
    for name in set(options.groups) - set(GROUPS):
        raise Failure(f"no group {name}")
    if not options.rows and not options.groups:
        options.groups = GROUPS if options.all else ["budget"]
    return [row for row in ROWS if row.name in options.rows or row.group in options.groups]


def allow_many_files(rows):
    """Asks for as many descriptors as the largest crowd takes, on either side; how many connections that allows."""
    wanted = max(row.crowd for row in rows) + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))  # granted to root, mostly
        except (ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            wanted = hard
    for row in rows:
        if row.crowd > wanted - SPARE_FILES:
            say(f"{row.name} has {wanted - SPARE_FILES:,} connections for {row.crowd:,}: ulimit -Hn is {wanted:,}")
    return wanted - SPARE_FILES


def takers(row, servers):
    """Who takes part in a row."""
    for name in servers:
        if name == "floor" and (row.floor is None or row.plan == "json"):
            continue
        if name == "floor" or row.only is None or name in row.only:
            yield name


def measure(bench, rows, options, results):
    for turn in range(1, options.repeat + 1):
        say(f"run {turn} of {options.repeat}, {bench.seconds} s a row")
        for row in rows:
            names = list(takers(row, options.servers))
            for together in [names] if row.plan == "turns" else [[name] for name in names]:
                try:
                    measured = getattr(bench, row.plan)(row, *together)
                except Failure as failure:
                    measured = {name: {"failed": 1, "said": str(failure)} for name in together}
                for server, told in measured.items():
                    keep(results, row, server, told)
            for port, pid, name in zip(options.url_port, options.pid, options.name):
                if row.plan in ("single", "turns") and row.only is None:
                    keep(results, row, name, bench.run(row, External(name, port, pid)))


def keep(results, row, server, told):
    results.add(row, server, told)
    fault = "  FAULT " + told.get("said", "") if faults(told) else ""
    times = f", {told['times_floor']:.2f} × floor" if told.get("times_floor") and server != "floor" else ""
    print(f"    {row.name:<20}{server:<18}{table.precise(figure(told, row)):>9} {row.unit}{times}{fault}", flush=True)


def run(options):
    rows = chosen(options)
    most = allow_many_files(rows)
    build_tools()
    ours = "swift" in options.servers
    bench = Bench(
        seconds=2 if options.quick else 5,
        most=most,
        swift=build_swift("bench-server") if ours else None,
        bench_json=build_swift("bench-json") if ours and any(row.plan == "json" for row in rows) else None,
        python=prepare_python() if "python" in options.servers else None,
    )
    results = Results(shlex.join(["scripts/bench", *sys.argv[1:]]), bench.seconds)
    begun = time.monotonic()
    try:
        measure(bench, rows, options, results)
    finally:
        if results.runs:
            say(f"every run is in {results.write()}")
    missed = table.show(rows, results)
    say(f"measured in {time.monotonic() - begun:.0f} s")
    if options.report:
        results.keep(rows)
        report.write()
    if missed:
        complain(f"{missed} figures missed their budget, or are faulty")
    return missed == 0


def main():
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.list:
        for row in ROWS:
            print(f"{row.name:<18}{row.group:<11}{row.what}")
    elif options.count is not None:
        return count(options.count, options.set)
    elif options.redraw:
        report.write()
    else:
        return run(options)
    return True


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except Failure as failure:
        complain(failure)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
