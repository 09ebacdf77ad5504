"""Which entry a menu of GRUB 2 boots unasked: by its number, its name or its id, in the menu or in a submenu.

Source: the GRUB manual, the variable ``default``: entries and submenus count from 0 on, ``1>2`` is the third of the
second.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from checker.inspect.linux.grub import VARIABLE, TooMuch, commands, setting, statements
from checker.inspect.linux.grub_variables import Block

#: What menus write before the id of an entry: ``--id``, where GRUB knows it.
_BEFORE_IDS = "menuentry_id_option"
_MAX_ITEMS = 2000
_MAX_DEPTH = 100
_MAX_DEFAULTS = 200


@dataclass(slots=True)
class _Item:
    """An entry or a submenu; ``is_sure`` is False where it is there under a condition.

    One without names stands for the boot loader entries that a menu takes, as many as there are.
    """

    names: tuple[str, ...]
    is_sure: bool
    items: list[_Item] = field(default_factory=list)


def boots_for_repair(
    text: str, variables: Mapping[str, str], blocks: Sequence[Block], repair: Collection[str]
) -> str | None:
    """What a menu may boot unasked that is for repair, as it names it; None where it boots nothing of the kind.

    Raises TooMuch.

    ``repair`` are the titles of entries for repair. What the name may lead to decides. Where that cannot be told, it
    may be one by another number than 0, and by its words.
    """
    menu = _menu(text, {**variables, _BEFORE_IDS: "--id"})
    for chosen in _defaults(text, blocks) or [""]:
        found = _found(menu, chosen or "0")
        if any(item.names[0] in repair for item in found if item.names):
            return chosen or "the first one"
        if found and all(item.names for item in found):
            continue
        last = chosen.rpartition(">")[2]
        if re.search(r"rescue|recovery|^[1-9][0-9]*$|\$", last, re.IGNORECASE) or last in repair:
            return chosen
    return None


def _defaults(text: str, blocks: Sequence[Block]) -> list[str]:
    """What a menu may take for its default; of a variable all that is saved of it.

    Left out is what Red Hat's menus take after boots that failed: they ask ``boot_counter`` for it.
    """
    found: list[str] = []
    before: list[str] = []
    for words in statements(text, {}):
        name, equals, value = setting(words)
        variable = VARIABLE.fullmatch(value)
        if name == "default" and equals and "$boot_counter" not in before:
            saved = "" if variable is None else variable[1] or variable[2]
            found += [block.values.get(saved, "") for block in blocks] if saved else [value]
        before = words
    found = list(dict.fromkeys(found))
    if len(found) > _MAX_DEFAULTS:
        raise TooMuch(f"it has more than {_MAX_DEFAULTS} defaults")
    return found


def _menu(text: str, variables: Mapping[str, str]) -> _Item:
    """The entries and submenus of a menu, in their order. Boot loader entries stand as one that is not sure."""
    top = _Item((), is_sure=True)
    inside: list[_Item | None] = []
    waiting: _Item | None = None
    conditions = 0
    for keywords, words in commands(text, variables):
        conditions += sum(word in ("if", "do") for word in keywords) - (words[:1] in (["fi"], ["done"]))
        command = words[0] if words else ""
        if command in ("menuentry", "submenu", "blscfg", "bls_import"):
            within = next((item for item in reversed(inside) if item is not None), top)
            is_entry = command in ("menuentry", "submenu")
            item = _Item(_names(words) if is_entry else (), is_sure=is_entry and conditions == 0)
            if len(within.items) >= _MAX_ITEMS:
                raise TooMuch(f"it has more than {_MAX_ITEMS} entries in one menu")
            within.items.append(item)
            waiting = item if is_entry else None
        elif command == "{":
            if len(inside) >= _MAX_DEPTH:
                raise TooMuch(f"it has blocks inside of more than {_MAX_DEPTH} others")
            inside.append(waiting)
            waiting = None
        elif command == "}" and inside:
            inside.pop()
    return top


def _names(words: Sequence[str]) -> tuple[str, ...]:
    """The title of an entry, and its id."""
    ids = [after for word, after in pairwise(words) if word == "--id"]
    return (words[1] if len(words) > 1 else "", *ids)


def _found(menu: _Item, chosen: str) -> list[_Item]:
    """The entries that a default may lead to; none where that cannot be told. Of a submenu it is the first."""
    found = [menu]
    for part in chosen.split(">"):
        found = [item for within in found for item in _of(within.items, part)]
    while any(item.items for item in found):
        found = [one for item in found for one in (_of(item.items, "0") if item.items else [item])]
    return found


def _of(items: Sequence[_Item], part: str) -> list[_Item]:
    """Those that may be meant by a number, for some before them may not be there, or by a name."""
    if not re.fullmatch(r"[0-9]{1,4}", part):
        return [item for item in items if part in item.names]
    found: list[_Item] = []
    least = 0
    several = False
    for place, item in enumerate(items):
        if least <= int(part) and (several or int(part) <= place):
            found.append(item)
        least += item.is_sure
        several = several or not item.names
    return found
