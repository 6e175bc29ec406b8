"""HTTP/1.1 over raw sockets: says exactly what a case wants to say, also what no client library would."""

import json
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

# The longest wait for one answer, in seconds. Every read ends by then.
PATIENCE = 4.0


class Closed(Exception):
    """The peer ended the connection where more bytes were expected."""


@dataclass
class Response:
    """One HTTP response, whole."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    version: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """The header's value; several of one name are joined by a comma (RFC 9110 §5.3)."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    def tokens(self, name: str) -> set[str]:
        """The elements of a comma list, in lower case."""
        return {t.strip().lower() for t in (self.header(name) or "").split(",") if t.strip()}

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)


class Connection:
    """One TCP connection with a read buffer."""

    def __init__(self, host: str, port: int, patience: float = PATIENCE):
        self.socket = socket.create_connection((host, port), timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host, self.port = host, port
        self.patience = patience
        self.buffer = bytearray()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Ends the connection with a TCP reset instead of an orderly close."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Closed(f"the peer closed while we were sending ({error})") from None

    def fill(self, deadline: float) -> None:
        """Reads something; raises `Closed` at the end of the stream and `TimeoutError` after the deadline."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        self.socket.settimeout(left)
        try:
            chunk = self.socket.recv(1 << 18)
        except TimeoutError:
            raise TimeoutError(f"no answer in time; unread so far: {bytes(self.buffer[:80])!r}") from None
        except OSError as error:
            raise Closed(str(error)) from None
        finally:
            try:
                self.socket.settimeout(self.patience)
            except OSError:
                pass
        if not chunk:
            raise Closed("end of stream")
        self.buffer += chunk

    def exactly(self, count: int, deadline: float) -> bytes:
        while len(self.buffer) < count:
            self.fill(deadline)
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def line(self, deadline: float) -> str:
        while (at := self.buffer.find(b"\r\n")) < 0:
            self.fill(deadline)
        return self.exactly(at + 2, deadline)[:-2].decode("latin-1")

    def response(self, within: float | None = None, head_only: bool = False) -> Response:
        """Reads one response (RFC 9112 §6.3 for the body's length); interim 1xx responses other than 101 are returned too."""
        deadline = time.monotonic() + (within or self.patience)
        version, status, *_ = self.line(deadline).split(" ", 2)
        assert version in ("HTTP/1.1", "HTTP/1.0"), f"status line begins with {version!r}"
        headers = []
        while line := self.line(deadline):
            name, colon, value = line.partition(":")
            assert colon and name.strip() == name, f"malformed response header {line!r}"
            headers.append((name, value.strip()))
        answer = Response(int(status), headers, b"", version)
        if answer.status < 200 or answer.status in (204, 304) or head_only:
            return answer
        if "chunked" in answer.tokens("transfer-encoding"):
            while size := int(self.line(deadline).split(";")[0], 16):
                answer.body += self.exactly(size, deadline)
                assert self.line(deadline) == ""
            while self.line(deadline):
                pass
        elif (length := answer.header("content-length")) is not None:
            answer.body = self.exactly(int(length), deadline)
        else:
            try:
                while True:
                    self.fill(deadline)
            except Closed:
                answer.body = self.exactly(len(self.buffer), deadline)
        return answer

    def ends(self, within: float = 2.0) -> bool:
        """True when the peer closes within the time; whatever arrives before that is read and kept in `buffer`."""
        deadline = time.monotonic() + within
        try:
            while True:
                self.fill(deadline)
        except Closed:
            return True
        except TimeoutError:
            return False


def head(method: str, target: str, headers: list[tuple[str, str]] | None = None, version: str = "HTTP/1.1") -> bytes:
    """A request's head as bytes, exactly as given: nothing is checked, nothing is added."""
    lines = [f"{method} {target} {version}"] + [f"{name}: {value}" for name, value in headers or []]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Server:
    """The server under test."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        assert parts.scheme == "http" and parts.hostname, "URL must be http://host:port"
        self.url = url.rstrip("/")
        self.host, self.port = parts.hostname, parts.port or 80

    @property
    def authority(self) -> str:
        return f"{self.host}:{self.port}"

    def connect(self, patience: float = PATIENCE) -> Connection:
        return Connection(self.host, self.port, patience)

    def head(self, method: str, target: str, headers=(), length: int | None = None) -> bytes:
        """A well-formed request head with `Host`, and `Content-Length` if there is a body."""
        given = {name.lower() for name, _ in headers}
        lines = [] if "host" in given else [("Host", self.authority)]
        lines += list(headers)
        if length is not None and not given & {"content-length", "transfer-encoding"}:
            lines.append(("Content-Length", str(length)))
        return head(method, target, lines)

    def request(self, method: str, target: str, headers=(), body: bytes | None = None, within: float | None = None) -> Response:
        """One request on a connection of its own, and its response."""
        with self.connect() as connection:
            needs_length = body is not None or method in ("POST", "PUT", "PATCH")
            body = body or b""
            message = self.head(method, target, list(headers), len(body) if needs_length else None) + body
            try:
                connection.send(message)
            except Closed:
                pass  # the answer may have come before the body was taken (413)
            return connection.response(within, head_only=method == "HEAD")
