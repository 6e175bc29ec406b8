"""Runs the examples of Examples/ as their users do: as programs, against a server of python-socketio where one is needed.

usage: scenario_examples.py DIRECTORY_OF_THE_PROGRAMS
"""

import asyncio
import json
import socket
import sys
import tempfile
from pathlib import Path

import socketio
from aiohttp import web

LIMIT = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Upstream:
    """A server that tells news, answers questions, and relays messages in rooms."""

    def __init__(self, name: str):
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.joined: list[str] = []
        self.messages: asyncio.Queue = asyncio.Queue()
        self.server = socketio.AsyncServer(async_mode="aiohttp")
        on = self.server.on
        on("ask", self.ask)
        on("publish", self.publish)
        on("join", self.join)
        on("message", self.message)

    async def start(self) -> None:
        application = web.Application()
        self.server.attach(application)
        self.runner = web.AppRunner(application)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()

    async def ask(self, sid: str, question: str) -> str:
        return f"{self.name} says {question}"

    async def publish(self, sid: str, text: str) -> None:
        await self.server.emit("news", (self.name, text))

    async def join(self, sid: str, room: str) -> None:
        await self.server.enter_room(sid, room)
        self.joined.append(room)

    async def message(self, sid: str, speaker: str, text: str) -> None:
        self.messages.put_nowait((speaker, text))
        await self.server.emit("message", (speaker, text), room="room", skip_sid=sid)


class Program:
    """A program that runs, and whose lines are read."""

    def __init__(self, path: Path, *arguments: str):
        self.command = [str(path), *arguments]

    async def __aenter__(self) -> "Program":
        self.process = await asyncio.create_subprocess_exec(
            "stdbuf", "-oL", *self.command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), LIMIT)

    async def line(self, beginning: str) -> str:
        while line := (await asyncio.wait_for(self.process.stdout.readline(), LIMIT)).decode():
            if line.startswith(beginning):
                return line.strip()
        raise AssertionError(f"{self.command[0]} ended without a line {beginning!r}")

    async def output(self) -> list[str]:
        text = (await asyncio.wait_for(self.process.communicate(), LIMIT))[0].decode()
        assert self.process.returncode == 0, text
        return text.splitlines()


async def shop(programs: Path) -> None:
    port = free_port()
    async with Program(programs / "shop-server", str(port)) as server:
        await server.line("the shop is open")
        async with Program(programs / "shop-client", f"http://127.0.0.1:{port}", "tea", "milk") as client:
            lines = await client.output()
    assert lines == [
        "ordered tea: number 1", "ordered milk: number 2", "shipped number 1: 1 × tea", "shipped number 2: 1 × milk",
    ], lines


async def relay(programs: Path) -> None:
    first, second = Upstream("first"), Upstream("second")
    await first.start()
    await second.start()
    port = free_port()
    heard: asyncio.Queue = asyncio.Queue()
    async with Program(programs / "relay", str(port), first.url, second.url) as program:
        await program.line("relaying")
        client = socketio.AsyncClient()
        client.on("*", lambda event, *arguments: heard.put_nowait((event, *arguments)))
        await client.connect(f"http://127.0.0.1:{port}")
        assert await client.call("ask", "why", timeout=LIMIT) == "first says why"
        await client.emit("publish", "hello")
        news = {await asyncio.wait_for(heard.get(), LIMIT) for _ in range(2)}
        assert news == {("news 1", "first", "hello"), ("news 2", "second", "hello")}, news
        await second.runner.cleanup()
        lost = await asyncio.wait_for(heard.get(), LIMIT)
        assert lost[:2] == ("upstream lost", 2), lost
        await client.disconnect()
    await first.runner.cleanup()


async def rooms(programs: Path) -> None:
    upstream = Upstream("rooms")
    await upstream.start()
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "lines"
        async with Program(programs / "bot", upstream.url, "robot") as bot, \
                Program(programs / "bridge", upstream.url, "room", str(file)) as bridge:
            await bot.line("robot listens")
            await bridge.line("bridging room")
            while upstream.joined != ["room", "room"]:
                await asyncio.sleep(0.01)
            for text in ["!echo hi", "!count"]:
                await upstream.server.emit("message", ("anna", text), room="room")
            answers = [await asyncio.wait_for(upstream.messages.get(), LIMIT) for _ in range(2)]
            assert answers == [("robot", "hi"), ("robot", "2 messages")], answers
            while not file.exists() or file.read_text().count("\n") < 4:
                await asyncio.sleep(0.01)
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            assert {"event": "message", "arguments": ["anna", "!echo hi"]} in lines, lines
            assert {"event": "message", "arguments": ["robot", "2 messages"]} in lines, lines
    await upstream.runner.cleanup()


async def main() -> int:
    programs = Path(sys.argv[1])
    failed = 0
    for example in (shop, relay, rooms):
        try:
            await asyncio.wait_for(example(programs), 3 * LIMIT)
            print(f"ok   {example.__name__}")
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is the example's failure
            failed += 1
            print(f"FAIL {example.__name__}: {error!r}")
    print(f"{3 - failed} of 3 examples passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
