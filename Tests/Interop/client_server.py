#!/usr/bin/env python3
"""A server that nobody here wrote, python-socketio's on aiohttp, with the events that `client-scenario` wants.

The events are documented at the head of Examples/Sources/client-scenario/main.swift.
"""

import argparse
import asyncio
import os
import ssl

import engineio.async_drivers.aiohttp
import engineio.payload
import socketio
from aiohttp import web

# The library refuses a POST with more than 16 packets, where the reference knows no such limit: a client that sends 500
# events at once by polling needs more.
engineio.payload.Payload.max_decode_packets = 2000


class WholeBody:
    """A request's body.

    The library reads once, and takes what has arrived by then for all of it: the rest of a large POST is lost.
    """

    def __init__(self, content):
        self.content = content

    async def read(self, length: int) -> bytes:
        return await self.content.readexactly(length)


def translate_request(request) -> dict:
    environ = engineio.async_drivers.aiohttp.translate_request(request)
    return environ | {"wsgi.input": WholeBody(request.content)}


engineio.async_drivers.aiohttp._async["translate_request"] = translate_request


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls", nargs=2, metavar=("CHAIN", "KEY"))
    parser.add_argument("--msgpack", action="store_true", help="packets are of MessagePack")
    parser.add_argument("--ping-interval", type=float, default=25_000, metavar="MS")
    parser.add_argument("--ping-timeout", type=float, default=20_000, metavar="MS")
    parser.add_argument("--notes", metavar="FILE", help="where `note` is written to")
    return parser.parse_args()


def serve(io: socketio.AsyncServer, namespace: str, notes: int | None) -> None:
    """What a namespace's sockets may do."""

    async def connect(sid, _environ, auth):
        await io.emit("auth", auth, to=sid, namespace=namespace)

    async def message(sid, *values):
        await io.emit("message-back", values, to=sid, namespace=namespace)

    async def message_with_ack(_sid, *values):
        return values

    async def later(_sid, milliseconds, value):
        await asyncio.sleep(milliseconds / 1000)
        return value

    async def ask(sid, *values):
        answer = await io.call("question", values, to=sid, namespace=namespace, timeout=2)
        await io.emit("answered", answer, to=sid, namespace=namespace)

    async def whoami(sid):
        session = io.manager.eio_sid_from_sid(sid, namespace)
        return {"id": sid, "transport": io.eio.transport(session)}

    async def burst(sid, count):
        for number in range(count):
            await io.emit("burst", number, to=sid, namespace=namespace)

    async def big(sid, count):
        await io.emit("big", "x" * count, to=sid, namespace=namespace)

    async def measure(_sid, data):
        return len(data)

    async def kick(sid):
        await io.disconnect(sid, namespace=namespace)

    async def note(_sid, name, number):
        # Acknowledged when it is the system's, and not before.
        os.write(notes, f"{name} {number}\n".encode())

    for handler in (connect, message, later, ask, whoami, burst, big, measure, kick, note):
        io.on(handler.__name__, handler, namespace=namespace)
    io.on("message-with-ack", message_with_ack, namespace=namespace)


def refuse(_sid, _environ, _auth):
    raise socketio.exceptions.ConnectionRefusedError("not allowed", {"retry": False})


def main() -> None:
    options = arguments()
    io = socketio.AsyncServer(
        async_mode="aiohttp",
        cors_allowed_origins="*",
        serializer="msgpack" if options.msgpack else "default",
        ping_interval=options.ping_interval / 1000,
        ping_timeout=options.ping_timeout / 1000,
    )
    notes = os.open(options.notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) if options.notes else None
    for namespace in ("/", "/custom"):
        serve(io, namespace, notes)
    io.on("connect", refuse, namespace="/closed")
    secure = None
    if options.tls:
        secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secure.load_cert_chain(*options.tls)
    app = web.Application(client_max_size=4_000_000)
    io.attach(app)
    web.run_app(app, host="127.0.0.1", port=options.port, ssl_context=secure, print=None, access_log=None)


if __name__ == "__main__":
    main()
