"""Roles, and which actions they allow.

Built-in roles are known by their GUID, so a custom role that takes the name of one is not taken for
it. Source of the actions: "Azure built-in roles", learn.microsoft.com/azure/role-based-access-control.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.facts.arm_id import fold
from checker.facts.unread import Fact, FactName, ReasonKind, Unread
from checker.facts.wire import Body

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
COMPUTE_GALLERY_IMAGE_READER = "cf7c76d2-98a3-4358-a134-615aa78bf44d"

#: How many blocks of one role are tried together, where one gives back what another takes.
_MAX_BLOCKS_TOGETHER = 4

READ_GALLERY = "Microsoft.Compute/galleries/read"
READ_IMAGES = "Microsoft.Compute/galleries/images/read"
READ_VERSIONS = "Microsoft.Compute/galleries/images/versions/read"


@dataclass(frozen=True, slots=True)
class Permission:
    """One block of actions less its notActions. ``*`` in a pattern stands for anything."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether the block covers an action."""
        return _any_matches(self.actions, action) and not _any_matches(self.not_actions, action)


@dataclass(frozen=True, slots=True)
class Role:
    """A role definition: its GUID, its name and what it allows."""

    guid: str
    name: str
    permissions: tuple[Permission, ...]

    def allows(self, action: str) -> bool:
        """Whether the role covers an action."""
        return any(permission.allows(action) for permission in self.permissions)

    @property
    def equals_owner(self) -> bool:
        """Whether the role covers every action there is, as Owner does.

        What one block takes back must be covered whole by another block.
        """
        return _cover("*", self.permissions, depth=0)


BUILT_IN: dict[str, Role] = {
    role.guid: role
    for role in (
        Role(OWNER, "Owner", (Permission(("*",)),)),
        Role(
            CONTRIBUTOR,
            "Contributor",
            (
                Permission(
                    ("*",),
                    (
                        "Microsoft.Authorization/*/Delete",
                        "Microsoft.Authorization/*/Write",
                        "Microsoft.Authorization/elevateAccess/Action",
                        "Microsoft.Blueprint/blueprintAssignments/write",
                        "Microsoft.Blueprint/blueprintAssignments/delete",
                        "Microsoft.Compute/galleries/share/action",
                        "Microsoft.Purview/consents/write",
                        "Microsoft.Purview/consents/delete",
                        "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
                    ),
                ),
            ),
        ),
        Role(READER, "Reader", (Permission(("*/read",)),)),
        Role(
            USER_ACCESS_ADMINISTRATOR,
            "User Access Administrator",
            (Permission(("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*")),),
        ),
        Role(
            COMPUTE_GALLERY_IMAGE_READER,
            "Compute Gallery Image Reader",
            (Permission((READ_IMAGES, READ_VERSIONS)),),
        ),
    )
}


def permissions_of(body: Body) -> Fact[tuple[Permission, ...]]:
    """The ``permissions`` of a role definition's or a deny assignment's properties."""
    blocks = body.items("properties.permissions")
    if isinstance(blocks, Unread):
        return blocks
    found: list[Permission] = []
    for block in blocks:
        actions, not_actions = block.texts("actions"), block.optional_texts("notActions")
        condition = block.optional_text("condition")
        if isinstance(condition, Unread):
            return condition
        if condition is not None and condition.strip():
            words = "its permissions carry a condition, which is not judged"
            return Unread(body.scope, FactName.ROLE_DEFINITIONS, words, kind=ReasonKind.UNSUPPORTED)
        if isinstance(actions, Unread):
            return actions
        if isinstance(not_actions, Unread):
            return not_actions
        found.append(Permission(actions, not_actions))
    return tuple(found)


def guid_of(role_definition_id: str) -> str:
    """The GUID at the end of a role definition's id, folded."""
    return fold(role_definition_id.rstrip("/").rpartition("/")[2])


def parse_role(guid: str, body: Body) -> Fact[Role]:
    """A role definition that is not built in."""
    permissions = permissions_of(body)
    if isinstance(permissions, Unread):
        return permissions
    name = body.text("properties.roleName")
    return Role(guid, guid if isinstance(name, Unread) else name, permissions)


def _any_matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(_matches(fold(pattern), fold(action)) for pattern in patterns)


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern stands for a text, in time linear in both."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for part in middle:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - len(last) >= at and text.endswith(last)


def _cover(pattern: str, blocks: tuple[Permission, ...], depth: int) -> bool:
    """Whether blocks surely cover every action that a pattern stands for, together if need be."""
    if depth > _MAX_BLOCKS_TOGETHER:
        return False
    for number, block in enumerate(blocks):
        if _any_matches(block.actions, pattern):
            others = blocks[:number] + blocks[number + 1 :]
            taken = [no for no in block.not_actions if _overlap(pattern, no)]
            if all(_cover(no if "*" in pattern else pattern, others, depth + 1) for no in taken):
                return True
    return False


def _overlap(left: str, right: str) -> bool:
    """Whether two patterns may stand for one action; of two with stars, what is before and after the stars tells."""
    left, right = fold(left), fold(right)
    if "*" not in left or "*" not in right:
        return _matches(right, left) if "*" not in left else _matches(left, right)
    starts = left.partition("*")[0], right.partition("*")[0]
    ends = left.rpartition("*")[2], right.rpartition("*")[2]
    return _agree(starts, str.startswith) and _agree(ends, str.endswith)


def _agree(parts: tuple[str, str], test: Callable[[str, str], bool]) -> bool:
    return test(parts[0], parts[1]) or test(parts[1], parts[0])
