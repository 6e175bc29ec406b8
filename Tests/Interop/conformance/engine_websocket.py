"""Engine.IO 4 on WebSocket, and what RFC 6455 demands of the server below it (inventory 1.7, 9.4)."""

import os
import struct

from harness import Cases
from peers import EngineSocket, gone, target
from websocket_wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawWebSocket, frame, upgrade_headers
from wire import Server

cases = Cases()
case = cases.case

LIMIT = 1_000_000


@case("a text message of {0} bytes comes back", table=[0, 1, 123, 124, 125, 126, 127, 65_533, 65_534, 65_535, 65_536, LIMIT - 1])
def _(server: Server, size):
    with EngineSocket(server) as peer:
        peer.echoes("4" + "x" * size)


@case("a binary message of {0} bytes comes back", table=[0, 1, 125, 126, 127, 65_535, 65_536, LIMIT])
def _(server: Server, size):
    with EngineSocket(server) as peer:
        peer.echoes(os.urandom(size))


@case("text keeps every character: {0}", table=["4€ ünï 🎉", "4\0\x1e\u2028\uffff\U0010ffff", "4b", "4\x7f\x80"])
def _(server: Server, text):
    with EngineSocket(server) as peer:
        peer.echoes(text)


@case("a hundred messages, text and binary, come back in order")
def _(server: Server):
    with EngineSocket(server) as peer:
        sent = [f"4{n}" if n % 3 else bytes([n]) for n in range(100)]
        for packet in sent:
            peer.send(packet)
        assert [peer.packet() for _ in sent] == sent


@case("many frames in one segment are all served")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.raw(b"".join(frame(TEXT, b"4%d" % n) for n in range(1000)))
        assert [peer.packet() for _ in range(1000)] == [f"4{n}" for n in range(1000)]


@case("a frame that arrives with the upgrade request is served")
def _(server: Server):
    with EngineSocket(server, trailing=frame(TEXT, b"4early")) as peer:
        assert peer.packet() == "4early"


@case("a frame is accepted byte by byte")
def _(server: Server):
    with EngineSocket(server) as peer:
        for byte in frame(TEXT, "4ä€🎉".encode()) + frame(BINARY, bytes(range(130))):
            peer.socket.raw(bytes([byte]))
        assert peer.packet() == "4ä€🎉" and peer.packet() == bytes(range(130))


@case("a message in fragments is joined, also when a character is cut")
def _(server: Server):
    text = "4ä€🎉".encode()
    with EngineSocket(server) as peer:
        for at in range(1, len(text)):
            peer.socket.raw(frame(TEXT, text[:at], fin=False) + frame(CONTINUATION, b"", fin=False) + frame(CONTINUATION, text[at:]))
            assert peer.packet() == text.decode()
        peer.socket.raw(frame(BINARY, b"", fin=False) + frame(CONTINUATION, b"\x01", fin=False) + frame(CONTINUATION, b"\x02"))
        assert peer.packet() == b"\x01\x02"


@case("a ping of {0} bytes is answered by a pong with the same", table=[0, 1, 125])
def _(server: Server, size):
    payload = os.urandom(size)
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(PING, payload))
        assert peer.socket.control(PONG) == payload


@case("a ping between the fragments of a message is answered at once")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(TEXT, b"4a", fin=False) + frame(PING, b"p"))
        assert peer.socket.control(PONG) == b"p"
        peer.socket.raw(frame(CONTINUATION, b"b"))
        assert peer.packet() == "4ab"


@case("an unsolicited WebSocket pong is ignored")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(PONG, b"nobody asked") + frame(PONG))
        peer.echoes("4x")


@case("a close frame with {0} is answered by the same code, then TCP is closed", table=[
    ("1000", 1000, 1000), ("1001", 1001, 1001), ("1011", 1011, 1011), ("3000", 3000, 3000), ("4999", 4999, 4999),
    ("no code", None, 1005)])
def _(server: Server, _, code, answer):
    with EngineSocket(server) as peer:
        peer.socket.close(code)
        closed = peer.closes()
        assert closed.code in ((1000, 1005) if code is None else (answer,)), f"answered by {closed.code}"
    gone(server, peer.sid)


@case("a reset of the connection ends the session")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.connection.reset()
    gone(server, peer.sid)


def closing(code: int | None, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


@case("a bad frame closes with {1}: {0}", table=[
    *[(f"reserved bits {bits}", 1002, frame(TEXT, b"4x", rsv=bits)) for bits in (1, 2, 3, 4, 7)],
    ("reserved bit on a ping", 1002, frame(PING, b"", rsv=4)),
    *[(f"reserved opcode {code}", 1002, frame(code, b"x")) for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
    ("not masked", 1002, frame(TEXT, b"4x", mask=False)),
    ("a ping that is not masked", 1002, frame(PING, b"", mask=False)),
    ("a fragmented ping", 1002, frame(PING, b"x", fin=False)),
    ("a fragmented close", 1002, frame(CLOSE, b"", fin=False)),
    ("a ping of 126 bytes", 1002, frame(PING, b"x" * 126)),
    ("a close of 126 bytes", 1002, frame(CLOSE, b"\x03\xe8" + b"x" * 124)),
    ("a continuation of nothing", 1002, frame(CONTINUATION, b"x")),
    ("a continuation after a whole message", 1002, frame(PONG) + frame(CONTINUATION, b"x", fin=False)),
    ("a message within a message", 1002, frame(TEXT, b"4x", fin=False) + frame(TEXT, b"4y")),
    ("a 64-bit length with the high bit", 1002, frame(BINARY, b"", length=1 << 63)),
    ("16-bit length for 125 bytes", 1002, frame(TEXT, b"4" * 125, length_bytes=2)),
    ("64-bit length for 65535 bytes", 1002, frame(BINARY, b"x" * 65535, length_bytes=8)),
    ("a close payload of one byte", 1002, frame(CLOSE, b"\x03")),
    *[(f"close code {code}", 1002, closing(code)) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)],
    ("bad UTF-8 in a close reason", 1007, closing(1000, b"\xff")),
    ("bad UTF-8", 1007, frame(TEXT, b"4\xff")),
    ("an overlong sequence", 1007, frame(TEXT, b"4\xc0\x80")),
    ("a surrogate in UTF-8", 1007, frame(TEXT, b"4\xed\xa0\x80")),
    ("a code point above U+10FFFF", 1007, frame(TEXT, b"4\xf4\x90\x80\x80")),
    ("a truncated character", 1007, frame(TEXT, b"4\xe2\x82")),
    ("bad UTF-8 across frames", 1007, frame(TEXT, b"4\xe2", fin=False) + frame(CONTINUATION, b"x")),
    ("a character that the last fragment leaves open", 1007, frame(TEXT, b"4\xe2", fin=False) + frame(CONTINUATION, b"")),
    ("one byte too many", 1009, frame(TEXT, b"4" * (LIMIT + 1))),
    ("a header that claims one byte too many", 1009, frame(BINARY, b"", length=LIMIT + 1)),
    ("a header that claims 2^62 bytes", 1009, frame(BINARY, b"", length=1 << 62)),
    ("fragments that add up to too many", 1009, frame(BINARY, b"x" * (LIMIT // 2), fin=False) + frame(CONTINUATION, b"x" * (LIMIT // 2 + 1))),
])
def _(server: Server, _, code, data):
    with EngineSocket(server) as peer:
        peer.socket.raw(data)
        closed = peer.closes()
        assert closed.code == code, f"closed with {closed.code} {closed.reason!r} instead of {code}"
    gone(server, peer.sid)


@case("bad UTF-8 in a first fragment is refused before the message ends")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.raw(frame(TEXT, b"4\xff\xff", fin=False))
        closed = peer.closes()
        assert closed.code == 1007, f"closed with {closed.code}"


@case("an undecodable packet closes the session: {0}", table=["abc", "7", "9", "", "ö"])
def _(server: Server, packet):
    with EngineSocket(server) as peer:
        peer.send(packet)
        peer.closes()
    gone(server, peer.sid)


@case("a noop of the client is ignored on WebSocket")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.send("6")
        peer.echoes("4x")


@case("a second WebSocket for a WebSocket session is refused, and the session unharmed")
def _(server: Server):
    with EngineSocket(server) as peer:
        with server.connect() as connection:
            connection.send(server.head("GET", target(transport="websocket", sid=peer.sid), upgrade_headers()))
            answer = connection.response()
            if answer.status == 101:
                RawWebSocket(connection, answer).closure()
        peer.echoes("4unharmed")
