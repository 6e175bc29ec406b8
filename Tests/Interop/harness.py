"""A very small test runner: cases with sentences as names, each isolated and bounded in time.

A module makes cases with the `case` decorator; a suite's script calls `run`. A case fails by any exception, and a
failure never stops the others. Cases marked `background` start first and run beside the rest, because they mostly wait.
"""

import argparse
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from typing import Any, Callable


@dataclass
class Case:
    """One named check. `limit` is the longest it may take, in seconds."""

    name: str
    body: Callable[..., None]
    arguments: tuple = ()
    limit: float = 10.0
    background: bool = False
    only_with: str | None = None
    error: BaseException | None = None
    took: float = 0.0
    trace: str = ""

    def run(self, context: Any) -> None:
        """Runs the body on a thread of its own, so that a wait without end is a failure and not a hang."""
        worker = threading.Thread(target=self._work, args=(context,), daemon=True)
        began = time.monotonic()
        worker.start()
        worker.join(self.limit)
        self.took = time.monotonic() - began
        if worker.is_alive():
            self.error = TimeoutError(f"did not finish within {self.limit} s")
            frame = sys._current_frames().get(worker.ident)
            self.trace = "".join(traceback.format_stack(frame)[-3:]) if frame else ""

    def _work(self, context: Any) -> None:
        try:
            self.body(context, *self.arguments)
        except BaseException as error:  # noqa: BLE001 - whatever a case throws is that case's failure
            self.error = error
            self.trace = traceback.format_exc()


class Cases(list):
    """The cases of one module, in the order in which they were written."""

    def case(self, name: str, table: list | None = None, **options: Any) -> Callable:
        """Adds the decorated function as a case, or as one case for each row of `table`.

        A row is a tuple of arguments; `{0}`, `{1}`… in the name stand for them.
        """

        def add(body: Callable) -> Callable:
            rows = [()] if table is None else [row if isinstance(row, tuple) else (row,) for row in table]
            for row in rows:
                title = name.format(*[short(value) for value in row]) if table is not None else name
                self.append(Case(title, body, row, **options))
            return body

        return add


def short(value: Any) -> str:
    """A value as it stands in a case's name: at most 80 characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text if len(text) <= 80 else text[:77] + "…"


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that every suite has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("url", metavar="URL", help="the server under test, such as http://127.0.0.1:3000")
    add_choices(parser)
    return parser


def add_choices(parser: argparse.ArgumentParser) -> None:
    """The options that choose cases."""
    parser.add_argument("-k", metavar="SUBSTRING", default="", help="run only the cases whose name contains this")
    parser.add_argument("-v", action="store_true", help="name the cases that pass, too, with the time each took")


def run(cases: list[Case], context: Any, options: argparse.Namespace, after_each: Callable | None = None) -> int:
    """Runs the chosen cases, prints what failed and the closing line; answers the exit code.

    `after_each(case)` may raise to fail a case for what it left behind.
    """
    chosen = [c for c in cases if options.k in c.name and (c.only_with is None or getattr(options, c.only_with, None))]
    waiting = [(c, threading.Thread(target=c.run, args=(context,), daemon=True)) for c in chosen if c.background]
    for _, thread in waiting:
        thread.start()
    for one in chosen:
        if one.background:
            continue
        one.run(context)
        if after_each is not None and one.error is None:
            try:
                after_each(one)
            except Exception as error:  # noqa: BLE001
                one.error, one.trace = error, traceback.format_exc()
        report(one, options)
    for one, thread in waiting:
        thread.join(one.limit + 1)
        report(one, options)
    failed = sum(c.error is not None for c in chosen)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


def report(one: Case, options: argparse.Namespace) -> None:
    if one.error is None:
        if options.v:
            print(f"  ok    {one.name} ({one.took:.2f} s)", flush=True)
        return
    text = str(one.error) or type(one.error).__name__
    if not isinstance(one.error, AssertionError):
        text = f"{type(one.error).__name__}: {text}"
    print(f"FAILED  {one.name} ({one.took:.2f} s)\n        {text[:600]}", flush=True)
    if options.v or not str(one.error):
        print("\n".join("        " + line for line in one.trace.rstrip().splitlines()[-12:]), flush=True)


def until(condition: Callable[[], Any], what: str, within: float = 3.0) -> Any:
    """Waits until `condition()` is true and answers its value; fails after `within` seconds."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {within} s")
        time.sleep(0.005)
