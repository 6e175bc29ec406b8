"""python-socketio's two clients behind one face, so that each scenario is written once."""

import asyncio
import contextlib
import queue
import threading
import time
from typing import Any

import socketio
from engineio.payload import Payload

# python-engineio refuses more than 16 packets in one payload, also as a client; the protocol and the reference set no such
# limit, and a server answers a GET with all that waits. This is the library's documented way to raise it.
Payload.max_decode_packets = 100_000

# The longest wait for one event or acknowledgement, in seconds.
PATIENCE = 4.0


class Peer:
    """One client: connects, emits, and collects what arrives, in order, by namespace."""

    def __init__(self, url: str, transports: list[str], reconnection: bool = False, serializer: str = "default", compress: bool = False):
        self.url, self.transports = url, transports
        # python-socketio 4 has no choice of one.
        parser = {} if serializer == "default" else {"serializer": serializer}
        # Of the two only aiohttp knows permessage-deflate: with a window of 15 bits, for each message.
        deflate = {"websocket_extra_options": {"compress": 15}} if compress else {}
        self.client = self.make(**parser, **deflate, reconnection=reconnection, reconnection_delay=0.1, reconnection_delay_max=0.3, request_timeout=5)
        self.arrived: dict[str, queue.Queue] = {}
        self.refusals: dict[str, Any] = {}
        self.disconnections: queue.Queue = queue.Queue()
        self.connections: queue.Queue = queue.Queue()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_) -> None:
        self.disconnect()

    def watch(self, namespace: str) -> None:
        """Collects everything of one namespace."""
        arrived = self.arrived.setdefault(namespace, queue.Queue())
        self.on("*", lambda event, *values: arrived.put((event, *values)), namespace)
        self.on("connect", lambda: self.connections.put(namespace), namespace)
        self.on("connect_error", lambda data=None: self.refusals.__setitem__(namespace, data), namespace)
        self.on("disconnect", lambda reason=None: self.disconnections.put((namespace, reason)), namespace)

    def connect(self, *namespaces: str, auth: Any = None, query: str = "", headers: dict | None = None) -> "Peer":
        """Connects to the namespaces (`/` by default) and reads the `auth` event of each."""
        namespaces = namespaces or ("/",)
        for namespace in namespaces:
            self.watch(namespace)
        self.open(
            self.url + query, headers=headers or {}, transports=self.transports, namespaces=list(namespaces), auth=auth,
            wait_timeout=PATIENCE)
        for namespace in namespaces:
            self.hears_auth(auth, namespace)
        return self

    def hears_auth(self, auth: Any, namespace: str = "/") -> None:
        """Checks that the next event is the one with which the server greets."""
        self.hears("auth", auth or {}, namespace=namespace)

    def leave(self) -> None:
        """Disconnects, and checks that the client notices."""
        self.disconnect()
        assert self.gone()[0] == "/"

    @property
    def is_compressed(self) -> bool:
        """Whether both ends have agreed on permessage-deflate."""
        return bool(getattr(self.client.eio.ws, "compress", 0))

    # The version of Engine.IO that the client speaks.
    version = "4"
    # The shortest binary value that it can take.
    empty = b""

    @property
    def sid(self) -> str:
        """The socket's id on `/`."""
        return self.client.get_sid()

    @staticmethod
    def refusal(message: str, data: Any = None) -> Any:
        """What a refusal with this message and this data arrives as."""
        return {"message": message} if data is None else {"message": message, "data": data}

    @staticmethod
    def disconnection(namespace: str, reason: str) -> tuple:
        """What a disconnection is noted as."""
        return namespace, reason

    def next(self, namespace: str = "/", within: float = PATIENCE) -> tuple:
        try:
            return self.arrived[namespace].get(timeout=within)
        except queue.Empty:
            raise AssertionError(f"no event on {namespace} within {within} s") from None

    def hears(self, *wanted: Any, namespace: str = "/", within: float = PATIENCE) -> None:
        """Checks that the next event is this one."""
        got = self.next(namespace, within)
        assert got == wanted, f"heard {repr(got)[:150]} instead of {repr(wanted)[:150]}"

    def hears_nothing(self, namespace: str = "/") -> None:
        """Checks that no event waits, after a round trip that overtakes nothing."""
        self.emit("echo", "the end", namespace=namespace)
        self.hears("echo", "the end", namespace=namespace)

    def gone(self, within: float = PATIENCE) -> tuple:
        """The next disconnection: namespace and reason."""
        try:
            return self.disconnections.get(timeout=within)
        except queue.Empty:
            raise AssertionError(f"not disconnected within {within} s") from None


def in_order(client: socketio.Client) -> socketio.Client:
    """Has one thread handle the client's messages, one after the other.

    The library begins a thread for each, and on a busy machine they overtake each other: the order would be its own, and
    say nothing about the server.
    """
    engine, messages = client.eio, queue.Queue()
    start = engine.start_background_task

    def work() -> None:
        while True:
            target, arguments = messages.get()
            target(*arguments)

    def start_task(target, *arguments, **options):
        if target != engine.handlers.get("message"):
            return start(target, *arguments, **options)
        return messages.put((target, arguments))

    engine.start_background_task = start_task
    threading.Thread(target=work, daemon=True).start()
    return client


# The writing task of both clients ends without a word when it finds the client disconnecting behind an answered POST: what
# waits then is never sent, the close packet among it, and the reading task waits for the next ping. So a client of ours
# disconnects when its writer has nothing in hand: `says_all` is for threads, `says_all_async` for asyncio.
# It also disconnects once at a time: when it does so on its own account and because the server says so, the second empties the
# queue of the farewell for which the writer waits, and the first waits for that writer half a minute long.
def says_all(client: socketio.Client) -> socketio.Client:
    engine = client.eio
    disconnect = engine.disconnect
    leaving = threading.Lock()

    def is_idle() -> bool:
        # In the queue's own terms: all is done, and somebody waits for more.
        with engine.queue.mutex:
            return not engine.queue.unfinished_tasks and bool(engine.queue.not_empty._waiters)

    def patiently(abort: bool = False, **options) -> None:
        if not leaving.acquire(blocking=False):
            return
        try:
            end = time.monotonic() + 2
            while engine.state == "connected" and not is_idle() and time.monotonic() < end:
                time.sleep(0.001)
            disconnect(abort, **options)
        finally:
            leaving.release()

    engine.disconnect = patiently
    return client


def says_all_async(client: socketio.AsyncClient) -> socketio.AsyncClient:
    engine = client.eio
    disconnect = engine.disconnect
    leaving = asyncio.Lock()

    async def patiently(abort: bool = False, **options) -> None:
        if leaving.locked():
            return
        async with leaving:
            if engine.state == "connected":
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(engine.queue.join(), 2)
            await disconnect(abort, **options)

    engine.disconnect = patiently
    return client


class SyncPeer(Peer):
    @staticmethod
    def make(**options):
        return says_all(in_order(socketio.Client(**options)))

    def on(self, event, handler, namespace="/"):
        self.client.on(event, handler, namespace=namespace)

    def answer(self, event, handler, delay: float = 0.0, namespace: str = "/") -> None:
        """Answers an event that asks for an acknowledgement with the handler's value, after the delay."""

        def slowly(*values):
            time.sleep(delay)
            return handler(*values)

        self.on(event, slowly, namespace)

    def open(self, url, **options):
        self.client.connect(url, **options)

    def emit(self, event, *values, namespace="/"):
        self.client.emit(event, values, namespace=namespace)

    def call(self, event, *values, namespace="/"):
        return self.client.call(event, values, namespace=namespace, timeout=PATIENCE)

    def disconnect(self):
        self.client.disconnect()

    @property
    def transport(self) -> str:
        return self.client.transport()


class AsyncPeer(Peer):
    """The asyncio client, driven from outside of its loop."""

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    @staticmethod
    def make(**options):
        return says_all_async(socketio.AsyncClient(**options))

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE + 2)

    def on(self, event, handler, namespace="/"):
        async def handle(*values):
            return handler(*values)

        self.client.on(event, handle, namespace=namespace)

    def answer(self, event, handler, delay=0.0, namespace="/"):
        async def slowly(*values):
            await asyncio.sleep(delay)
            return handler(*values)

        self.client.on(event, slowly, namespace=namespace)

    def open(self, url, **options):
        self.run(self.client.connect(url, **options))

    def emit(self, event, *values, namespace="/"):
        self.run(self.client.emit(event, values, namespace=namespace))

    def call(self, event, *values, namespace="/"):
        return self.run(self.client.call(event, values, namespace=namespace, timeout=PATIENCE))

    def disconnect(self):
        self.run(self.client.disconnect())

    @property
    def transport(self) -> str:
        return self.client.transport()
