"""The Azure Linux agent: which it is, whether it starts at boot, how it is configured, and what it remembers.

Sources: the agent's own reader of waagent.conf (a ``#`` begins a comment at the start of a line and behind a value,
quotation marks and spaces around a value are dropped, ``None`` is no value, of an option given twice the last counts),
and the places where its distributions put it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.facts.linux.agent import Agent
from checker.facts.linux.system import File
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.programs import first_program, may_run
from checker.inspect.linux.reader import Finds, Reader, joined
from checker.inspect.linux.units import find_masked, find_overrides, find_units, find_wanted

#: What leads elsewhere is an agent of its own, and says nothing of the modules in the usual places.
_FOLDERS = frozenset({"/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"})
_UNITS = ("walinuxagent.service", "waagent.service")
#: The second is that of Flatcar and CoreOS, the third that of Clear Linux.
_CONFIGURATIONS = ("/etc/waagent.conf", "/usr/share/oem/waagent.conf", "/usr/share/defaults/waagent/waagent.conf")
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
_OLDER = (
    ("/etc/rc2.d", r"S\d\d(walinuxagent|waagent)"),
    ("/etc/rc3.d", r"S\d\d(walinuxagent|waagent)"),
    ("/etc/rc5.d", r"S\d\d(walinuxagent|waagent)"),
    ("/etc/runlevels/default", r"walinuxagent|waagent"),
    ("/etc/init", r"(walinuxagent|waagent)\.conf"),
)
_STATE = "/var/lib/waagent"
_FIRST_LINE = 256  # bytes of it that the kernel looks at
_ANYTHING = r"(?s).*"


def read_agent(reader: Reader) -> Agent:
    """Everything about the agent."""
    configuration = _configuration(reader)
    program = _program(reader)
    wanted = find_wanted(reader, _UNITS)
    older = joined(reader.matching(folder, pattern) for folder, pattern in _OLDER)
    scripts = reader.matching("/etc/init.d", r"walinuxagent|waagent")
    return Agent(
        program=program,
        missing_interpreter=_missing_interpreter(reader, program),
        modules=_modules(reader),
        units=joined([wanted, older]),
        unit_files=joined([find_units(reader, _UNITS), scripts]),
        masked=find_masked(reader, _UNITS),
        overrides=find_overrides(reader, _UNITS),
        configuration=configuration,
        state=_state(reader, configuration),
    )


def _program(reader: Reader) -> Fact[File | None]:
    file = first_program(reader, "waagent")
    if isinstance(file, File) and file.path.rpartition("/")[0] not in _FOLDERS:
        return reader.unread(file.path, f"waagent leads to {file.path}, whose version is not read")
    return file


def _missing_interpreter(reader: Reader, program: Fact[File | None]) -> Fact[str | None]:
    """What the first line of the program says that runs it, where that is not there."""
    if isinstance(program, Unread) or program is None:
        return program
    head = reader.head(program.path, _FIRST_LINE)
    if isinstance(head, Unread):
        return head
    line = (head or b"").partition(b"\n")[0].decode("utf-8", "replace")
    path, *words = (line.removeprefix("#!") if line.startswith("#!") else "").split() or [""]
    if path.endswith("/env"):
        path = next((word for word in words if not word.startswith("-") and "=" not in word), path)
    if not path:
        return None
    file = reader.file(path) if path.startswith("/") else first_program(reader, path)
    if isinstance(file, Unread):
        return file
    return path if file is None or not may_run(file) else None


def _modules(reader: Reader) -> Fact[tuple[tuple[str, str], ...]]:
    """The version.py files of the agent, with the version that each gives."""
    found: list[tuple[str, str]] = []
    folders = joined(reader.matching(library, r"python[23](\.\d+)?") for library in _LIBRARIES)
    if isinstance(folders, Unread):
        return folders
    packages = [f"{folder}/{name}" for folder in folders for name in ("dist-packages", "site-packages")]
    eggs = joined(reader.matching(folder, r"WALinuxAgent-[^/]*\.egg") for folder in packages)
    if isinstance(eggs, Unread):
        return eggs
    for egg in eggs:
        file = reader.file(egg)
        if isinstance(file, Unread):
            return file
        if file is not None and file.kind == "file":
            return reader.unread(egg, f"{egg} is packed, and not looked into")
    for folder in (*packages, *eggs):
        path = f"{folder}/azurelinuxagent/common/version.py"
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is None:
            continue
        given = re.findall(r"""^AGENT_VERSION\s*=\s*["']([^"']{1,64})["']""", text, re.MULTILINE)
        if not given:
            return reader.unread(path, "it gives no AGENT_VERSION")
        found.append((path, given[-1]))
    return tuple(found)


def _configuration(reader: Reader) -> Fact[Mapping[str, str] | None]:
    """The options of the agent; one without a value is left out, for it is as if it were not there."""
    for path in _CONFIGURATIONS:
        text = reader.text(path)
        if isinstance(text, str):
            return _options(text)
        if text is not None:
            return text
    return None


def _options(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name.strip()] = value.split("#")[0].strip('" ').strip()
    return {name: value for name, value in found.items() if value != "None"}


def _state(reader: Reader, configuration: Fact[Mapping[str, str] | None]) -> Listing[str]:
    """What is in the folder of the agent's state, and in the usual one where that is another."""
    found: Finds[str] = Finds()
    places = [_STATE]
    if isinstance(configuration, Unread):
        found.miss(configuration)
    else:
        places.append((configuration or {}).get("Lib.Dir", "").rstrip("/") or _STATE)
    for place in dict.fromkeys(places):
        paths = reader.matching(place, _ANYTHING)
        if isinstance(paths, Unread):
            found.miss(paths)
        else:
            found.known.extend(paths)
    return found.listing()
