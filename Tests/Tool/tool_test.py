"""The built tool as people and scripts use it: processes, pipes, signals, a terminal.

usage: tool_test.py SOCKETIO
"""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

tool = sys.argv[1]
processes = []
failures = 0


def start(*arguments, **options):
    """Starts the tool; its output is text, a pipe each."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([tool, *arguments], **(pipes | options))
    processes.append(process)
    return process


def run(*arguments, input="", **options):
    """Runs the tool to its end."""
    process = start(*arguments, **options)
    output, errors = process.communicate(input, timeout=15)
    return process.returncode, output, errors


def serve(*arguments, port=0):
    process = start("serve", "--port", str(port), "--host", "127.0.0.1", *arguments)
    url = process.stdout.readline().split()[-1]
    return process, url


def end(process, number=signal.SIGINT):
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    return process.returncode, output, errors


def until(stream, words):
    """The lines up to one that has the words in it."""
    lines = []
    while True:
        line = stream.readline()
        assert line, f"{words!r} did not come: {lines}"
        lines.append(line)
        if words in line:
            return lines


def in_terminal(*arguments, environment=None):
    """What the tool writes to a terminal."""
    main, other = pty.openpty()
    process = subprocess.Popen(
        [tool, *arguments], stdin=other, stdout=other, stderr=other,
        env={**os.environ, "TERM": "xterm", **(environment or {})})
    processes.append(process)
    os.close(other)
    written = b""
    while True:
        try:
            block = os.read(main, 65536)
        except OSError:
            break
        if not block:
            break
        written += block
    os.close(main)
    return process.wait(10), written.decode()


def check(name):
    """A test, run at once."""
    def decorate(body):
        global failures
        started = time.monotonic()
        try:
            body()
            print(f"ok      {name} ({time.monotonic() - started:.1f} s)")
        except Exception as error:
            failures += 1
            print(f"FAILED  {name}: {type(error).__name__} {error}")
    return decorate


def listening():
    folder = tempfile.TemporaryDirectory()
    with open(os.path.join(folder.name, "index.html"), "w") as file:
        file.write("<h1>here</h1>")
    return folder, *serve("--dir", folder.name)


folder, server, url = listening()


@check("serve hands out a folder and the browser client")
def _():
    assert urllib.request.urlopen(url + "/").read() == b"<h1>here</h1>"
    assert b"io" in urllib.request.urlopen(url + "/socket.io/socket.io.js").read()


@check("emit prints the acknowledgement alone on stdout")
def _():
    assert run("emit", url, "echo", '{"a":[1,"b c"]}', "--ack") == (0, '{"a":[1,"b c"]}\n', "")
    with open(os.path.join(folder.name, "bytes"), "wb") as file:
        file.write(bytes([1, 2, 3]))
    assert run("emit", url, "echo", "@" + file.name, "--ack") == (0, '"AQID"\n', "")


@check("listen sees what emit sends, in JSON, and ends behind so many")
def _():
    listener = start("listen", url, "chat", "--json", "--count", "2")
    until(listener.stderr, "connected")
    assert run("emit", url, "all", "noise") == (0, "", "")
    for number in (1, 2):
        assert run("emit", url, "all", "chat", "hello there", str(number))[0] == 0
    output, _ = listener.communicate(timeout=10)
    assert listener.returncode == 0
    assert [json.loads(line) for line in output.splitlines()] == [
        {"event": "chat", "args": ["hello there", number]} for number in (1, 2)]


@check("listen ends when it is interrupted, with 0")
def _():
    for number in (signal.SIGINT, signal.SIGTERM):
        listener = start("listen", url)
        until(listener.stderr, "connected")
        assert end(listener, number) == (0, "", "")


@check("listen ends when nobody reads any more")
def _():
    listener = start("listen", url)
    until(listener.stderr, "connected")
    listener.stdout.close()
    for _ in range(2):
        run("emit", url, "all", "chat", "x" * 100_000)
    assert listener.wait(10) == 128 + signal.SIGPIPE


@check("connect works in a pipe")
def _():
    code, output, errors = run("connect", url, input='join! lobby\necho! {"a": 1}\necho hi\necho! done\n')
    assert code == 0 and errors.startswith("* connected to"), (code, output, errors)
    assert sorted(output.splitlines()) == ['echo "hi"', 'echo! = "done"', 'echo! = {"a": 1}', 'join! = ["lobby"]']
    code, output, errors = run("connect", url, input="echo! [\n")
    assert code == 1 and "does not end" in errors
    many = run("connect", url, "--json", input="".join(f"echo! {n}\n" for n in range(3000)))[1].splitlines()
    assert [json.loads(line)["data"] for line in many] == list(range(3000))


@check("connect stays behind the input's end, if it is told to")
def _():
    talker = start("connect", url, "--linger", "5", "--json")
    talker.stdin.write("echo hello\n")
    talker.stdin.flush()
    until(talker.stdout, "hello")
    talker.stdin.close()
    run("emit", url, "all", "late", "1")
    assert json.loads(talker.stdout.readline()) == {"event": "late", "args": [1]}
    talker.send_signal(signal.SIGINT)
    assert talker.wait(10) == 0


@check("a server that is killed is waited for, and told of")
def _():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    doomed, there = serve(port=port)
    talker = start("connect", there)
    until(talker.stderr, "connected to")
    doomed.kill()
    doomed.wait()
    until(talker.stderr, "connection lost")
    until(talker.stderr, "reconnecting, attempt 1")
    successor, _ = serve(port=port)
    until(talker.stderr, "connected again")
    output, _ = talker.communicate("echo! back\n", timeout=10)
    assert (talker.returncode, output) == (0, 'echo! = "back"\n')
    assert end(successor)[0] == 0


@check("bench measures, in JSON")
def _():
    code, output, errors = run("bench", url, "--seconds", "0.5", "-c", "4", "--in-flight", "4", "--json")
    report = json.loads(output)
    assert (code, errors) == (0, "") and report["acknowledged"] > 100 and report["errors"] == {}
    assert 0 < report["latency"]["p50"] <= report["latency"]["p99.9"] <= report["latency"]["max"]


@check("decode shows layers, from an argument or a pipe")
def _():
    code, output, _ = run("decode", "--json", input='42["hello"]\n')
    assert code == 0 and json.loads(output)["valid"]
    assert run("decode", '42["hello"')[0] == 1


@check("what cannot be written is told, with a code")
def _():
    with open("/dev/full", "w") as full:
        process = start("decode", "2probe", stdout=full)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1 and "No space left" in errors, errors


@check("serve goes on though nobody reads what it tells")
def _():
    read, write = os.pipe()
    busy = start("serve", "--port", "0", "--host", "127.0.0.1", stderr=write)
    os.close(write)
    there = busy.stdout.readline().split()[-1]
    # The pipe is full already.
    pipe = os.open(f"/proc/self/fd/{read}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(pipe, b"x" * 4096)
    except BlockingIOError:
        os.close(pipe)
    for _ in range(3):
        assert run("emit", there, "echo", "1", "--ack")[:2] == (0, "1\n")
    os.close(read)
    assert end(busy)[0] == 0


@check("colours and progress are for terminals, and colours not where NO_COLOR is set")
def _():
    code, shown = in_terminal("bench", url, "--seconds", "0.6")
    assert code == 0 and "\x1b[36m" in shown and re.search(r"\r\x1b\[K\[#*-*\] \d+ %", shown), shown
    assert "\x1b[36m" not in in_terminal("bench", url, "--seconds", "0.3", environment={"NO_COLOR": "1"})[1]
    assert "\x1b" not in "".join(run("bench", url, "--seconds", "0.3")[1:])


@check("what goes wrong is told on stderr, with a code")
def _():
    for arguments, words in [
        (("emit", url + "/nowhere", "x"), "the server refused the namespace /nowhere: Invalid namespace"),
        (("connect", url + "/nowhere"), "Invalid namespace"),
        (("listen", "127.0.0.1:1"), "Connection refused"),
        (("bench", "http://127.0.0.1:1"), "Connection refused"),
        (("serve", "--port", url.split(":")[-1], "--host", "127.0.0.1"), "cannot be used"),
    ]:
        code, output, errors = run(*arguments)
        assert (code, output) == (1, "") and words in errors, errors
    for arguments in [(), ("dance",), ("emit",), ("emit", "ftp://x", "y"), ("bench", url, "--rate", "fast")]:
        code, output, errors = run(*arguments)
        assert (code, output) == (64, "") and "usage: socketio" in errors, errors


@check("serve ends cleanly when it is asked to, whoever is connected")
def _():
    listener = start("listen", url)
    until(listener.stderr, "connected")
    code, output, errors = end(server, signal.SIGTERM)
    assert (code, output) == (0, "") and "* + " in errors
    until(listener.stderr, "connection lost")
    assert end(listener)[0] == 0


for process in processes:
    if process.poll() is None:
        process.kill()
folder.cleanup()
print("FAILED" if failures else "passed")
sys.exit(1 if failures else 0)
