"""A raw WebSocket client (RFC 6455) whose every bit the caller may set, right or wrong."""

import base64
import hashlib
import os
import struct
import time

from wire import Closed, Connection, Response, Server

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


class WebSocketClosed(Exception):
    """The server ended the connection; `code` is None without a close frame and 1005 for one without a code."""

    def __init__(self, code: int | None, reason: str = ""):
        super().__init__(f"closed by the server, code {code} {reason!r}")
        self.code, self.reason = code, reason


def masked(data: bytes, key: bytes) -> bytes:
    """RFC 6455 §5.3, the whole payload as one number."""
    if not data:
        return b""
    mask = (key * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(data), "big")


def frame(opcode: int, payload: bytes = b"", fin: bool = True, rsv: int = 0, mask: bool = True,
          length: int | None = None, length_bytes: int | None = None) -> bytes:
    """One frame. `length` lies about the payload's size; `length_bytes` (0, 2 or 8) forces the form of the length."""
    size = len(payload) if length is None else length
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 65536 else 8
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    bit = 0x80 if mask else 0
    if length_bytes == 0:
        start = struct.pack("!BB", first, bit | size)
    elif length_bytes == 2:
        start = struct.pack("!BBH", first, bit | 126, size)
    else:
        start = struct.pack("!BBQ", first, bit | 127, size)
    if not mask:
        return start + payload
    key = os.urandom(4)
    return start + key + masked(payload, key)


def upgrade_headers(key: str | None = None, version: str = "13") -> list[tuple[str, str]]:
    key = base64.b64encode(os.urandom(16)).decode() if key is None else key
    return [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", version), ("Sec-WebSocket-Key", key)]


class RawWebSocket:
    """An open WebSocket. Reading checks what RFC 6455 demands of a server's frames."""

    # The bits of a frame's first byte that no extension gives a meaning.
    reserved = 0x70

    def __init__(self, connection: Connection, response: Response):
        self.connection = connection
        self.response = response
        self.close_sent = False

    @classmethod
    def connect(cls, server: Server, target: str, headers=(), trailing: bytes = b"") -> "RawWebSocket":
        """Opens one; `trailing` goes out in the same segment as the request."""
        connection = server.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        connection.send(server.head("GET", target, upgrade_headers(key) + list(headers)) + trailing)
        response = connection.response()
        if response.status != 101:
            connection.close()
            raise UpgradeRefused(response)
        wanted = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        assert response.header("sec-websocket-accept") == wanted, "Sec-WebSocket-Accept is wrong"
        assert "upgrade" in response.tokens("connection") and "websocket" in response.tokens("upgrade")
        offered = any(name.lower() == "sec-websocket-extensions" for name, _ in headers)
        assert offered or response.header("sec-websocket-extensions") is None, "an extension that nobody offered"
        assert response.header("sec-websocket-protocol") is None, "a subprotocol that nobody offered"
        return cls(connection, response)

    def __enter__(self) -> "RawWebSocket":
        return self

    def __exit__(self, *_) -> None:
        self.connection.close()

    def raw(self, data: bytes) -> None:
        try:
            self.connection.send(data)
        except Closed:
            pass  # what the server said before it closed is still to be read

    def send(self, data: str | bytes) -> None:
        """A whole message: text for a `str`, binary for `bytes`."""
        if isinstance(data, str):
            self.raw(frame(TEXT, data.encode("utf-8", "surrogatepass")))
        else:
            self.raw(frame(BINARY, data))

    def read_frame(self, deadline: float) -> tuple[int, bool, bytes]:
        """The next frame: opcode, FIN, payload."""
        try:
            first, second = self.connection.exactly(2, deadline)
            self.first = first
            assert first & self.reserved == 0, f"a reserved bit is set in a frame of the server ({first:#x})"
            assert second & 0x80 == 0, "a server's frames must not be masked (RFC 6455 §5.1)"
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self.connection.exactly(2, deadline))
                assert size >= 126, "the length is not in its shortest form"
            elif size == 127:
                (size,) = struct.unpack("!Q", self.connection.exactly(8, deadline))
                assert size >= 65536, "the length is not in its shortest form"
            return first & 0x0F, bool(first & 0x80), self.connection.exactly(size, deadline)
        except Closed:
            raise WebSocketClosed(None) from None

    def receive(self, within: float | None = None) -> str | bytes:
        """The next message; answers pings on the way; raises `WebSocketClosed` when the server ends."""
        deadline = time.monotonic() + (within or self.connection.patience)
        kind, parts = None, b""
        while True:
            opcode, fin, payload = self.read_frame(deadline)
            if opcode >= 8:
                assert fin and len(payload) <= 125, "a control frame of the server is fragmented or too long"
            if opcode == CLOSE:
                if not self.close_sent:
                    self.raw(frame(CLOSE, payload[:2]))
                    self.close_sent = True
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                raise WebSocketClosed(code, payload[2:].decode("utf-8"))
            if opcode == PING:
                self.raw(frame(PONG, payload))
            elif opcode in (TEXT, BINARY, CONTINUATION):
                assert (opcode == CONTINUATION) == (kind is not None), "fragments out of order"
                kind = kind or opcode
                parts += payload
                if fin:
                    return parts.decode("utf-8") if kind == TEXT else parts

    def control(self, wanted: int, within: float = 2.0) -> bytes:
        """The payload of the next frame of the wanted control opcode; data frames before it are dropped."""
        deadline = time.monotonic() + within
        while True:
            opcode, _, payload = self.read_frame(deadline)
            if opcode == wanted:
                return payload

    def close(self, code: int | None = 1000) -> None:
        """Sends a close frame; `None` for one without a code."""
        self.close_sent = True
        self.raw(frame(CLOSE, b"" if code is None else struct.pack("!H", code)))

    def closure(self, within: float = 2.0, answering: dict[str, str] | None = None) -> WebSocketClosed:
        """How the server ended the connection, whatever it sent before; fails when it did not.

        `answering` gives the answer to each message that needs one.
        """
        deadline = time.monotonic() + within
        try:
            while True:
                message = self.receive(max(deadline - time.monotonic(), 0.001))
                if answering is not None and message in answering:
                    self.send(answering[message])
        except WebSocketClosed as closed:
            if closed.code is not None:
                assert self.connection.ends(within), "the server sent its close frame but left the connection open"
            return closed
        except TimeoutError:
            raise AssertionError(f"the server did not close within {within} s") from None


class UpgradeRefused(Exception):
    """The server answered the upgrade with another status than 101."""

    def __init__(self, response: Response):
        super().__init__(f"{response.status} {response.body[:80]!r}")
        self.response = response
