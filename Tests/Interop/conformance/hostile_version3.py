"""Rubbish and attacks in the words of Engine.IO 3, for a server that lets its clients in (inventory 9.2)."""

import re

from harness import Cases
from websocket_wire import TEXT, RawWebSocket, frame
from wire import Closed, Server

cases = Cases()
case = cases.case

PATH = "/engine.io/?EIO=3&transport="
FORM = [("Content-Type", "application/x-www-form-urlencoded")]
BYTES = [("Content-Type", "application/octet-stream")]


def opened(server: Server, more: str = "") -> str:
    """The query of a new session on polling."""
    answer = server.request("GET", f"{PATH}polling{more}")
    sid = re.search(r'sid\\?":\\?"([\w-]{20})', answer.text)
    assert answer.status == 200 and sid, f"handshake: {answer.status} {answer.body[:80]!r}"
    return f"{PATH}polling{more}&sid={sid[1]}"


def posted(server: Server, target: str, body: bytes, headers=()) -> bytes | None:
    """What a POST is answered; None if its connection is closed instead."""
    try:
        answer = server.request("POST", target, headers, body)
    except (Closed, ConnectionError):
        return None
    return answer.body if answer.status == 200 else str(answer.status).encode()


def is_over(server: Server, target: str) -> bool:
    return server.request("GET", target).status == 400


# What a payload has, beyond or at the limit of a megabyte, and whether its session must be over.
PAYLOADS = [
    # The echo of these fits into what may wait.
    ("many packets of characters of two bytes", "2:4¼".encode() * 200_000, None),
    ("many packets", b"2:42" * 250_000, None),
    ("many pings", b"1:2" * 333_333, True),
    ("many packets of nothing", b"0:" * 500_000, True),
    ("a giant that is not there", b"99999991:4" + b"2" * 999_000, True),
    ("a number without an end", b"1" * 1_000_000, True),
    ("colons", b":" * 1_000_000, True),
    ("a payload of the fourth version", b"\x1e".join([b"4a"] * 300_000), True),
    ("a close in front of much", b"1:1" + b"2:4a" * 249_000, True),
]


@case("on polling, {0} is answered or ends the session", table=[(name, body, over) for name, body, over in PAYLOADS], limit=20)
def _(server: Server, name: str, body: bytes, over: bool | None):
    target = opened(server)
    assert posted(server, target, body) in (b"ok", None)
    if over is not None:
        assert is_over(server, target) == over


@case("on polling, more than the limit is refused with 413")
def _(server: Server):
    target = opened(server)
    assert posted(server, target, b"2:4a" * 250_001) == b"413"
    assert posted(server, target, b"2:4a") == b"ok"


BINARY_PAYLOADS = [
    ("packets without data", b"\x01\x01\xff\x04" * 250_000), ("a length of nines", b"\x00" + b"\x09" * 999_000 + b"\xff4"),
    ("a length of zeros", b"\x00" + b"\x00" * 999_000 + b"\xff4"), ("a length without an end", b"\x00" * 1_000_000),
    ("more than there is", b"\x00\x09\x09\x09\xff4"), ("a text that is none", b"\x00\x03\xff4\xff\xfe"),
    ("an unknown mark", b"\x02\x01\xff4"), ("texts without bytes", b"\x00\x00\xff" * 100_000), ("pings", b"\x00\x01\xff2" * 250_000),
    ("nothing", b""),
]


@case("on polling, bytes: {0} are answered or end the session", table=BINARY_PAYLOADS, limit=20)
def _(server: Server, name: str, body: bytes):
    assert posted(server, opened(server), body, BYTES) in (b"ok", None)


FORMS = [
    ("no field", b"x=y"), ("many fields", b"a&" * 400_000 + b"d=2:4a"), ("percent signs", b"d=" + b"%" * 900_000),
    ("backslashes", b"d=" + b"\\" * 900_000 + b"n"), ("bytes that are no text", b"d=2:4%FF%FE"), ("nothing", b""),
    ("many packets", b"d=" + b"2:4a" * 240_000),
]


@case("by forms, {0} is answered or ends the session", table=FORMS, limit=20)
def _(server: Server, name: str, body: bytes):
    assert posted(server, opened(server, "&j=0"), body, FORM) in (b"ok", None)


@case("the index {0} of a page's callback loses all but its digits", table=[
    ("%3Cscript%3E", b""), ("1%5D;alert(1)//", b"11"), ("9" * 3000, b"9" * 20), ("%D9%A3", b""), ("", b""),
])
def _(server: Server, index: str, kept: bytes):
    answer = server.request("GET", f"{PATH}polling&j={index}")
    assert answer.status == 200 and answer.body.startswith(b"___eio[" + kept + b'](\"'), f"{answer.body[:60]!r}"
    assert b"<" not in answer.body


@case("bytes on a WebSocket: {0} end the session", table=[("none", b""), ("an unknown type", b"\x07abc"), ("a digit", b"4abc"), ("a pong", b"\x03")])
def _(server: Server, name: str, data: bytes):
    with RawWebSocket.connect(server, f"{PATH}websocket") as socket:
        assert socket.receive().startswith("0{")
        socket.send(data)
        socket.closure()


@case("a hundred thousand pings on a WebSocket whose answers nobody reads harm nobody", limit=30)
def _(server: Server):
    pings = frame(TEXT, b"2") * 1000
    with RawWebSocket.connect(server, f"{PATH}websocket") as socket:
        assert socket.receive().startswith("0{")
        for _ in range(100):
            socket.raw(pings)
