"""The Azure Linux agent: which it is, whether it starts at boot, and how it is configured."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.facts.linux_guest import Agent, File
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, lines_of

_PROGRAMS = ("/usr/sbin/waagent", "/usr/bin/waagent", "/usr/local/sbin/waagent")
_UNITS = ("walinuxagent.service", "waagent.service")
_CONFIGURATION = "/etc/waagent.conf"
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")


def read_agent(reader: Reader) -> Agent:
    """Everything about the agent."""
    return Agent(
        program=_program(reader),
        modules=_modules(reader),
        units=_units(reader),
        masked=_masked(reader),
        configuration=_configuration(reader),
    )


def _program(reader: Reader) -> Fact[File | None]:
    for path in _PROGRAMS:
        file = reader.file(path)
        if file is not None:
            return file
    return None


def _modules(reader: Reader) -> Fact[tuple[tuple[str, str], ...]]:
    """The version.py files of the agent, with the version that each gives."""
    found: list[tuple[str, str]] = []
    folders = joined(reader.matching(library, r"python[23](\.\d+)?") for library in _LIBRARIES)
    if isinstance(folders, Unread):
        return folders
    for folder in folders:
        for packages in ("dist-packages", "site-packages"):
            path = f"{folder}/{packages}/azurelinuxagent/common/version.py"
            text = reader.text(path)
            if isinstance(text, Unread):
                return text
            if text is None:
                continue
            match = re.search(r"""^AGENT_VERSION\s*=\s*["']([^"']{1,64})["']""", text, re.MULTILINE)
            if match is None:
                return reader.unread(path, "it gives no AGENT_VERSION")
            found.append((path, match[1]))
    return tuple(found)


def _units(reader: Reader) -> Fact[tuple[str, ...]]:
    """The symlinks by which systemd, or the older init, starts the agent at boot."""
    paths: list[str] = []
    folders = reader.matching("/etc/systemd/system", r"[^/]+\.target\.(wants|requires)")
    if isinstance(folders, Unread):
        return folders
    for folder in (*folders, "/usr/lib/systemd/system/multi-user.target.wants"):
        found = reader.matching(folder, "|".join(re.escape(unit) for unit in _UNITS))
        if isinstance(found, Unread):
            return found
        paths.extend(found)
    old = joined(reader.matching(folder, r"S\d\d(walinuxagent|waagent)") for folder in ("/etc/rc3.d", "/etc/rc5.d"))
    return joined([tuple(paths), old])


def _masked(reader: Reader) -> Fact[tuple[str, ...]]:
    """The units of the agent that lead to /dev/null, which stops them for good."""
    found: list[str] = []
    for unit in _UNITS:
        path = f"/etc/systemd/system/{unit}"
        file = reader.file(path, follow=False)
        if isinstance(file, Unread):
            return file
        if file is None:
            continue
        target = reader.tree.readlink(path) if file.kind == "symlink" else ""
        if target == "/dev/null" or (file.kind == "file" and file.size == 0):
            found.append(path)
        elif not isinstance(target, str):
            return reader.unread(path, "its target could not be read")
    return tuple(found)


def _configuration(reader: Reader) -> Fact[Mapping[str, str] | None]:
    """``Option=value`` lines; of an option given twice the last counts, as the agent's own reader has it."""
    text = reader.text(_CONFIGURATION)
    if not isinstance(text, str):
        return text
    found: dict[str, str] = {}
    for _, line in lines_of(text):
        name, equals, value = line.partition("=")
        if equals:
            found[name.strip()] = value.split("#")[0].strip().strip('"')
    return found
