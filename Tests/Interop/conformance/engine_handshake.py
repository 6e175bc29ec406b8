"""Engine.IO 4, handshake and the verification of requests: order, codes, statuses, bodies (inventory 1.2, 1.4, 1.6)."""

import json

from harness import Cases
from peers import BAD_REQUEST, SID, UNKNOWN_SESSION, EngineSocket, Polling, gone, refused, target
from websocket_wire import RawWebSocket, UpgradeRefused, upgrade_headers
from wire import Server, head

cases = Cases()
case = cases.case

UNKNOWN_TRANSPORT = (0, "Transport unknown")
BAD_METHOD = (2, "Bad handshake method")
BAD_VERSION = (5, "Unsupported protocol version")


@case("a polling handshake is answered by one open packet")
def _(server: Server):
    answer = server.request("GET", target())
    assert answer.status == 200 and answer.text.startswith("0{"), f"{answer.status} {answer.body[:80]!r}"
    opened = json.loads(answer.text[1:])
    assert set(opened) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}, f"keys {sorted(opened)}"
    assert opened["upgrades"] == ["websocket"]
    assert (opened["pingInterval"], opened["pingTimeout"], opened["maxPayload"]) == (300, 200, 1_000_000)


@case("a WebSocket handshake is answered by one open packet without upgrades")
def _(server: Server):
    with EngineSocket(server) as peer:
        assert set(peer.handshake) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
        assert peer.handshake["upgrades"] == []
        assert (peer.handshake["pingInterval"], peer.handshake["pingTimeout"]) == (300, 200)
        assert peer.handshake["maxPayload"] == 1_000_000


@case("session ids have 20 characters of the URL-safe base64 alphabet and never repeat")
def _(server: Server):
    ids = [Polling(server).sid for _ in range(60)]
    with EngineSocket(server) as peer:
        ids.append(peer.sid)
    assert all(SID.fullmatch(one) for one in ids), f"ids such as {ids[0]!r}"
    assert len(set(ids)) == len(ids)


@case("session ids are random where they must be")
def _(server: Server):
    ids = [Polling(server).sid for _ in range(60)]
    for at in range(12):
        assert len({one[at] for one in ids}) > 10, f"character {at} hardly changes: {sorted({one[at] for one in ids})}"


@case("the transport {0} is unknown: code 0",
      table=["abc", "", None, "__proto__", "constructor", "toString", "webtransport", "POLLING", "polling%00"])
def _(server: Server, transport):
    refused(server.request("GET", target(transport=transport)), *UNKNOWN_TRANSPORT)


@case("the protocol version {0} is unsupported: code 5", table=["3", "99", "abc", "", None, "04", "4.0", "-4"])
def _(server: Server, protocol):
    refused(server.request("GET", target(protocol=protocol)), *BAD_VERSION)


@case("a handshake by {0} is a bad handshake method: code 2", table=["POST", "PUT", "DELETE", "PATCH"])
def _(server: Server, method):
    refused(server.request(method, target()), *BAD_METHOD)


@case("a handshake by {0} with a body is a bad handshake method: code 2", table=["POST", "PUT"])
def _(server: Server, method):
    refused(server.request(method, target(), body=b"4hello"), *BAD_METHOD)


@case("a plain GET cannot open a WebSocket session: code 3")
def _(server: Server):
    refused(server.request("GET", target(transport="websocket")), *BAD_REQUEST)


@case("an unknown session id is refused on {0}: code 1", table=["GET", "POST"])
def _(server: Server, method):
    body = b"4x" if method == "POST" else None
    refused(server.request(method, target(sid="zzz"), body=body), *UNKNOWN_SESSION)


@case("the session id {0} is unknown: code 1", table=["__proto__", "constructor", "11111111111111111111", "a" * 3000, "%00", "%F0"])
def _(server: Server, sid):
    refused(server.request("GET", target(sid=sid)), *UNKNOWN_SESSION)


@case("the polling transport of a WebSocket session is a mismatch on {0}: code 3", table=["GET", "POST"])
def _(server: Server, method):
    with EngineSocket(server) as peer:
        answer = server.request(method, target(sid=peer.sid), body=b"4x" if method == "POST" else None)
        refused(answer, *BAD_REQUEST)
        peer.echoes("4unharmed")


@case("a plain GET with transport=websocket and a polling session's id is a mismatch: code 3")
def _(server: Server):
    polling = Polling(server)
    refused(server.request("GET", target(transport="websocket", sid=polling.sid)), *BAD_REQUEST)
    polling.lives()


@case("the transport is checked before the session id, the method and the version")
def _(server: Server):
    refused(server.request("POST", target(transport="abc", sid="zzz", protocol="9")), *UNKNOWN_TRANSPORT)


@case("the session id is checked before the method and the version")
def _(server: Server):
    refused(server.request("PUT", target(sid="zzz", protocol="9")), *UNKNOWN_SESSION)


@case("the method is checked before the version")
def _(server: Server):
    refused(server.request("POST", target(protocol="9")), *BAD_METHOD)


@case("{0} with a known session id is answered by an empty 500", table=["PUT", "DELETE", "PATCH"])
def _(server: Server, method):
    polling = Polling(server)
    answer = server.request(method, polling.target)
    assert (answer.status, answer.body) == (500, b""), f"{answer.status} {answer.body[:80]!r}"
    polling.lives()


@case("an Origin with a forbidden character is a bad request")
def _(server: Server):
    answer = server.request("GET", target(), [("Origin", "http://a\x7fb")])
    assert answer.status == 400, f"status {answer.status}"
    if answer.body.startswith(b"{"):
        refused(answer, *BAD_REQUEST)


@case("an upgrade request with {0} is refused with 400 and the message as text", table=[
    ("transport=abc", target(transport="abc"), "Transport unknown"),
    ("transport=__proto__", target(transport="__proto__"), "Transport unknown"),
    ("transport=constructor", target(transport="constructor"), "Transport unknown"),
    ("an unknown sid", target(transport="websocket", sid="zzz"), "Session ID unknown"),
    ("EIO=3", target(transport="websocket", protocol="3"), "Unsupported protocol version"),
    ("no EIO", target(transport="websocket", protocol=None), "Unsupported protocol version"),
])
def _(server: Server, _, where, message):
    try:
        RawWebSocket.connect(server, where)
    except UpgradeRefused as refusal:
        answer = refusal.response
    else:
        raise AssertionError("the upgrade was accepted")
    assert answer.status == 400 and answer.text == message, f"{answer.status} {answer.body[:80]!r}"
    assert (answer.header("content-type") or "").startswith("text/html")
    assert answer.header("content-length") == str(len(message))
    assert answer.tokens("connection") == {"close"}


@case("a refused upgrade ends the connection")
def _(server: Server):
    with server.connect() as connection:
        connection.send(server.head("GET", target(transport="abc"), upgrade_headers()))
        assert connection.response().status == 400
        assert connection.ends(), "the connection stays open"


@case("an upgrade request that names polling gets no session")
def _(server: Server):
    try:
        socket = RawWebSocket.connect(server, target())
    except UpgradeRefused:
        return
    with socket:
        socket.closure(0.25)


@case("any path below the engine's own is served")
def _(server: Server):
    answer = server.request("GET", target("/engine.io/anything"))
    assert answer.status == 200 and answer.text.startswith("0{"), f"{answer.status} {answer.body[:80]!r}"


@case("the path {0} is not the engine's", table=["/", "/engine", "/engine.iox/", "/other/", "/ENGINE.IO/"])
def _(server: Server, path):
    answer = server.request("GET", target(path))
    assert answer.status in (404, 426, 501), f"status {answer.status}"


@case("the parameters may come in any order, with others between, and percent-encoded")
def _(server: Server):
    answer = server.request("GET", "/engine.io/?t=abc&x&=&transport=poll%69ng&y=1&%45IO=4&b=%20+")
    assert answer.status == 200 and answer.text.startswith("0{"), f"{answer.status} {answer.body[:80]!r}"


# 1.6 CORS. The server under test allows every origin.

def allows(answer, origin: str) -> None:
    allowed = answer.header("access-control-allow-origin")
    assert allowed in ("*", origin), f"Access-Control-Allow-Origin is {allowed!r}"
    if allowed != "*":
        assert "origin" in answer.tokens("vary"), "a reflected origin needs Vary: Origin"
    assert answer.header("access-control-allow-credentials") is None, "credentials were not configured"


ORIGIN = "https://page.example"


@case("a preflight is answered by an empty 204 with what is allowed")
def _(server: Server):
    answer = server.request("OPTIONS", target(), [
        ("Origin", ORIGIN), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type,x-a")])
    assert (answer.status, answer.body) == (204, b"")
    allows(answer, ORIGIN)
    assert {"get", "post"} <= answer.tokens("access-control-allow-methods"), answer.header("access-control-allow-methods")
    assert answer.tokens("access-control-allow-headers") == {"content-type", "x-a"}
    assert "access-control-request-headers" in answer.tokens("vary"), f"Vary is {answer.header('vary')!r}"


@case("a preflight needs no valid parameters and makes no session")
def _(server: Server):
    answer = server.request("OPTIONS", "/engine.io/", [("Origin", ORIGIN), ("Access-Control-Request-Method", "GET")])
    assert answer.status == 204, f"status {answer.status}"


@case("the connection of a preflight serves the next request")
def _(server: Server):
    with server.connect() as connection:
        connection.send(server.head("OPTIONS", target(), [("Origin", ORIGIN), ("Access-Control-Request-Method", "POST")]))
        assert connection.response().status == 204
        connection.send(server.head("GET", target(), [("Origin", ORIGIN)]))
        assert connection.response().text.startswith("0{")


@case("the handshake, GET and POST of another origin carry the CORS headers")
def _(server: Server):
    first = server.request("GET", target(), [("Origin", ORIGIN)])
    allows(first, ORIGIN)
    where = target(sid=json.loads(first.text[1:])["sid"])
    allows(server.request("POST", where, [("Origin", ORIGIN)], b"4x"), ORIGIN)
    allows(server.request("GET", where, [("Origin", ORIGIN)]), ORIGIN)


@case("a refusal carries the CORS headers")
def _(server: Server):
    answer = server.request("GET", target(transport="abc"), [("Origin", ORIGIN)])
    refused(answer, *UNKNOWN_TRANSPORT)
    allows(answer, ORIGIN)


@case("a WebSocket of another origin is accepted where every origin is allowed")
def _(server: Server):
    with EngineSocket(server, headers=[("Origin", ORIGIN)]) as peer:
        peer.echoes("4hello")


@case("nothing sets a cookie unless it is configured")
def _(server: Server):
    assert server.request("GET", target()).header("set-cookie") is None
    with EngineSocket(server) as peer:
        assert peer.socket.response.header("set-cookie") is None


@case("a WebSocket upgrade with {0} is refused", table=[
    ("version 12", upgrade_headers(version="12"), (400, 426)),
    ("an empty key", upgrade_headers(key=""), (400,)),
    ("a key of 15 bytes", upgrade_headers(key="AAAAAAAAAAAAAAAAAAAA"), (400,)),
    ("a key that is not base64", upgrade_headers(key="!" * 24), (400,)),
    ("no key", upgrade_headers()[:3], (400,)),
])
def _(server: Server, _, headers, statuses):
    with server.connect() as connection:
        connection.send(server.head("GET", target(transport="websocket"), headers))
        answer = connection.response()
        assert answer.status in statuses, f"status {answer.status}"
        if answer.status == 426:
            assert answer.header("sec-websocket-version") == "13"


@case("a WebSocket upgrade with tokens in other letters and lists is accepted")
def _(server: Server):
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    with server.connect() as connection:
        connection.send(server.head("GET", target(transport="websocket"), [
            ("CONNECTION", "keep-alive, uPGRADE"), ("upgrade", "WebSocket"), ("sec-websocket-version", "13"),
            ("SEC-WEBSOCKET-KEY", key), ("Sec-WebSocket-Extensions", "x-unknown; a=1, constructor, __proto__")]))
        answer = connection.response()
        assert answer.status == 101 and answer.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@case("a request of HTTP/1.0 is answered and its connection closed")
def _(server: Server):
    with server.connect() as connection:
        connection.send(head("GET", target(), [("Host", server.authority)], "HTTP/1.0"))
        answer = connection.response()
        assert answer.status == 200 and answer.text.startswith("0{")
        assert connection.ends()


@case("the session of a closed WebSocket is unknown")
def _(server: Server):
    with EngineSocket(server) as peer:
        peer.socket.close()
        assert peer.closes().code == 1000
    gone(server, peer.sid)
