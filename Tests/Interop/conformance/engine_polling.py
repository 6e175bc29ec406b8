"""Engine.IO 4, the long-polling transport (inventory 1.5)."""

import base64
import json
import time

from harness import Cases
from peers import SEPARATOR, Polling, UNKNOWN_SESSION, gone, refused, target
from wire import Closed, Server

cases = Cases()
case = cases.case

LIMIT = 1_000_000


@case("the polling responses have the headers of the reference")
def _(server: Server):
    first = server.request("GET", target())
    assert first.header("content-type") == "text/plain; charset=UTF-8", first.header("content-type")
    assert first.header("content-length") == str(len(first.body)), "Content-Length"
    polling = Polling(server)
    posted = polling.post("4x")
    assert (posted.status, posted.body) == (200, b"ok"), f"{posted.status} {posted.body[:80]!r}"
    assert posted.header("content-type") == "text/html", posted.header("content-type")
    assert posted.header("content-length") == "2"
    got = polling.get()
    assert got.header("content-type") == "text/plain; charset=UTF-8", got.header("content-type")
    for answer in (first, posted, got):
        assert answer.header("cache-control") == "no-store", f"cache-control {answer.header('cache-control')!r}"
        assert answer.header("etag") is None
        assert answer.header("x-xss-protection") is None, "for old browsers only"


@case("an old browser ({0}) gets X-XSS-Protection: 0", table=[
    "Mozilla/4.0 (compatible;MSIE 8.0; Windows NT 6.0)", "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko"])
def _(server: Server, agent):
    answer = server.request("GET", target(), [("User-Agent", agent)])
    assert answer.header("x-xss-protection") == "0"


@case("a message comes back: {0}", table=[
    "4hello", "4", "4€ — ünïcödé 🎉 \u2028", "4" + "x" * 70_000, '4{"a":"\\u001e"}', "4\0\t\r\n", "4b", "42"])
def _(server: Server, packet):
    polling = Polling(server)
    polling.accepts(packet)
    assert polling.packets() == [packet]


@case("several messages in one payload come back in order")
def _(server: Server):
    polling = Polling(server)
    packets = ["4test1", "4test2", "4test3", "4"]
    polling.accepts(SEPARATOR.join(packets))
    assert polling.packets(4) == packets


@case("many messages over many requests come back in order, and once")
def _(server: Server):
    polling = Polling(server)
    for round in range(10):
        polling.accepts(SEPARATOR.join(f"4{round}-{n}" for n in range(20)))
    wanted = [f"4{round}-{n}" for round in range(10) for n in range(20)]
    assert polling.packets(200) == wanted
    polling.lives("nothing left over")


@case("binary comes back as base64: {0} bytes", table=[0, 1, 2, 3, 4, 256, 100_000])
def _(server: Server, size):
    polling = Polling(server)
    packet = "b" + base64.b64encode(bytes(n & 255 for n in range(size))).decode()
    polling.accepts(packet)
    got = polling.packets()
    assert got == [packet], f"{got[0][:60]!r} instead of {packet[:60]!r}"


@case("text and binary in one payload keep their order")
def _(server: Server):
    polling = Polling(server)
    polling.accepts("4a\x1ebAQID\x1e4b\x1eb/+8=")
    assert polling.packets(4) == ["4a", "bAQID", "4b", "b/+8="]


@case("a GET is held until there is a message, then answered at once")
def _(server: Server):
    polling = Polling(server)
    held = polling.hold()
    assert held.is_held()
    began = time.monotonic()
    polling.accepts("4late")
    assert held.response().text == "4late"
    assert time.monotonic() - began < 0.25


@case("a noop of the client is ignored")
def _(server: Server):
    polling = Polling(server)
    polling.accepts("6")
    polling.lives()


@case("an undecodable payload closes the session: {0}", table=["abc", "7", "9x", "", "\x1e", "4a\x1ezzz\x1e4b", "ö"])
def _(server: Server, body):
    polling = Polling(server)
    try:
        answer = polling.post(body)
        assert answer.status in (200, 400), f"status {answer.status}"
    except Closed:
        pass  # the reference drops the connection without an answer
    gone(server, polling.sid)


@case("a second GET is refused, the first gets a close packet, and the session ends")
def _(server: Server):
    polling = Polling(server)
    first = polling.hold()
    second = polling.get()
    assert second.status in (400, 500), f"status {second.status} {second.body!r}"
    assert first.response().text == "1"
    gone(server, polling.sid)


@case("the refused second GET has an empty body and status 400")
def _(server: Server):
    polling = Polling(server)
    first = polling.hold()
    second = polling.get()
    assert (second.status, second.body) == (400, b""), f"{second.status} {second.body!r}"
    first.response()


@case("a second POST while one is being read is refused, and the session ends")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("POST", polling.target, length=100) + b"4half")
        time.sleep(0.05)
        second = polling.post("4other")
        assert second.status in (400, 500), f"status {second.status}"
    gone(server, polling.sid)


@case("a GET and a POST at the same time are fine")
def _(server: Server):
    polling = Polling(server)
    for round in range(5):
        held = polling.hold()
        polling.accepts(f"4{round}")
        assert held.response().text == f"4{round}"


@case("a GET that the client aborts ends the session")
def _(server: Server):
    polling = Polling(server)
    held = polling.hold()
    held.connection.close()
    gone(server, polling.sid)


@case("a GET that the client resets ends the session")
def _(server: Server):
    polling = Polling(server)
    held = polling.hold()
    held.connection.reset()
    gone(server, polling.sid)


@case("a POST that the client aborts ends the session")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("POST", polling.target, length=1000) + b"4half")
        time.sleep(0.05)
    gone(server, polling.sid)


@case("a POSTed close packet ends the session: the held GET gets a noop, the POST ok")
def _(server: Server):
    polling = Polling(server)
    held = polling.hold()
    answer = polling.post("1")
    assert (answer.status, answer.body) == (200, b"ok"), f"{answer.status} {answer.body!r}"
    assert held.response().text == "6"
    gone(server, polling.sid)


@case("a POSTed close packet without a held GET ends the session")
def _(server: Server):
    polling = Polling(server)
    answer = polling.post("1")
    assert (answer.status, answer.body) == (200, b"ok"), f"{answer.status} {answer.body!r}"
    gone(server, polling.sid)


@case("a POST of application/octet-stream is answered by 400 and ends the session")
def _(server: Server):
    polling = Polling(server)
    answer = polling.post(b"\x01\x02", [("Content-Type", "application/octet-stream")])
    assert answer.status == 400, f"status {answer.status}"
    gone(server, polling.sid)


@case("the content type of a POST does not matter otherwise: {0}",
      table=["text/plain", "application/x-www-form-urlencoded", "application/json", None])
def _(server: Server, kind):
    polling = Polling(server)
    answer = polling.post("4x", [] if kind is None else [("Content-Type", kind)])
    assert (answer.status, answer.body) == (200, b"ok"), f"{answer.status} {answer.body!r}"
    assert polling.packets() == ["4x"]


@case("a payload of exactly maxPayload bytes is accepted")
def _(server: Server):
    polling = Polling(server)
    packet = "4" + "x" * (LIMIT - 1)
    polling.accepts(packet)
    assert polling.packets() == [packet]


@case("a payload one byte larger is answered by an empty 413, and the session is kept")
def _(server: Server):
    polling = Polling(server)
    answer = polling.post("4" + "x" * LIMIT)
    assert (answer.status, answer.body) == (413, b""), f"{answer.status} {answer.body[:80]!r}"
    polling.lives()


@case("a Content-Length above maxPayload is refused before the body is sent")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("POST", polling.target, length=LIMIT + 1) + b"4x")
        answer = connection.response(within=2)
        assert answer.status == 413, f"status {answer.status}"
        assert connection.ends(), "the connection cannot be used any further"
    polling.lives()


@case("a chunked payload above maxPayload is answered by 413, and the session is kept")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("POST", polling.target, [("Transfer-Encoding", "chunked")]))
        try:
            for _ in range(16):
                connection.send(b"10000\r\n" + b"4" * 65536 + b"\r\n")
        except Closed:
            pass
        answer = connection.response(within=2)
        assert answer.status == 413, f"status {answer.status}"
    polling.lives()


@case("a chunked payload is accepted")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("POST", polling.target, [("Transfer-Encoding", "chunked")]))
        for piece in (b"1\r\n4\r\n", b"2;x=y\r\nab\r\n", b"3\r\ncde\r\n", b"0\r\n\r\n"):
            time.sleep(0.01)
            connection.send(piece)
        answer = connection.response()
        assert (answer.status, answer.body) == (200, b"ok"), f"{answer.status} {answer.body!r}"
    assert polling.packets() == ["4abcde"]


@case("a payload is accepted cut anywhere, also within a character")
def _(server: Server):
    polling = Polling(server)
    body = "4ä€🎉\x1e4b".encode()
    with server.connect() as connection:
        for byte in server.head("POST", polling.target, length=len(body)) + body:
            connection.send(bytes([byte]))
        answer = connection.response()
        assert (answer.status, answer.body) == (200, b"ok"), f"{answer.status} {answer.body!r}"
    assert polling.packets(2) == ["4ä€🎉", "4b"]


@case("one connection carries a whole session")
def _(server: Server):
    with server.connect() as connection:
        connection.send(server.head("GET", target()))
        first = connection.response()
        where = target(sid=json.loads(first.text[1:])["sid"])
        for n in range(20):
            body = f"4{n}".encode()
            connection.send(server.head("POST", where, length=len(body)) + body)
            assert connection.response().body == b"ok"
            connection.send(server.head("GET", where))
            assert connection.response().text == f"4{n}"


@case("pipelined requests are answered in order")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        post = server.head("POST", polling.target, length=2) + b"4x"
        connection.send(post + server.head("GET", polling.target))
        assert connection.response().body == b"ok"
        assert connection.response().text == "4x"


@case("Expect: 100-continue is answered before the body")
def _(server: Server):
    polling = Polling(server)
    with server.connect() as connection:
        connection.send(server.head("POST", polling.target, [("Expect", "100-continue")], 2))
        assert connection.response().status == 100
        connection.send(b"4x")
        answer = connection.response()
        assert (answer.status, answer.body) == (200, b"ok")
    assert polling.packets() == ["4x"]


@case("a session whose GET was answered survives the closing of that connection")
def _(server: Server):
    polling = Polling(server)
    polling.accepts("4a")
    assert polling.get().text == "4a"
    time.sleep(0.05)
    polling.lives()


@case("two sessions do not see each other's messages")
def _(server: Server):
    one, other = Polling(server), Polling(server)
    one.accepts("4one")
    other.accepts("4other")
    assert one.packets() == ["4one"] and other.packets() == ["4other"]


@case("after the end of a session its POST is unknown, too")
def _(server: Server):
    polling = Polling(server)
    polling.post("1")
    gone(server, polling.sid)
    refused(polling.post("4x"), *UNKNOWN_SESSION)
