"""nginx with the configuration of the deployment guide, as a process of our own on free ports."""

import os
import re
import signal
import tempfile
from pathlib import Path

from launch import Server, free_port

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "deployment.md"

# Where the servers see nginx come from: not where it sees its clients.
OWN_ADDRESS = "127.0.0.3"

# What surrounds the guide's part. All of them are nginx's ways to say where it may write.
AROUND = """
daemon off;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    proxy_bind {own};
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
{site}
}}
"""


def site() -> str:
    """The guide's configuration."""
    found = re.findall(r"^```nginx\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{len(found)} configurations of nginx in {GUIDE.name}, not 1"
    return found[0]


def adapted(text: str, changes: dict[str, str]) -> str:
    """The configuration with other values for those directives; each has to be there, once."""
    for directive, value in changes.items():
        text, count = re.subn(rf"^(\s*){re.escape(directive)};", lambda match: match[1] + value, text, flags=re.MULTILINE)
        assert count == 1, f"{directive!r} is {count} times in the guide's configuration, not once"
    return text


class Nginx(Server):
    """nginx in front of two servers, or of one; with a certificate, PEM files of it and of its key, it speaks TLS."""

    def __init__(self, servers: list[str], certificate: tuple[str, str] | None = None):
        port = free_port()
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        first, second = [*(f"server {address};" for address in servers), ""][:2]
        chain, key = certificate or ("", "")
        self.directory = tempfile.TemporaryDirectory(prefix="nginx-")
        # As root it makes its workers somebody else.
        os.chmod(self.directory.name, 0o755)
        text = adapted(site(), {
            "server 127.0.0.1:3000": first,
            "server 127.0.0.1:3001": second,
            "listen 443 ssl": f"listen 127.0.0.1:{port}{' ssl' if certificate else ''};",
            "ssl_certificate /etc/ssl/chat.pem": f"ssl_certificate {chain};" if certificate else "",
            "ssl_certificate_key /etc/ssl/private/chat.key": f"ssl_certificate_key {key};" if certificate else "",
        })
        self.file = Path(self.directory.name) / "nginx.conf"
        self.file.write_text(AROUND.format(place=self.directory.name, own=OWN_ADDRESS, site=text))
        super().__init__(f"nginx -p {self.directory.name} -c {self.file} -e {self.directory.name}/error.log", self.url)

    def reload(self) -> None:
        """What `nginx -s reload` does: new workers take the new connections, the old ones keep theirs."""
        self.process.send_signal(signal.SIGHUP)

    def workers(self) -> set[int]:
        """The processes that serve."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(process) for process in children.split()}

    def __enter__(self) -> "Nginx":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.kill()
        self.directory.cleanup()
