"""Engine.IO 4, the upgrade from long-polling to WebSocket (inventory 1.9)."""

import time

from harness import Cases
from peers import BAD_REQUEST, SEPARATOR, KeepAlive, Polling, gone, packet_of, refused, target
from websocket_wire import RawWebSocket, UpgradeRefused, WebSocketClosed, frame, TEXT
from wire import Server

cases = Cases()
case = cases.case


def open_probe(polling: Polling) -> RawWebSocket:
    """The second transport, opened and silent."""
    return RawWebSocket.connect(polling.server, target(polling.path, "websocket", polling.sid))


def probe(polling: Polling) -> RawWebSocket:
    """The second transport, probed."""
    socket = open_probe(polling)
    socket.send("2probe")
    assert (answer := socket.receive()) == "3probe", f"probe answered by {answer!r}"
    return socket


def upgraded(server: Server) -> tuple[Polling, RawWebSocket]:
    """A session that has moved to WebSocket as a good client does it."""
    polling = Polling(server)
    held = polling.hold()
    socket = probe(polling)
    assert held.response().text == "6"
    socket.send("5")
    return polling, socket


@case("a probed session moves to WebSocket, and messages flow there")
def _(server: Server):
    _, socket = upgraded(server)
    with socket:
        for packet in ("4hello", b"\x00\x01", "4€"):
            socket.send(packet)
            assert packet_of(socket) == packet


@case("the held GET gets a noop within 250 ms of the probe")
def _(server: Server):
    polling = Polling(server)
    held = polling.hold()
    with probe(polling):
        began = time.monotonic()
        assert held.response().text == "6"
        assert time.monotonic() - began <= 0.25, f"{(time.monotonic() - began) * 1000:.0f} ms"


@case("a GET that comes after the probe gets a noop, too")
def _(server: Server):
    polling = Polling(server)
    with probe(polling):
        for _ in range(2):
            began = time.monotonic()
            assert polling.get().text == "6"
            assert time.monotonic() - began <= 0.28


@case("no second open packet and nothing else comes before the probe's answer")
def _(server: Server):
    polling = Polling(server)
    with open_probe(polling) as socket:
        try:
            raise AssertionError(f"received {socket.receive(0.1)!r}")
        except TimeoutError:
            pass
        socket.send("2probe")
        assert socket.receive() == "3probe"


@case("between probe and upgrade messages still travel by polling")
def _(server: Server):
    polling = Polling(server)
    with probe(polling) as socket:
        polling.lives("during")
        try:
            raise AssertionError(f"received {socket.receive(0.05)!r} on the WebSocket")
        except TimeoutError:
            pass


@case("messages sent during the upgrade arrive in order, and once")
def _(server: Server):
    for attempt in range(5):
        polling = Polling(server)
        got: list = []

        def fetch(held):
            got.extend(p for p in held.response().text.split(SEPARATOR) if p not in ("2", "6"))

        polling.accepts("4a0\x1e4a1")
        held = polling.hold()
        polling.accepts("4b0") if attempt % 2 else None
        fetch(held)
        polling.accepts("4b1")
        with probe(polling) as socket:
            polling.accepts("4c0")
            fetch(polling.hold())
            polling.accepts("4d0\x1ebAQID\x1e4d1")  # nobody polls any more: these wait for the WebSocket
            socket.send("5")
            socket.send("4e0")
            wanted = ["4a0", "4a1"] + (["4b0"] if attempt % 2 else []) + ["4b1", "4c0", "4d0", b"\x01\x02\x03", "4d1", "4e0"]
            while len(got) < len(wanted):
                packet = packet_of(socket)
                got.append(packet)
            assert got == wanted, f"{got!r} instead of {wanted!r}"
            socket.send("4last")
            assert packet_of(socket) == "4last"


@case("the upgrade packet and a message in one segment are both served")
def _(server: Server):
    polling = Polling(server)
    with probe(polling) as socket:
        socket.raw(frame(TEXT, b"5") + frame(TEXT, b"4at once"))
        assert packet_of(socket) == "4at once"


@case("the probe may come with the upgrade request itself")
def _(server: Server):
    polling = Polling(server)
    where = target(transport="websocket", sid=polling.sid)
    with RawWebSocket.connect(server, where, trailing=frame(TEXT, b"2probe")) as socket:
        assert socket.receive() == "3probe"


@case("a GET that is held when the upgrade comes is answered")
def _(server: Server):
    polling = Polling(server)
    with probe(polling) as socket:
        held = polling.hold()
        socket.send("5")
        answer = held.response(within=2)
        assert answer.status in (200, 400), f"status {answer.status}"
        assert answer.text in ("6", "1", "") or answer.status == 400, f"{answer.body!r}"
        socket.send("4x")
        assert packet_of(socket) == "4x"


@case("after the upgrade polling is refused on {0}: code 3", table=["GET", "POST"])
def _(server: Server, method):
    polling, socket = upgraded(server)
    with socket:
        socket.send("4x")
        assert packet_of(socket) == "4x"
        refused(polling.get() if method == "GET" else polling.post("4y"), *BAD_REQUEST)
        socket.send("4z")
        assert packet_of(socket) == "4z"


@case("after the upgrade a second WebSocket is refused, and the first unharmed")
def _(server: Server):
    polling, socket = upgraded(server)
    with socket:
        socket.send("4x")
        assert packet_of(socket) == "4x"
        try:
            with open_probe(polling) as second:
                second.closure()
        except UpgradeRefused as refusal:
            assert refusal.response.status == 400
        socket.send("4y")
        assert packet_of(socket) == "4y"


@case("a second probe during an upgrade is refused, and the first goes on")
def _(server: Server):
    polling = Polling(server)
    with probe(polling) as first:
        try:
            with open_probe(polling) as second:
                second.closure()
        except UpgradeRefused as refusal:
            assert refusal.response.status == 400
        first.send("5")
        first.send("4x")
        assert packet_of(first) == "4x"


@case("5 without a probe upgrades, as in the reference: a held GET is released, and the session goes on")
def _(server: Server):
    polling = Polling(server)
    held = polling.hold()
    with open_probe(polling) as socket:
        socket.send("5")
        assert held.response().text == "6"
        socket.send("4moved")
        answer = socket.receive()
        while answer == "2":
            answer = socket.receive()
        assert answer == "4moved", f"{answer!r}"


@case("instead of a probe {0} closes the new transport, and polling goes on", table=["4hello", "2", "2other", "3probe", "abc", ""])
def _(server: Server, packet):
    polling = Polling(server)
    with open_probe(polling) as socket:
        socket.send(packet)
        socket.closure()
    polling.lives()


@case("instead of a probe a binary message closes the new transport, and polling goes on")
def _(server: Server):
    polling = Polling(server)
    with open_probe(polling) as socket:
        socket.send(b"2probe")
        socket.closure()
    polling.lives()


@case("after the probe {0} closes the new transport, and polling goes on", table=["4hello", "2probe!", "abc"])
def _(server: Server, packet):
    polling = Polling(server)
    with probe(polling) as socket:
        socket.send(packet)
        socket.closure()
    polling.lives()


@case("a probed transport that {0} leaves the session on polling, ready for another upgrade", table=["closes", "is reset"])
def _(server: Server, how):
    polling = Polling(server)
    socket = probe(polling)
    if how == "closes":
        socket.close()
        socket.closure()
    else:
        socket.connection.reset()
    polling.lives()
    time.sleep(0.05)
    with probe(polling) as again:
        again.send("5")
        again.send("4x")
        assert packet_of(again) == "4x"


@case("the heartbeat goes on after the upgrade")
def _(server: Server):
    _, socket = upgraded(server)
    with socket:
        for _ in range(3):
            assert socket.receive(0.8) == "2"
            socket.send("3")


@case("the heartbeat goes on during the upgrade")
def _(server: Server):
    polling = Polling(server)
    with probe(polling), KeepAlive(polling):
        time.sleep(1.2)
        polling.accepts("4x")


@case("an upgraded session that is silent times out")
def _(server: Server):
    polling, socket = upgraded(server)
    with socket:
        socket.closure(1.5)
    gone(server, polling.sid)


@case("closing the upgraded WebSocket ends the session")
def _(server: Server):
    polling, socket = upgraded(server)
    with socket:
        socket.close()
        socket.closure()
    gone(server, polling.sid)


@case("a close packet during an upgrade ends the session and the new transport")
def _(server: Server):
    polling = Polling(server)
    with probe(polling) as socket:
        polling.post("1")
        socket.closure(0.3)
    gone(server, polling.sid)


@case("an upgrade that is never completed closes the new transport after 10 s, and polling goes on", background=True, limit=20)
def _(server: Server):
    polling, silent = Polling(server), Polling(server)
    began = time.monotonic()
    with probe(polling) as socket, open_probe(silent) as other, KeepAlive(polling) as kept, KeepAlive(silent):
        for one in (socket, other):
            try:
                raise AssertionError(f"received {one.receive(14)!r}")
            except WebSocketClosed:
                pass
        took = time.monotonic() - began
        assert 9.5 <= took <= 12, f"closed after {took:.1f} s"
        polling.accepts("4still polling")
    assert kept.seen == ["4still polling"]
