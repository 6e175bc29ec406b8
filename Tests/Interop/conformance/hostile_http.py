"""Rubbish and attacks at the HTTP level and at Engine.IO (inventory 9.2; request smuggling after RFC 9112 §11.2)."""

import random
import time

from harness import Cases
from peers import EngineSocket, Polling, gone, refused, target
from websocket_wire import upgrade_headers
from wire import Closed, Response, Server, head

cases = Cases()
case = cases.case


def attempt(server: Server, data: bytes, statuses: tuple[int, ...], ends: bool = True) -> Response | None:
    """Sends bytes; the answer must have one of the statuses (0: closed without an answer) and the connection must end."""
    with server.connect() as connection:
        try:
            connection.send(data)
        except Closed:
            pass
        try:
            answer = connection.response()
        except Closed:
            assert 0 in statuses, "the server closed without an answer"
            return None
        assert answer.status in statuses, f"status {answer.status}, body {answer.body[:80]!r}"
        if ends:
            assert connection.ends(1.0), f"answered {answer.status} but left the connection open"
            assert b"HTTP/1." not in connection.buffer, f"a second response: {bytes(connection.buffer[:60])!r}"
        return answer


HOST = "Host: a\r\n"
POST = "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\n" + HOST
GET = "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\n"
INNER = "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n"

SMUGGLING = [
    ("both lengths, chunked last", POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER),
    ("both lengths, chunked first", POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + INNER),
    ("two different Content-Lengths", POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n4abcd" + INNER),
    ("a list of different Content-Lengths", POST + "Content-Length: 5, 6\r\n\r\n4abcd" + INNER),
    ("Content-Length: +5", POST + "Content-Length: +5\r\n\r\n4abcd" + INNER),
    ("Content-Length: -5", POST + "Content-Length: -5\r\n\r\n4abcd" + INNER),
    ("Content-Length: 0x5", POST + "Content-Length: 0x5\r\n\r\n4abcd" + INNER),
    ("Content-Length: 5 6", POST + "Content-Length: 5 6\r\n\r\n4abcd" + INNER),
    ("an empty Content-Length", POST + "Content-Length:\r\n\r\n" + INNER),
    ("a Content-Length beyond 64 bits", POST + "Content-Length: 18446744073709551621\r\n\r\n4abcd" + INNER),
    ("Transfer-Encoding: xchunked", POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER),
    ("Transfer-Encoding: identity", POST + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" + INNER),
    ("Transfer-Encoding: gzip, chunked", POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + INNER),
    ("Transfer-Encoding: chunked, identity", POST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + INNER),
    ("Transfer-Encoding: chunked twice", POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER),
    ("Transfer-Encoding: \\vchunked", POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + INNER),
    ("a quoted Transfer-Encoding", POST + 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n' + INNER),
    ("a blank before the colon", POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + INNER),
    ("a blank before the first header's name", "POST / HTTP/1.1\r\n X: y\r\n" + HOST + "\r\n" + INNER),
    ("a folded header", POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + INNER),
    ("a folded value", POST + "X: a\r\n\tb\r\nContent-Length: 0\r\n\r\n" + INNER),
    ("a header line without a colon", GET + HOST + "nonsense\r\n\r\n" + INNER),
    ("an empty header name", GET + HOST + ": x\r\n\r\n" + INNER),
    ("a header name with a control character", GET + HOST + "X\x01: y\r\n\r\n" + INNER),
    ("a NUL in a header's value", GET + HOST + "X: a\0b\r\n\r\n" + INNER),
    ("a bare CR in a header's value", GET + HOST + "X: a\rTransfer-Encoding: chunked\r\n\r\n" + INNER),
    ("bare line feeds", GET.replace("\r\n", "\n") + "Host: a\n\n" + INNER),
    ("a bare line feed after one header", GET + "X: a\n" + HOST + "\r\n" + INNER),
    ("no Host", GET + "\r\n" + INNER),
    ("two Hosts", GET + HOST + "Host: b\r\n\r\n" + INNER),
    ("a chunk size that is no number", POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n4x\r\n0\r\n\r\n" + INNER),
    ("a chunk size of 0x2", POST + "Transfer-Encoding: chunked\r\n\r\n0x2\r\n4x\r\n0\r\n\r\n" + INNER),
    ("a negative chunk size", POST + "Transfer-Encoding: chunked\r\n\r\n-2\r\n4x\r\n0\r\n\r\n" + INNER),
    ("a chunk longer than its size", POST + "Transfer-Encoding: chunked\r\n\r\n2\r\n4xyz\r\n0\r\n\r\n" + INNER),
    ("a chunk size beyond 64 bits", POST + "Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n4x\r\n0\r\n\r\n" + INNER),
    ("a chunk ended by a bare line feed", POST + "Transfer-Encoding: chunked\r\n\r\n2\n4x\r\n0\r\n\r\n" + INNER),
    ("no version", "GET /engine.io/\r\n" + HOST + "\r\n" + INNER),
    ("two blanks in the request line", GET.replace("GET ", "GET  ") + HOST + "\r\n" + INNER),
    ("a tab in the request line", GET.replace("GET ", "GET\t") + HOST + "\r\n" + INNER),
    ("a control character in the target", "GET /engine.io/\x01 HTTP/1.1\r\n" + HOST + "\r\n" + INNER),
    ("a method that is no token", "G(T / HTTP/1.1\r\n" + HOST + "\r\n" + INNER),
    ("an empty method", " / HTTP/1.1\r\n" + HOST + "\r\n" + INNER),
    ("the version HTTP/1.10", "GET / HTTP/1.10\r\n" + HOST + "\r\n" + INNER),
    ("a lower-case protocol", "GET / http/1.1\r\n" + HOST + "\r\n" + INNER),
    ("a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "x" * 500 + "\r\n\r\n"),
]


# RFC 9112 §6.1: 501 for a coding that is not known; RFC 9110 §15.5.14: 413 for a length beyond all limits.
@case("smuggling is refused and the connection closed: {0}", table=SMUGGLING, limit=6)
def _(server: Server, _, data):
    attempt(server, data.encode("latin-1"), (400, 413, 501))


@case("an encoding on HTTP/1.0 is refused and the connection closed")
def _(server: Server):
    data = POST.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER
    attempt(server, data.encode(), (400, 501))


@case("{0} is answered by an error and the connection closed", table=[
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    ("HTTP/3.0", b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", (400, 505)),
    ("a request line of 20 kB", b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", (400, 414, 431)),
    ("a header of 100 kB", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", (400, 431)),
    ("5000 headers", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 5000 + b"\r\n", (400, 431)),
    ("a header without end", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2_000_000, (400, 431)),
    ("a request line without end", b"GET /" + b"a" * 2_000_000, (400, 414, 431)),
    ("random bytes", random.Random(2616).randbytes(3000) + b"\r\n\r\n", (400,)),
])
def _(server: Server, _, data, statuses):
    attempt(server, data, statuses + (0,))


@case("more headers than the limit on an upgrade (CVE-2024-37890)")
def _(server: Server):
    headers = [("Host", "a")] + [(f"X{n}", "y") for n in range(3000)] + upgrade_headers()
    attempt(server, head("GET", target(transport="websocket"), headers), (400, 431, 0))


@case("a chunk extension without end is refused")
def _(server: Server):
    polling = Polling(server)
    data = server.head("POST", polling.target, [("Transfer-Encoding", "chunked")]) + b"1;" + b"x" * 2_000_000
    attempt(server, data, (400, 413, 431, 0))


@case("trailers without end are refused")
def _(server: Server):
    polling = Polling(server)
    data = server.head("POST", polling.target, [("Transfer-Encoding", "chunked")]) + b"1\r\n4\r\n0\r\n" + b"X: y\r\n" * 300_000
    attempt(server, data, (400, 413, 431, 0))


@case("half a request and an end harm nobody: {0}", table=[
    b"", b"G", b"GET / HT", b"GET / HTTP/1.1\r\n", b"POST /engine.io/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4", b"\r\n", b"\0"])
def _(server: Server, data):
    for way in ("close", "reset"):
        connection = server.connect()
        connection.send(data)
        connection.reset() if way == "reset" else connection.close()


@case("raw bytes right behind an upgrade request (CVE-2022-21676): {0}", table=["", "&sid=unknown"])
def _(server: Server, extra):
    # Each sets bits that are reserved: what could be the beginning of a frame would be waited for.
    for rubbish in (b"test", b"\xff" * 64, random.Random(21676).randbytes(64)):
        with server.connect() as connection:
            connection.send(server.head("GET", target(transport="websocket", extra=extra), upgrade_headers()) + rubbish)
            assert connection.response().status == (400 if extra else 101)
            assert connection.ends(1.0)


@case("raw bytes right behind the upgrade request of a polling session")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("GET", target(transport="websocket", sid=polling.sid), upgrade_headers()) + b"\xff" * 64)
        assert connection.response().status == 101
        assert connection.ends(0.4)
    polling.lives()


@case("an upgrade {0} and then a reset (CVE-2022-41940)", table=[
    ("to another path", "/other/", "websocket"), ("to h2c", "/engine.io/", "h2c"), ("to nothing", "/engine.io/", ""),
    ("to the engine without parameters", "/engine.io/", "websocket")])
def _(server: Server, _, path, protocol):
    for _ in range(5):
        connection = server.connect()
        headers = [(n, protocol if n == "Upgrade" else v) for n, v in upgrade_headers()]
        connection.send(server.head("GET", path, headers))
        connection.reset()


@case("an upgrade of another protocol never becomes a WebSocket: {0}", table=["h2c", "websocketx", "tls/1.0"])
def _(server: Server, protocol):
    with server.connect() as connection:
        headers = [(n, protocol if n == "Upgrade" else v) for n, v in upgrade_headers()]
        connection.send(server.head("GET", target(transport="websocket"), headers))
        try:
            assert connection.response().status != 101
        except (Closed, TimeoutError):
            pass


@case("a body that looks like an attack of 2020 is answered within a second: {0} (CVE-2020-36048)", table=[
    ("many packets of EIO3", b"2:4a" * 250_000), ("many pings of EIO3", b"1:2" * 333_000), ("a giant of EIO3", b"99999991:4" + b"2" * 900_000),
    ("many separators", b"\x1e" * 999_999), ("many empty messages", b"4\x1e" * 499_000 + b"4"), ("many noops", b"6\x1e" * 499_000 + b"6"),
    ("many pongs", b"3\x1e" * 499_000 + b"3"), ("many binaries", b"bAA==\x1e" * 160_000 + b"bAA==")])
def _(server: Server, _, body):
    polling = Polling(server)
    began = time.monotonic()
    try:
        answer = polling.post(body)
        assert answer.status in (200, 400, 413), f"status {answer.status}"
    except Closed:
        pass
    assert time.monotonic() - began < 2.5, f"took {time.monotonic() - began:.1f} s"


@case("a POST of 100 MB is answered by 413 (CVE-2020-36048)")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("POST", polling.target, length=100_000_000))
        try:
            for _ in range(100):
                connection.send(b"2" * 1_000_000)
        except Closed:
            pass
        try:
            assert connection.response(1).status == 413
        except Closed:
            pass  # the reset overtook the answer


@case("the transport {0} is refused on an upgrade, again and again (CVE-2023-31125)", table=["__proto__", "constructor", "toString", "hasOwnProperty"])
def _(server: Server, name):
    for _ in range(20):
        with server.connect() as connection:
            connection.send(server.head("GET", target(transport=name), upgrade_headers()))
            answer = connection.response()
            assert answer.status == 400 and answer.text == "Transport unknown", f"{answer.status} {answer.body[:80]!r}"
            assert connection.ends(1.0)


@case("POSTs of application/octet-stream do not pile up (CVE-2026-59725)")
def _(server: Server):
    for _ in range(20):
        polling = Polling(server)
        answer = polling.post(b"\0" * 100, [("Content-Type", "application/octet-stream")])
        assert answer.status == 400
        gone(server, polling.sid)


@case("bad base64 harms nobody: {0}", table=["b!!!!", "bA", "bAA", "bA===", "b====", "bAAAA=AAA", "b" + "A" * 99_999, "bäöü"])
def _(server: Server, packet):
    polling = Polling(server)
    try:
        assert polling.post(packet).status in (200, 400)
    except Closed:
        pass


@case("invalid UTF-8 in a payload harms nobody")
def _(server: Server):
    for body in (b"4\xff\xfe", b"4\xed\xa0\x80", b"\xff", b"4\xe2\x82\x1e4x"):
        polling = Polling(server)
        try:
            assert polling.post(body).status in (200, 400)
        except Closed:
            pass


@case("what JSONP's parameter holds is not reflected")
def _(server: Server):
    answer = server.request("GET", target(extra="&j=<script>alert(1)</script>"))
    assert b"<script" not in answer.body and b"alert(1)" not in answer.body, f"{answer.body[:80]!r}"


@case("a value of the target cannot split the response")
def _(server: Server):
    answer = server.request("GET", target(transport="%0d%0aX-Evil:%201", sid="%0d%0aX-Evil:%201"), [("Origin", "http://a%0d%0aX-Evil: 1")])
    assert answer.header("x-evil") is None


@case("many parameters are read in linear time")
def _(server: Server):
    began = time.monotonic()
    attempt(server, server.head("GET", "/engine.io/?" + "a&" * 3500 + "%" * 500, [("Connection", "close")]), (400, 414))
    assert time.monotonic() - began < 1


@case("a Sec-WebSocket-Protocol with 10000 blanks is read in linear time (CVE-2021-32640)")
def _(server: Server):
    began = time.monotonic()
    headers = upgrade_headers() + [("Sec-WebSocket-Protocol", "a" + " " * 10_000 + "b")]
    with server.connect() as connection:
        connection.send(server.head("GET", target(transport="websocket"), headers))
        assert connection.response().status in (101, 400, 431)
    assert time.monotonic() - began < 1


@case("the extension {0} is passed over (GHSA-5v72-xg48-5rpm)", table=["constructor", "__proto__", "toString; constructor=1", "constructor, __proto__, hasOwnProperty"])
def _(server: Server, extension):
    with server.connect() as connection:
        connection.send(server.head("GET", target(transport="websocket"), upgrade_headers() + [("Sec-WebSocket-Extensions", extension)]))
        answer = connection.response()
        assert answer.status == 101, f"status {answer.status}"
        assert answer.header("sec-websocket-extensions") is None


@case("requests for many sessions at once, all aborted")
def _(server: Server):
    for _ in range(50):
        polling = Polling(server)
        held = server.connect()
        held.send(server.head("GET", polling.target))
        held.reset()
    with EngineSocket(server) as peer:
        peer.echoes("4x")


@case("two hundred connections that say nothing harm nobody")
def _(server: Server):
    silent = [server.connect() for _ in range(200)]
    with EngineSocket(server) as peer:
        peer.echoes("4x")
    for connection in silent:
        connection.close()


@case("a request head that comes a byte a second is cut off", only_with="slow", limit=130, background=True)
def _(server: Server):
    with server.connect() as connection:
        began = time.monotonic()
        try:
            while time.monotonic() - began < 120:
                connection.send(b"X")
                if connection.ends(1.0):
                    return
        except Closed:
            return
        raise AssertionError("still open after 120 s")


@case("a body that comes a byte a second is cut off", only_with="slow", limit=130, background=True)
def _(server: Server):
    with EngineSocket(server), server.connect() as connection:
        began = time.monotonic()
        connection.send(server.head("POST", target(), length=100_000))
        try:
            while time.monotonic() - began < 120:
                connection.send(b"4")
                if connection.ends(1.0):
                    return
        except Closed:
            return
        raise AssertionError("still open after 120 s")
