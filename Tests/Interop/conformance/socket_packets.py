"""Socket.IO 5: events, acknowledgements, binary attachments, and what bad packets get (inventory 2.1–2.4, 9.3)."""

import json
import os

from harness import Cases
from peers import EngineSocket, SocketPeer
from wire import Server

cases = Cases()
case = cases.case


def placeholder(number) -> dict:
    return {"_placeholder": True, "num": number}


def header(kind: int, attachments: int, payload, identifier: str = "") -> str:
    return f"{kind}{attachments}-{identifier}{json.dumps(payload)}"


def binary(peer: SocketPeer, kind: int, identifier: str = "") -> list:
    """Reads one packet with attachments and answers its payload with the bytes in their places."""
    packet = peer.hear()
    count, _, rest = packet[1:].partition("-")
    assert packet[:1] == str(kind) and count.isdigit(), f"{packet[:80]!r} instead of a packet of type {kind}"
    assert rest.startswith(identifier + "["), f"{packet[:80]!r}"
    parts = [peer.hear() for _ in range(int(count))]
    assert all(isinstance(part, bytes) for part in parts), f"{parts!r}"

    def fill(value):
        if isinstance(value, dict) and value.get("_placeholder") is True:
            return parts[value["num"]]
        if isinstance(value, dict):
            return {key: fill(one) for key, one in value.items()}
        return [fill(one) for one in value] if isinstance(value, list) else value

    return fill(json.loads(rest[len(identifier):]))


@case("an event comes back with its arguments: {0}", table=[
    ([],), ([1, "2", {"3": [True]}],), ([None, False, 0, -1, 1.5, 1e300, ""],), (["€ ünï 🎉 \u2028\x00\x1f\"\\/"],),
    ([[[[[]]]], {"a": {"b": {"c": {}}}}],), ([9007199254740991, -9007199254740991],), ([{"__proto__": 1, "": 2, "a b": 3}],),
    (["x" * 100_000],), (list(range(1000)),), ([{"_placeholder": False, "num": 0}],)])
def _(server: Server, values):
    with SocketPeer(server) as peer:
        peer.say("2" + json.dumps(["message", *values]))
        peer.event("message-back", *values)
        peer.say("2" + json.dumps(["message", *values], ensure_ascii=False, separators=(",", ":")))
        peer.event("message-back", *values)


@case("an event may have blanks between its tokens")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say('2[ "message" ,\t1 ,\n{ "a" : [ ] } ]\r\n ')
        peer.event("message-back", 1, {"a": []})


@case("an event that nobody handles is ignored: {0}", table=['2["nobody"]', '27["nobody",1]', "2[1]", '2[0,"x"]', '2["__proto__"]', '2[""]', '2["toString"]'])
def _(server: Server, packet):
    with SocketPeer(server) as peer:
        peer.say(packet)
        peer.works()


@case("five hundred events come back in order")
def _(server: Server):
    with SocketPeer(server) as peer:
        for n in range(500):
            peer.say(f'2["message",{n}]')
        for n in range(500):
            peer.event("message-back", n)


@case("an event with the id {0} is acknowledged with that id", table=["0", "1", "456", "2147483648", "9007199254740991"])
def _(server: Server, identifier):
    with SocketPeer(server) as peer:
        peer.say(f'2{identifier}["message-with-ack",1,"2",{{"3":[false]}}]')
        answer = peer.hear()
        assert answer.startswith(f"3{identifier}["), f"{answer!r}"
        assert json.loads(answer[1 + len(identifier):]) == [1, "2", {"3": [False]}], f"{answer!r}"


@case("an acknowledgement without arguments is an empty array")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say('23["message-with-ack"]')
        assert peer.hear() == "33[]"


@case("an event without an id is not acknowledged")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say('2["message-with-ack",1]')
        peer.works()


@case("an acknowledgement with an unknown id is ignored: {0}", table=["30[]", "3123[1,2]", '39007199254740991["x"]'])
def _(server: Server, packet):
    with SocketPeer(server) as peer:
        peer.say(packet)
        peer.works()


@case("a binary acknowledgement with an unknown id is ignored")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say(header(6, 1, [placeholder(0)], "7"))
        peer.say(b"\x01")
        peer.works()


@case("a binary event comes back with {0} attachments", table=[1, 2, 3, 10])
def _(server: Server, count):
    parts = [os.urandom(n * 7) for n in range(count)]
    with SocketPeer(server) as peer:
        peer.say(header(5, count, ["message", *[placeholder(n) for n in range(count)]]))
        for part in parts:
            peer.say(part)
        assert binary(peer, 5) == ["message-back", *parts]


@case("attachments may sit anywhere, in any order")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say(header(5, 3, ["message", {"a": [placeholder(2), {"b": placeholder(0)}], "c": 1}, "x", placeholder(1)]))
        for part in (b"zero", b"one", b"two"):
            peer.say(part)
        assert binary(peer, 5) == ["message-back", {"a": [b"two", {"b": b"zero"}], "c": 1}, "x", b"one"]


@case("a binary event with an id is acknowledged with its attachments")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say(header(5, 2, ["message-with-ack", placeholder(0), 5, placeholder(1)], "456"))
        peer.say(b"\x01\x02\x03")
        peer.say(b"\x04\x05")
        assert binary(peer, 6, "456") == [b"\x01\x02\x03", 5, b"\x04\x05"]


@case("a large attachment comes back: {0} bytes", table=[0, 65_536, 999_999])
def _(server: Server, size):
    part = os.urandom(size)
    with SocketPeer(server) as peer:
        peer.say(header(5, 1, ["message", placeholder(0)]))
        peer.say(part)
        assert binary(peer, 5) == ["message-back", part]


@case("a heartbeat may come between a packet and its attachments")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say(header(5, 1, ["message", placeholder(0)]))
        assert peer.socket.receive() == "2"
        peer.send("3")
        peer.say(b"\x01")
        assert binary(peer, 5) == ["message-back", b"\x01"]


BAD = [
    '442["some","data"', '0/admin,"invalid"', "0[]", "1/admin,{}", '2/admin,"invalid', "2/admin,{}", '2[{"toString":"foo"}]',
    '2[true,"foo"]', '2[null,"bar"]', '2["connect"]', '2["disconnect","123"]', "5", "51", "5a-", "51.23-", "999",
    '2["connect_error"]', '2["disconnecting"]', '2["newListener"]', '2["removeListener"]', '51-["disconnect",{"_placeholder":true,"num":0}]',
    "2", "2[]", "2{}", '2"message"', "2null", "21", '2["message"', '2["message"]x', '2["message",]', "2['message']", '2[["message"]]',
    '2["message",01]', '2["message",NaN]', '2["message",Infinity]', '2["message","\\x"]', '2["message","\t"]', '2["message",tru]',
    "3", "3[]x", "30", "30{}", '30"x"', "3[]", "1{}", '1"x"', "1[]", "0null", '0"x"', "0{", "0{}}", '0/custom,"x"', "0/custom,[]",
    "", " ", " 0", "x", "-1", "7", "8[]", "9", '２["message"]', "/", ",", '2,["message"]', '2message', '2 ["message"]',
    '2-1["message"]', '21.5["message"]', '21e3["message"]', '2+1["message"]', '2 1["message-with-ack"]',
    "5-", '5-["message"]', '5["message",{"_placeholder":true,"num":0}]', '5-1-["message"]', '5 1-["message"]', '51 -["message"]',
    '6-0[]', "61-", '51-"message"', "51-{}", '51-[]', '61-[{"_placeholder":true,"num":0}]',
]


@case("a bad packet closes the connection: {0}", table=BAD)
def _(server: Server, packet):
    # Once connected, another CONNECT is an error already; so the bad ones come first.
    with SocketPeer(server, None if packet.startswith("0") else "/") as peer:
        peer.say(packet)
        peer.is_closed()


@case("a bad packet closes only the connection it came from: {0}", table=['2["message"', "999", "51.23-"])
def _(server: Server, packet):
    with SocketPeer(server) as other, SocketPeer(server) as peer:
        peer.say(packet)
        peer.is_closed()
        other.works()


@case("the acknowledgement id {0} is refused", table=[
    "9007199254740992", "18446744073709551615", "18446744073709551616", "12345678901234567", "9" * 100, "1" * 50_000])
def _(server: Server, identifier):
    with SocketPeer(server) as peer:
        peer.say(f'2{identifier}["message-with-ack"]')
        peer.is_closed()


@case("the number of attachments {0} is refused", table=["11", "999999", "99999999999999999999", "1" * 50_000])
def _(server: Server, count):
    with SocketPeer(server) as peer:
        peer.say(f'5{count}-["message",{{"_placeholder":true,"num":0}}]')
        peer.is_closed()


@case("a placeholder that names no attachment closes the connection: {0}", table=[
    '"splice"', '"0"', "-1", "1", "1.5", "null", "true", "[0]", "{}", "9007199254740993", "1e400", "18446744073709551616"])
def _(server: Server, number):
    with SocketPeer(server) as peer:
        peer.say(f'51-["message",{{"_placeholder":true,"num":{number}}}]')
        peer.say(b"\x01")
        peer.is_closed()


@case("a placeholder without a number closes the connection")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say('51-["message",{"_placeholder":true}]')
        peer.say(b"\x01")
        peer.is_closed()


@case("a packet with 0 attachments is complete, and a binary message behind it is an error")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say('50-["message","x"]')
        peer.event("message-back", "x")
        peer.works()
        peer.say(b"\x01")
        peer.is_closed()


@case("a binary message without a packet closes the connection")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say(b"\x01")
        peer.is_closed()


@case("a binary message before CONNECT closes the connection")
def _(server: Server):
    with SocketPeer(server, None) as peer:
        peer.say(b"\x01")
        peer.is_closed()


@case("text while attachments are owed closes the connection: {0}", table=['2["message"]', "1", '51-["message",{"_placeholder":true,"num":0}]'])
def _(server: Server, packet):
    with SocketPeer(server) as peer:
        peer.say(header(5, 2, ["message", placeholder(0), placeholder(1)]))
        peer.say(b"\x01")
        peer.say(packet)
        peer.is_closed()


@case("one attachment too many closes the connection")
def _(server: Server):
    with SocketPeer(server) as peer:
        peer.say(header(5, 1, ["message", placeholder(0)]))
        peer.say(b"\x01")
        peer.say(b"\x02")
        peer.is_closed()


@case("a connection that ends while attachments are owed harms nobody")
def _(server: Server):
    with SocketPeer(server) as other:
        with SocketPeer(server) as peer:
            peer.say(header(5, 2, ["message", placeholder(0), placeholder(1)]))
            peer.say(b"\x01")
        other.works()


@case("a megabyte of {0} closes only its own connection", table=["[", '{"a":', "[{\"a\":"])
def _(server: Server, piece):
    with SocketPeer(server) as other, SocketPeer(server) as peer:
        peer.say('2["message",' + piece * (990_000 // len(piece)))
        peer.is_closed()
        other.works()


@case("arrays nested {0} deep are answered", table=[10, 60])
def _(server: Server, depth):
    nested = "[" * depth + "]" * depth
    with SocketPeer(server) as peer:
        peer.say(f'2["message",{nested}]')
        peer.event("message-back", json.loads(nested))


@case("balanced brackets half a million deep close the connection or are answered, and nobody else is harmed")
def _(server: Server):
    depth = 490_000
    with SocketPeer(server) as other, SocketPeer(server) as peer:
        peer.say('2["message",' + "[" * depth + "]" * depth + "]")
        try:
            assert peer.hear().startswith('2["message-back",[[[')
        except Exception as ended:  # noqa: BLE001
            assert type(ended).__name__ == "WebSocketClosed", f"{ended!r}"
        other.works()


@case("a lone surrogate {0} is accepted", table=['"\\ud800"', '"a\\udc00b"', '{"\\ud83d":1}', '"\\udc00\\ud800"'])
def _(server: Server, value):
    with SocketPeer(server) as peer:
        peer.say(f'2["message",{value},"tail"]')
        answer = peer.hear()
        assert answer.startswith('2["message-back",') and answer.endswith(',"tail"]'), f"{answer!r}"
        peer.works()


@case("the number {0} is accepted", table=["1000000000000000000000", "1e21", "-1e21", "123456789012345678901234567890", "1e-320", "18446744073709551615", "-0", "0.1e1"])
def _(server: Server, number):
    with SocketPeer(server) as peer:
        peer.say(f'2["message",{number}]')
        answer = peer.hear()
        assert answer.startswith('2["message-back",'), f"{answer!r}"
        assert float(json.loads(answer[1:])[1]) == float(number), f"{answer!r}"


@case("an empty engine message before CONNECT closes the connection")
def _(server: Server):
    with EngineSocket(server, "/socket.io/") as peer:
        peer.send("4")
        peer.closes()
