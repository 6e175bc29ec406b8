"""python-socketio with the benchmark's events, on aiohttp (and uvloop where it is installed).

usage: python_server.py PORT        needs: pip install python-socketio aiohttp uvloop
"""

import contextlib
import contextvars
import sys

import socketio
from aiohttp import web

# Whether the event in hand wants an acknowledgement: the library does not tell its handlers.
wants_ack = contextvars.ContextVar("wants_ack", default=False)


class Server(socketio.AsyncServer):
    async def _handle_event(self, eio_sid, namespace, id, data):
        wants_ack.set(id is not None)  # the handler's task copies the context
        await super()._handle_event(eio_sid, namespace, id, data)


io = Server(async_mode="aiohttp", cors_allowed_origins="*")


@io.event
async def echo(sid, *arguments):
    if wants_ack.get():
        return arguments
    await io.emit("echo", arguments, to=sid)


@io.event
async def chat(sid, data):
    await io.emit("chat", data)


@io.event
async def room(sid, name, data):
    await io.emit("room", data, to=name)


@io.event
async def join(sid, name):
    await io.enter_room(sid, name)


@io.event
async def leave(sid, name):
    await io.leave_room(sid, name)


def main():
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    app = web.Application()
    io.attach(app)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
