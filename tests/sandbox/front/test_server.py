import contextlib
import json
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from checker.sandbox import server
from checker.sandbox.server import serve


def body_of(answer):
    return json.loads(answer.partition(b"\r\n\r\n")[2])


# -- connections -----------------------------------------------------------------------------------


def test_a_connection_is_kept_for_many_requests(wire):
    connection = wire.connect()
    connection.connect()
    ports = set()
    for _ in range(200):
        answer, body = wire.get(connection, wire.front.subscriptions)
        assert answer.status == 200
        assert len(json.loads(body)["value"]) == 2
        ports.add(connection.sock.getsockname()[1])
    connection.close()
    assert len(ports) == 1


def test_an_answer_is_one_write(wire, monkeypatch):
    writes = []
    sendall = socket.socket.sendall

    def counted(self, data, *rest):
        if self.getsockname()[1] == wire.running.port:
            writes.append(len(data))
        return sendall(self, data, *rest)

    monkeypatch.setattr(socket.socket, "sendall", counted)
    connection = wire.connect()
    for target in (wire.front.subscriptions, "/nowhere", "/sandbox/snapshot"):
        wire.get(connection, target)
    connection.close()
    assert len(writes) == 3


def test_requests_that_are_sent_together_are_all_answered(wire):
    one = f"GET {wire.front.subscriptions} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {wire.front.token}\r\n"
    found = wire.send(one, one, one + "Connection: close")
    assert found.count(b"HTTP/1.1 200 OK") == 3


def test_an_old_client_is_answered_and_its_connection_closed(wire):
    found = wire.send(f"GET {wire.front.subscriptions} HTTP/1.0", f"Authorization: Bearer {wire.front.token}")
    assert found.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close\r\n" in found
    assert len(body_of(found)["value"]) == 2


def test_an_old_client_can_ask_for_its_connection_to_be_kept(wire):
    one = "GET /nowhere HTTP/1.0\r\nConnection: keep-alive\r\n"
    found = wire.send(one, "GET /nowhere HTTP/1.0")
    assert found.count(b"HTTP/1.1 401") == 2
    assert found.count(b"connection: keep-alive") == 1


def test_head_has_headers_only(wire):
    found = wire.send(
        "HEAD /metadata/endpoints?api-version=2022-09-01 HTTP/1.1", "Host: localhost", "Connection: close"
    )
    assert found.endswith(b"\r\n\r\n")
    assert found.count(b"\r\n\r\n") == 1


def test_fifty_threads_lose_no_line_of_the_log(front):
    told = []
    other = front.on(log=told.append)
    with serve(other.sandbox) as running:

        def work():
            for _ in range(20):
                request = urllib.request.Request(
                    running.url + front.subscriptions, headers={"Authorization": f"Bearer {front.token}"}
                )
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                    answer.read()

        threads = [threading.Thread(target=work) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [entry["status"] for entry in told] == [200] * 1000


# -- what is no good request --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["example.com", "127.0.0.1.example.com", "169.254.169.254", "localhost@evil", "[::2]", "127.0.0.1:99999", ""],
)
def test_another_name_than_loopback_is_refused(wire, host):
    found = wire.send("GET /metadata/endpoints?api-version=2022-09-01 HTTP/1.1", f"Host: {host}")
    assert found.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 "))
    assert "error" in body_of(found)
    assert host.encode() not in found or not host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:80", "LOCALHOST", "[::1]:8080"])
def test_links_lead_where_the_client_is(wire, host):
    found = wire.send("GET /metadata/endpoints?api-version=2022-09-01 HTTP/1.1", f"Host: {host}", "Connection: close")
    assert body_of(found)["resourceManager"] == f"http://{host}"


@pytest.mark.parametrize(
    "lines",
    [
        ["GET"],
        ["GET /"],
        ["\x00\x01\x02"],
        ["GET / HTTP/9.9"],
        ["GET / FTP/1.1"],
        ["GET / HTTP/1.1"],
        ["GET / HTTP/1.1", "Host: localhost", "Host: localhost"],
        ["GET / HTTP/1.1", "Host: localhost", "Content-Length: -1"],
        ["GET / HTTP/1.1", "Host: localhost", "Content-Length: 1x"],
        ["GET / HTTP/1.1", "Host: localhost", "Content-Length: 1", "Content-Length: 2"],
        ["GET / HTTP/1.1", "Host: localhost", "Authorization: a", "Authorization: b"],
        ["BREW / HTTP/1.1", "Host: localhost"],
        ["CONNECT management.azure.com:443 HTTP/1.1", "Host: localhost"],
        ["POST / HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked", "", "5", "hello", "0"],
        ["GET /" + "x" * 40_000 + " HTTP/1.1", "Host: localhost"],
        ["GET / HTTP/1.1", "Host: localhost", *(f"X-{n}: y" for n in range(200))],
        ["GET / HTTP/1.1", "Host: localhost", "X: " + "y" * 70_000],
        ["GET / HTTP/1.1", "Host: localhost", *(f"X-{n}: {'y' * 30_000}" for n in range(4))],
    ],
    ids=lambda lines: f"{lines[0][:20]}-{len(lines)}-{lines[-1][:20]}",
)
def test_what_is_no_request_is_refused_in_an_envelope_and_the_server_goes_on(wire, lines):
    found = wire.send(*lines)
    status = int(found.split()[1])
    assert 400 <= status < 506
    assert b"connection: close\r\n" in found
    assert set(body_of(found)["error"]) == {"code", "message"}
    assert b"Traceback" not in found
    answer, _ = wire.once(wire.front.subscriptions)
    assert answer.status == 200


def test_a_body_that_is_too_large_is_refused_even_while_it_is_sent(wire):
    body = b"x" * (server.MAX_BODY + 1)
    found = wire.send("PUT /subscriptions HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", body=body)
    assert found.startswith(b"HTTP/1.1 413 ")
    assert "larger than" in body_of(found)["error"]["message"]


def test_a_client_that_asks_first_does_not_send_what_is_too_large(wire):
    with wire.socket() as connection:
        connection.sendall(
            b"PUT / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_asks_first_is_told_to_go_on(wire):
    with wire.socket() as connection:
        connection.sendall(b"PUT / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_a_client_that_leaves_in_the_middle_harms_nobody(wire):
    for text in (
        b"",
        b"GET",
        b"GET / HTTP/1.1\r\nHost:",
        b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc",
    ):
        with wire.socket() as connection:
            connection.sendall(text)
    answer, _ = wire.once(wire.front.subscriptions)
    assert answer.status == 200


def test_a_body_of_a_request_that_is_refused_is_not_taken_for_the_next_request(wire):
    one = "PUT /subscriptions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 36"
    found = wire.send(
        one,
        body=b"GET /sandbox HTTP/1.1\r\nHost: a.b\r\n\r\n"
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    assert found.count(b"HTTP/1.1 ") == 2


def test_what_is_malformed_is_logged_too(wire):
    wire.send("GET /a?sig=x HTTP/1.1", "Host: evil.example")
    entry = wire.front.log()[0]
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/a", 421)


def test_no_header_can_be_smuggled_into_an_answer(wire, monkeypatch):
    from checker.sandbox.message import Response

    class Naive:
        def answer(self, request):
            return Response(200, {}, {"location": request.query["to"]})

    monkeypatch.setattr(wire.front.sandbox, "_services", [Naive()])
    answer, _ = wire.once("/subscriptions?api-version=2022-12-01&to=a%0d%0aset-cookie:%20b%C4%80")
    assert answer.getheader("set-cookie") is None
    assert answer.getheader("location").startswith("a  set-cookie")


# -- the end --------------------------------------------------------------------------------------------


def test_the_server_ends_while_clients_are_connected(front):
    with serve(front.sandbox) as running:
        idle = socket.create_connection(("127.0.0.1", running.port))
        half = socket.create_connection(("127.0.0.1", running.port))
        half.sendall(b"GET / HT")
    for connection in (idle, half):
        connection.settimeout(60)
        with contextlib.suppress(ConnectionError):
            assert connection.recv(1) == b""
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.port), timeout=5)


def test_a_request_that_is_being_answered_is_answered_before_the_end(front, monkeypatch):
    from checker.sandbox.message import Response

    began, go_on = threading.Event(), threading.Event()

    class Slow:
        def answer(self, request):
            began.set()
            go_on.wait(60)
            return Response(200, {"done": True})

    monkeypatch.setattr(front.sandbox, "_services", [Slow()])
    found = []
    with serve(front.sandbox) as running:
        request = urllib.request.Request(
            running.url + front.subscriptions, headers={"Authorization": f"Bearer {front.token}"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        client = threading.Thread(target=lambda: found.append(json.load(opener.open(request))))
        client.start()
        began.wait(60)
        threading.Timer(0.2, go_on.set).start()
    client.join()
    assert found == [{"done": True}]


def test_a_port_that_is_taken_is_an_error(wire):
    with pytest.raises(OSError, match=r"in use|permitted"), serve(wire.front.sandbox, wire.running.port):
        pass


def test_latency_is_waited_for_outside_the_lock(wire):
    wire.front.ask("PUT", "/sandbox/pace", {"latency_ms": 300})
    started = time.monotonic()
    threads = [threading.Thread(target=lambda: wire.once(wire.front.subscriptions)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started >= 0.3
    assert len(wire.front.log()) == 9
