"""Runs client_cases.js in headless Chromium: our browser client against any server of the scenario events.

    client_test.py http://127.0.0.1:3000 [-k TEXT] [--server COMMAND]

With --server the command is started first (it must listen at the URL), and the cases that kill it run too.
"""

import argparse
import pathlib
import sys
import time

from cdp import Browser
from server import Server

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = HERE.parent.parent / "Sources/SocketIO/Browser/socket.io.js"

# A case asks for the server's death by a promise that this driver settles between two evaluations.
CONTROL = """
window.orders = [];
window.control = (order) => new Promise((resolve) => window.orders.push({order, resolve}));
"""


def run(page, index, server):
    """One case; None, or a note on why it was skipped. Raises what the case threw."""
    page.evaluate(f"""
        window.outcome = null;
        runCase({index}).then((note) => {{ outcome = {{note}}; }},
                              (error) => {{ outcome = {{error: String(error && error.stack || error)}}; }}); 0
    """)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        state = page.evaluate("outcome ? {outcome} : orders.length ? {order: orders[0].order} : null")
        if state and "order" in state:
            getattr(server, state["order"])()  # kill, start, freeze or thaw
            page.evaluate("orders.shift().resolve()")
        elif state:
            if "error" in state["outcome"]:
                raise AssertionError(state["outcome"]["error"])
            return state["outcome"]["note"]
        else:
            time.sleep(0.01)
    raise AssertionError("the page stopped answering")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("-k", metavar="TEXT", default="", help="only cases whose name contains TEXT")
    parser.add_argument("--server", metavar="COMMAND", help="starts the server under test; allows to kill it")
    options = parser.parse_args()
    url = options.url.rstrip("/")
    server = Server(options.server, url) if options.server else None
    passed = failed = skipped = 0
    try:
        if server:
            server.start()
        with Browser() as browser:
            page = browser.page(url + "/socket.io/?EIO=0")  # any answer will do: it is the origin that counts
            for source in (CLIENT.read_text(), CONTROL, (HERE / "client_cases.js").read_text()):
                page.evaluate(source + "\n;0")
            for index, case in enumerate(page.evaluate("cases")):
                if options.k not in case["name"]:
                    continue
                if case["needs"] == "server" and not server:
                    print(f"skip  {case['name']}: needs --server")
                    skipped += 1
                    continue
                if server and server.process.poll() is not None:
                    server.start()
                page.problems.clear()
                start = time.monotonic()
                try:
                    note = run(page, index, server)
                    took = time.monotonic() - start
                    print(f"ok    {case['name']}" + (f" [{note}]" if note else "") + (f"  {took:.1f} s" if took > 1 else ""))
                    passed += 1
                except Exception as error:
                    print(f"FAIL  {case['name']}\n      " + str(error).replace("\n", "\n      "))
                    for problem in page.problems:
                        print("      uncaught: " + problem.split("\n")[0])
                    failed += 1
    finally:
        if server:
            server.kill()
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
