"""How fast the sandbox is, and how long its pages are: what the control side sets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Pace:
    """Shared by the services and the control side, which changes it while the server runs.

    ``like_azure`` makes operations take Azure's time and answer with its Retry-After. Otherwise an operation
    says InProgress ``polls`` times, and is done. ``page_size`` is how many bodies a page of a list holds.
    ``lag`` is how many answers a new role assignment, registration or principal stays unseen for.
    ``latency_ms`` is what every answer waits for, which a service has nothing to do with.
    """

    like_azure: bool = False
    polls: int = 0
    page_size: int = 20
    lag: int = 0
    latency_ms: int = 0
