"""python-socketio with the benchmark's events, on aiohttp (and uvloop where it is installed).

usage: python_server.py --port PORT [--max-payload BYTES] [--ping-interval MS] [--ping-timeout MS] [--msgpack]
                        [--tls CERT KEY]
needs: pip install python-socketio aiohttp uvloop msgpack
"""

import argparse
import contextlib
import contextvars
import ssl

import socketio
from aiohttp import web


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--max-payload", type=int, default=1_000_000)
    parser.add_argument("--ping-interval", type=float, default=25_000)
    parser.add_argument("--ping-timeout", type=float, default=20_000)
    parser.add_argument("--msgpack", action="store_true")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    return parser.parse_args()


# Whether the event in hand wants an acknowledgement: the library does not tell its handlers.
wants_ack = contextvars.ContextVar("wants_ack", default=False)


class Server(socketio.AsyncServer):
    async def _handle_event(self, eio_sid, namespace, id, data):
        wants_ack.set(id is not None)  # the handler's task copies the context
        await super()._handle_event(eio_sid, namespace, id, data)


options = arguments()
io = Server(
    async_mode="aiohttp",
    cors_allowed_origins="*",
    serializer="msgpack" if options.msgpack else "default",
    max_http_buffer_size=options.max_payload,
    ping_interval=options.ping_interval / 1000,
    ping_timeout=options.ping_timeout / 1000,
)


@io.event
async def echo(sid, text):
    if wants_ack.get():
        return text
    await io.emit("echo", text, to=sid)


@io.event
async def chat(sid, text):
    await io.emit("chat", text)


@io.event
async def room(sid, name, text):
    await io.emit("room", text, to=name)


@io.event
async def join(sid, name):
    await io.enter_room(sid, name)


@io.event
async def leave(sid, name):
    await io.leave_room(sid, name)


@io.event
async def binary(sid, data):
    await io.emit("binary", data, to=sid)


@io.event
async def take(sid, message):
    return ()


@io.on("take feed")
async def take_feed(sid, feed):
    return ()


@io.event
async def rooms(sid, count):
    for number in range(count):
        await io.enter_room(sid, f"room {number}")
    for number in range(count):
        await io.leave_room(sid, f"room {number}")
    return count


@io.event
async def everybody(sid, name):
    everyone = [member for member, _ in io.manager.get_participants("/", None)]
    for member in everyone:
        await io.enter_room(member, name)
    for member in everyone:
        await io.leave_room(member, name)
    return name


def main():
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    secure = None
    if options.tls:
        secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secure.load_cert_chain(*options.tls)
    app = web.Application()
    io.attach(app)
    web.run_app(app, host="127.0.0.1", port=options.port, ssl_context=secure, print=None, access_log=None)


if __name__ == "__main__":
    main()
