"""A file behind a URL, on servers that behave and on servers that do not; and that the signature stays a secret."""

from __future__ import annotations

import contextlib
import random
import socket
import threading

import pytest
from misbehaving import Quiet, serving

from checker.errors import SourceProblem
from checker.inspect.bytes import DiskUnreadable
from checker.inspect.cache import REQUEST_SIZE, BlockCache
from checker.inspect.ranges import Patience, RangedUrl
from checker.sandbox.tls import certificate

SECRET = "c2VjcmV0U2lnbmF0dXJl"
QUERY = f"?sv=2022-11-02&sp=rl&sig={SECRET}%3D"
HASTY = Patience(request=0.3, pause=0.0, longest_pause=0.0, tries=2)

CONTENT = random.Random(5).randbytes(3 * REQUEST_SIZE + 1000)


def test_ranges_are_read_and_the_query_goes_to_the_server_only() -> None:
    with serving(CONTENT) as server, RangedUrl(server.url + QUERY, HASTY) as file:
        assert file.size == len(CONTENT)
        assert file.properties.type == "PageBlob"
        assert file.read(10, 20) == CONTENT[10:30]
        assert len(server.asked) == 1
        assert file.read(REQUEST_SIZE - 5, 10) == CONTENT[REQUEST_SIZE - 5 : REQUEST_SIZE + 5]
        assert file.read(len(CONTENT) - 512, 512) == CONTENT[-512:]
        assert SECRET not in repr(file) + file.shown
        path, headers = server.asked[-1]
    assert path == "/vhds/disk.vhd" + QUERY
    assert headers["Range"] == headers["x-ms-range"] == f"bytes={len(CONTENT) - 512}-{len(CONTENT) - 1}"
    assert "x-ms-version" not in {name.lower() for name in headers}


def test_under_a_cache_the_whole_file_takes_as_many_requests_as_it_must() -> None:
    with serving(CONTENT) as server, RangedUrl(server.url + QUERY, HASTY) as file:
        cache = BlockCache(file)
        assert cache.read(0, 512) + cache.read(512, len(CONTENT) - 512) == CONTENT
        assert len(server.asked) == cache.requests == 2


def test_an_empty_file_opens() -> None:
    with serving(b"") as server, RangedUrl(server.url, HASTY) as file:
        assert file.size == 0


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("ignores-range", "does not know ranges"),
        ("redirects", "a redirect"),
        ("closes", "2 tries"),
        ("speaks-no-http", "no HTTP"),
        ("stalls", "did not answer in full within 0.3 seconds"),
        ("drips", "did not answer in full within 0.3 seconds"),
        ("drips-headers", "did not answer in full within 0.3 seconds"),
        ("length-below-zero", "another length than that of the range"),
        ("length-too-large", "another length than that of the range"),
        ("too-short", "sent less than it promised"),
        ("too-long", "another length than that of the range"),
        ("other-range", "another range"),
        ("no-range", "does not say which range"),
        ("zips", "another encoding"),
        ("zips-on-the-way", "another encoding"),
        ("several-parts", "in several parts"),
        ("chunks-without-end", "sent more than it promised"),
        ("trailers-without-end", "did not answer in full within 0.3 seconds"),
        ("headers-without-end", "no HTTP"),
        ("a-header-without-end", "no HTTP"),
        ("asks-to-go-on-without-end", "did not answer in full within 0.3 seconds"),
        ("400", "answered 400 Error400"),
        ("403", "answered 403 Error403: the SAS is refused"),
        ("404", "no such file"),
        ("409", "answered 409 Error409"),
        ("412", "answered 412 Error412"),
        ("429", "answered 429 Error429 .2 tries"),
        ("416", "refuses a range"),
        ("503", "answered 503 Error503 .2 tries"),
    ],
)
@pytest.mark.parametrize("patience", [0, 1])
def test_a_server_that_misbehaves_gets_one_clear_error(mood, words, patience) -> None:
    with serving(CONTENT, mood, patience) as server:
        if patience == 0:
            with pytest.raises(SourceProblem, match=words) as problem:
                RangedUrl(server.url + QUERY, HASTY)
            assert str(problem.value).startswith(server.url + " cannot be opened: ")
        else:
            with RangedUrl(server.url + QUERY, HASTY) as file:
                with pytest.raises(DiskUnreadable) as problem:
                    file.read(REQUEST_SIZE, 512)
                asked = len(server.asked)
                # Who failed is not asked again.
                with pytest.raises(DiskUnreadable):
                    file.read(2 * REQUEST_SIZE, 512)
                assert len(server.asked) == asked
    assert SECRET not in str(problem.value)
    assert problem.value.__cause__ is None


@pytest.mark.parametrize("mood", ["changes", "huge", "has-no-version", "changes-date", "grows"])
def test_a_file_that_changes_while_it_is_read_is_unreadable(mood) -> None:
    with (
        serving(CONTENT, mood, 1) as server,
        RangedUrl(server.url, HASTY) as file,
        pytest.raises(DiskUnreadable, match="changed while it was read"),
    ):
        file.read(REQUEST_SIZE, 512)


def test_without_an_etag_the_date_tells_that_a_file_changed() -> None:
    with serving(CONTENT, "changes-date") as server, RangedUrl(server.url, HASTY) as file:
        with pytest.raises(DiskUnreadable, match="changed while it was read"):
            file.read(REQUEST_SIZE, 512)
        # What was read of the older file stays; nothing of the newer one comes to it.
        assert file.read(0, 512) == CONTENT[:512]
        server.mood = "well"
        with pytest.raises(DiskUnreadable, match="changed while it was read"):
            file.read(REQUEST_SIZE, 512)


def test_a_file_in_chunks_is_read() -> None:
    with serving(CONTENT, "chunks") as server, RangedUrl(server.url, Patience(request=10)) as file:
        assert file.read(REQUEST_SIZE, 512) == CONTENT[REQUEST_SIZE : REQUEST_SIZE + 512]
        assert file.read(REQUEST_SIZE + 1, 512) == CONTENT[REQUEST_SIZE + 1 : REQUEST_SIZE + 513]


def test_a_server_is_not_waited_for_without_end_however_well_it_answers() -> None:
    with serving(CONTENT) as server, RangedUrl(server.url, Patience(whole=0.0, request=10)) as file:
        with pytest.raises(DiskUnreadable, match="took more than 0 seconds"):
            file.read(REQUEST_SIZE, 512)
        assert len(server.asked) == 1


@pytest.mark.parametrize("after", ["999999999999", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "99999", "1e9", ""])
def test_a_server_that_asks_to_wait_for_ages_is_not_waited_for(after, monkeypatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("checker.inspect.ranges.time.sleep", waited.append)
    with serving(CONTENT, "503") as server:
        server.after = after
        with pytest.raises(SourceProblem, match="503"):
            RangedUrl(server.url, Patience(request=10, pause=1, longest_pause=3, tries=4))
        assert len(server.asked) == 4
    assert waited == ([3, 3, 3] if after == "99999" else [1, 2, 3])


class _Six(Quiet):
    address_family = socket.AF_INET6


def test_a_host_may_be_an_address_of_ipv6() -> None:
    with serving(CONTENT, kind=_Six, host="::1") as server, RangedUrl(server.url + QUERY, HASTY) as file:
        assert file.read(REQUEST_SIZE, 9) == CONTENT[REQUEST_SIZE : REQUEST_SIZE + 9]
        assert server.asked[0][1]["Host"] == server.url.split("/")[2]


def test_a_size_that_is_a_lie_is_found_out() -> None:
    with serving(CONTENT, "huge") as server, RangedUrl(server.url, HASTY) as file:
        assert file.size == 2**62
        server.mood = "well"
        with pytest.raises(DiskUnreadable):
            file.read(2**62 - 512, 512)


@pytest.mark.parametrize("mood", ["503", "429", "closes", "too-short", "stalls", "drips", "speaks-no-http"])
def test_a_server_that_recovers_is_read(mood) -> None:
    with serving(CONTENT, mood, patience=1) as server, RangedUrl(server.url, HASTY) as file:
        server.lasts = 1
        assert file.read(REQUEST_SIZE, 512) == CONTENT[REQUEST_SIZE : REQUEST_SIZE + 512]
        assert len(server.asked) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/disk.vhd",
        "http://127.0.0.1.example.com/x.vhd",
        "ftp://localhost/x.vhd",
        "x.vhd",
        "http://[::1/x",
        "https:///x.vhd",
        f"https://user:{SECRET}@example.com/x.vhd",
        f"https://{SECRET}@[::1/x.vhd",
        "http://127.0.0.1@example.com/x.vhd",
        "https://a..b/x.vhd",
        f"https://{'a' * 64}.example/x.vhd",
        "https://example.com:99999/x.vhd",
    ],
)
def test_what_is_no_url_of_a_disk_and_plain_http_to_other_machines_is_refused(url, monkeypatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("no machine is asked")

    monkeypatch.setattr("socket.socket.connect", connect)
    monkeypatch.delenv("https_proxy", raising=False)
    with pytest.raises(SourceProblem) as problem:
        RangedUrl(url + QUERY, HASTY)
    assert SECRET not in str(problem.value)
    assert "tries" not in str(problem.value)


@pytest.mark.parametrize(
    "proxy", ["http://proxy:port", "http://", "socks5://127.0.0.1:1", "http://[::1", f"https://user:{SECRET}@h"]
)
def test_a_proxy_that_cannot_be_used_is_told_of(proxy, monkeypatch) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(SourceProblem, match="the proxy that the environment names is not one of the form") as problem:
        RangedUrl("https://account.blob.example/vhds/disk.vhd" + QUERY, HASTY)
    assert SECRET not in str(problem.value)


def test_a_path_is_quoted_as_it_must_be() -> None:
    with serving(CONTENT) as server:
        RangedUrl(server.url.replace("disk", "my dìsk%20x") + "?sig=a b", HASTY).close()
        assert server.asked[0][0] == "/vhds/my%20d%C3%ACsk%20x.vhd?sig=a%20b"


def test_the_proxy_of_the_environment_is_used_and_its_refusal_is_told(monkeypatch) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse() -> None:
            client, _ = proxy.accept()
            with client:
                asked.append(client.recv(4096))
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://user:pass%40word@127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with pytest.raises(SourceProblem, match="the proxy refused the connection: 407") as problem:
            RangedUrl("https://account.blob.example/vhds/disk.vhd" + QUERY, HASTY)
        thread.join()
    assert asked[0].startswith(b"CONNECT account.blob.example:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNzQHdvcmQ=" in asked[0]
    assert "word" not in str(problem.value)
    assert SECRET.encode() not in asked[0]


def test_a_proxy_that_drips_is_cut_off(monkeypatch) -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def drip(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\r\n")
                while not over.wait(0.02):
                    client.sendall(b"X: y\r\n")

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=drip, args=(proxy.accept()[0],)).start()

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        try:
            with pytest.raises(SourceProblem, match="did not answer in full"):
                RangedUrl("https://account.blob.example/vhds/disk.vhd" + QUERY, HASTY)
        finally:
            over.set()
            proxy.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_over_tls_only_a_trusted_server_is_read(monkeypatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with certificate() as made, serving(CONTENT, context=made.context()) as server:
        with pytest.raises(SourceProblem, match="certificate is not trusted") as problem:
            RangedUrl(server.url + QUERY, HASTY)
        assert SECRET not in str(problem.value)
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        with RangedUrl(server.url + QUERY, Patience(request=10)) as file:
            assert file.read(REQUEST_SIZE, 9) == CONTENT[REQUEST_SIZE : REQUEST_SIZE + 9]


def test_a_server_that_says_two_things_of_a_blob_says_nothing() -> None:
    with serving(CONTENT, "says-two-kinds") as server, RangedUrl(server.url) as file:
        assert file.properties.type is None
