"""Clients that connect, upgrade, talk, vanish, come back, send rubbish and read slowly, for as long as one likes.

usage: soak.py URL --pid PID [--clients 2000] [--seconds 600]

Fails if the server dies, if it has not handled a message whose acknowledgement came, if a well-behaved client is refused
or cut off, if memory grows after the first third, or if a client is left in the end. Prints what it sees every ten seconds.
"""

import argparse
import asyncio
import base64
import json
import os
import random
import re
import struct
import time
import urllib.parse

EVENTS = {"lives": 0, "acknowledged": 0, "said": 0, "recovered": 0, "rubbish": 0, "vanished": 0, "slow": 0, "failed": 0}
FAILURES: list[str] = []


class Over(Exception):
    """The connection is over."""


def frame(opcode: int, payload: bytes) -> bytes:
    key = os.urandom(4)
    size = len(payload)
    head = struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    mask = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return head + key + (int.from_bytes(payload, "big") ^ mask).to_bytes(size, "big") if size else head + key


class Client:
    """One client with its number, through many lives."""

    def __init__(self, number: int, host: str, port: int):
        self.number, self.host, self.port = number, host, port
        self.dice = random.Random(number)
        self.acknowledged = 0
        self.sent = 0
        self.private_id = self.offset = None

    # Connections

    async def open(self):
        return await asyncio.wait_for(asyncio.open_connection(self.host, self.port), 20)

    async def request(self, method: str, target: str, body: bytes = b"", connection=None):
        reader, writer = connection or await self.open()
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        status = await asyncio.wait_for(reader.readline(), 20)
        length = 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        data = await reader.readexactly(length)
        if connection is None:
            writer.close()
        return int(status.split()[1]) if status else 0, data

    async def websocket(self, query: str = ""):
        reader, writer = await self.open()
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /socket.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        if b" 101 " not in answer:
            raise Over(answer[:20])
        return reader, writer

    async def read(self, reader, within: float = 20) -> str:
        """The next text; pings of WebSocket and closes are the end, for the server sends none of the former."""
        first, size = struct.unpack("!BB", await asyncio.wait_for(reader.readexactly(2), within))
        if size == 126:
            size = struct.unpack("!H", await reader.readexactly(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", await reader.readexactly(8))[0]
        payload = await reader.readexactly(size)
        if first & 15 != 1:
            raise Over(f"closed: {first:#x} {payload[:60]!r}")
        return payload.decode()

    # Lives

    async def talk(self, reader, writer, lasts: float, slow: bool = False) -> None:
        """Says things on an open WebSocket for a while."""
        send = lambda text: writer.write(frame(1, text.encode()))
        auth = {"pid": self.private_id, "offset": self.offset} if self.private_id else {}
        send("40" + json.dumps({name: value for name, value in auth.items() if value}))
        waiting: dict[int, int] = {}
        end = time.monotonic() + lasts
        joined = False
        while time.monotonic() < end:
            try:
                text = await self.read(reader, max(0.05, min(1.0, end - time.monotonic())))
            except (asyncio.TimeoutError, TimeoutError):
                text = ""
            if text == "2":
                send("3")
            elif text.startswith("40{"):
                connected = json.loads(text[2:])
                EVENTS["recovered"] += connected["pid"] == self.private_id
                if connected["pid"] != self.private_id:
                    self.offset = None
                self.private_id = connected["pid"]
                joined = True
                send(f'42["join","room{self.number % 100}"]')
            elif text.startswith("42"):
                event = json.loads(text[2:])
                EVENTS["said"] += 1
                if isinstance(event[-1], str):
                    self.offset = event[-1]
            elif text.startswith("43"):
                number = int(re.match(r"43(\d+)", text).group(1))
                if waiting.pop(number, None) is not None:
                    self.acknowledged += 1
                    EVENTS["acknowledged"] += 1
            if joined and self.dice.random() < 0.5 and len(waiting) < 10:
                self.sent += 1
                waiting[self.sent] = self.sent
                send(f'42{self.sent}["count",{self.number},{self.sent}]')
                if self.dice.random() < 0.1:
                    send(f'42["say","room{self.number % 100}","{"x" * self.dice.choice((10, 100, 3000))}"]')
            if slow and joined:
                EVENTS["slow"] += 1
                await asyncio.sleep(min(6, lasts))
                slow = False
            elif not text:
                await asyncio.sleep(self.dice.random())
            if len(text) and self.dice.random() < 0.5:
                await asyncio.sleep(0.2)

    async def on_websocket(self, slow: bool = False) -> None:
        reader, writer = await self.websocket()
        try:
            await self.read(reader)
            await self.talk(reader, writer, self.dice.uniform(1, 20), slow)
            await self.leave(writer)
        finally:
            writer.transport.abort()

    async def leave(self, writer) -> None:
        way = self.dice.random()
        if way < 0.3:
            writer.write(frame(1, b"41") + frame(8, struct.pack("!H", 1000)))
            self.private_id = self.offset = None
            await asyncio.sleep(0.1)
        elif way < 0.5:
            writer.write(frame(1, b"1"))
            await asyncio.sleep(0.1)
        else:
            EVENTS["vanished"] += 1

    async def open_polling(self) -> str:
        status, body = await self.request("GET", "/socket.io/?EIO=4&transport=polling")
        if status != 200:
            raise Over(f"handshake: {status}")
        return json.loads(body[1:])["sid"]

    async def on_polling(self) -> None:
        sid = await self.open_polling()
        target = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
        await self.request("POST", target, b"40")
        await self.request("GET", target)
        for _ in range(self.dice.randrange(1, 6)):
            self.sent += 1
            await self.request("POST", target, f'42{self.sent}["count",{self.number},{self.sent}]'.encode())
            _, body = await self.request("GET", target)
            for packet in body.split(b"\x1e"):
                if packet == b"2":
                    await self.request("POST", target, b"3")
                elif packet.startswith(f"43{self.sent}[".encode()):
                    self.acknowledged += 1
                    EVENTS["acknowledged"] += 1
            await asyncio.sleep(self.dice.random())
        if self.dice.random() < 0.5:
            await self.request("POST", target, b"1")
        else:
            EVENTS["vanished"] += 1

    async def on_upgrade(self) -> None:
        sid = await self.open_polling()
        poll = asyncio.ensure_future(self.request("GET", f"/socket.io/?EIO=4&transport=polling&sid={sid}"))
        writer = None
        try:
            reader, writer = await self.websocket(f"&sid={sid}")
            writer.write(frame(1, b"2probe"))
            if await self.read(reader) != "3probe":
                raise Over("no probe")
            await asyncio.wait_for(poll, 20)
            if self.dice.random() < 0.1:
                return
            writer.write(frame(1, b"5"))
            await self.talk(reader, writer, self.dice.uniform(1, 20))
            await self.leave(writer)
        finally:
            poll.cancel()
            if writer:
                writer.transport.abort()

    async def in_children(self) -> None:
        reader, writer = await self.websocket()
        try:
            await self.read(reader)
            for number in self.dice.sample(range(50), 3):
                writer.write(frame(1, f"40/child-{number},".encode()))
            for _ in range(3):
                while not (text := await self.read(reader)).startswith(("40/child", "44/child")):
                    if text == "2":
                        writer.write(frame(1, b"3"))
        finally:
            writer.transport.abort()

    async def rubbish(self) -> None:
        EVENTS["rubbish"] += 1
        way = self.dice.randrange(5)
        reader, writer = await (self.open() if way == 0 else self.websocket())
        try:
            if way == 0:
                writer.write(self.dice.randbytes(self.dice.randrange(1, 5000)))
            elif way == 1:
                writer.write(self.dice.randbytes(self.dice.randrange(1, 5000)))
            elif way == 2:
                writer.write(frame(1, b"40") + frame(1, self.dice.randbytes(40).hex().encode()))
            elif way == 3:
                writer.write(frame(1, b"40") + frame(1, b'459-["x",{"_placeholder":true,"num":0}]') + frame(2, b"x"))
            else:
                writer.write(frame(1, b"40") + struct.pack("!BBQ", 0x81, 0xFF, 1 << 40))
            await asyncio.wait_for(reader.read(100_000), 3)
            await asyncio.sleep(self.dice.random())
        finally:
            writer.transport.abort()

    async def live(self, until: float) -> None:
        await asyncio.sleep(self.dice.uniform(0, 10))
        while time.monotonic() < until:
            kind = self.dice.random()
            EVENTS["lives"] += 1
            well_behaved = False
            try:
                if kind < 0.4:
                    well_behaved = True
                    await self.on_websocket()
                elif kind < 0.55:
                    await self.on_polling()
                elif kind < 0.75:
                    await self.on_upgrade()
                elif kind < 0.8:
                    await self.in_children()
                elif kind < 0.9:
                    await self.on_websocket(slow=True)
                else:
                    await self.rubbish()
            except (OSError, Over, asyncio.IncompleteReadError, asyncio.TimeoutError, TimeoutError, ValueError) as error:
                if well_behaved:
                    EVENTS["failed"] += 1
                    if len(FAILURES) < 20:
                        FAILURES.append(f"client {self.number}: {error!r}")
            await asyncio.sleep(self.dice.random())


def memory(pid: int) -> float:
    """MiB."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    url = urllib.parse.urlsplit(options.url)
    clients = [Client(number, url.hostname, url.port) for number in range(options.clients)]
    start = time.monotonic()
    running = [asyncio.ensure_future(client.live(start + options.seconds)) for client in clients]
    samples: list[tuple[float, float]] = []

    async def stats() -> dict:
        return json.loads((await clients[0].request("GET", "/stats"))[1])

    while time.monotonic() - start < options.seconds:
        await asyncio.sleep(min(10, options.seconds / 10))
        now = time.monotonic() - start
        samples.append((now, memory(options.pid)))
        seen = await stats()
        print(f"{now:5.0f} s  {samples[-1][1]:6.1f} MiB  {seen['clients']:5} clients {seen['sockets']:5} sockets  "
              + "  ".join(f"{name} {count}" for name, count in EVENTS.items()), flush=True)
    await asyncio.wait(running, timeout=60)

    # The slowest to be noticed is a client that vanished right behind a ping.
    for _ in range(60):
        seen = await stats()
        if seen["sockets"] == 0 and seen["clients"] == 0:
            break
        await asyncio.sleep(0.5)
    print(f"in the end {memory(options.pid):.1f} MiB, {seen['clients']} clients, {seen['sockets']} sockets, "
          f"{seen['errors']} errors of handlers")

    problems = []
    if seen["clients"] or seen["sockets"]:
        problems.append(f"{seen['clients']} clients and {seen['sockets']} sockets are left")
    lost = [client.number for client in clients if seen["handled"][client.number] < client.acknowledged]
    if lost:
        problems.append(f"acknowledged, and not handled: clients {lost[:10]}")
    if EVENTS["acknowledged"] == 0 or EVENTS["recovered"] == 0:
        problems.append("nothing was acknowledged, or nobody came back")
    if EVENTS["failed"] > EVENTS["lives"] * 0.001:
        problems.append(f"{EVENTS['failed']} well-behaved clients were harmed")
    third = [size for at, size in samples if options.seconds / 3 <= at <= options.seconds * 2 / 3]
    rest = [size for at, size in samples if at > options.seconds * 2 / 3]
    if third and rest and max(rest) > max(third) * 1.1 + 2:
        problems.append(f"memory grew from {max(third):.1f} to {max(rest):.1f} MiB")
    for failure in FAILURES:
        print("a well-behaved client was harmed:", failure)
    for problem in problems:
        print("error:", problem)
    print("soak:", "failed" if problems else "passed")
    raise SystemExit(bool(problems))


asyncio.run(main())
