"""The repositories that packages come from: of apt, dnf (yum, tdnf) and zypper.

Sources: sources.list(5), apt-transport-mirror(1) for lists of mirrors in files, dnf.conf(5) and zypper(8). What apt is
told by apt.conf to read elsewhere is not seen.
"""

from __future__ import annotations

import re
from dataclasses import replace

from checker.facts.linux.packages import Repository
from checker.facts.unread import Fact, Unread
from checker.inspect.linux.reader import Reader, joined, lines_of, without_comment

_RPM_FOLDERS = ("/etc/yum.repos.d", "/etc/distro.repos.d", "/usr/share/dnf5/repos.d", "/etc/zypp/repos.d")
#: Which are read as files of repositories too, for a section there is one.
_MAIN_OF_DNF = ("/etc/dnf/dnf.conf", "/etc/yum.conf")
_OVERRIDES = ("/etc/dnf/repos.override.d", "/usr/share/dnf5/repos.override.d")
_MIRROR_FILE = re.compile(r"mirror\+(?:file|copy):(?://)?(/.*)")
#: apt.conf(5): ``Acquire::http::Proxy "http://…";``, or the last word in blocks. ``//`` begins a comment, but in a URL.
_PROXY_OF_APT = re.compile(r"\bProxy(?:::[\w.-]+)?\s+\"([^\"]*)\"", re.IGNORECASE)
_COMMENT_OF_APT = re.compile(r"(?m)^[ \t]*(?:#|//).*$|(?<=[;\s])//.*$")
_PROXY_OF_DNF = re.compile(r"^[ \t]*proxy[ \t]*=[ \t]*(\S+)", re.MULTILINE)
_NO_PROXY = re.compile(r"(?i)$|direct$|false$|_?none_?$|(?:[a-z0-9]+://)?(?:localhost\b|127\.|\[::1\])")
_USER_IN_ADDRESS = re.compile(r"//.*@")
_MAX_REPOSITORIES = 5000
_NO = ("0", "no", "false", "off")


def read_repositories(reader: Reader) -> Fact[tuple[Repository, ...]]:
    """Every repository, those that are switched off too."""
    paths = joined(
        [
            ("/etc/apt/sources.list",),
            reader.matching("/etc/apt/sources.list.d", r"[A-Za-z0-9_.-]+\.(?:list|sources)"),
            _MAIN_OF_DNF,
            *(reader.matching(folder, r".*\.repo") for folder in _RPM_FOLDERS),
        ]
    )
    overrides = joined(reader.matching(folder, r".*\.repo") for folder in _OVERRIDES)
    if isinstance(paths, Unread):
        return paths
    if isinstance(overrides, Unread):
        return overrides
    if overrides:
        return reader.unread(overrides[0], "it changes repositories of dnf, and is not read")
    found: list[Repository] = []
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if path in _MAIN_OF_DNF and re.search(r"^\s*reposdir\s*=", text or "", re.MULTILINE):
            return reader.unread(path, "it has dnf read its repositories from other folders")
        if path.endswith(".repo") or path in _MAIN_OF_DNF:
            found += repositories_of_dnf(path, text or "")
        elif path.endswith(".sources"):
            found += repositories_of_deb822(path, text or "")
        else:
            found += repositories_of_apt(path, text or "")
        if len(found) > _MAX_REPOSITORIES:
            return reader.unread(path, f"there are more than {_MAX_REPOSITORIES} repositories")
    return _mirrored(reader, found)


def read_proxies(reader: Reader) -> Fact[tuple[str, ...]]:
    """Where apt and dnf are told to ask a proxy on another machine, as ``path: address``."""
    drop_ins = reader.matching("/etc/apt/apt.conf.d", r"[A-Za-z0-9_-]+|[A-Za-z0-9_.-]+\.conf")
    paths = joined([drop_ins, ("/etc/apt/apt.conf",), _MAIN_OF_DNF])
    if isinstance(paths, Unread):
        return paths
    found: list[str] = []
    for path in paths:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        of_dnf = path in _MAIN_OF_DNF
        plain = text or "" if of_dnf else _COMMENT_OF_APT.sub(" ", _without_blocks(text or ""))
        addresses = (_PROXY_OF_DNF if of_dnf else _PROXY_OF_APT).findall(plain)
        shown = (_USER_IN_ADDRESS.sub("//", address) for address in addresses if not _NO_PROXY.match(address))
        found += [f"{path}: {address[:200]}" for address in shown]
    return tuple(found)


def _without_blocks(text: str) -> str:
    """A file of apt without ``/* comments */``; one that does not end goes on to the end."""
    kept: list[str] = []
    at = 0
    while at >= 0:
        begin = text.find("/*", at)
        kept.append(text[at:] if begin < 0 else text[at:begin])
        end = text.find("*/", begin + 2) if begin >= 0 else -1
        at = end + 2 if end >= 0 else -1
    return " ".join(kept)


def _mirrored(reader: Reader, found: list[Repository]) -> Fact[tuple[Repository, ...]]:
    """The same with what a list of mirrors in a file names, each of them in place of the list."""
    lists: dict[str, list[str]] = {}
    for path in {match[1] for one in found if (match := _MIRROR_FILE.fullmatch(one.address))}:
        text = reader.text(path)
        if isinstance(text, Unread):
            return text
        if text is None:
            return reader.unread(path, "the list of mirrors that apt is told of is not there")
        lists[path] = [line.split()[0] for _, line in lines_of(text)]
    named: list[Repository] = []
    for one in found:
        match = _MIRROR_FILE.fullmatch(one.address)
        addresses = [one.address] if match is None else lists[match[1]]
        named += [replace(one, address=address) for address in addresses]
        if len(named) > _MAX_REPOSITORIES:
            return reader.unread(one.path, f"there are more than {_MAX_REPOSITORIES} repositories")
    return tuple(named)


def repositories_of_apt(path: str, text: str) -> list[Repository]:
    """Lines like ``deb [signed-by=…] http://… bookworm-security main``."""
    found: list[Repository] = []
    for _, line in lines_of(text):
        match = re.match(r"deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)", line)
        if match is not None:
            found.append(Repository(path, match[2], match[1], True))
    return found


def repositories_of_deb822(path: str, text: str) -> list[Repository]:
    """Paragraphs of fields; one of several suites and addresses is as many repositories."""
    found: list[Repository] = []
    fields: dict[str, str] = {}
    name = ""
    for line in [*text.split("\n"), ""]:
        if line.startswith("#"):
            continue
        if line[:1] in (" ", "\t") and line.strip():
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        elif line.strip():
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
        else:
            if "deb" in fields.get("types", "").split():
                enabled = fields.get("enabled", "yes").lower() not in _NO
                suites, addresses = fields.get("suites", "").split(), fields.get("uris", "").split()
                found += [Repository(path, suite, address, enabled) for suite in suites for address in addresses]
            fields, name = {}, ""
    return found


def repositories_of_dnf(path: str, text: str) -> list[Repository]:
    """Sections ``[id]`` with ``name``, ``baseurl`` (or mirrors), ``enabled`` and ``autorefresh``."""
    sections: list[tuple[str, dict[str, str]]] = []
    for _, line in lines_of(text):
        heading = re.match(r"\[([^\]]*)\]", line)
        if heading is not None:
            sections.append((heading[1], {}))
        elif sections and "=" in line:
            option, _, value = line.partition("=")
            sections[-1][1][option.strip().lower()] = without_comment(value.strip())
    return [
        Repository(
            path,
            f"{id} {options.get('name', '')}".strip(),
            options.get("baseurl", ""),
            options.get("enabled", "1").lower() not in _NO,
            options.get("autorefresh", "0").lower() not in _NO,
        )
        for id, options in sections
        if id != "main"
    ]
