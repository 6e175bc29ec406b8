#!/usr/bin/env python3
"""The scenario with python-socketio's clients behind nginx, which runs as the deployment guide says, in front of two servers."""

import argparse
import re
import sys
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

import harness
import nginx
from launch import Launched
from nginx import Nginx
from python_peers import Peer
from scenario_python import Scenario, case, cases, trust

# What the server's defaults are, in seconds and in bytes.
PING_INTERVAL, PING_TIMEOUT, KEEP_ALIVE_TIMEOUT, MAX_HTTP_BUFFER_SIZE = 25, 20, 30, 1_000_000


@dataclass
class Proxied(Scenario):
    certificate: tuple[str, str] | None = None


def address(server: Launched) -> str:
    return urlsplit(server.url).netloc


def notices(peer: Peer) -> bool:
    """Whether the client loses its connection, within a second."""
    try:
        return peer.gone(1)[0] == "/"
    except AssertionError:
        return False


class Chain:
    """nginx and servers of its own, for a case that ends one of them."""

    def __init__(self, scenario: Proxied, servers: int = 1):
        self.servers = [Launched(scenario.command) for _ in range(servers)]
        self.nginx = Nginx([address(server) for server in self.servers], scenario.certificate)
        self.url = self.nginx.url

    def __enter__(self) -> "Chain":
        for one in (*self.servers, self.nginx):
            one.start()
        return self

    def __exit__(self, *_) -> None:
        self.nginx.__exit__()
        for server in self.servers:
            server.kill()


@cases.case("the guide's limits fit the server's defaults")
def _(_):
    def value(directive: str) -> str:
        return re.search(rf"^\s*{directive} (\S+);", nginx.site(), re.MULTILINE)[1]

    def seconds(directive: str) -> int:
        return int(value(directive).removesuffix("s"))

    assert seconds("proxy_read_timeout") > PING_INTERVAL + PING_TIMEOUT
    assert seconds("keepalive_timeout") < KEEP_ALIVE_TIMEOUT
    assert int(value("client_max_body_size").removesuffix("m")) << 20 >= MAX_HTTP_BUFFER_SIZE


@case("the server knows the client's address behind nginx, and believes no other that the client tells")
def _(peer):
    spoofed = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "gopher", "Forwarded": "for=198.51.100.8", "X-Real-IP": "198.51.100.9"}
    for headers in ({}, spoofed):
        me = peer(headers=headers).call("whoami")
        assert me["address"] == "127.0.0.1", f"{me!r}"
        assert me["secure"] == peer.scenario.url.startswith("https:"), f"{me!r}"


@cases.case("a body as large as the server allows passes nginx, and to a larger one the server says so itself")
def _(scenario):
    parts = urlsplit(scenario.url)
    connection = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(parts.netloc, timeout=5)

    def ask(method: str, query: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection.request(method, f"/socket.io/?EIO=4&transport=polling{query}", body)
        response = connection.getresponse()
        return response.status, response.read()

    sid = re.search(rb'"sid":"([^"]+)"', ask("GET", "")[1])[1].decode()
    packet = b'42["measure","%s"]'
    filled = packet % (b"x" * (MAX_HTTP_BUFFER_SIZE - len(packet) + 2))
    assert ask("POST", f"&sid={sid}", b"40") == (200, b"ok")
    assert ask("POST", f"&sid={sid}", filled) == (200, b"ok")
    # nginx's own answer has a page as its body.
    assert ask("POST", f"&sid={sid}", filled + b" ") == (413, b"")
    connection.close()


@case("nginx is reloaded, and nobody notices", limit=20)
def _(peer):
    with Chain(peer.scenario) as own:
        before = own.nginx.workers()
        one = peer(reconnection=True, url=own.url)
        sid = one.sid
        one.emit("burst", 300)
        own.nginx.reload()
        for n in range(300):
            one.hears("burst", n)
        harness.until(lambda: own.nginx.workers() - before, "new workers")
        for n in range(20):
            assert one.call("echo", n) == n
        other = peer(url=own.url)
        one.emit("broadcast-others", "to the new worker's client")
        other.hears("broadcast", "to the new worker's client")
        assert one.sid == sid and one.disconnections.empty()


@case("nginx is killed and started again, and clients come back and go on", limit=25)
def _(peer):
    with Chain(peer.scenario) as own:
        one = peer(auth={"n": 1}, reconnection=True, url=own.url)
        one.connections.get(timeout=2)
        assert one.call("join", "red") == ["red"]
        first = one.sid
        own.nginx.kill()
        assert one.gone()[0] == "/"
        own.nginx.start()
        one.connections.get(timeout=8)
        one.hears_auth({"n": 1})
        assert one.sid != first
        assert one.call("join", "blue") == ["blue"]
        one.hears_nothing()


@case("a server is killed, and its clients come back to the other one", limit=25)
def _(peer):
    with Chain(peer.scenario, servers=2) as own:
        one, two = peer(reconnection=True, url=own.url), peer(reconnection=True, url=own.url)
        firsts = {one.sid, two.sid}
        for client in (one, two):
            client.connections.get(timeout=2)
        # Both clients have one address, so both are at one server: at which one, nobody tells.
        one.emit("broadcast-others", "here")
        two.hears("broadcast", "here")
        for server in own.servers:
            server.kill()
            if notices(one):
                break
            server.start()
        assert two.gone()[0] == "/"
        for client in (one, two):
            client.connections.get(timeout=8)
            client.hears_auth(None)
        assert not firsts & {one.sid, two.sid}
        one.emit("broadcast-others", "there")
        two.hears("broadcast", "there")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    harness.add_choices(parser)
    parser.add_argument("--server", metavar="CMD", required=True, help="how to start a server that trusts one proxy, with {port}")
    parser.add_argument("--tls", nargs=2, metavar=("CHAIN", "KEY"), help="nginx speaks TLS with this certificate, which the clients trust")
    options = parser.parse_args()
    if options.tls:
        trust(options.tls[0])
    with Launched(options.server) as first, Launched(options.server) as second:
        with Nginx([address(first), address(second)], options.tls) as front:
            # What ends a server that is not behind nginx is a matter of the other steps.
            return harness.run([one for one in cases if one.only_with is None], Proxied(front.url, options.server, certificate=options.tls), options)


if __name__ == "__main__":
    sys.exit(main())
