"""The instance view of a VM: which states it shows, and what actions leave in it. Views are changed in place."""

from __future__ import annotations

from typing import Any

from checker.facts.arm_id import fold

_POWER = "powerstate/"
_GENERALIZED = "osstate/generalized"
#: What only a machine that runs can tell: gone after a deallocation [recorded].
_OF_THE_GUEST = ("vmAgent", "osName", "osVersion", "computerName", "extensions")


def power_state(view: dict[str, Any]) -> str:
    """The power state, folded, without its prefix: ``running``; empty where the view shows none."""
    found = [code for code in _codes(view) if code.startswith(_POWER)]
    return found[-1].removeprefix(_POWER) if found else ""


def is_generalized(view: dict[str, Any]) -> bool:
    """Whether Azure marked the VM as generalized."""
    return _GENERALIZED in _codes(view)


def set_power_state(view: dict[str, Any], state: str) -> None:
    """Show a power state in the place of the one that is there; the order of the statuses stays."""
    status = {"code": f"PowerState/{state}", "level": "Info", "displayStatus": f"VM {state}"}
    statuses = _statuses(view)
    for number, found in enumerate(statuses):
        if _code(found).startswith(_POWER):
            if _code(found) != fold(status["code"]):
                statuses[number] = status
            return
    statuses.append(status)


def mark_generalized(view: dict[str, Any]) -> None:
    """Add the mark, once. Where among the statuses Azure puts it is unconfirmed; its words are recorded nowhere."""
    if not is_generalized(view):
        status = {"code": "OSState/generalized", "level": "Info", "displayStatus": "VM generalized"}
        _statuses(view).append(status)


def forget_guest(view: dict[str, Any]) -> None:
    """Take away what only a running guest tells."""
    for name in _OF_THE_GUEST:
        view.pop(name, None)


def set_agent(view: dict[str, Any], time: str, *, ready: bool) -> None:
    """Show the guest agent as ready, or as gone (the words for an agent that is gone are unconfirmed)."""
    status = {
        "code": "ProvisioningState/succeeded" if ready else "ProvisioningState/Unavailable",
        "level": "Info" if ready else "Warning",
        "displayStatus": "Ready" if ready else "Not Ready",
        "message": "Guest Agent is running" if ready else "VM status blob is found but not yet populated.",
        "time": time,
    }
    agent = view.get("vmAgent")
    version = agent.get("vmAgentVersion", "Unknown") if isinstance(agent, dict) else "Unknown"
    view["vmAgent"] = {"vmAgentVersion": version if ready else "Unknown", "statuses": [status]}


def wake(view: dict[str, Any], time: str) -> None:
    """What a guest shows that has just started: an agent that is ready, and no hibernation (unconfirmed)."""
    statuses = _statuses(view)
    statuses[:] = [status for status in statuses if not _code(status).startswith("hibernationstate/")]
    if is_agent_gone(view) or not isinstance(view.get("vmAgent"), dict):
        set_agent(view, time, ready=True)


def is_agent_gone(view: dict[str, Any]) -> bool:
    """Whether the view says that the guest agent does not answer. A view without an agent says nothing."""
    agent = view.get("vmAgent")
    if not isinstance(agent, dict):
        return False
    return any(fold(str(status.get("displayStatus"))) == "not ready" for status in _objects(agent.get("statuses")))


def _statuses(view: dict[str, Any]) -> list[Any]:
    found = view.get("statuses")
    if not isinstance(found, list):
        found = view["statuses"] = []
    return found


def _codes(view: dict[str, Any]) -> list[str]:
    return [_code(status) for status in _objects(view.get("statuses"))]


def _code(status: Any) -> str:
    return fold(str(status.get("code"))) if isinstance(status, dict) else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
