import os
import socket
import ssl
import stat
import sys
import urllib.request

import pytest

from checker.errors import SourceProblem
from checker.sandbox import tls
from checker.sandbox.server import serve


@pytest.mark.parametrize("way", ["openssl", "cryptography"])
def test_a_client_that_trusts_the_authority_of_the_run_is_answered(front, way, monkeypatch):
    if way == "cryptography":
        pytest.importorskip("cryptography")
        monkeypatch.setenv("PATH", "")
    with tls.certificate() as made:
        assert {path.name for path in made.key.parent.iterdir()} >= {"ca.pem", "server.pem", "server.key"}
        assert not (made.key.parent / "ca.key").exists()
        if os.name == "posix":
            assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
            assert stat.S_IMODE(made.key.parent.stat().st_mode) == 0o700
        context = ssl.create_default_context(cafile=str(made.authority))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with serve(front.sandbox, tls=made.context()) as running:
            assert running.url.startswith("https://127.0.0.1:")
            for host in ("127.0.0.1", "localhost"):
                url = f"https://{host}:{running.port}"
                with opener.open(f"{url}/metadata/endpoints?api-version=2022-09-01") as answer:
                    assert f'"resourceManager":"{url}"'.encode() in answer.read()
    assert not made.key.exists()


def test_a_client_that_does_not_speak_tls_holds_up_nobody(front):
    with tls.certificate() as made, serve(front.sandbox, tls=made.context()) as running:
        silent = socket.create_connection(("127.0.0.1", running.port))
        with socket.create_connection(("127.0.0.1", running.port)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        context = ssl.create_default_context(cafile=str(made.authority))
        with (
            socket.create_connection(("127.0.0.1", running.port)) as connection,
            context.wrap_socket(connection, server_hostname="localhost") as secure,
        ):
            secure.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert secure.recv(65536).startswith(b"HTTP/1.1 401")
    silent.close()


def test_without_anything_that_makes_certificates_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    with pytest.raises(SourceProblem, match="install the program openssl"), tls.certificate():
        pass
