#!/usr/bin/env python3
"""One case for each statement of the Engine.IO 4 protocol, over raw HTTP and raw WebSocket frames.

The server under test echoes every message at /engine.io/, with --ping-interval 300 --ping-timeout 200
--max-payload 1000000 and CORS for every origin.
"""

import sys

import harness
from conformance import engine_handshake, engine_heartbeat, engine_polling, engine_upgrade, engine_websocket
from wire import Server

MODULES = (engine_handshake, engine_polling, engine_websocket, engine_heartbeat, engine_upgrade)


def main() -> int:
    options = harness.arguments(__doc__).parse_args()
    return harness.run([case for module in MODULES for case in module.cases], Server(options.url), options)


if __name__ == "__main__":
    sys.exit(main())
