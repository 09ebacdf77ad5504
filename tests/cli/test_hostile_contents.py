"""What came from Azure is shown as text in every report, and no secret in it is shown at all."""

from __future__ import annotations

import html
import json
import re
import shlex
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

WRITTEN = ("html", "json", "junit", "markdown")
SHOWN = (*WRITTEN, "console")

JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2V4YW1wbGUifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4"
KEY = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6QUJDRA=="

#: A text that holds a secret, and the part of it that must never be seen.
SECRETS = {
    "sas-url": (
        "https://a.blob.core.windows.net/c/d.vhd?sv=2022-11-02&sp=r&sig=Zm9vYmFyYmF6%2B4%3D&se=2026",
        "Zm9vYmFyYmF6",
    ),
    "sas-first": ("https://a.blob.core.windows.net/c/d.vhd?sig=abc+DEF/ghiJKLmnopQRS=&sv=1", "ghiJKLmnopQRS"),
    "sas-short": ("https://a.blob.core.windows.net/c/d.vhd?sig=q7Xw", "q7Xw"),
    "sas-upper-case": ("HTTPS://A.BLOB.CORE.WINDOWS.NET/C/D.VHD?SV=1&SIG=Zm9vYmFyYmF6", "Zm9vYmFyYmF6"),
    "sas-as-entity": ("https://a/d.vhd?sv=1&amp;sig=Zm9vYmFyYmF6&amp;se=1", "Zm9vYmFyYmF6"),
    "sas-as-json": ("https://a/d.vhd?sv=1\\u0026sig=Zm9vYmFyYmF6\\u0026se=1", "Zm9vYmFyYmF6"),
    "sas-percent-encoded": ("https%3A%2F%2Fa%2Fd.vhd%3Fsv%3D1%26sig%3DZm9vYmFyYmF6", "Zm9vYmFyYmF6"),
    "sas-in-two-lines": ("https://a/d.vhd?sv=1&sig=Zm9vYmFyYmF6\nnext", "Zm9vYmFyYmF6"),
    "bearer": ("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "abcdefghijklm"),
    "bearer-lower-case": ("bearer abcdefghijkl.mnopqrst-uvwxyz_0123", "abcdefghijkl"),
    "basic": ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw"),
    "jwt": (f"token {JWT} expired", "c2lnbmF0dXJl"),
    "jwt-claims": (f"({JWT})", "eyJhdWQi"),
    "account-key": (f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY};EndpointSuffix=x", KEY[:20]),
    "account-key-lower-case": (f"accountkey={KEY}", KEY[:20]),
    "shared-access-key": (f"Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey={KEY}", KEY[:20]),
    "shared-access-signature": ("SharedAccessSignature=sv=2022&sig=Zm9vYmFyYmF6", "Zm9vYmFyYmF6"),
    "password": ("password=hunter2-Secret", "hunter2"),
    "password-with-a-colon": ("Password: hunter2-Secret", "hunter2"),
    "password-in-json": ('{"password": "hunter2 Secret!", "x": 1}', "hunter2"),
    "password-in-json-second-word": ('{"password": "hunter2 Secret!", "x": 1}', "Secret!"),
    "admin-password": ('{"adminPassword": "hunter2-Secret"}', "hunter2"),
    "admin-password-bare": ("adminPassword=hunter2-Secret", "hunter2"),
    "password-in-a-connection": ("Server=a;Uid=b;Pwd=hunter2-Secret;", "hunter2"),
    "password-in-a-url": ("https://seller:hunter2-Secret@a.example/x", "hunter2"),
    "client-secret": ("client_secret=hunter2-Secret&grant_type=x", "hunter2"),
    "access-token": ('{"access_token":"abcdefghijklmnopqrstuvwxyz"}', "abcdefghijklm"),
    "refresh-token": ("refresh_token=0.AXabcdefghijklm", "AXabcdefghijklm"),
}


def _reason(snapshot, ids, text):
    snapshot["unread"] = [{"scope": ids.gallery, "fact": "role_assignments", "reason": f"403 {text}"}]


def _os_state(snapshot, ids, text):
    snapshot["resources"][1]["properties"]["osState"] = text


def _power_state(snapshot, ids, text):
    snapshot["instanceViews"][ids.vm]["statuses"][-1]["code"] = f"PowerState/{text}"


def _region(snapshot, ids, text):
    snapshot["resources"][2]["properties"]["publishingProfile"]["targetRegions"][0]["name"] = text


def _registration(snapshot, ids, text):
    snapshot["providers"][ids.subscription]["Microsoft.PartnerCenterIngestion"] = text


def _definition_name(snapshot, ids, text):
    name = text.replace("/", "-")
    renamed = json.dumps(snapshot).replace("/images/server", f"/images/{json.dumps(name)[1:-1]}")
    snapshot.clear()
    snapshot.update(json.loads(renamed))
    snapshot["resources"][1]["name"] = name
    snapshot["resources"][1]["properties"]["osState"] = "Specialized"


PLACES = {
    "reason": _reason,
    "os-state": _os_state,
    "power-state": _power_state,
    "region": _region,
    "registration": _registration,
    "definition-name": _definition_name,
}


@pytest.fixture
def shown(check, clean, ids, room):
    """What a format shows of a tenant in which a text stands at a place."""

    def shown(format, place, text):
        PLACES[place](clean, ids, text)
        if format == "console":
            return check("--verbose", snapshot=clean, report=False).said
        outcome = check("--output", f"{format}=report", snapshot=clean, report=False)
        assert outcome.code in (0, 1, 3), outcome.said
        return (room / "report").read_bytes().decode("utf-8")

    return shown


@pytest.mark.parametrize("format", WRITTEN)
def test_every_format_of_the_help_is_written(check, room, format):
    assert check("--output", f"{format}=report", report=False).code == 0
    assert (room / "report").stat().st_size > 100


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("format", ["json", "console"])
def test_no_secret_is_shown(shown, format, text, secret, place):
    if secret not in text.replace("/", "-") and place == "definition-name":
        pytest.skip("a name holds no slash")
    if "://" in text and "@" in text and place == "definition-name":
        pytest.skip("a name holds no slash, so this is no URL")
    seen = shown(format, place, text)
    assert secret not in seen
    assert secret not in seen.replace("\\\\", "\\")


@pytest.mark.parametrize("format", ["html", "junit", "markdown"])
def test_no_secret_is_in_a_report_for_people(shown, format):
    seen = shown(format, "reason", " and ".join(text for text, _ in SECRETS.values()))
    assert not [secret for _, secret in SECRETS.values() if secret in seen]
    assert "REDACTED" in seen


def test_what_stands_around_a_secret_stays(shown):
    seen = shown("json", "os-state", "before https://a.example/d.vhd?sv=2022&sig=Zm9vYmFyYmF6&se=2026 after")
    actual = next(r["actual"] for r in json.loads(seen)["results"] if r["rule"] == "DEF001")
    assert actual == "before https://a.example/d.vhd?sv=2022&sig=REDACTED&se=2026 after"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--output", "{}"],
        ["--output", "json=missing-\0/{}"],
        ["--select", "{}"],
        ["--fail-on", "{}"],
        ["--subscription", "{}"],
        ["--config", "{}"],
        ["--{}"],
        ["{}"],
        ["gallery:images/{}"],
        ["@{}"],
    ],
    ids=lambda arguments: " ".join(arguments).replace("\0", ""),
)
def test_no_secret_of_the_command_line_is_repeated(check, arguments):
    line = check(*(a.replace("{}", "x?sv=1&sig=Zm9vYmFyYmF6") for a in arguments), report=False).refused()
    assert "Zm9vYmFyYmF6" not in line


@pytest.mark.parametrize("format", SHOWN)
def test_no_secret_of_the_name_of_the_source_is_shown(imagecheck, save, clean, ids, format):
    save(clean, "facts sig=Zm9vYmFyYmF6")
    outcome = imagecheck(
        "check", "--source", "facts sig=Zm9vYmFyYmF6", *([] if format == "console" else ["--output", f"{format}=-"])
    )
    assert outcome.code == 3
    assert "Zm9vYmFyYmF6" not in outcome.said


@pytest.mark.parametrize("where", ["section", "fact", "id-twice"])
def test_no_secret_of_a_damaged_file_is_repeated(check, clean, ids, where):
    for length in (0, 40, 60, 79):
        secret = "x" * length + f" sig=Zm9vYmFyYmF6 {JWT}"
        if where == "section":
            snapshot = {**clean, secret: 1}
        elif where == "fact":
            snapshot = {**clean, "unread": [{"scope": ids.vm, "fact": secret, "reason": "x"}]}
        else:
            twice = {"id": f"{ids.gallery}{secret}", "properties": {}}
            snapshot = {**clean, "resources": [*clean["resources"], twice, twice]}
        line = check(snapshot=snapshot).refused()
        assert "Zm9vYmFyYmF6" not in line
        assert "eyJhdWQi" not in line


#: Texts that a format could take for something else than text.
HOSTILE = {
    "element": "<xssprobe>alert(1)</xssprobe>",
    "script": "</script><script>xssprobe(1)</script>",
    "attribute": '" onxssprobe="1" \'  onxssprobe=\'1',
    "comment": "--><xssprobe>",
    "cdata": "]]><xssprobe>",
    "entity": "&lt;xssprobe&gt;&amp;&#60;xssprobe&#62;",
    "doctype": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "template": "{{ 7*7 }}{% raw %}{{xssprobe}}",
    "style": "</style><xssprobe>",
    "textarea": "</textarea></title><xssprobe>",
}

HIDDEN = {
    "escape": "\x1b[2J\x1b[31m",
    "null": "a\x00b",
    "bell-and-backspace": "\x07\x08",
    "delete-and-c1": "\x7f\x85\x9b",
    "bidi-override": "\u202egnp\u202c",
    "bidi-isolate": "\u2066x\u2069",
    "marks": "\u200e\u200f\u061c",
    "separators": "a\u2028b\u2029c",
    "zero-width": "a\u200bb\ufeffc",
    "no-characters": "\ufffe\uffff",
    "lone-high": "a\ud800",
    "lone-low": "\udfffb",
    "carriage-return": "a\rb",
}
_RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)

EXACT = {
    **HOSTILE,
    **HIDDEN,
    "emoji": "\U0001f600 é 漢字",
    "long": "x" * 5_000,
    "blanks": "  a  ",
    "newline": "a\nb\tc",
}


@pytest.mark.parametrize("text", EXACT.values(), ids=EXACT)
def test_json_decodes_to_what_azure_wrote(shown, ids, text):
    state = next(r for r in json.loads(shown("json", "os-state", text))["results"] if r["rule"] == "DEF001")
    assert state["actual"] == text


@pytest.mark.parametrize("text", EXACT.values(), ids=EXACT)
def test_ids_in_json_decode_to_what_azure_wrote(shown, ids, text):
    name = text.replace("/", "-")
    seen = shown("json", "definition-name", text)
    definition = next(r for r in json.loads(seen)["results"] if r["rule"] == "DEF001")
    assert definition["asset"] == f"{ids.gallery}/images/{name}"
    assert definition["verdict"] == "fail"


@pytest.mark.parametrize("place", ["reason", "os-state", "power-state", "definition-name"])
@pytest.mark.parametrize("format", SHOWN)
def test_hidden_characters_are_made_visible(shown, format, place):
    seen = shown(format, place, "".join(HIDDEN.values()))
    assert not _RAW.findall(seen)
    assert "u202e" in seen


@pytest.mark.parametrize("place", ["reason", "os-state", "definition-name"])
@pytest.mark.parametrize("format", ["console", "markdown"])
def test_a_newline_cannot_begin_a_line_of_its_own(shown, format, place):
    seen = shown(format, place, "x\n::error::forged\n# forged")
    assert not re.search(r"^(::error::|# )forged", seen, re.MULTILINE)


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.elements, self.attributes, self.links = set(), set(), set()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value for name, value in attrs if name in ("href", "src", "action", "xlink:href")}


@pytest.mark.parametrize("place", PLACES)
def test_html_holds_data_as_text_only(shown, place):
    seen = shown("html", place, " ".join(HOSTILE.values()))
    page = _Page()
    page.feed(seen)
    assert "xssprobe" not in page.elements
    assert "onxssprobe" not in page.attributes
    assert "{{" in seen
    assert "49" not in re.findall(r"osState is (\d+)", seen)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", seen, re.DOTALL | re.IGNORECASE)
    assert not [script for script in scripts if "xssprobe(1)" in script]
    assert "default-src 'none'" in seen


@pytest.mark.parametrize("place", PLACES)
def test_junit_holds_data_as_text_only(shown, place):
    seen = shown("junit", place, " ".join(HOSTILE.values()))
    root = ElementTree.fromstring(seen)
    assert root.tag in ("testsuites", "testsuite")
    assert not [element for element in root.iter() if "xssprobe" in element.tag]
    texts = " ".join([part for e in root.iter() for part in (e.text or "", *e.attrib.values())])
    assert "<xssprobe>" in texts


@pytest.mark.parametrize("place", PLACES)
def test_junit_with_hidden_characters_is_well_formed(shown, place):
    ElementTree.fromstring(shown("junit", place, "".join(HIDDEN.values())))


@pytest.mark.parametrize("place", PLACES)
def test_markdown_holds_data_as_text_only(shown, place):
    seen = shown("markdown", place, "<xssprobe> & ]]>")
    assert "<xssprobe>" not in seen
    assert "&lt;xssprobe&gt; &amp; " in seen
    assert "<xssprobe> & ]]>" in html.unescape(seen)


@pytest.mark.parametrize("name", ["a b", "a;id", "$(id)", "`id`", "a'b", 'a"b', "a\nid", "a&id|id", "#a", "-a"])
def test_a_command_to_copy_holds_a_hostile_name_as_one_word(shown, name):
    seen = json.loads(shown("json", "definition-name", name))
    fix = next(r["fix"] for r in seen["results"] if r["rule"] == "DEF001")
    commands = [step for step in fix["steps"] if step.startswith("az ")]
    assert commands
    for command in commands:
        words = list(shlex.shlex(command, posix=True, punctuation_chars=True))
        assert words[words.index("--gallery-image-definition") + 1].startswith(name)
        assert not re.search(r"[$`]", re.sub(r"'[^']*'|\\.", "", command))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_terminal_of_another_encoding_shows_what_it_can(process, save, clean, encoding):
    clean["resources"][1]["properties"]["osState"] = "\U0001f600 漢字 \ud800"
    save(clean, "facts.json")
    outcome = process("check", "--source", "facts.json", env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert outcome.code == 1, outcome.said
    assert "DEF001" in outcome.out
    assert outcome.err == ""
