#!/usr/bin/env python3
"""One case for each statement of the Socket.IO 5 protocol, over raw WebSocket frames and raw HTTP.

The server under test: at /socket.io/, with --ping-interval 300 --ping-timeout 200 --connect-timeout 1000. The namespaces
/ and /custom emit `auth` with the handshake's auth at connection; on / `message` (…) emits `message-back` (…) and
`message-with-ack` (…) acknowledges with its arguments.
"""

import sys

import harness
from conformance import socket_connection, socket_packets
from wire import Server


def main() -> int:
    options = harness.arguments(__doc__).parse_args()
    return harness.run([*socket_connection.cases, *socket_packets.cases], Server(options.url), options)


if __name__ == "__main__":
    sys.exit(main())
