"""The commands in the fixes of rules on Linux images: whatever a disk calls something, it is one word to the shell.

A step is either one command that can be copied as it stands, or a text, a colon and such a command.
"""

from __future__ import annotations

import shlex

#: How the menu of GRUB is made again.
MAKE_MENU = (
    "on Debian and Ubuntu: sudo update-grub",
    "elsewhere: sudo grub2-mkconfig -o /boot/grub2/grub.cfg",
)


def sudo(*words: str) -> str:
    """A command to be run as root, with each word quoted where it has to be."""
    return " ".join(["sudo", *map(_quoted, words)])


def removed(path: str) -> str:
    """The command that removes a file."""
    return sudo("rm", "-f", "--", path)


def edited(place: str) -> str:
    """The command that opens the file of a place, ``path:line``, in an editor."""
    path, _, line = place.rpartition(":")
    return f"line {line}: {sudo('-e', '--', path)}" if line.isascii() and line.isdigit() else sudo("-e", "--", place)


def install(package: str) -> tuple[str, ...]:
    """How a package is installed or updated, where all distributions call it the same."""
    return (
        f"on Debian and Ubuntu: {sudo('apt-get', 'install', package)}",
        f"on Red Hat's family: {sudo('dnf', 'install', package)}",
        f"on SUSE: {sudo('zypper', 'install', package)}",
    )


def uninstall(package: str) -> tuple[str, ...]:
    """How a package is removed, with its configuration where its manager would keep it."""
    return (
        f"on Debian and Ubuntu: {sudo('apt-get', 'purge', package)}",
        f"on Red Hat's family: {sudo('dnf', 'remove', package)}",
        f"on SUSE: {sudo('zypper', 'remove', package)}",
    )


def _quoted(word: str) -> str:
    """One word for the shell, on one line.

    What is not printable is written by its bytes, as ``$'…'`` of bash has it. A shell that does not know that form
    finds one plain quoted word there, since quotes and backslashes within are written by their bytes too.
    """
    if word.isprintable():
        return shlex.quote(word)
    plain = (char if char.isprintable() and char not in "'\\" else _bytes(char) for char in word)
    return f"$'{''.join(plain)}'"


def _bytes(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
