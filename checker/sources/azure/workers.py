"""Questions asked at the same time, by threads that nobody has to wait for.

The standard library's pool joins its threads when the program ends: an interrupted run would then last as long as
the slowest answer. These threads only read, so whatever they are in the middle of can be left.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

Q = TypeVar("Q")

#: Seconds of one wait: on Windows a wait without an end does not hear Ctrl-C.
_LISTEN = 0.5


class Workers:
    """At most ``jobs`` questions under way at once. Used with ``with``: at its end what has not begun never does."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._over = Event()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def ask(self, perform: Callable[[Q], None], questions: Iterable[Q]) -> list[tuple[Q, Future[None]]]:
        """Begin to ask; each question with what will say how it ended."""
        asked: list[tuple[Q, Future[None]]] = [(question, Future()) for question in questions]
        waiting: SimpleQueue[tuple[Q, Future[None]]] = SimpleQueue()
        for pair in asked:
            waiting.put(pair)

        def work() -> None:
            with contextlib.suppress(Empty):
                while not self._over.is_set():
                    _settle(perform, *waiting.get_nowait())

        for _ in range(min(self._jobs, len(asked))):
            Thread(target=work, name="azure", daemon=True).start()
        return asked


def error_of(future: Future[None]) -> BaseException | None:
    """How a question ended, once it has: the error, or None where it went well."""
    while True:
        try:
            return future.exception(_LISTEN)
        except TimeoutError:
            continue


def _settle(perform: Callable[[Q], None], question: Q, future: Future[None]) -> None:
    try:
        perform(question)
    except BaseException as error:  # told to whoever waits, like any pool does
        future.set_exception(error)
    else:
        future.set_result(None)
