"""What is built before anything is measured."""

import os
import shutil
import subprocess
from pathlib import Path

from .say import Failure, say

BENCHMARKS = Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent
TOOLS = BENCHMARKS / ".build" / "tools"
VENV = BENCHMARKS / "Peers" / ".venv"

WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wno-sign-conversion"]
# The load and the floor may use all that this machine has; what is simulated may not.
NATIVE = ["-O3", "-march=native"]
LOAD = ["load", "options", "report", "client", "inbound", "traffic", "conn", "tls", "deflate", "pack", "wire", "measure"]


def run(*command, **options):
    """Runs a command whose failure is ours."""
    if subprocess.run(command, **options).returncode != 0:
        raise Failure(f"failed: {' '.join(map(str, command))}")


def build_tools():
    say("building the tools")
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("clang")
    if not compiler:
        raise Failure("no C compiler on PATH")
    TOOLS.mkdir(parents=True, exist_ok=True)

    def compile(name, sources, *flags):
        files = [BENCHMARKS / "Tools" / f"{source}.c" for source in sources]
        run(compiler, "-std=c11", "-D_GNU_SOURCE", *WARNINGS, "-o", TOOLS / name, *files, *flags)

    compile("load", LOAD, *NATIVE, "-lssl", "-lcrypto", "-lz")
    compile("floor", ["floor"], *NATIVE)
    compile("counting.so", ["counting"], "-O2", "-shared", "-fPIC")


def build_swift(product):
    """Builds a product of the Benchmarks package for release; its path."""
    say(f"building {product}")
    # As one deploys on Linux: the standard library in the program, which spares each call into it a detour.
    build = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--package-path", BENCHMARKS]
    # A file that was added to the package below is noticed only when this one seems to have changed.
    (BENCHMARKS / "Package.swift").touch()
    run(*build, "--product", product, cwd=ROOT)
    shown = subprocess.run([*build, "--show-bin-path"], capture_output=True, text=True, check=True, cwd=ROOT)
    return Path(shown.stdout.strip()) / product


def prepare_python():
    """Makes the virtual environment of the Python peer; its interpreter."""
    say("preparing python-socketio")
    python = VENV / "bin" / "python"
    if not python.exists():
        run("python3", "-m", "venv", VENV)
    known = subprocess.run([python, "-c", "import socketio, aiohttp, uvloop, msgpack"], capture_output=True)
    if known.returncode != 0:
        run(python, "-m", "pip", "install", "--quiet", "python-socketio", "aiohttp", "uvloop", "msgpack")
    return python


def certificate():
    """A self-signed certificate and its key, made once: the load does not verify it."""
    files = [TOOLS / "certificate.pem", TOOLS / "key.pem"]
    if not all(file.exists() for file in files):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        run("openssl", "req", "-x509", *key, "-days", "3650", "-subj", "/CN=localhost", "-out", files[0], "-keyout", files[1],
            stderr=subprocess.DEVNULL)
    return files
