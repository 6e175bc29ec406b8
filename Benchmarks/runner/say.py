"""How the scripts speak; as in scripts/lib.sh."""

import sys


class Failure(Exception):
    """Something that ends the script, with a reason for its user."""


def say(text):
    print(f"\033[1m==> {text}\033[0m", flush=True)


def complain(text):
    print(f"\033[1;31merror:\033[0m {text}", file=sys.stderr, flush=True)
