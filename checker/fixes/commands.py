"""Commands for people to paste: every name in them is one word to the shell, whatever is in it."""

from __future__ import annotations

import shlex

from checker.facts.arm_id import ArmId


def az(*words: str) -> str:
    """A command of the Azure command line."""
    return shlex.join(("az", *words))


def create_version(definition: ArmId, name: str | None = None) -> str:
    """The command that captures a version into a definition, or into another of the same gallery by name."""
    gallery, own_name, *_ = definition.names()
    return az(
        *("sig", "image-version", "create"),
        *("--subscription", definition.subscription, "--resource-group", definition.resource_group),
        *("--gallery-name", gallery),
        *("--gallery-image-definition", own_name if name is None else name),
        *("--gallery-image-version", "MAJOR.MINOR.PATCH"),
        *("--virtual-machine", "ID-OF-THE-GENERALIZED-VM"),
    )
