"""The clients of python-socketio 4, which speak Socket.IO 2 and Engine.IO 3, behind the face of the current ones.

They have no `auth`: what there is to say to a namespace is said in a query behind its name, and to `/` nothing can be said.
They take a refusal as a bare value, and know no reason of a disconnection.
"""

import asyncio
from typing import Any
from urllib.parse import urlencode

import socketio

import harness
from python_peers import PATIENCE, AsyncPeer, Peer, SyncPeer, in_order, says_all, says_all_async


class Client(socketio.Client):
    """Version 4 has no handler of all events: here it is."""

    def _trigger_event(self, event, namespace, *args):
        handlers = self.handlers.get(namespace, {})
        if event in handlers or "*" not in handlers:
            return super()._trigger_event(event, namespace, *args)
        return handlers["*"](event, *args)


class AsyncClient(socketio.AsyncClient):
    """The same with asyncio."""

    async def _trigger_event(self, event, namespace, *args):
        handlers = self.handlers.get(namespace, {})
        if event in handlers or "*" not in handlers:
            return await super()._trigger_event(event, namespace, *args)
        return await handlers["*"](event, *args)


class OldPeer(Peer):
    """What is different of version 2."""

    version = "3"
    # It takes a binary packet of nothing but its type for none.
    empty = b"\x00"

    def connect(self, *namespaces: str, auth: Any = None, query: str = "") -> "Peer":
        namespaces = namespaces or ("/",)
        self.auth = {name: {} if name == "/" else {k: str(v) for k, v in (auth or {}).items()} for name in namespaces}
        for namespace in namespaces:
            self.watch(namespace)
        self.open(self.url + query, transports=self.transports, namespaces=[self.asked(n) for n in namespaces])
        for namespace in namespaces:
            self.hears_auth(auth, namespace)
        return self

    def asked(self, namespace: str) -> str:
        """A namespace as it is asked for, with what there is to say to it."""
        return f"{namespace}?{urlencode(self.auth[namespace])}" if self.auth.get(namespace) else namespace

    def hears_auth(self, auth: Any, namespace: str = "/") -> None:
        self.hears("auth", self.auth[namespace], namespace=namespace)

    def open_all(self, url: str, transports: list[str], namespaces: list[str], wait_timeout: float = PATIENCE) -> None:
        """Opens, and waits for every namespace to connect or to be refused, as newer clients do."""
        self.start(url, transports=transports, namespaces=namespaces)
        wanted = {"/", *(name.split("?")[0] for name in namespaces)} & set(self.arrived)
        harness.until(lambda: wanted <= self.answered, f"connecting to {wanted}", wait_timeout)
        if self.refusals:
            raise socketio.exceptions.ConnectionError("refused")

    def leave(self) -> None:
        """It says nothing of a disconnection of its own making; and what reads must end before it may connect again."""
        reading = self.client.eio.read_loop_task
        self.disconnect()
        harness.until(lambda: self.has_ended(reading), "the end of the connection")
        self.connections.queue.clear()

    @property
    def answered(self) -> set[str]:
        return set(self.refusals) | set(self.connections.queue)

    @property
    def sid(self) -> str:
        return self.client.sid

    @staticmethod
    def refusal(message: str, data: Any = None) -> Any:
        return message if data is None else data

    @staticmethod
    def disconnection(namespace: str, reason: str) -> tuple:
        return namespace, None


class OldSyncPeer(OldPeer, SyncPeer):
    @staticmethod
    def make(**options):
        return says_all(in_order(Client(**options)))

    def start(self, url, **options):
        self.client.connect(url, **options)

    open = OldPeer.open_all

    @staticmethod
    def has_ended(reading) -> bool:
        return not reading.is_alive()


class OldAsyncPeer(OldPeer, AsyncPeer):
    @staticmethod
    def make(**options):
        # It takes the event loop of where it is made.
        async def made():
            return says_all_async(AsyncClient(**options))

        return asyncio.run_coroutine_threadsafe(made(), AsyncPeer.loop).result(PATIENCE)

    def start(self, url, **options):
        self.run(self.client.connect(url, **options))

    open = OldPeer.open_all

    @staticmethod
    def has_ended(reading) -> bool:
        return reading.done()
