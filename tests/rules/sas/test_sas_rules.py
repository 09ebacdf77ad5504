"""The rules on URLs: each verdict and each boundary, and that no signature is ever in a result."""

from __future__ import annotations

import shlex
from urllib.parse import parse_qs

import pytest
from judging import TODAY, judge, of_url, told

from checker.inspect.collect import look_at_file, url_alone

CODES = [f"SAS{number:03}" for number in range(1, 9)]
SECRET = "c2VjcmV0U2lnbmF0dXJl"
#: Of a URL that passes every rule on 2026-11-22 at noon.
RIGHT = {
    "sv": "2022-11-02",
    "st": "2026-11-21T00:00:00Z",
    "se": "2026-12-14T00:00:00Z",
    "sr": "c",
    "sp": "rl",
    "spr": "https",
    "sig": SECRET + "%3D",
}


def query(**changes: str | None) -> str:
    """The right query with some parameters changed, or left out."""
    parts = {**RIGHT, **changes}
    return "?" + "&".join(f"{name}={value}" for name, value in parts.items() if value is not None)


def test_a_right_url_passes() -> None:
    assert {code: told(code, of_url(query())) for code in CODES} == dict.fromkeys(CODES, "pass")


def test_a_local_file_has_no_url(tmp_path) -> None:
    (tmp_path / "x.vhd").write_bytes(b"")
    vhd = look_at_file(str(tmp_path / "x.vhd"))
    assert {told(code, vhd) for code in CODES} == {"not-applicable"}


def test_a_managed_disk_keeps_its_rights_elsewhere() -> None:
    vhd = of_url("?sv=2017-04-17&sr=b&si=x&sig=abc", "https://md-0abc.z12.blob.storage.azure.net/xyz/abcd")
    given = {code: told(code, vhd) for code in CODES}
    assert given == dict.fromkeys(CODES, "not-applicable") | {"SAS001": "pass", "SAS007": "fail warning"}
    assert "a blob in a container" in judge("SAS007", vhd).message
    assert "Azure keeps its rights" in judge("SAS006", vhd).message


@pytest.mark.parametrize(
    "host",
    ["mdaccount.blob.core.windows.net", "md-x.example.com", "x.md-abc.blob.core.windows.net", "md-x.blob.example.com"],
)
def test_another_host_is_no_managed_disk(host) -> None:
    assert told("SAS002", of_url(query(sp="r"), f"https://{host}/vhds/disk.vhd")) == "fail error"


@pytest.mark.parametrize(
    ("code", "changes", "verdict"),
    [
        ("SAS001", {"sig": None}, "fail error"),
        ("SAS001", {"sig": ""}, "fail error"),
        ("SAS001", {"sig": None, "SIG": "abc"}, "fail error"),
        ("SAS001", {"sig": None, "s%69g": "abc"}, "pass"),
        ("SAS001", {"sig": "abc&sig=abc"}, "pass"),
        ("SAS001", {"sig": "abc&sig=abcd"}, "fail error"),
        ("SAS001", {"sig": "%20"}, "fail error"),
        ("SAS001", {"sig": "SeCr!!!"}, "fail error"),
        ("SAS001", {"sig": "a%252B%253D"}, "fail error"),
        ("SAS001", {"sig": "a+b/c-_%2B="}, "pass"),
        ("SAS001", {"SIG": "abc"}, "fail error"),
        ("SAS002", {"sp": None}, "fail error"),
        ("SAS002", {"sp": ""}, "fail error"),
        ("SAS002", {"sp": "r"}, "fail error"),
        ("SAS002", {"sp": "l"}, "fail error"),
        ("SAS002", {"sp": "lr"}, "fail error"),
        ("SAS002", {"sp": "rwl"}, "fail error"),
        ("SAS002", {"sp": "racwdl"}, "fail error"),
        ("SAS002", {"sp": "rl&sp=rwl"}, "fail error"),
        ("SAS002", {"sp": "rl&sp=rl"}, "pass"),
        ("SAS003", {"sr": "b"}, "fail error"),
        ("SAS003", {"sr": None}, "fail error"),
        ("SAS003", {"sr": "c&sr=b"}, "fail error"),
        ("SAS004", {"st": None}, "fail error"),
        ("SAS004", {"se": None}, "fail error"),
        ("SAS004", {"st": "2026-11-21"}, "fail error"),
        ("SAS004", {"se": "2026-12-14"}, "fail error"),
        ("SAS004", {"se": "2026-12-14T00:00Z"}, "pass"),
        ("SAS004", {"se": "2026-12-14T00%3A00%3A00Z"}, "pass"),
        ("SAS004", {"se": "2026-12-14T00:00:00"}, "fail error"),
        ("SAS004", {"se": "2026-13-14T00:00:00Z"}, "fail error"),
        ("SAS004", {"se": "2026-12-14T00:00:00Z&se=2027-12-14T00:00:00Z"}, "fail error"),
        ("SAS004", {"se": "٢٠٢٦-12-14T00:00:00Z"}, "fail error"),
        ("SAS004", {"se": "9999-12-31T23:59:59-14:00"}, "fail error"),
        ("SAS005", {"st": "2026-11-21T12:00:00Z"}, "pass"),
        ("SAS005", {"st": "2026-11-21T12:00:01Z"}, "fail warning"),
        ("SAS005", {"st": "2026-11-21T13:00:00%2B01:00"}, "pass"),
        ("SAS005", {"st": "2026-11-22T12:00:00Z"}, "fail warning"),
        ("SAS005", {"st": "2026-11-22T12:00:01Z"}, "fail error"),
        ("SAS005", {"st": "2026-11-21"}, "not-applicable"),
        ("SAS005", {"st": None}, "not-applicable"),
        ("SAS006", {"se": "2026-12-13T12:00:00Z"}, "pass"),
        ("SAS006", {"se": "2026-12-13T11:59:59Z"}, "fail error"),
        ("SAS006", {"se": "2026-11-22T12:00:00Z"}, "fail error"),
        ("SAS006", {"se": "2020-01-01T00:00:00Z"}, "fail error"),
        ("SAS006", {"se": "2026-12-31"}, "not-applicable"),
        ("SAS006", {"se": "2026-12-14T00:00:00-01:00"}, "pass"),
        ("SAS006", {"se": "2026-12-13T12:00:00%2B01:00"}, "fail error"),
        ("SAS008", {"spr": None}, "fail warning"),
        # The same in capitals is another parameter, and a second value to whom it is not.
        ("SAS002", {"sp": None, "SP": "rl"}, "fail error"),
        ("SAS002", {"SP": "rwl"}, "fail error"),
        ("SAS002", {"sp": None, "%73p": "rl"}, "pass"),
        ("SAS003", {"Sr": "b"}, "fail error"),
        ("SAS004", {"SE": "2026-11-23T00:00:00Z"}, "fail error"),
        ("SAS006", {"SE": "2026-11-23T00:00:00Z"}, "not-applicable"),
        ("SAS008", {"SPR": "http"}, "fail warning"),
        # Some addresses only; a stored policy; the whole account; a directory.
        ("SAS002", {"sip": "203.0.113.1"}, "fail warning"),
        ("SAS002", {"sip": "203.0.113.1", "sp": "r"}, "fail error"),
        ("SAS002", {"si": "policy", "sp": None}, "fail error"),
        ("SAS004", {"si": "policy", "st": None, "se": None}, "fail error"),
        ("SAS003", {"sr": None, "ss": "b", "srt": "co"}, "fail error"),
        ("SAS003", {"ss": "b", "srt": "sco"}, "fail error"),
        ("SAS003", {"srt": "sco"}, "fail error"),
        ("SAS003", {"SS": "b"}, "fail error"),
        ("SAS003", {"sr": "d", "sdd": "1"}, "fail error"),
        # With a user's key: it ends with its key, and begins with it.
        ("SAS006", {"skoid": "x", "skt": "2026-11-21T00:00:00Z", "ske": "2026-11-28T00:00:00Z"}, "fail error"),
        ("SAS006", {"skoid": "x", "skt": "2026-11-21T00:00:00Z", "ske": "2026-12-20T00:00:00Z"}, "fail error"),
        ("SAS004", {"skoid": "x", "sktid": "y", "sks": "b", "skv": "2022-11-02"}, "fail error"),
        ("SAS005", {"skoid": "x"}, "not-applicable"),
        ("SAS006", {"skoid": "x"}, "not-applicable"),
        ("SAS005", {"skt": "2026-11-22T13:00:00Z", "ske": "2026-11-28T00:00:00Z"}, "fail error"),
        ("SAS005", {"skt": "2026-11-20T00:00:00Z"}, "pass"),
        ("SAS004", {"skt": "2026-11-21T00:00:00Z", "ske": "2026-11-28"}, "fail error"),
        ("SAS006", {"ske": "2026-11-28"}, "not-applicable"),
        ("SAS008", {"spr": "https,http"}, "fail warning"),
    ],
)
def test_each_parameter(code, changes, verdict) -> None:
    assert told(code, of_url(query(**changes))) == verdict


def test_what_the_certification_answers_is_in_the_evidence() -> None:
    assert "due to incorrect SAS Uri." in judge("SAS004", of_url(query(se="2026-12-14"))).evidence[0]
    assert "using provided SAS Uri." in judge("SAS004", of_url(query(se=None))).evidence[0]
    assert "due to authorization error." in judge("SAS006", of_url(query(se="2020-01-01T00:00:00Z"))).evidence[0]


def test_a_url_without_a_query_fails_once() -> None:
    vhd = of_url("")
    given = {code: told(code, vhd) for code in CODES}
    assert given == dict.fromkeys(CODES, "not-applicable") | {"SAS001": "fail error", "SAS007": "pass"}


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("vhds/disk.vhd", "pass"),
        ("vhds/my disk.vhd", "fail error"),
        ("vhds/my%20disk.vhd", "fail error"),
        ("vhds/my%09disk.vhd", "fail error"),
        ("vhds/disk.vhdx", "fail error"),
        ("vhds/", "fail error"),
        ("vhds/disk.vhd%20", "fail error"),
        ("vhds/2026/disk.vhd", "pass"),
        ("$root/disk.vhd", "pass"),
        ("3vh-ds/disk.vhd", "pass"),
        # Names of containers that Azure refuses.
        ("my vhds/disk.vhd", "fail error"),
        ("Vhds/disk.vhd", "fail error"),
        ("v_ds/disk.vhd", "fail error"),
        ("ab/disk.vhd", "fail error"),
        ("-vhds/disk.vhd", "fail error"),
        ("vhds-/disk.vhd", "fail error"),
        ("vh--ds/disk.vhd", "fail error"),
        (f"{'v' * 63}/disk.vhd", "pass"),
        (f"{'v' * 64}/disk.vhd", "fail error"),
        # What a client leaves out, or a reader does not see.
        ("vhds/../disk.vhd", "fail error"),
        ("vhds/%2e%2e/disk.vhd", "fail error"),
        ("vhds/./disk.vhd", "fail error"),
        ("vhds//disk.vhd", "fail error"),
        ("vhds/disk%00.vhd", "fail error"),
        ("vhds/dis%E2%80%8Bk.vhd", "fail error"),
        ("vhds/disk%FF.vhd", "fail error"),
        ("vhds/my disks/disk.vhd", "fail error"),
        ("vhds/my%2Fdisk.vhd", "pass"),
        # A question mark that was encoded: the query is a part of the name.
        ("vhds/disk.vhd%3Fsv=1&x=.vhd", "fail error"),
    ],
)
def test_the_name_in_the_url(path, verdict) -> None:
    assert told("SAS007", of_url(query(), f"https://contoso.blob.core.windows.net/{path}")) == verdict


@pytest.mark.parametrize(
    ("start", "verdict"),
    [
        ("https://contoso.blob.core.windows.net/vhds", "pass"),
        ("https://contoso.blob.core.windows.net:443/vhds", "pass"),
        ("HTTPS://Contoso.Blob.Core.Windows.Net/vhds", "pass"),
        ("http://127.0.0.1:10000/devstoreaccount1/vhds", "pass"),
        ("http://127.0.0.1:10000/my_account/vhds", "pass"),
        ("https://contoso.z12.blob.storage.azure.net/vhds", "fail warning"),
        ("https://contoso.blob.core.usgovcloudapi.net/vhds", "fail warning"),
        ("https://contoso-secondary.blob.core.windows.net/vhds", "fail warning"),
        ("https://contoso.blob.core.windows.net", "fail warning"),
        ("http://contoso.blob.core.windows.net/vhds", "fail error"),
        ("https://contoso.blob.core.windows.net:8443/vhds", "fail error"),
        ("https://me@contoso.blob.core.windows.net/vhds", "fail error"),
        ("https://contoso.blob.core.windows.net@example.com/vhds", "fail error"),
        ("https://contoso.blob.core.windows.net.example.com/vhds", "fail error"),
        ("https://example.com/vhds", "fail error"),
        ("https://contoso.file.core.windows.net/vhds", "fail error"),
    ],
)
def test_the_address_of_the_blob(start, verdict) -> None:
    assert told("SAS007", of_url(query(), f"{start}/disk.vhd")) == verdict


def test_a_query_behind_a_fragment_is_none() -> None:
    assert told("SAS001", of_url("#" + query())) == "fail error"


def test_what_a_stored_policy_holds_is_said_to_be_unseen() -> None:
    vhd = of_url(query(si="policy", sp=None, se=None))
    for code in ("SAS002", "SAS004"):
        assert "stored policy" in judge(code, vhd).message
    assert "stored policy" in judge("SAS002", of_url(query(si="policy"))).evidence[0]


def test_no_result_holds_a_password_of_the_address() -> None:
    vhd = of_url(query(), "https://me:hunter2@contoso.blob.core.windows.net/vhds/disk.vhd")
    assert "hunter2" not in repr([judge(code, vhd) for code in CODES]) + repr(vhd)


def test_the_fix_makes_a_signature_that_passes() -> None:
    vhd = of_url(query(sp="r"), "https://contoso.blob.core.windows.net/it's $(x)/disk.vhd")
    words = shlex.split(judge("SAS002", vhd).fix.steps[0])
    given = dict(zip(words[4::2], words[5::2], strict=False))
    at = {
        name: words[words.index(name) + 1]
        for name in ("--account-name", "--name", "--permissions", "--start", "--expiry")
    }
    assert given is not None
    assert (at["--account-name"], at["--name"]) == ("contoso", "it's $(x)")
    again = of_url(query(sp=at["--permissions"], st=at["--start"], se=at["--expiry"]))
    assert {told(code, again) for code in CODES} == {"pass"}
    assert at["--start"][:10] == "2026-11-21"
    assert TODAY.isoformat().startswith("2026-11-22")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("changes", [{}, {"sp": "w"}, {"se": None}, {"sr": "b", "spr": None}])
def test_no_result_holds_the_signature(code, changes) -> None:
    vhd = of_url(query(**changes))
    assert SECRET not in repr(judge(code, vhd))
    assert SECRET not in repr(vhd)


def test_the_id_is_the_url_without_its_query() -> None:
    vhd = url_alone("https://Contoso.blob.core.windows.net/Vhds/Disk.vhd" + query() + "#part")
    assert vhd.id.text == "https://Contoso.blob.core.windows.net/Vhds/Disk.vhd"
    assert parse_qs(query()[1:])["sig"]


def test_two_question_marks_are_no_query() -> None:
    result = judge("SAS001", of_url("?" + query()))
    assert result.verdict == "fail"
    assert "two question marks" in result.message


@pytest.mark.parametrize("asked", ["restype=container&comp=list", "comp=list", "snapshot=2026-01-01", "versionid=1"])
def test_what_asks_for_something_else_than_the_blob_is_told(asked) -> None:
    assert told("SAS007", of_url(query() + "&" + asked)) == "fail warning"
    assert told("SAS007", of_url(query() + "&" + asked, "https://example.com/vhds/disk.vhd")) == "fail error"


def test_an_empty_address_and_capitals_are_told_as_what_they_are() -> None:
    assert "sip is there and empty" in judge("SAS002", of_url(query(sip=""))).message
    more = judge("SAS002", of_url(query(SP="rwdl"))).message
    assert more.endswith("rl, SP=rwdl: it is not exactly read and list")


@pytest.mark.parametrize("name", ["st", "sp", "sr", "sip", "spr", "SP", "skt", "ss"])
@pytest.mark.parametrize("hidden", ["%26sig=a;{}", "%26s%69g={}", "%3Fsig%3D{}", "%2526sig%253D{}", ";sig={}"])
def test_a_signature_within_another_value_is_a_secret_too(name, hidden) -> None:
    """As a query whose ampersands were encoded has it."""
    vhd = of_url(query(**{name: "x" + hidden.format(SECRET)}))
    assert SECRET not in repr(vhd) + repr([judge(code, vhd) for code in CODES])


@pytest.mark.parametrize("sign", ["%3F", "%3f", "%253F", "&"])
def test_a_query_that_became_a_part_of_the_name_is_a_secret_too(sign) -> None:
    vhd = url_alone(f"https://contoso.blob.core.windows.net/vhds/disk.vhd{sign}sv=1&s%69g=a;{SECRET}")
    assert SECRET not in repr(vhd) + repr([judge(code, vhd) for code in (*CODES, "VHD002")])
    assert told("SAS001", vhd) == "fail error"
    assert told("SAS007", vhd) == "fail error"
