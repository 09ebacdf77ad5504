"""What cloud-init would do on a new machine, as far as its configuration says so for certain.

It reads /etc/cloud/cloud.cfg and then the ``*.cfg`` of /etc/cloud/cloud.cfg.d by name; of a key the last file counts.
No whole YAML is read here: what is no plain ``key: value`` at the left margin is not decided, and unread. Sources:
cloud-init's documentation of ``ssh_deletekeys``, ``manual_cache_clean`` and the base configuration, and what its
service generator looks at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from checker.facts.linux.cloud_init import CloudInit
from checker.facts.unread import Fact, Unread, every, negate, some, then
from checker.inspect.linux.reader import Reader, joined
from checker.inspect.linux.units import find_masked, find_wanted

_MAIN, _FOLDER = "/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d"
_SEEDS = ("/var/lib/cloud/seed/nocloud", "/var/lib/cloud/seed/nocloud-net")
_PROGRAMS = ("/usr/bin/cloud-init", "/usr/local/bin/cloud-init")
#: The units without which the modules of the first boot do not run; newer versions have others than older ones.
_UNITS = (
    "cloud-init.service",
    "cloud-init-network.service",
    "cloud-init-main.service",
    "cloud-init-local.service",
    "cloud-init.target",
)
_MAX_FILES = 200
_MAX_PLACES = 20  # lines that are named
_MODULES = ("cloud_init_modules", "cloud_config_modules", "cloud_final_modules")
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0", "", "null", "~"})
_TEMPLATE = re.compile(r"## *template:")
_KEY = re.compile(r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp[0-9]+|sk-[a-z0-9-]{1,40}@openssh\.com) +AAAA")
_KEYS_LOG_IN = re.compile(r"\b(?:ssh_authorized_keys|ssh-authorized-keys)\b")
_FETCHED = re.compile(r"^\s*-?\s*[\"']?ssh_import_id[\"']?\s*:")
_PASSWORD = re.compile(
    r"(?:^|[\s{,\"'-])(?:hashed_passwd|plain_text_passwd|passwd|password|chpasswd)[\"']?\s*:(?P<value>.*)"
)
_LISTED = re.compile(r"^( *)[\"']?chpasswd[\"']?[ \t]*:[ \t]*$((?:\n(?:\1[ \t]+\S.*)?$)*)", re.MULTILINE)
#: The begin of the text of a file that is written, as a block; the group is what stands before the key.
_CONTENT = re.compile(r"( *(?:- +)?)content *: *[|>][+-]?[ \t]*")
#: Files that hold no password and no key of an account, and that cloud-init does not read.
_HARMLESS = re.compile(
    r"[\"']?/(?:etc/(?!cloud|shadow|gshadow|passwd|group|ssh|security|pam|sudoers)|usr/local/|opt/)[\w./-]+[\"']?"
)
#: The resource disk (its second part is none that is mounted by itself), where it is mounted, and where it is made.
_RESOURCE = re.compile(r"\bephemeral0(?!\.[2-9])")
_RESOURCE_AT = re.compile(
    r"\s*-\s*\[\s*[\"']?(?:/dev/)?ephemeral0(?:\.1)?[\"']?\s*,\s*[\"']?(/[\w./-]+)[\"']?\s*[,\]].*"
)
_SET_UP = re.compile(r"\s*(?:-\s*\{?\s*)?[\"']?(?:device[\"']?\s*:.*|(?:/dev/)?ephemeral0[\"']?\s*:.*)")
_USUAL_MEMORY = re.compile(r"\bcloud_dir[\"']?\s*:\s*[\"']?/var/lib/cloud/?[\"']?\s*(?:[,}#]|$)")
_NO_PASSWORD = re.compile(r"(?:null|~|[\"']?[!*]+[\"']?)?(?:\s*#.*)?|\{\s*expire\s*:\s*\w+\s*\}(?:\s*#.*)?")

Texts = dict[str, str]


def read_cloud_init(reader: Reader) -> CloudInit:
    """Everything about what cloud-init would do."""
    program = some(then(reader.file(path), lambda file: file is not None) for path in _PROGRAMS)
    texts = _texts(reader, then(reader.matching(_FOLDER, r".*\.cfg"), lambda paths: (_MAIN, *sorted(paths))))
    runs = every([program, then(texts, lambda found: _runs(reader, found))])
    replaces = then(texts, lambda found: _replaces_host_keys(reader, found))
    mounts = every(
        [runs, then(texts, lambda found: some(_has_module(reader, found, key, "mounts") for key in _MODULES))]
    )
    keeps = then(texts, lambda found: _switch(reader, found, "manual_cache_clean", default=False))
    seeds = _texts(reader, joined(reader.matching(folder, r"(user|vendor|meta)-data") for folder in _SEEDS))
    told: Fact[Texts] = {} if program is False else then(texts, lambda found: then(seeds, lambda more: found | more))
    return CloudInit(
        installed=program,
        runs=runs,
        replaces_host_keys=every([runs, replaces]),
        keeps_instance=every([program, keeps]),
        resource_folder=then(mounts, lambda does: then(texts, lambda found: _resource_folder(reader, found, does))),
        remembered=joined(reader.matching(f"/var/lib/cloud/{folder}", r".*") for folder in ("instances", "sem")),
        memory_elsewhere=then(told, lambda found: tuple(islice(_memory_elsewhere(found), _MAX_PLACES))),
        passwords=then(told, lambda found: tuple(islice(_passwords(found), _MAX_PLACES))),
        keys=then(told, lambda found: tuple(islice(_keys(found), _MAX_PLACES))),
    )


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


def _may_search(reader: Reader, text: str) -> Fact[bool]:
    if re.search(r"^\s*policy\s*:\s*[\"']?disabled", text, re.MULTILINE):
        return reader.unread("/etc/cloud/ds-identify.cfg", "/etc/cloud/ds-identify.cfg may disable cloud-init")
    return True


def _knows_azure(reader: Reader, texts: Texts) -> Fact[bool]:
    block = _block(reader, texts, "datasource_list")
    if isinstance(block, Unread) or block is None or re.search(r"\bAzure\b", block):
        return then(block, lambda _: True)
    return reader.unread(_MAIN, "cloud-init is told to look for other sources of data than Azure")


def _replaces_host_keys(reader: Reader, texts: Texts) -> Fact[bool]:
    modules = [_has_module(reader, texts, key, "ssh") for key in _MODULES]
    return every([some(modules), _switch(reader, texts, "ssh_deletekeys", default=True)])


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


def _memory_elsewhere(texts: Texts) -> Iterator[str]:
    """The lines that may name another place than the usual one for what cloud-init remembers."""
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            if "cloud_dir" in line and not _USUAL_MEMORY.search(line):
                yield f"{path}:{number}"


def _passwords(texts: Texts) -> Iterator[str]:
    """The lines that may set a password."""
    for path, whole in texts.items():
        text = _without_contents(whole)
        for number, line in enumerate(text.split("\n"), 1):
            match = _PASSWORD.search(line)
            if match is not None and not _NO_PASSWORD.fullmatch(match["value"].strip()):
                yield f"{path}:{number}"
        for match in _LISTED.finditer(text):
            if re.search(r"\b(?:list|users)\b", match[2]):
                yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}"


def _without_contents(text: str) -> str:
    """A configuration with empty lines for the texts of files that cloud-init writes, which are no keys of its own.

    The whole of it, where a file may be one that decides about logins or that cloud-init itself reads, or where it is
    a template.
    """
    paths = re.findall(r"^[ \t]*(?:-[ \t]+)?[\"']?path[\"']?[ \t]*:(.*)$", text, re.MULTILINE)
    if _TEMPLATE.match(text) or not paths or not all(_HARMLESS.fullmatch(path.strip()) for path in paths):
        return text
    lines, inside = [], -1
    for line in text.split("\n"):
        if inside >= 0 and (not line.strip() or len(line) - len(line.lstrip(" ")) > inside):
            lines.append("")
            continue
        begin = _CONTENT.fullmatch(line)
        inside = len(begin[1]) if begin is not None else -1
        if line.count('"') % 2 or line.count("'") % 2:
            return text  # what begins on this line may be a text that goes on, and hides where a block ends
        lines.append(line)
    return "\n".join(lines)


def _keys(texts: Texts) -> Iterator[str]:
    """The lines with keys that log in, or that have them fetched."""
    for path, text in texts.items():
        log_in = _KEYS_LOG_IN.search(text) is not None
        for number, line in enumerate(text.split("\n"), 1):
            if _FETCHED.match(line) or (log_in and _KEY.search(line)):
                yield f"{path}:{number}"
