"""Socket.IO 5: namespaces, CONNECT, CONNECT_ERROR, DISCONNECT and the connect timeout (inventory 2.1–2.3)."""

import json
import time

from harness import Cases
from peers import SID, KeepAlive, Polling, SocketPeer, gone
from wire import Server

cases = Cases()
case = cases.case


@case("CONNECT is answered by CONNECT with the socket's id, then the first event")
def _(server: Server):
    with SocketPeer(server, None) as peer:
        peer.say("0")
        answer = peer.hear()
        assert answer.startswith("0{"), f"{answer!r}"
        payload = json.loads(answer[1:])
        assert set(payload) == {"sid"}, f"keys {sorted(payload)}"
        assert SID.fullmatch(payload["sid"]), f"id {payload['sid']!r}"
        peer.event("auth", {})


@case("the server does not connect anybody by itself")
def _(server: Server):
    with SocketPeer(server, None) as peer:
        try:
            raise AssertionError(f"received {peer.hear(0.15)!r}")
        except TimeoutError:
            pass


@case("the socket's id is not the session's, and another one in each namespace")
def _(server: Server):
    with SocketPeer(server) as peer:
        assert len({peer.sid, peer.id, peer.join("/custom")}) == 3


@case("CONNECT with the payload {0} hands it to the server", table=[
    ({},), ({"token": "123"},), ({"a": [1, {"b": None}], "ü": "€", "__proto__": {"x": 1}},), ({"sid": "x", "pid": "y", "offset": "z"},)])
def _(server: Server, auth):
    with SocketPeer(server, "/", auth):
        pass


@case("a namespace is connected by {0}", table=["0/custom,", "0/custom"])
def _(server: Server, packet):
    with SocketPeer(server, None) as peer:
        peer.say(packet)
        answer = peer.hear()
        assert answer.startswith('0/custom,{"sid":"'), f"{answer!r}"
        peer.event("auth", {}, namespace="/custom")


@case("a namespace is connected with a payload")
def _(server: Server):
    with SocketPeer(server, "/custom", {"token": "abc"}) as peer:
        assert SID.fullmatch(peer.id)


@case("the default namespace may be named")
def _(server: Server):
    with SocketPeer(server, None) as peer:
        peer.say("0/,")
        answer = peer.hear()
        assert answer.startswith("0{"), f"{answer!r}"
        peer.event("auth", {})
        peer.say('2/,["message",1]')
        peer.event("message-back", 1)


@case("the unknown namespace {0} is refused, and the connection kept", table=[
    "/random", "/__proto__", "/constructor", "/custom/", "/Custom", "/custom/deeper", "/" + "x" * 1000, "/ünï", "/a b", "//"])
def _(server: Server, namespace):
    with SocketPeer(server, None) as peer:
        peer.say(f"0{namespace},")
        answer = peer.hear()
        prefix = f"4{namespace},"
        assert answer.startswith(prefix), f"{answer[:80]!r}"
        assert json.loads(answer[len(prefix):]) == {"message": "Invalid namespace"}, f"{answer[-60:]!r}"
        peer.join("/")
        peer.works()


@case("a refused namespace may be asked for again")
def _(server: Server):
    with SocketPeer(server) as peer:
        for _ in range(3):
            peer.say("0/random,")
            assert peer.hear() == '4/random,{"message":"Invalid namespace"}'
        peer.works()


@case("several namespaces share one connection")
def _(server: Server):
    with SocketPeer(server, "/custom", {"n": 1}) as peer:
        peer.join("/", {"n": 2})
        peer.works()


@case("CONNECT packets in one go are all answered")
def _(server: Server):
    with SocketPeer(server, None) as peer:
        for packet in ("0", "0/random,", "0/custom,"):
            peer.say(packet)
        heard = [peer.hear() for _ in range(5)]
        answers = [p for p in heard if not p.startswith("2")]
        assert sorted(a.split("{")[0] for a in answers) == ["0", "0/custom,", "4/random,"], f"{heard!r}"


@case("a second CONNECT for a connected namespace closes the connection: {0}", table=["0", "0{}", "0/,"])
def _(server: Server, packet):
    with SocketPeer(server) as peer:
        peer.say(packet)
        peer.is_closed()


@case("{1} before CONNECT closes the connection", table=[
    ('2["message"]', "an event"), ('20["message-with-ack"]', "an event with an id"), ("30[]", "an acknowledgement"), ("1", "DISCONNECT"),
    ('2/custom,["message"]', "an event for a namespace"), ('51-["message",{"_placeholder":true,"num":0}]', "a binary event"),
    ('4{"message":"x"}', "CONNECT_ERROR")])
def _(server: Server, packet, _):
    with SocketPeer(server, None) as peer:
        peer.say(packet)
        if packet.startswith("51-"):
            peer.say(b"\x00")
        peer.is_closed()


@case("{1} for another namespace than the connected one closes the connection", table=[
    ('2/custom,["message"]', "an event"), ("3/custom,0[]", "an acknowledgement"), ("1/custom,", "DISCONNECT")])
def _(server: Server, packet, _):
    with SocketPeer(server) as peer:
        peer.say(packet)
        peer.is_closed()


@case("CONNECT_ERROR of a client closes the connection")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say('4{"message":"x"}')
        peer.is_closed()


@case("DISCONNECT leaves the namespace without an answer, and the connection is kept")
def _(server: Server):
    with SocketPeer(server) as peer:
        first = peer.id
        peer.say("1")
        try:
            raise AssertionError(f"received {peer.hear(0.1)!r}")
        except TimeoutError:
            pass
        assert peer.join("/") != first, "the id came back"
        peer.works()


@case("DISCONNECT from one namespace leaves the others ({0})", table=["1/custom,", "1/custom"])
def _(server: Server, packet):
    with SocketPeer(server) as peer:
        peer.join("/custom")
        peer.say(packet)
        peer.works()
        peer.join("/custom")


@case("an event after DISCONNECT closes the connection")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say("1")
        peer.say('2["message","late"]')
        peer.is_closed()


@case("a client that connects to no namespace is closed after the connect timeout", background=True)
def _(server: Server):
    with SocketPeer(server, None) as peer:
        began = time.monotonic()
        try:
            raise AssertionError(f"received {peer.hear(3)!r}")
        except Exception as ended:  # noqa: BLE001
            assert type(ended).__name__ == "WebSocketClosed", f"{ended!r}"
        took = time.monotonic() - began
        assert 0.95 <= took <= 1.6, f"closed after {took:.2f} s"
    gone(server, peer.sid, "/socket.io/")


@case("a refused CONNECT does not stop the connect timeout", background=True)
def _(server: Server):
    with SocketPeer(server, None) as peer:
        began = time.monotonic()
        peer.say("0/random,")
        assert peer.hear().startswith("4/random,")
        try:
            raise AssertionError(f"received {peer.hear(3)!r}")
        except Exception as ended:  # noqa: BLE001
            assert type(ended).__name__ == "WebSocketClosed", f"{ended!r}"
        assert time.monotonic() - began <= 1.6


@case("a connected client outlives the connect timeout, by polling and by WebSocket", background=True)
def _(server: Server):
    polling = Polling(server, "/socket.io/")
    polling.accepts("40")
    with SocketPeer(server, "/custom") as peer, KeepAlive(polling) as kept:
        try:
            raise AssertionError(f"received {peer.hear(1.7)!r}")
        except TimeoutError:
            pass
        peer.join("/")
        peer.works()
        polling.accepts('42["message","later"]')
    assert kept.seen[-1] == '42["message-back","later"]', f"{kept.seen!r}"


@case("the whole protocol works by polling")
def _(server: Server):
    polling = Polling(server, "/socket.io/")
    polling.accepts('40{"token":"p"}')
    opened, auth = polling.packets(2)
    assert opened.startswith('40{"sid":"') and auth == '42["auth",{"token":"p"}]', f"{opened!r} {auth!r}"
    polling.accepts('42["message",1]\x1e421["message-with-ack",2]\x1e451-["message",{"_placeholder":true,"num":0}]\x1ebAQID')
    got = polling.packets(4)
    assert got[:2] == ['42["message-back",1]', "431[2]"], f"{got!r}"
    assert got[2].startswith('451-["message-back",') and got[3] == "bAQID", f"{got!r}"
    polling.accepts("40/random,")
    assert polling.packets() == ['44/random,{"message":"Invalid namespace"}']


@case("a bad packet by polling closes the session: the held GET gets a close packet")
def _(server: Server):
    polling = Polling(server, "/socket.io/")
    polling.accepts("40")
    polling.packets(2)
    held = polling.hold()
    polling.post('42["message"')
    answer = held.response()
    assert answer.status == 200 and answer.text.split("\x1e")[-1] == "1", f"{answer.status} {answer.body!r}"
    gone(server, polling.sid, "/socket.io/")
