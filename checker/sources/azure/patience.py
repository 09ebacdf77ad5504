"""How often and how long a request is tried again: one budget for the whole run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

from azure.core.exceptions import (
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryPolicy

#: The statuses after which a read is worth another try.
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_REPEATABLE = frozenset({"GET", "HEAD"})
#: As many connections that break at once are borne as one request that runs into its time limit.
_BROKEN_FOR_ONE_HANGING = 10


class NoAnswer(ServiceRequestError):
    """Nothing more is asked of a server that stopped answering."""


@dataclass
class Patience:
    """Shared by all threads of a run.

    ``attempts`` are the tries of one request, ``first_delay`` the seconds before the second (then twice as long
    each time), ``budget`` the seconds that all waiting together may take, ``silent_limit`` after how many
    requests in a row that ran into their time limit the server is given up. What Azure asks one thread to wait,
    all wait.
    """

    attempts: int = 5
    first_delay: float = 0.8
    budget: float = 300.0
    silent_limit: int = 4
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    waited: float = 0.0
    answers: int = 0
    _not_before: float = 0.0
    _silent: int = 0
    _lock: Lock = field(default_factory=Lock)

    def wait_for_turn(self) -> None:
        """Wait until the time that Azure last named. Raises NoAnswer once the server was given up."""
        with self._lock:
            if self._silent >= self.silent_limit * _BROKEN_FOR_ONE_HANGING:
                raise NoAnswer("the server left too many requests in a row without an answer")
            seconds = self._not_before - self.clock()
        if seconds > 0:
            self.sleep(seconds)

    def heard(self) -> None:
        """Note that the server answered."""
        with self._lock:
            self.answers += 1
            self._silent = 0

    def heard_nothing(self, *, in_time: bool) -> None:
        """Note that a request stayed without an answer; ``in_time`` where that was told at once."""
        with self._lock:
            self._silent += 1 if in_time else _BROKEN_FOR_ONE_HANGING

    def afford(self, seconds: float, *, everyone: bool) -> bool:
        """Take a wait from the budget: False where that is spent. ``everyone`` makes all threads wait so long."""
        with self._lock:
            now = self.clock()
            # Threads that wait together until one time spend it once.
            new = max(0.0, now + seconds - max(now, self._not_before)) if everyone else seconds
            if self.waited + new > self.budget:
                return False
            self.waited += new
            if everyone:
                self._not_before = max(self._not_before, now + seconds)
            return True


class PatientRetry(RetryPolicy[Any, Any]):
    """Tries reads again, and nothing else: what changes something is sent once.

    It takes the place of the library's own policy, which the pipelines look for by its class.
    """

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send, and send again after a wait while that can help and the budget lasts."""
        patience = self._patience
        repeatable = request.http_request.method.upper() in _REPEATABLE
        attempt = 0
        while True:
            attempt += 1
            patience.wait_for_turn()
            try:
                response = self.next.send(request)
            except (ServiceRequestError, ServiceResponseError) as error:
                hung = isinstance(error, ServiceRequestTimeoutError | ServiceResponseTimeoutError)
                patience.heard_nothing(in_time=not hung)
                # One more try for a connection that broke; a server that hangs is not worth a third minute.
                if not repeatable or attempt >= 2 or not patience.afford(patience.first_delay, everyone=False):
                    raise
                patience.sleep(patience.first_delay)
                continue
            patience.heard()
            status = response.http_response.status_code
            if status not in AGAIN or not repeatable or attempt >= patience.attempts:
                return response
            asked = _retry_after(response.http_response.headers)
            seconds = patience.first_delay * 2 ** (attempt - 1) if asked is None else asked
            if not patience.afford(seconds, everyone=asked is not None):
                return response
            if asked is None:
                patience.sleep(seconds)


def _retry_after(headers: Any) -> float | None:
    """The seconds that an answer asks to wait; None where it names none that can be read."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if not text:
            continue
        try:
            return max(0.0, float(text) * unit)
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
        except (ValueError, TypeError, OverflowError):
            continue
    return None
