#!/usr/bin/env python3
"""The scenario with python-socketio's clients, threaded and asyncio: polling only, WebSocket only, and with the upgrade."""

import os
import sys
from dataclasses import dataclass

import socketio

import harness
from harness import Cases
from launch import Launched
from python_peers import AsyncPeer, Peer, SyncPeer

if not hasattr(socketio.Client, "get_sid"):
    # Version 4 of the library, for Socket.IO 2: what differs is said there.
    from python_peers_v2 import OldAsyncPeer as AsyncPeer, OldSyncPeer as SyncPeer

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}
EVERY = [(kind, transport) for kind in ("sync", "asyncio") for transport in TRANSPORTS]

cases = Cases()


@dataclass
class Scenario:
    url: str
    command: str | None
    serializer: str = "default"
    compress: bool = False

    def peer(self, kind: str, transport: str, **options) -> Peer:
        url = options.pop("url", self.url)
        make = SyncPeer if kind == "sync" else AsyncPeer
        return make(url, TRANSPORTS[transport], serializer=self.serializer, compress=self.compress, **options)


def case(name: str, **options):
    """A case that runs with each client over each transport; it gets a maker of peers."""

    def add(body):
        def with_maker(scenario: Scenario, kind: str, transport: str):
            made: list[Peer] = []

            def peer(*namespaces, **more) -> Peer:
                connecting = {name: more.pop(name) for name in ("auth", "query", "headers") if name in more}
                one = scenario.peer(kind, transport, **more)
                made.append(one)
                return one.connect(*namespaces, **connecting)

            peer.scenario, peer.transport, peer.kind = scenario, transport, kind
            try:
                body(peer)
            finally:
                for one in made:
                    one.disconnect()

        return cases.case("{0}, {1}: " + name, table=EVERY, **options)(with_maker)

    return add


@case("connects, gets its auth back, and uses the wanted transport")
def _(peer):
    auth = {"token": "abc", "n": [1, None]}
    if peer.scenario.serializer == "msgpack":
        auth |= {"key": b"\x01\x02", "more": [b""]}
    one = peer(auth=auth)
    wanted = "polling" if peer.transport == "polling" else "websocket"
    assert one.transport == wanted, f"transport {one.transport}"


@case("a WebSocket is compressed where both ends want it", only_with="compress")
def _(peer):
    one = peer()
    assert one.is_compressed == (peer.transport != "polling" and peer.kind == "asyncio")
    one.emit("echo", "x" * 5000, "€ again and again " * 500)
    one.hears("echo", "x" * 5000, "€ again and again " * 500)


@case("events carry arguments both ways")
def _(peer):
    one = peer()
    for values in ([], [1], ["a", 2, None, True, 1.5], [{"b": [1, {"c": []}]}, [[]]], ["€ ünï 🎉 \u2028 \x00"], ["x" * 200_000]):
        one.emit("echo", *values)
        one.hears("echo", *values)
        one.emit("message", *values)
        one.hears("message-back", *values)


@case("acknowledgements carry arguments")
def _(peer):
    one = peer()
    assert one.call("echo", "a") == "a"
    assert one.call("echo", "a", {"b": [1]}, None) in (("a", {"b": [1]}, None), ["a", {"b": [1]}, None])
    assert one.call("message-with-ack", 5) == 5
    assert one.call("echo") is None
    one.hears_nothing()


@case("the server asks and is answered")
def _(peer):
    one = peer()
    one.answer("question", lambda *values: ["yes", *values])
    one.emit("ask", 1, "two")
    one.hears("answered", ["yes", 1, "two"])


@case("the server asks, and a binary answer arrives whole")
def _(peer):
    one = peer()
    one.answer("question", lambda value: value[::-1])
    one.emit("ask", b"\x01\x02\x03")
    one.hears("answered", b"\x03\x02\x01")


@case("the server asks in vain and notices after two seconds", background=True, limit=15)
def _(peer):
    one = peer()
    one.answer("question", lambda *values: "too late", delay=2.6)
    one.emit("ask", 1)
    # It runs beside other cases, whose broadcasts are heard here too.
    got = one.next()
    while got[0] == "broadcast":
        got = one.next()
    assert got[0] == "answered-timeout", f"heard {got!r}"


@case("binary travels both ways, nested and in number")
def _(peer):
    one = peer()
    blob = os.urandom(70_000)
    for values in ([one.empty], [b"\x00"], [blob], [{"a": [b"1", {"b": b"2"}]}, "t", b"3"], [one.empty] + [bytes([n]) * n for n in range(1, 10)]):
        one.emit("echo", *values)
        one.hears("echo", *values)
    assert one.call("echo", {"deep": [blob]}) == {"deep": [blob]}


@case("two namespaces on one connection do not mix")
def _(peer):
    one = peer("/", "/custom", auth={"who": "me"})
    one.emit("echo", "on custom", namespace="/custom")
    one.emit("echo", "on root")
    one.hears("echo", "on root")
    one.hears("echo", "on custom", namespace="/custom")
    assert one.call("whoami", namespace="/custom")["id"] != one.call("whoami")["id"]
    one.hears_nothing()
    one.hears_nothing("/custom")


@case("a middleware's refusal arrives with its data, and the other namespace works")
def _(peer):
    one = peer.scenario.peer(peer.kind, peer.transport)
    one.watch("/")
    one.watch("/closed")
    try:
        one.open(one.url, transports=one.transports, namespaces=["/", "/closed"], wait_timeout=1)
    except socketio.exceptions.ConnectionError:
        pass
    harness.until(lambda: "/closed" in one.refusals, "no connect_error for /closed")
    assert one.refusals["/closed"] == one.refusal("not allowed", {"retry": False}), f"{one.refusals['/closed']!r}"
    one.disconnect()


@case("an unknown namespace is refused")
def _(peer):
    one = peer.scenario.peer(peer.kind, peer.transport)
    one.watch("/nope")
    try:
        one.open(one.url, transports=one.transports, namespaces=["/nope"], wait_timeout=1)
        raise AssertionError("connected")
    except socketio.exceptions.ConnectionError:
        pass
    assert one.refusals["/nope"] == one.refusal("Invalid namespace"), f"{one.refusals['/nope']!r}"
    one.disconnect()


@case("rooms reach their members, and only them")
def _(peer):
    a, b, c = peer(), peer(), peer()
    assert a.call("join", "red") == ["red"]
    assert b.call("join", "red") == ["red"] and b.call("join", "blue") == ["blue", "red"]
    assert c.call("join", "blue") == ["blue"]
    a.emit("room", "red", "hello", b"\x01")
    for one in (a, b):
        one.hears("room", "red", "hello", b"\x01")
    b.emit("room-others", "blue", 1)
    c.hears("room", "blue", 1)
    assert b.call("leave", "red") == ["blue"]
    a.emit("room", "red", "again")
    a.hears("room", "red", "again")
    for one in (a, b, c):
        one.hears_nothing()


@case("a room may be reached from outside, and an empty room by nobody")
def _(peer):
    a, b = peer(), peer()
    a.call("join", "red")
    b.emit("room", "red", "from outside")
    a.hears("room", "red", "from outside")
    b.emit("room", "nobody here", 1)
    a.hears_nothing()
    b.hears_nothing()


@case("rooms are left by disconnecting")
def _(peer):
    a, b = peer(), peer()
    a.call("join", "red")
    b.call("join", "red")
    b.disconnect()
    a.emit("room", "red", 1)
    a.hears("room", "red", 1)


@case("a broadcast reaches everybody of the namespace, or all but the sender")
def _(peer):
    a, b, custom = peer(), peer(), peer("/custom")
    a.emit("broadcast", "all", {"n": b"\x05"})
    for one in (a, b):
        one.hears("broadcast", "all", {"n": b"\x05"})
    a.emit("broadcast-others", "others")
    b.hears("broadcast", "others")
    a.hears_nothing()
    custom.hears_nothing("/custom")


@case("the server knows who and how")
def _(peer):
    one = peer(query="?room=a%20b&x=%C3%BC")
    me = one.call("whoami")
    assert me["id"] == one.sid
    assert me["transport"] == ("polling" if peer.transport == "polling" else "websocket"), f"{me!r}"
    assert me["secure"] == one.url.startswith("https:"), f"{me!r}"
    assert me["query"]["room"] == "a b" and me["query"]["x"] == "ü" and me["query"]["EIO"] == one.version, f"{me['query']!r}"


@case("a handler that fails harms nothing")
def _(peer):
    one = peer()
    for _ in range(3):
        one.emit("fail")
    one.hears_nothing()


@case("a kicked socket is told, and its other namespace lives")
def _(peer):
    one = peer("/", "/custom")
    one.emit("kick", namespace="/custom")
    assert one.gone() == one.disconnection("/custom", "server disconnect")
    one.hears_nothing()


@case("a kicked connection ends in every namespace")
def _(peer):
    one = peer("/", "/custom")
    one.emit("kick-all")
    assert {one.gone()[0], one.gone()[0]} == {"/", "/custom"}


@case("a thousand events arrive in order")
def _(peer):
    one = peer()
    one.emit("burst", 1000)
    for n in range(1000):
        one.hears("burst", n)


@case("hundreds of events sent by the client arrive in order")
def _(peer):
    one = peer()
    for n in range(300):
        one.emit("echo", n)
    for n in range(300):
        one.hears("echo", n)


@case("large strings travel both ways")
def _(peer):
    one = peer()
    one.emit("big", 900_000)
    one.hears("big", "x" * 900_000)
    # As MessagePack it is base64 on polling, and has to fit into a payload of a million bytes all the same.
    count = 900_000 if peer.scenario.serializer == "default" else 700_000
    assert one.call("measure", "y" * count) == count
    assert one.call("measure", b"z" * 500_000) == 500_000


@case("a burst of binary events arrives in order and whole")
def _(peer):
    one = peer()
    one.emit("binary-burst", 100, 2000)
    for n in range(100):
        one.hears("binary-burst", n, bytes([n]) * 2000)


@case("a client that disconnects may connect again, as another socket")
def _(peer):
    one = peer()
    first = one.sid
    one.leave()
    one.connect()
    assert one.sid != first
    one.hears_nothing()


@case("a client comes back after the server was killed and restarted", only_with="server", limit=25)
def _(peer):
    with Launched(peer.scenario.command, peer.scenario.url.split(":")[0]) as own:
        one = peer(auth={"n": 1}, reconnection=True, url=own.url)
        first = one.sid
        one.connections.get(timeout=2)
        own.kill()
        assert one.gone()[0] == "/"
        own.start()
        one.connections.get(timeout=8)
        one.hears_auth({"n": 1})
        assert one.sid != first
        one.hears_nothing()


def trust(certificate: str) -> None:
    """Starts this program anew where its clients do not trust the certificate, so that they do."""
    trusted = os.path.abspath(certificate)
    if os.environ.get("SSL_CERT_FILE") == trusted:
        return
    # What the clients' three libraries look at, the last one when it is imported: requests, websocket-client, and
    # Python's own ssl for aiohttp.
    names = ("REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE", "SSL_CERT_FILE")
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **dict.fromkeys(names, trusted)})


def main() -> int:
    parser = harness.arguments(__doc__)
    parser.add_argument("--server", metavar="CMD", help="how to start a server of our own, with {port}: the reconnection cases kill and restart it")
    parser.add_argument("--ca", metavar="FILE", help="the certificate to trust where the URL begins with https")
    parser.add_argument("--serializer", default="default", choices=("default", "msgpack"), help="the clients' parser, which has to be the server's")
    parser.add_argument("--compress", action="store_true", help="the asyncio client asks for permessage-deflate, which the server has to offer")
    options = parser.parse_args()
    if options.ca:
        trust(options.ca)
    return harness.run(cases, Scenario(options.url, options.server, options.serializer, options.compress), options)


if __name__ == "__main__":
    sys.exit(main())
