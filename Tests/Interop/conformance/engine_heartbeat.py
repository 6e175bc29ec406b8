"""Engine.IO 4, heartbeat and its deadlines (inventory 1.10). The server under test pings each 300 ms and waits 200 ms."""

import time

from harness import Cases
from peers import EngineSocket, KeepAlive, Polling, gone
from wire import Closed, Server

cases = Cases()
case = cases.case

INTERVAL, TIMEOUT = 0.3, 0.2
# What a loaded machine may add before a deadline counts as missed, in seconds.
SLACK = 0.3


def on_time(began: float, wanted: float, what: str) -> None:
    took = time.monotonic() - began
    assert wanted - 0.03 <= took <= wanted + SLACK, f"{what} after {took * 1000:.0f} ms instead of {wanted * 1000:.0f}"


@case("the server pings on polling after each pong")
def _(server: Server):
    polling = Polling(server)
    for _ in range(3):
        began = time.monotonic()
        answer = polling.get()
        assert answer.text == "2", f"{answer.body!r}"
        on_time(began, INTERVAL, "ping")
        polling.accepts("3")


@case("the server pings on WebSocket after each pong")
def _(server: Server):
    with EngineSocket(server) as peer:
        for _ in range(4):
            began = time.monotonic()
            assert peer.socket.receive() == "2"
            on_time(began, INTERVAL, "ping")
            peer.send("3")


@case("a late but timely pong keeps the session")
def _(server: Server):
    with EngineSocket(server) as peer:
        assert peer.socket.receive() == "2"
        time.sleep(TIMEOUT / 2)
        peer.send("3")
        assert peer.socket.receive() == "2"


@case("messages do not take the place of a pong")
def _(server: Server):
    with EngineSocket(server) as peer:
        assert peer.socket.receive() == "2"
        began = time.monotonic()
        try:
            while time.monotonic() - began < 1:
                peer.send("4chatter")
                assert peer.socket.receive() == "4chatter"
                time.sleep(0.02)
        except Exception:  # noqa: BLE001 - the close that this case waits for
            pass
        on_time(began, TIMEOUT, "close")


@case("a WebSocket session without a pong is closed after interval and timeout")
def _(server: Server):
    with EngineSocket(server) as peer:
        began = time.monotonic()
        peer.socket.closure()
        on_time(began, INTERVAL + TIMEOUT, "close")
    gone(server, peer.sid)


@case("a polling session without a pong is gone after interval and timeout")
def _(server: Server):
    polling = Polling(server)
    time.sleep(INTERVAL + TIMEOUT + SLACK)
    gone(server, polling.sid)


@case("a polling session without a pong answers the held GET with a close packet")
def _(server: Server):
    polling = Polling(server)
    began = time.monotonic()
    assert polling.get().text == "2"
    assert polling.get().text == "1"
    on_time(began, INTERVAL + TIMEOUT, "close")
    gone(server, polling.sid)


@case("a ping that nobody fetched is still a ping: the session times out")
def _(server: Server):
    polling = Polling(server)
    time.sleep(INTERVAL + 0.05)
    assert polling.get().text == "2"
    polling.accepts("3")
    polling.lives()


@case("a ping of the client is the wrong direction on WebSocket: the session closes")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.send("2")
        began = time.monotonic()
        peer.closes()
        assert time.monotonic() - began < INTERVAL, "only the ping timeout closed it"
    gone(server, peer.sid)


@case("a ping of the client is the wrong direction on polling: the session closes")
def _(server: Server):
    polling = Polling(server)
    try:
        polling.post("2")
    except Closed:
        pass
    gone(server, polling.sid)


@case("unsolicited pongs on WebSocket make no further pings")
def _(server: Server):
    with EngineSocket(server) as peer:
        for _ in range(200):
            peer.send("3")
        pings = peer.pings(1.25)
        assert 2 <= pings <= 4, f"{pings} pings in 1.25 s"


@case("unsolicited pongs on polling make no further pings")
def _(server: Server):
    polling = Polling(server)
    for _ in range(10):
        polling.accepts("\x1e".join(["3"] * 20))
    pings, end = 0, time.monotonic() + 1.0
    while time.monotonic() < end:
        packets = polling.get().text.split("\x1e")
        assert set(packets) == {"2"}, f"{packets!r}"
        pings += len(packets)
        polling.accepts("3")
    assert 2 <= pings <= 4, f"{pings} pings in 1 s"


@case("a session that answers lives long", background=True)
def _(server: Server):
    polling = Polling(server)
    with EngineSocket(server) as peer, KeepAlive(polling) as kept:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            peer.echoes("4x")
            time.sleep(0.1)
        polling.accepts("4y")
    assert kept.seen == ["4y"]
