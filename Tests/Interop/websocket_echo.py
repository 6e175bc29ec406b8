#!/usr/bin/env python3
"""The module WebSocket against `websockets` and `wsproto`, which nobody here wrote: its server with their clients, and, with
--client, its client with their server.

The server under test sends back every message; so does the client, whose command has `{url}` in it.
"""

import os
import queue
import random
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import wsproto
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import serve
from wsproto.events import CloseConnection, Ping, Pong, TextMessage

import harness
from harness import Cases

cases = Cases()
numbers = random.Random(7)
MESSAGES = ["", "a", "é" * 63, "x" * 125, "x" * 126, "x" * 65535, "x" * 65536, "🌍" * 100_000, b"", bytes(range(256)) * 300, os.urandom(1_000_000)]


def exchange(connection) -> None:
    """Sends each message, and expects it back."""
    for message in MESSAGES:
        connection.send(message)
        assert connection.recv(timeout=5) == message, f"a message of {len(message)} came back as another"


@cases.case("messages of all lengths come back, compression {0}", [(None,), ("deflate",)])
def _(context, compression):
    with connect(context.url, compression=compression, max_size=None) as connection:
        assert ("permessage-deflate" in str(connection.response.headers)) == (compression is not None)
        exchange(connection)
    assert connection.close_code == 1000


@cases.case("a thousand messages sent at once come back in order")
def _(context):
    with connect(context.url, max_size=None) as connection:
        sender = threading.Thread(target=lambda: [connection.send(str(number) * numbers.randrange(1, 500)) for number in range(1000)])
        sender.start()
        for number in range(1000):
            assert connection.recv(timeout=5).startswith(str(number))
        sender.join()


@cases.case("fragments are joined, and pings are answered among them")
def _(context):
    with connect(context.url) as connection:
        def parts():
            for part in ["frag", "", "ments", " are", " joined"]:
                yield part
                connection.ping()
        connection.send(parts())
        assert connection.recv(timeout=5) == "fragments are joined"
        assert connection.ping().wait(5)


@cases.case("code {0} is answered with the same", [(1000, "bye"), (1001, ""), (3000, "é" * 61), (4999, "x" * 123)])
def _(context, code, reason):
    with connect(context.url) as connection:
        connection.close(code, reason)
        assert connection.protocol.close_rcvd.code == code


@cases.case("twenty clients at once")
def _(context):
    with_faults = queue.Queue()

    def one() -> None:
        try:
            with connect(context.url, compression=None, max_size=None) as connection:
                exchange(connection)
        except Exception as error:  # noqa: BLE001
            with_faults.put(error)

    threads = [threading.Thread(target=one) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert with_faults.empty(), with_faults.get()


@cases.case("wsproto opens, sends, pings and closes")
def _(context):
    host, port = context.url.removeprefix("ws://").split(":")
    peer = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    with socket.create_connection((host, int(port)), timeout=5) as link:
        link.sendall(peer.send(wsproto.events.Request(host=f"{host}:{port}", target="/")))
        seen = []
        while not any(isinstance(event, CloseConnection) for event in seen):
            data = link.recv(65536)
            peer.receive_data(data or None)
            for event in peer.events():
                seen.append(event)
                if isinstance(event, wsproto.events.AcceptConnection):
                    link.sendall(peer.send(TextMessage("one")) + peer.send(Ping(b"two")))
                if isinstance(event, Pong):
                    assert bytes(event.payload) == b"two"
                if isinstance(event, TextMessage):
                    link.sendall(peer.send(CloseConnection(1000, "three")))
    assert {type(event) for event in seen} >= {Pong, TextMessage, CloseConnection}
    assert seen[-1].code == 1000


@cases.case("a message beyond the limit is refused with 1009 by its header alone")
def _(context):
    with connect(context.url, compression=None) as connection:
        connection.socket.sendall(b"\x82\xff" + (32 * 1024 * 1024 + 1).to_bytes(8, "big") + b"\0\0\0\0")
        try:
            connection.recv(timeout=5)
        except ConnectionClosed:
            pass
        assert connection.protocol.close_rcvd.code == 1009


@contextmanager
def their_server(handler, **options):
    """A server of `websockets`, and its address."""
    with serve(handler, "127.0.0.1", 0, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        server.shutdown()
        thread.join()


def our_client(context, url: str) -> str:
    command = [part.replace("{url}", url) for part in context.client.split()]
    return subprocess.run(command, capture_output=True, text=True, timeout=9).stdout


@cases.case("our client sends back what their server sends, compression {0}", [(None,), ("deflate",)], only_with="client")
def _(context, compression):
    outcome = queue.Queue()

    def handler(connection) -> None:
        try:
            exchange(connection)
            assert connection.ping().wait(5), "a ping was not answered"
            connection.close(4000, "enough")
            outcome.put(connection.protocol.close_rcvd.code)
        except BaseException as error:  # noqa: BLE001
            outcome.put(error)

    with their_server(handler, compression=compression, max_size=None) as url:
        said = our_client(context, url)
    assert outcome.get(timeout=5) == 4000 and said == "", said


@cases.case("our client says why it was refused", only_with="client")
def _(context):
    def refuse(connection, request):
        return connection.respond(403, "not you")

    with their_server(lambda connection: None, process_request=refuse) as url:
        assert "403 Forbidden" in our_client(context, url)


def main() -> int:
    parser = harness.arguments(__doc__)
    parser.add_argument("--client", help="starts the client under test; {url} stands for where it is to connect")
    options = parser.parse_args()
    options.url = options.url.replace("http://", "ws://")
    return harness.run(cases, options, options)


if __name__ == "__main__":
    sys.exit(main())
