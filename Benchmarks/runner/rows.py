"""What is measured: every row, in the order of the table."""

import re
from dataclasses import dataclass
from typing import Optional, Union

from .documents import FEED, MESSAGE, WORDS

CPU, MEMORY, TAIL = "cpu_us_per_message", "kib_per_connection", "p99_us"
#: The load's modes whose events `bench-server` knows with `--rows` only: handlers take memory, which other rows measure.
FURTHER_MODES = re.compile(r"--mode (binary|take|take-feed|rooms|everybody)\b")
MESSAGES, EVERYBODY, ROOM, POST = "µs a message", "µs a delivery", "µs a room", "µs a request"


@dataclass
class Row:
    name: str
    group: str
    #: What happens, for the report's reader.
    what: str
    #: The load's options; the floor's where it can do the same (None: it cannot).
    load: str
    floor: Optional[str] = None
    #: Which of the load's figures is compared, divided by `scale` or by another of its figures, and what it then is.
    figure: str = CPU
    scale: Union[float, str] = 1
    unit: str = MESSAGES
    #: A promise of this project's server: a ratio to the floor in the same run, or the most (the least) it may be.
    ratio: Optional[float] = None
    most: Optional[float] = None
    least: Optional[float] = None
    #: Options of the server, beside its port.
    server: str = ""
    #: Connections that are open at once: `{crowd}` in the options, fewer where the system grants no such number.
    crowd: int = 1000
    #: Who takes part besides the floor; None: everybody.
    only: Optional[tuple] = None
    #: How it is measured: a function of plans.py. One of them takes all servers of the row at once.
    plan: str = "single"
    #: Seconds whatever the command line says: a crowd must have time to be heard, each of it.
    seconds: Optional[float] = None


def budget():
    group = "budget"
    crowd = "--connections 1000"
    turns = {"plan": "turns"}
    yield Row("echo-1", group, "64 clients, each emits 64 bytes and waits for them", "--mode echo", "--mode raw", ratio=1.20, **turns)
    yield Row("echo-16", group, "the same, each with 16 on the way", "--mode echo --depth 16", "--mode raw --depth 16",
              ratio=1.80, **turns)
    yield Row("ack-1", group, "like echo-1, answered by acknowledgement", "--mode ack", "--mode raw", ratio=1.20, **turns)
    yield Row("broadcast-1", group, "one of 1000 clients emits, the next once all have it", f"--mode broadcast {crowd}",
              f"--mode raw-broadcast {crowd}", unit=EVERYBODY, ratio=1.08, **turns)
    yield Row("broadcast-8", group, "the same with 8 broadcasts on the way", f"--mode broadcast {crowd} --depth 8",
              f"--mode raw-broadcast {crowd} --depth 8", unit=EVERYBODY, ratio=1.25, **turns)
    yield Row("connect", group, "64 at once: TCP, upgrade, open, CONNECT answered, closed; again (the floor: an echo)",
              "--mode connect --depth 64", "--mode raw-connect-echo --depth 64", unit="µs a connection", most=35, **turns)
    yield Row("idle", group, "10,000 connections are held", "--mode idle --connections 10000",
              "--mode raw-idle --connections 10000", figure=MEMORY, unit="KiB a connection", most=2.5, crowd=10000)
    yield Row("polling", group, "echo-1 by HTTP long-polling: a GET that waits, a POST beside it", "--mode polling")


def silent():
    """The broadcasts with a budget beside a floor whose clients only listen, and with one kind of TCP acknowledgement for all."""
    clients = "--connections 1000"
    for depth, in_flight in (1, ""), (8, " --depth 8"):
        common = {"unit": EVERYBODY, "plan": "turns", "only": ("swift",)}
        yield Row(f"silent-{depth}", "silent", f"broadcast-{depth}; the floor's clients have never said anything",
                  f"--mode broadcast {clients}{in_flight}", f"--mode raw-listen {clients}{in_flight}", **common)
        yield Row(f"quickack-{depth}", "silent", "the same, and every client acknowledges at once (`TCP_QUICKACK`)",
                  f"--mode broadcast --quickack {clients}{in_flight}", f"--mode raw-listen --quickack {clients}{in_flight}", **common)


def payload():
    for name, size, clients in ("1k", 1024, 64), ("16k", 16384, 64), ("1m", 1048576, 8):
        options = f"--size {size} --connections {clients}"
        yield Row(f"payload-{name}", "payload", f"echo of {size:,} bytes, {clients} clients", f"--mode echo {options}",
                  f"--mode raw {options}", server="--max-payload 2000000")
    for name, size in ("1k", 1024), ("64k", 65536):
        yield Row(f"binary-{name}", "binary", f"echo of an attachment of {size:,} bytes", f"--mode binary --size {size}",
                  f"--mode raw --size {size}")


def packed():
    for depth in 1, 16:
        yield Row(f"pack-{depth}", "msgpack", f"echo-{depth} with MessagePack on both ends", f"--mode pack --depth {depth}",
                  f"--mode raw --depth {depth}", server="--msgpack")


def rooms():
    options = "--connections 10000 --room-size 10"
    yield Row("rooms-10", "rooms", "10,000 clients in rooms of 10, a message on its way in each", f"--mode room {options}",
              f"--mode raw-room {options}", unit=EVERYBODY, crowd=10000, seconds=6)
    yield Row("rooms-1000", "rooms", "one socket joins 1000 rooms and leaves them",
              "--mode rooms --connections 1 --count 1000", scale=1000, unit=ROOM)
    yield Row("rooms-all", "rooms", "100,000 sockets join a room and leave it, at one word of the server",
              "--mode everybody --connections {crowd}", scale="connections", unit="µs a socket", crowd=100000, only=("swift",))


def polling():
    for clients in 64, 1000:
        yield Row(f"polling-{clients}", "polling", f"echo by long-polling alone, {clients} clients",
                  f"--mode polling --connections {clients}", figure="cpu_us_per_request", unit=POST)


def idle():
    for figure, name, unit in (MEMORY, "idle-100k", "KiB a connection"), ("cpu_cores", "rest-100k", "% of a core"):
        yield Row(name, "idle", "100,000 connections, each pinged every 5 s" + (": at rest" if "rest" in name else ""),
                  "--mode idle --heartbeats --connections {crowd}", "--mode raw-idle --connections {crowd}",
                  figure=figure, scale=1 if figure == MEMORY else 0.01, unit=unit, crowd=100000, only=("swift",),
                  server="--ping-interval 5000 --ping-timeout 20000", plan="held", seconds=11)


def secure():
    words = f"--deflate --payload-file {WORDS}"
    for depth in 1, 16:
        yield Row(f"deflate-{depth}", "deflate", f"echo of 2 KiB of words, compressed, {depth} on the way",
                  f"--mode echo --depth {depth} {words}", server="--deflate")
    yield Row("deflate-all", "deflate", "the same words to 100 clients", f"--mode broadcast --connections 100 {words}",
              unit=EVERYBODY, server="--deflate")
    for depth in 1, 16:
        yield Row(f"tls-{depth}", "tls", f"echo-{depth} over TLS", f"--mode echo --depth {depth} --tls", server="--tls")
    yield Row("tls-16k", "tls", "echo of 16 KiB over TLS", "--mode echo --size 16384 --tls", server="--tls")
    yield Row("tls-connect", "tls", "connect over TLS, the handshake with it", "--mode connect --depth 64 --tls",
              unit="µs a connection", server="--tls")


def values():
    sizes = ("small", "take", MESSAGE), ("large", "take-feed", FEED)
    for size, mode, document in sizes:
        yield Row(f"take-{size}", "json", f"a typed handler takes a {size} value: {document.name}",
                  f"--mode {mode} --payload-file {document} --batch 8 --depth 4 --connections 16")
    for size in "small", "large":
        for verb in "decode", "encode":
            yield Row(f"{verb}-{size}", "json", f"{verb}s a {size} value, in the process", "", figure="us",
                      unit="µs a value", only=("swift",), plan="json")


def latency():
    for name, rate in ("1k", 1000), ("10k", 10000), ("50k", 50000):
        options = f"--rate {rate} --connections 64"
        yield Row(f"latency-{name}", "latency", f"echo at {rate:,} messages a second over 64 connections",
                  f"--mode echo {options}", f"--mode raw {options}", figure=TAIL, unit="µs, p99", plan="turns")


def fairness():
    yield Row("fairness", "fairness", "1000 echoes a second beside a client that floods: p99 to p99 without it",
              "--mode echo --rate 1000", figure="ratio", unit="× alone", most=2, plan="fairness")


def loops():
    # Compressed, so that the load leaves the cores to the loops.
    for name, mode, into in ("loops", "take-any", "a value of any shape"), ("loops-typed", "take-feed", "typed values"):
        yield Row(name, "loops", f"16 KiB of JSON, compressed, into {into}, of two loops to of one",
                  f"--mode {mode} --payload-file {FEED} --batch 8 --depth 4 --connections 16 --deflate", figure="ratio",
                  unit="× one loop", least=1.7 if name == "loops" else None, only=("swift",), server="--deflate",
                  plan="loops")


def growth():
    for power, clients in enumerate((100, 1000, 10000, 100000), 2):
        options = "--connections {crowd}"
        common = {"group": "growth", "crowd": clients, "seconds": 3 if clients < 100000 else 6}
        if clients > 10000:
            common["only"] = ("swift",)
        yield Row(f"echo-e{power}", what=f"echo, {clients:,} clients", load=f"--mode echo {options}",
                  floor=f"--mode raw {options}", **common)
        yield Row(f"broadcast-e{power}", what=f"broadcast to {clients:,} clients", load=f"--mode broadcast {options}",
                  floor=f"--mode raw-broadcast {options}", unit=EVERYBODY, **common)
        yield Row(f"join-e{power}", what=f"one socket joins {clients:,} rooms and leaves them",
                  load=f"--mode rooms --connections 1 --count {clients}", scale=clients, unit=ROOM, group="growth", seconds=3)


ROWS = [row for part in (budget, silent, payload, packed, rooms, polling, idle, secure, values, latency, fairness, loops, growth)
        for row in part()]
GROUPS = list(dict.fromkeys(row.group for row in ROWS))
