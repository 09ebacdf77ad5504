"""What cloud-init would do on a new machine, as far as its configuration says so for certain.

It reads /etc/cloud/cloud.cfg and then the ``*.cfg`` of /etc/cloud/cloud.cfg.d by name; of a key the last file counts.
No whole YAML is read here: what is no plain ``key: value`` at the left margin is not decided, and unread. Sources:
cloud-init's documentation of ``ssh_deletekeys``, ``manual_cache_clean`` and the base configuration, and what its
service generator looks at.
"""

from __future__ import annotations

import re
from itertools import chain, islice

from checker.facts.linux.cloud_init import CloudInit
from checker.facts.listing import Listing
from checker.facts.unread import Fact, Unread, every, negate, some, then
from checker.inspect.linux.cloud_init_lines import (
    Texts,
    commands_for_passwords_in,
    keys_in,
    may_put_keys_in,
    memory_elsewhere_in,
    passwords_in,
)
from checker.inspect.linux.reader import Finds, Reader, joined
from checker.inspect.linux.units import find_masked, find_units, find_wanted

_MAIN, _FOLDER = "/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d"
_SEEDS = ("/var/lib/cloud/seed/nocloud", "/var/lib/cloud/seed/nocloud-net")
_SCRIPTS = tuple(f"/var/lib/cloud/scripts/per-{time}" for time in ("boot", "instance", "once"))
_MAX_SCRIPT = 256 * 1024
_PROGRAMS = ("/usr/bin/cloud-init", "/usr/local/bin/cloud-init")
#: The units without which the modules of the first boot do not run; newer versions have others than older ones.
_UNITS = (
    "cloud-init.service",
    "cloud-init-network.service",
    "cloud-init-main.service",
    "cloud-init-local.service",
    "cloud-init.target",
)
_LOCAL = "cloud-init-local.service"
#: What starts it where the init is an older one, or OpenRC.
_OLDER_FOLDERS, _OLDER = ("/etc/runlevels/boot", "/etc/runlevels/default", "/etc/init"), r"cloud-init.*"
_MAX_FILES = 200
_MAX_PLACES = 20  # lines that are named
_MODULES = ("cloud_init_modules", "cloud_config_modules", "cloud_final_modules")
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0", "", "null", "~"})
_TEMPLATE = re.compile(r"## *template:")
#: The resource disk (its second part is none that is mounted by itself), where it is mounted, and where it is made.
_RESOURCE = re.compile(r"\bephemeral0(?!\.[2-9])")
_RESOURCE_AT = re.compile(
    r"\s*-\s*\[\s*[\"']?(?:/dev/)?ephemeral0(?:\.1)?[\"']?\s*,\s*[\"']?(/[\w./-]+)[\"']?\s*[,\]].*"
)
_SET_UP = re.compile(r"\s*(?:-\s*\{?\s*)?[\"']?(?:device[\"']?\s*:.*|(?:/dev/)?ephemeral0[\"']?\s*:.*)")
_KEEPS_SOURCES = re.compile(r"\b(?:apt_)?preserve_sources_list[\"']?[ \t]*:[ \t]*([^\s,}#]*)")


def read_cloud_init(reader: Reader) -> CloudInit:
    """Everything about what cloud-init would do."""
    program = some(then(reader.file(path), lambda file: file is not None) for path in _PROGRAMS)
    texts = _texts(reader, then(reader.matching(_FOLDER, r".*\.cfg"), lambda paths: (_MAIN, *sorted(paths))))
    runs = every([program, then(texts, lambda found: _runs(reader, found))])
    replaces = then(texts, lambda found: _replaces_host_keys(reader, found))
    mounts = every(
        [runs, then(texts, lambda found: some(_has_module(reader, found, key, "mounts") for key in _MODULES))]
    )
    of_apt = then(texts, lambda found: some(_has_module(reader, found, key, "apt[-_]configure") for key in _MODULES))
    keeps = then(texts, lambda found: _switch(reader, found, "manual_cache_clean", default=False))
    seeds = _texts(reader, joined(reader.matching(folder, r"(user|vendor|meta)-data") for folder in _SEEDS))
    told: Fact[Texts] = {} if program is False else then(texts, lambda found: then(seeds, lambda more: found | more))
    scripts: Fact[Texts] = {} if program is False else _scripts(reader)
    return CloudInit(
        installed=program,
        runs=runs,
        replaces_host_keys=every([runs, replaces]),
        keeps_instance=every([program, keeps]),
        writes_sources=every([runs, of_apt, then(texts, lambda found: _may_write_sources(reader, found))]),
        names_mirror=then(texts, lambda found: any("azure.archive.ubuntu.com" in text for text in found.values())),
        starts=_starts(reader),
        stopped=_stopped(reader),
        sources=then(texts, lambda found: _sources(reader, found)),
        seeds=then(seeds, lambda found: _whole_seeds(reader, found)),
        resource_folder=then(mounts, lambda does: then(texts, lambda found: _resource_folder(reader, found, does))),
        remembered=joined(reader.matching(f"/var/lib/cloud/{folder}", r".*") for folder in ("instances", "sem")),
        memory_elsewhere=then(told, lambda found: tuple(islice(memory_elsewhere_in(found), _MAX_PLACES))),
        passwords=then(told, lambda found: then(scripts, lambda more: _passwords(found, more))),
        keys=then(told, lambda found: then(scripts, lambda more: _keys(reader, found, more))),
    )


def _passwords(texts: Texts, scripts: Texts) -> tuple[str, ...]:
    lines = chain(passwords_in(texts), commands_for_passwords_in(scripts))
    return tuple(islice(dict.fromkeys(lines), _MAX_PLACES))


def _keys(reader: Reader, texts: Texts, scripts: Texts) -> Fact[tuple[str, ...]]:
    """The lines with keys; unread where there is none, and a line may put one in place that is not seen."""
    keys = tuple(islice(keys_in(texts), _MAX_PLACES))
    unclear = next(may_put_keys_in(texts | scripts), None) if not keys else None
    if unclear is None:
        return keys
    return reader.unread(unclear.rpartition(":")[0], f"{unclear} may have cloud-init give an account a key")


def _scripts(reader: Reader) -> Fact[Texts]:
    """The scripts that cloud-init runs, without what is far too long for one: that is a program."""
    paths = joined(reader.matching(folder, r".*") for folder in _SCRIPTS)
    if isinstance(paths, Unread):
        return paths
    found: list[str] = []
    for path in paths:
        file = reader.file(path)
        if isinstance(file, Unread):
            return file
        found += [path] if file is not None and file.kind == "file" and file.size <= _MAX_SCRIPT else []
    return _texts(reader, tuple(found))


def _texts(reader: Reader, paths: Fact[tuple[str, ...]]) -> Fact[Texts]:
    """The files that are there, in the order in which cloud-init reads them, with empty lines for comments."""
    if isinstance(paths, Unread):
        return paths
    if len(paths) > _MAX_FILES:
        return reader.unread(_FOLDER, f"cloud-init has more than {_MAX_FILES} files of configuration")
    found: Texts = {}
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is not None:
            lines = text.replace("\r\n", "\n").split("\n")
            found[path] = "\n".join(
                "" if re.match(r"\s*#", line) and not _TEMPLATE.match(line) else line for line in lines
            )
    return found


def _runs(reader: Reader, texts: Texts) -> Fact[bool]:
    """Whether cloud-init runs at all on a new machine in Azure."""
    enabled, disabled = reader.file("/etc/cloud/cloud-init.enabled"), reader.file("/etc/cloud/cloud-init.disabled")
    off = every([then(enabled, lambda file: file is None), then(disabled, lambda file: file is not None)])
    wanted = then(find_wanted(reader, _UNITS), bool)
    if wanted is False:
        wanted = reader.unread("/etc/systemd/system", "no link of systemd starts cloud-init")
    return every(
        [
            negate(off),
            then(find_masked(reader, _UNITS), lambda masked: not masked),
            wanted,
            _knows_azure(reader, texts),
            then(reader.text("/etc/cloud/ds-identify.cfg"), lambda text: _may_search(reader, text or "")),
        ]
    )


def _starts(reader: Reader) -> Fact[bool]:
    """Whether systemd has the unit that reads Azure's data enabled; unread where that is enabled in another way."""
    links, files, masked = (find(reader, (_LOCAL,)) for find in (find_wanted, find_units, find_masked))
    others = joined([find_wanted(reader, _UNITS), *(reader.matching(folder, _OLDER) for folder in _OLDER_FOLDERS)])
    if isinstance(links, Unread):
        return links
    in_etc = any(link.startswith("/etc/systemd/system/") for link in links)
    enabled = every([in_etc, then(files, bool), then(masked, lambda found: not found)])
    if enabled is True or (isinstance(enabled, Unread) and in_etc):
        return enabled
    if others == () or files == ():
        return False
    return reader.unread(_LOCAL, f"whether {_LOCAL} counts as enabled is not known")


def _stopped(reader: Reader) -> Listing[str]:
    """What keeps cloud-init from running: the mark for it, where there is none for the contrary, and masks."""
    found: Finds[str] = Finds()
    marks = [reader.file(f"/etc/cloud/cloud-init.{word}") for word in ("enabled", "disabled")]
    for mark in marks:
        if isinstance(mark, Unread):
            found.miss(mark)
    if marks[0] is None and marks[1] is not None and not isinstance(marks[1], Unread):
        found.add(marks[1].path)
    masked = find_masked(reader, _UNITS)
    if isinstance(masked, Unread):
        found.miss(masked)
    else:
        found.known.extend(masked)
    return found.listing()


def _may_search(reader: Reader, text: str) -> Fact[bool]:
    path = "/etc/cloud/ds-identify.cfg"
    if re.search(r"^\s*policy\s*:\s*[\"']?disabled", text, re.MULTILINE):
        return reader.unread(path, f"{path} may disable cloud-init")
    if re.search(r"^\s*datasource\s*:(?!\s*[\"']?Azure\b)", text, re.MULTILINE):
        return reader.unread(path, f"{path} names another source of data than Azure")
    return True


def _whole_seeds(reader: Reader, texts: Texts) -> Fact[tuple[str, ...]]:
    """The folders that cloud-init takes for a source of data: those with both files that it needs."""
    found = tuple(folder for folder in _SEEDS if {f"{folder}/user-data", f"{folder}/meta-data"} <= texts.keys())
    for folder in found:
        if "dsmode" in texts[f"{folder}/meta-data"]:
            return reader.unread(
                f"{folder}/meta-data", "it says when cloud-init takes the data, which is not understood"
            )
    return found


def _sources(reader: Reader, texts: Texts) -> Fact[tuple[str, ...] | None]:
    """The names in the list of sources that is in force, on one line in brackets or on a line each."""
    block = _block(reader, texts, "datasource_list")
    if isinstance(block, Unread) or block is None:
        return block
    plain = re.sub(r"\s#.*", "", block).strip()
    if not re.fullmatch(r"\[[\w\s,\"'-]*\]|(?:-\s+[\"']?\w+[\"']?\s*)*", plain):
        return reader.unread(_MAIN, "datasource_list of cloud-init was not understood")
    return tuple(re.findall(r"\w+", plain))


def _knows_azure(reader: Reader, texts: Texts) -> Fact[bool]:
    block = _block(reader, texts, "datasource_list")
    if isinstance(block, Unread) or block is None or re.search(r"\bAzure\b", block):
        return then(block, lambda _: True)
    return reader.unread(_MAIN, "cloud-init is told to look for other sources of data than Azure")


def _replaces_host_keys(reader: Reader, texts: Texts) -> Fact[bool]:
    modules = [_has_module(reader, texts, key, "ssh") for key in _MODULES]
    return every([some(modules), _switch(reader, texts, "ssh_deletekeys", default=True)])


def _may_write_sources(reader: Reader, texts: Texts) -> Fact[bool]:
    """Whether nothing tells cloud-init to leave the sources of apt as they are."""
    told = {value.strip("\"'").lower() for text in texts.values() for value in _KEEPS_SOURCES.findall(text)}
    if told <= _TRUE or told <= _FALSE:
        return not told or told <= _FALSE
    return reader.unread(_MAIN, "whether cloud-init leaves the sources of apt as they are was not understood")


def _has_module(reader: Reader, texts: Texts, key: str, name: str) -> Fact[bool]:
    """Whether a module is among those of a stage."""
    block = _block(reader, texts, key)
    if isinstance(block, Unread) or block is None or not re.search(rf"(?<![\w-]){name}(?![\w-])", block):
        return then(block, lambda _: False)
    if re.search(rf"(?:^\s*-\s*|[\[,]\s*)[\"']?{name}[\"']?\s*(?:$|[,\]#])", block, re.MULTILINE):
        return True
    return reader.unread(_MAIN, f"{key} of cloud-init was not understood")


def _resource_folder(reader: Reader, texts: Texts, mounts: bool) -> Fact[str | None]:
    """Where the module ``mounts`` mounts the first part of the resource disk: at /mnt, where nothing says otherwise."""
    found: set[str] = set()
    for path, text in texts.items() if mounts else ():
        for line in text.split("\n"):
            at = _RESOURCE_AT.fullmatch(line)
            if at is not None:
                found.add(at[1].rstrip("/"))
            elif _RESOURCE.search(line) and not _SET_UP.match(line):
                return reader.unread(path, "where cloud-init mounts the resource disk was not understood")
    if len(found) > 1:
        return reader.unread(_MAIN, "cloud-init is told of several places for the resource disk")
    return None if not mounts else found.pop() if found else "/mnt"


def _switch(reader: Reader, texts: Texts, key: str, *, default: bool) -> Fact[bool]:
    """A key that is true or false; what versions of cloud-init take differently is unread."""
    block = _block(reader, texts, key)
    if isinstance(block, Unread) or block is None:
        return then(block, lambda _: default)
    value = re.sub(r"(?:^|\s)#.*", "", block).strip().lower()
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    return reader.unread(_MAIN, f"{key} of cloud-init was not understood")


def _block(reader: Reader, texts: Texts, key: str) -> Fact[str | None]:
    """What stands behind a key in the last file that has it, up to the next key; None where no file has it."""
    for path, text in reversed(texts.items()):
        if key not in text:
            continue
        found = re.findall(rf"^[\"']?{key}[\"']?[ \t]*:(.*(?:\n(?:[ \t-].*)?$)*)", text, re.MULTILINE)
        if len(found) == 1 and text.count(key) == 1 and not _TEMPLATE.match(text):
            return str(found[0])
        return reader.unread(path, f"{key} of cloud-init was not understood in {path}")
    return None
