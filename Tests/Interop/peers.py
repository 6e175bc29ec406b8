"""Engine.IO and Socket.IO peers on the raw connections: they answer heartbeats and leave everything else to the case."""

import json
import re
import threading
import time

from websocket_wire import RawWebSocket, WebSocketClosed
from wire import Connection, Response, Server

SEPARATOR = "\x1e"
SID = re.compile(r"[A-Za-z0-9_-]{20}")


def target(path: str = "/engine.io/", transport: str | None = "polling", sid: str | None = None,
           protocol: str | None = "4", extra: str = "") -> str:
    """A request target; `None` leaves a parameter out."""
    items = [("EIO", protocol), ("transport", transport), ("sid", sid)]
    return path + "?" + "&".join(f"{k}={v}" for k, v in items if v is not None) + extra


def refused(response: Response, code: int, message: str, status: int = 400) -> None:
    """Checks an error response against table 1.2: status, body and content type."""
    assert response.status == status, f"status {response.status} instead of {status}, body {response.body[:80]!r}"
    try:
        body = response.json()
    except ValueError:
        body = None
    assert body == {"code": code, "message": message}, f"body {response.body[:80]!r} instead of code {code}"
    kind = (response.header("content-type") or "").split(";")[0].strip()
    assert kind == "application/json", f"content type {kind!r}"


UNKNOWN_SESSION = (1, "Session ID unknown")
BAD_REQUEST = (3, "Bad request")


class Pending:
    """A request whose response is still owed."""

    def __init__(self, connection: Connection):
        self.connection = connection

    def response(self, within: float | None = None) -> Response:
        try:
            return self.connection.response(within)
        finally:
            self.connection.close()

    def is_held(self, for_seconds: float = 0.1) -> bool:
        return not self.connection.ends(for_seconds) and not self.connection.buffer


class Polling:
    """An Engine.IO session on HTTP long-polling."""

    def __init__(self, server: Server, path: str = "/engine.io/"):
        self.server, self.path = server, path
        first = server.request("GET", target(path))
        assert first.status == 200 and first.text.startswith("0"), f"handshake: {first.status} {first.body[:80]!r}"
        head, *rest = first.text.split(SEPARATOR)
        self.handshake = json.loads(head[1:])
        self.sid = self.handshake["sid"]
        self.unread = list(rest)

    @property
    def target(self) -> str:
        return target(self.path, sid=self.sid)

    def get(self, within: float | None = None) -> Response:
        return self.server.request("GET", self.target, within=within)

    def post(self, body: str | bytes, headers=(("Content-Type", "text/plain;charset=UTF-8"),)) -> Response:
        return self.server.request("POST", self.target, headers, body.encode() if isinstance(body, str) else body)

    def accepts(self, body: str | bytes) -> None:
        """Posts what must be accepted."""
        answer = self.post(body)
        assert (answer.status, answer.body) == (200, b"ok"), f"POST answered {answer.status} {answer.body[:80]!r}"

    def hold(self) -> Pending:
        """Sends a GET and does not wait for its response."""
        connection = self.server.connect()
        connection.send(self.server.head("GET", self.target))
        time.sleep(0.03)  # lets the request arrive before whatever the case sends next on another connection
        return Pending(connection)

    def packets(self, count: int = 1, within: float = 4.0) -> list[str]:
        """The next `count` packets that are neither ping nor noop; answers pings on the way."""
        end = time.monotonic() + within
        found: list[str] = []
        while len(found) < count:
            if not self.unread:
                answer = self.get(max(end - time.monotonic(), 0.01))
                assert answer.status == 200, f"GET answered {answer.status} {answer.body[:80]!r}"
                self.unread = answer.text.split(SEPARATOR)
            packet = self.unread.pop(0)
            if packet == "2":
                self.accepts("3")
            elif packet != "6":
                found.append(packet)
        return found

    def lives(self, word: str = "still here") -> None:
        """Checks that the session echoes (a message at a time)."""
        self.accepts("4" + word)
        got = self.packets(1)
        assert got == ["4" + word], f"echo is {got!r}"


class EngineSocket:
    """An Engine.IO session on WebSocket."""

    def __init__(self, server: Server, path: str = "/engine.io/", trailing: bytes = b"", extra: str = "", headers=()):
        self.server = server
        self.socket = RawWebSocket.connect(server, target(path, "websocket", extra=extra), headers, trailing)
        first = self.socket.receive()
        assert isinstance(first, str) and first.startswith("0"), f"the first packet is {first!r}"
        self.handshake = json.loads(first[1:])
        self.sid = self.handshake["sid"]

    def __enter__(self) -> "EngineSocket":
        return self

    def __exit__(self, *_) -> None:
        self.socket.connection.close()

    def send(self, packet: str | bytes) -> None:
        self.socket.send(packet)

    def packet(self, within: float = 4.0) -> str | bytes:
        """The next packet that is not a ping; answers pings on the way."""
        return packet_of(self.socket, within)

    def echoes(self, packet: str | bytes) -> None:
        self.send(packet)
        got = self.packet()
        assert got == packet, f"sent {packet[:60]!r}, got back {got[:60]!r}"

    def pings(self, within: float) -> int:
        """How many pings come in the time; each is answered."""
        count, end = 0, time.monotonic() + within
        while (left := end - time.monotonic()) > 0:
            try:
                assert self.socket.receive(left) == "2"
            except TimeoutError:
                break
            count += 1
            self.send("3")
        return count

    def closes(self, within: float = 0.8) -> WebSocketClosed:
        """How the server closed the session; the heartbeat is answered meanwhile, so its timeout cannot be the cause."""
        return self.socket.closure(within, answering={"2": "3"})


def packet_of(socket: RawWebSocket, within: float = 4.0) -> str | bytes:
    end = time.monotonic() + within
    while True:
        packet = socket.receive(max(end - time.monotonic(), 0.001))
        if packet != "2":
            return packet
        socket.send("3")


class SocketPeer(EngineSocket):
    """A Socket.IO client on a WebSocket session: engine messages without their `4`."""

    def __init__(self, server: Server, namespace: str | None = "/", auth=None):
        super().__init__(server, "/socket.io/")
        if namespace is not None:
            self.id = self.join(namespace, auth)

    def join(self, namespace: str = "/", auth=None) -> str:
        """Connects to a namespace that emits `auth`; checks both answers and gives the socket's id."""
        prefix = "" if namespace == "/" else namespace + ","
        self.say("0" + prefix + ("" if auth is None else json.dumps(auth)))
        answer = self.hear()
        assert isinstance(answer, str) and answer.startswith("0" + prefix), f"CONNECT answered {answer!r}"
        payload = json.loads(answer[len("0" + prefix):])
        self.event("auth", auth or {}, namespace=namespace)
        return payload["sid"]

    def say(self, packet: str | bytes) -> None:
        self.send("4" + packet if isinstance(packet, str) else packet)

    def hear(self, within: float = 4.0) -> str | bytes:
        packet = self.packet(within)
        if isinstance(packet, bytes):
            return packet
        assert packet.startswith("4"), f"engine packet {packet[:60]!r} instead of a message"
        return packet[1:]

    def event(self, *wanted, namespace: str = "/") -> None:
        """Checks that the next packet is this EVENT."""
        prefix = "2" + ("" if namespace == "/" else namespace + ",")
        packet = self.hear()
        assert isinstance(packet, str) and packet.startswith(prefix), f"{packet[:80]!r} instead of an event {wanted!r}"
        got = json.loads(packet[len(prefix):])
        assert got == list(wanted), f"event {short(got)} instead of {short(list(wanted))}"

    def works(self) -> None:
        """Checks that the default namespace still answers."""
        self.say('2["message","still here"]')
        self.event("message-back", "still here")

    def is_closed(self) -> None:
        """Checks that the server closes, and forgets the session."""
        self.closes()
        gone(self.server, self.sid, "/socket.io/")


def short(value) -> str:
    text = repr(value)
    return text if len(text) < 120 else text[:117] + "…"


def gone(server: Server, sid: str, path: str = "/engine.io/") -> None:
    """Checks that the server no longer knows the session `sid`.

    One question only, a moment after the cause: a session that lives would hold the GET, and repeated questions would
    end in the heartbeat's timeout and prove nothing.
    """
    time.sleep(0.08)
    refused(server.request("GET", target(path, sid=sid)), *UNKNOWN_SESSION)


class KeepAlive:
    """Keeps a polling session alive from a thread while a case waits; collects the packets that are not pings."""

    def __init__(self, polling: Polling):
        self.polling, self.seen, self.error = polling, [], None
        self.stopping = False
        self.thread = threading.Thread(target=self.loop, daemon=True)

    def loop(self) -> None:
        try:
            while not self.stopping:
                answer = self.polling.get()
                assert answer.status == 200, f"GET answered {answer.status} {answer.body[:80]!r}"
                for packet in answer.text.split(SEPARATOR):
                    if packet == "2":
                        self.polling.accepts("3")
                    elif packet != "6":
                        self.seen.append(packet)
        except Exception as error:  # noqa: BLE001 - told to the case by `stop`
            self.error = error

    def __enter__(self) -> "KeepAlive":
        self.thread.start()
        return self

    def __exit__(self, kind, *_) -> None:
        self.stopping = True
        self.thread.join(5)
        if self.error is not None and kind is None:
            raise self.error
