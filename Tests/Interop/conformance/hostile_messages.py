"""Rubbish and attacks in WebSocket frames and Socket.IO packets (inventory 9.1, 9.3, 9.4)."""

import itertools
import os
import random
import time
import zlib

from harness import Cases
from peers import EngineSocket, SocketPeer
from websocket_wire import BINARY, CONTINUATION, PING, TEXT, WebSocketClosed, frame
from wire import Closed, Server

cases = Cases()
case = cases.case


def survives_or_closes(peer: EngineSocket) -> None:
    """Either is fine: the connection was closed, or it still answers."""
    try:
        peer.send("4x")
        while peer.packet(1.0) != "4x":
            pass
    except (WebSocketClosed, TimeoutError):
        pass


@case("fragments of one byte without end are cut off (CVE-2026-48779)", limit=30)
def _(server: Server):
    pieces = frame(CONTINUATION, b"x", fin=False) * 10_000
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(TEXT, b"4", fin=False))
        try:
            for _ in range(110):  # 1.1 million bytes of text by then, 7.7 million on the wire
                peer.socket.connection.send(pieces)
        except Exception:  # noqa: BLE001 - closed, as it should be
            pass
        closed = peer.closes(3)
        assert closed.code in (1008, 1009, None), f"closed with {closed.code}"


@case("empty fragments without end are cut off", limit=30)
def _(server: Server):
    pieces = frame(CONTINUATION, b"", fin=False) * 10_000
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(TEXT, b"4", fin=False))
        try:
            for _ in range(150):
                peer.socket.connection.send(pieces)
        except Exception:  # noqa: BLE001
            pass
        closed = peer.closes(3)
        assert closed.code in (1008, 1009, None), f"closed with {closed.code}"


@case("a frame header that claims gigabytes allocates nothing, and is refused at once (CVE-2016-10542)")
def _(server: Server):
    for size in (1 << 31, 1 << 40, (1 << 63) - 1):
        with EngineSocket(server) as peer:
            peer.socket.raw(frame(BINARY, b"", length=size))
            assert peer.closes().code in (1002, 1009)


@case("a hundred half frames of the largest size are held at once", limit=20)
def _(server: Server):
    peers = [EngineSocket(server) for _ in range(40)]
    for peer in peers:
        peer.socket.raw(frame(BINARY, b"x" * 1000, length=999_000))
    with EngineSocket(server) as other:
        other.echoes("4x")
    for peer in peers:
        peer.socket.connection.close()


@case("ten thousand WebSocket pings in one go are answered or cut off")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(PING, b"x" * 125) * 10_000)
        survives_or_closes(peer)


@case("a hundred thousand pongs that nobody asked for start no pings (CVE-2026-48802)", limit=20)
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(TEXT, b"3") * 100_000)
        # Three pings at most, of as many intervals of a second; and no more while the pongs are read.
        pings = peer.pings(2.5)
        assert pings <= 4, f"{pings} pings in 2.5 s"


@case("a deflated frame that nobody agreed on is refused: {0}", table=[("text", TEXT), ("binary", BINARY)])
def _(server: Server, _, opcode):
    with EngineSocket(server) as peer:
        bomb = bytearray(frame(opcode, zlib.compress(b"x" * 10_000_000)[2:-4]))
        bomb[0] |= 0x40
        peer.socket.raw(bytes(bomb))
        assert peer.closes().code in (1002, None)


@case("an unread echo of 40 MB does not grow the server without limit", limit=30)
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.connection.socket.settimeout(0.4)
        message = frame(BINARY, os.urandom(900_000))
        try:
            for _ in range(44):
                peer.socket.connection.socket.sendall(message)
        except OSError:
            pass  # back-pressure or a close: both bound the memory


@case("random bytes as frames harm nobody")
def _(server: Server):
    chance = random.Random(6455)
    for _ in range(60):
        with EngineSocket(server) as peer:
            peer.socket.raw(chance.randbytes(chance.randrange(1, 400)))


@case("random text as packets harms nobody")
def _(server: Server):
    chance = random.Random(5)
    alphabet = '0123456789-,/[]{}":abe \\_ü€🎉' + '","'
    for _ in range(150):
        with SocketPeer(server, chance.choice([None, "/"])) as peer:
            for _ in range(3):
                peer.say(str(chance.randrange(8)) + "".join(chance.choice(alphabet) for _ in range(chance.randrange(30))))
                if chance.random() < 0.2:
                    peer.say(chance.randbytes(3))


@case("good packets with one byte changed harm nobody")
def _(server: Server):
    chance = random.Random(7)
    good = ['2["message",1,{"a":[true,null]}]', '213["message-with-ack","x"]', '51-["message",{"_placeholder":true,"num":0}]',
            "0/custom,{}", "1/custom,", '3123["x"]', '2["message","\\ud83d\\ude00",1e5]']
    for _ in range(300):
        packet = list(chance.choice(good))
        packet[chance.randrange(len(packet))] = chr(chance.randrange(32, 127))
        with SocketPeer(server) as peer:
            peer.say("".join(packet))
            peer.say(b"\x01")


@case("numbers of a megabyte are refused or survived: {0} (CVE-2020-36049)", table=[
    ("as an id", "2" + "2" * 990_000 + '["message"]'), ("as attachments", "5" + "2" * 990_000 + '-["message"]'), ("as a type", "9" * 990_000),
    ("as an argument", '2["message",' + "9" * 990_000 + "]"), ("with a fraction", '2["message",0.' + "9" * 990_000 + "]"),
    ("as an exponent", '2["message",1e' + "9" * 990_000 + "]"), ("as a namespace", "0/" + "x" * 990_000)], limit=6)
def _(server: Server, _, packet):
    with SocketPeer(server) as peer:
        peer.say(packet)
        survives_or_closes(peer)


@case("an object with 100000 keys, and with one key 100000 times, is survived")
def _(server: Server):
    for packet in ('2["message",{' + ",".join(f'"k{n}":{n}' for n in range(70_000)) + "}]", '2["message",{' + ",".join(['"k":1'] * 160_000) + "}]"):
        with SocketPeer(server) as peer:
            peer.say(packet)
            survives_or_closes(peer)


@case("keys that collide in simple hash functions are survived")
def _(server: Server):
    keys = ["".join(pair) for pair in itertools.islice(itertools.product(("Aa", "BB"), repeat=14), 30_000)]
    with SocketPeer(server) as peer:
        peer.say('2["message",{' + ",".join(f'"{key}":0' for key in keys) + "}]")
        survives_or_closes(peer)


@case("two thousand namespaces are asked for on one connection")
def _(server: Server):
    with SocketPeer(server) as peer:
        for n in range(2000):
            peer.say(f"0/none{n},")
        survives_or_closes(peer)


@case("events named as members of every object are ignored: {0} (CVE-2023-32695, CVE-2024-38355)", table=[
    "error", "toString", "constructor", "hasOwnProperty", "__proto__", "connection", "auth", "message-back"])
def _(server: Server, name):
    with SocketPeer(server) as peer:
        peer.say(f'2["{name}"]')
        peer.works()


@case("a name that is no text closes only its own connection: {0} (CVE-2023-32695)", table=[
    '[{"toString":"foo"}]', '[{"toString":{}},1]', '[["message"],1]', '[null]', '[true,"x"]', '[]', '{}'])
def _(server: Server, payload):
    for header in ("2", "27"):
        with SocketPeer(server) as peer:
            peer.say(header + payload)
            peer.is_closed()


@case("a placeholder that is no index closes only its own connection: {0} (CVE-2022-2421)", table=[
    '"splice"', '"__proto__"', "-1", "1", "1.5", "1e400", "null", "{}", '[0]'])
def _(server: Server, number):
    with SocketPeer(server) as peer:
        peer.say('51-["message",{"_placeholder":true,"num":%s}]' % number)
        try:
            peer.say(b"x")
        except Closed:
            pass  # some are refused before the attachment comes
        peer.is_closed()


@case("attachments that never come are not waited for in memory (CVE-2026-33151, CVE-2026-69185)", limit=20)
def _(server: Server):
    for packet, parts in (('5999999-["x"]', 20), ('50-["x"]', 20), ('510-["message"' + ',{"_placeholder":true,"num":0}' * 10 + "]", 9)):
        for _ in range(3):
            with SocketPeer(server) as peer:
                peer.say(packet)
                try:
                    for _ in range(parts):
                        peer.socket.connection.send(frame(BINARY, b"x" * 900_000))
                except Exception:  # noqa: BLE001 - closed before all of it was sent
                    pass


@case("attachments without a namespace are freed with the connection (CVE-2026-48804)", limit=20)
def _(server: Server):
    for _ in range(20):
        with SocketPeer(server, None) as peer:
            peer.say('52-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
            peer.say(b"x" * 900_000)


@case("deep JSON is refused without recursion: {0}", table=[
    ("arrays", "[" * 990_000), ("objects", '{"a":' * 198_000), ("arrays, closed", "[" * 490_000 + "]" * 490_000),
    ("objects, closed", '{"a":' * 160_000 + "1" + "}" * 160_000)], limit=8)
def _(server: Server, _, nested):
    for prefix in ('2["message",', "0", '4{"data":', '51-["message",'):
        with SocketPeer(server, None if prefix == "0" else "/") as peer:
            peer.say(prefix + nested + "]")
            survives_or_closes(peer)


@case("CONNECT and DISCONNECT in turn, a thousand times")
def _(server: Server):
    with SocketPeer(server) as peer:
        for _ in range(1000):
            peer.say("1")
            peer.say("0")
        survives_or_closes(peer)


@case("three hundred connections opened and reset one after another")
def _(server: Server):
    for _ in range(300):
        peer = SocketPeer(server)
        peer.socket.connection.reset()
