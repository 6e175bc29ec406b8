#!/usr/bin/env python3
"""permessage-deflate (RFC 7692) against Python's zlib, bit by bit, and against aiohttp's client; and compressed polling answers.

The server under test echoes every message at /engine.io/, with --deflate-threshold 100 and --max-payload 1000000.
"""

import asyncio
import random
import sys
import zlib

import aiohttp

import harness
from harness import Cases
from websocket_wire import BINARY, CONTINUATION, PING, PONG, TEXT, RawWebSocket, frame
from wire import Server

TARGET = "/engine.io/?EIO=4&transport=websocket"
TAIL = b"\x00\x00\xff\xff"
THRESHOLD = 100
WORDS = ["the ", "quick ", "brown ", "fox ", "jumps ", "over ", "a ", "lazy ", "dog ", "é "]

cases = Cases()


def message(numbers: random.Random, limit: int) -> str:
    """A text of up to so many characters: words, or noise in which there is nothing to find."""
    length = numbers.choice([1, 50, 99, 100, 300, limit])
    if numbers.random() < 0.2:
        return "".join(chr(numbers.randrange(32, 127)) for _ in range(length))
    return "".join(numbers.choice(WORDS) for _ in range(length // 3))[:length] or "a"


class Deflating(RawWebSocket):
    """A WebSocket that offers permessage-deflate, and holds the server to the window that was agreed on."""

    reserved = 0x30

    @classmethod
    def open(cls, server: Server, offer: str, level: int = 6) -> "Deflating":
        one = cls.connect(server, TARGET, [("Sec-WebSocket-Extensions", offer)])
        answer = [part.strip() for part in (one.response.header("sec-websocket-extensions") or "").split(";")]
        assert answer[0] == "permessage-deflate", f"the server answered {answer}"
        one.agreed = dict((part.split("=") + ["true"])[:2] for part in answer[1:])
        one.level = level
        one.forget_own()
        one.forget_peers()
        assert one.receive().startswith("0{")
        return one

    def forget_own(self) -> None:
        bits = int(self.agreed.get("client_max_window_bits", 15))
        self.deflater = zlib.compressobj(self.level, zlib.DEFLATED, -max(bits, 9))

    def forget_peers(self) -> None:
        self.inflater = zlib.decompressobj(-int(self.agreed.get("server_max_window_bits", 15)))

    def compressed(self, data: bytes) -> bytes:
        if "client_no_context_takeover" in self.agreed:
            self.forget_own()
        made = self.deflater.compress(data) + self.deflater.flush(zlib.Z_SYNC_FLUSH)
        assert made.endswith(TAIL)
        return made[:-4]

    def say(self, text: str) -> None:
        self.raw(frame(TEXT, self.compressed(text.encode()), rsv=4))

    def read_frame(self, deadline):
        opcode, fin, payload = super().read_frame(deadline)
        self.was_compressed = bool(self.first & 0x40)
        if not self.was_compressed:
            return opcode, fin, payload
        assert opcode in (TEXT, BINARY), f"RSV1 on a frame of opcode {opcode}"
        assert not payload.endswith(TAIL), "the end was not taken off"
        if "server_no_context_takeover" in self.agreed:
            self.forget_peers()
        return opcode, fin, self.strictly(payload + TAIL)

    def strictly(self, data: bytes) -> bytes:
        """Decompresses a byte at a time, so that zlib can find nothing beyond its window."""
        made = b""
        while data:
            made += self.inflater.decompress(data, 1)
            data = self.inflater.unconsumed_tail
        while more := self.inflater.decompress(b"", 1):
            made += more
        assert not self.inflater.eof
        return made


BITS = [8, 9, 10, 12, 15]
OFFERS = [
    f"permessage-deflate; server_max_window_bits={server}; client_max_window_bits={client}{more}"
    for server in BITS
    for client in BITS
    for more in ("", "; server_no_context_takeover", "; client_no_context_takeover", "; server_no_context_takeover; client_no_context_takeover")
]


@cases.case("zlib understands every echo: {0}", table=OFFERS)
def _(server, offer):
    numbers = random.Random(offer)
    with Deflating.open(server, offer, level=numbers.choice([1, 6, 9])) as one:
        for _ in range(12):
            text = "4" + message(numbers, 2000)
            one.say(text)
            assert one.receive() == text
            assert not one.was_compressed or len(text.encode()) >= THRESHOLD


@cases.case("a message in many frames, with pings between them, is one message")
def _(server):
    with Deflating.open(server, "permessage-deflate") as one:
        text = "4" + "abc" * 1000
        compressed = one.compressed(text.encode())
        parts = [compressed[i : i + 5] for i in range(0, len(compressed), 5)]
        one.raw(frame(TEXT, parts[0], fin=False, rsv=4))
        for part in parts[1:]:
            one.raw(frame(PING, b"p") + frame(CONTINUATION, part, fin=False))
        one.raw(frame(CONTINUATION, b""))
        assert one.control(PONG) == b"p"
        assert one.receive() == text


@cases.case("blocks of every kind are understood, empty and last ones too")
def _(server):
    text = b"4" + b"Hello " * 50
    stored = b"\x00" + len(text).to_bytes(2, "little") + (len(text) ^ 0xFFFF).to_bytes(2, "little") + text + b"\x00"
    final = zlib.compressobj(9, zlib.DEFLATED, -15)
    fixed = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_FIXED)
    with Deflating.open(server, "permessage-deflate; client_no_context_takeover") as one:
        for payload in (
            stored,
            final.compress(text) + final.flush(zlib.Z_FINISH) + b"\x00",
            (fixed.compress(text) + fixed.flush(zlib.Z_SYNC_FLUSH))[:-4],
            b"\x00\x00\x00\xff\xff" * 10 + stored,
        ):
            one.raw(frame(TEXT, payload, rsv=4))
            assert one.receive().encode() == text


@cases.case("{0}", table=[
    ("a message that becomes too big is answered with 1009", 1009, "bomb"),
    ("a megabyte that stands for a gigabyte is answered with 1009", 1009, "gigabyte"),
    ("broken blocks are answered with 1007", 1007, "broken"),
    ("a reference to nothing is answered with 1007", 1007, "far"),
    ("a compressed text that is not UTF-8 is answered with 1007", 1007, "text"),
    ("RSV1 on a ping is answered with 1002", 1002, "ping"),
    ("RSV1 on a continuation is answered with 1002", 1002, "continuation"),
])
def _(server, _, code, what):
    with Deflating.open(server, "permessage-deflate") as one:
        def bomb() -> bytes:
            block = zlib.compressobj(9, zlib.DEFLATED, -15)
            block = block.compress(bytes(1 << 20)) + block.flush(zlib.Z_FULL_FLUSH)
            return frame(BINARY, block * (900_000 // len(block)), rsv=4)

        one.raw({
            "bomb": lambda: frame(BINARY, one.compressed(bytes(1_000_001)), rsv=4),
            "gigabyte": bomb,
            "broken": lambda: frame(BINARY, b"\xff\xff\xff", rsv=4),
            "far": lambda: frame(BINARY, b"\xf2\x00\x11\x00\x00", rsv=4),
            "text": lambda: frame(TEXT, one.compressed(b"4\xff\xff"), rsv=4),
            "ping": lambda: frame(PING, b"", rsv=4),
            "continuation": lambda: frame(TEXT, b"\x00", fin=False, rsv=4) + frame(CONTINUATION, b"\x00", rsv=4),
        }[what]())
        assert one.closure().code == code


@cases.case("an offer that cannot be taken is passed over: {0}", table=[
    "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits",
    "permessage-deflate; client_max_window_bits=16", "permessage-deflate; unknown", "x-webkit-deflate-frame",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
])
def _(server, offer):
    with RawWebSocket.connect(server, TARGET, [("Sec-WebSocket-Extensions", offer)]) as one:
        assert one.response.header("sec-websocket-extensions") is None
        one.receive()
        one.send("4" + "a" * 1000)
        assert one.receive() == "4" + "a" * 1000


@cases.case("aiohttp's client with a window of {0} bits understands every echo", table=[9, 12, 15])
def _(server, bits):
    async def talk():
        numbers = random.Random(bits)
        url = f"http://{server.host}:{server.port}{TARGET}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url, compress=bits) as one:
            assert one.compress, "no compression was agreed on"
            await one.receive()
            for _ in range(50):
                text = "4" + message(numbers, 50_000)
                await one.send_str(text)
                assert (await one.receive(timeout=4)).data == text
                data = message(numbers, 5000).encode()
                await one.send_bytes(data)
                assert (await one.receive(timeout=4)).data == data

    asyncio.run(talk())


@cases.case("a polling answer is in {0} if the client accepts {1}", table=[
    ("gzip", "gzip, deflate, br, zstd"), ("deflate", "deflate"), ("no coding", "br"), ("no coding", "gzip;q=0"),
])
def _(server, coding, accepts):
    with server.connect() as connection:
        def get(sid: str = "", headers=()):
            connection.send(server.head("GET", f"/engine.io/?EIO=4&transport=polling{sid}", headers))
            return connection.response()

        sid = "&sid=" + get().text[9:29]
        for text in ("4short", "4" + "long " * 1000):
            body = text.encode()
            connection.send(server.head("POST", "/engine.io/?EIO=4&transport=polling" + sid, [("Content-Length", str(len(body)))]) + body)
            assert connection.response().text == "ok"
            answer = get(sid, [("Accept-Encoding", accepts)])
            is_coded = len(text) > 1024 and coding != "no coding"
            assert answer.header("content-encoding") == (coding if is_coded else None)
            assert "accept-encoding" in answer.tokens("vary") or len(text) < 1024
            wrapped = 31 if coding == "gzip" else 15
            assert (zlib.decompress(answer.body, wrapped) if is_coded else answer.body) == body


def main() -> int:
    options = harness.arguments(__doc__).parse_args()
    return harness.run(cases, Server(options.url), options)


if __name__ == "__main__":
    sys.exit(main())
