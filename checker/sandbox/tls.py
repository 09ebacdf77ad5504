"""A certificate for loopback, made for one run: no key outlives it, and the authority's not even the start.

The standard library cannot make certificates: the program ``openssl`` does it, or the package ``cryptography``.
"""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from checker.errors import SourceProblem

_DAYS = 30
_AUTHORITY = "imagecheck sandbox, for this run only"
_CONFIG = f"""
[req]
distinguished_name = none
prompt = no
[none]
CN = {_AUTHORITY}
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, IP:::1, DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Certificate:
    """Files of a run: what a client trusts (``authority``), and what the server shows."""

    authority: Path
    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.chain, self.key)
        return context


@contextlib.contextmanager
def certificate() -> Iterator[Certificate]:
    """Make a certificate in a folder that only its owner can read, removed at the end.

    Raises SourceProblem where neither openssl nor cryptography is there.
    """
    with tempfile.TemporaryDirectory(prefix="imagecheck-sandbox-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        found = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
        if not _by_openssl(folder):
            _by_cryptography(found)
        found.key.chmod(0o600)
        yield found


def _by_openssl(folder: Path) -> bool:
    (folder / "openssl.cnf").write_text(_CONFIG, encoding="ascii")
    new_key = ("-newkey", "rsa:2048", "-nodes", "-sha256", "-config", "openssl.cnf")
    days = ("-days", str(_DAYS))
    steps = (
        ("req", "-x509", *new_key, *days, "-extensions", "authority", "-keyout", "ca.key", "-out", "ca.pem"),
        ("req", "-new", *new_key, "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr"),
        (
            *("x509", "-req", "-sha256", *days, "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
            *("-set_serial", str(int(datetime.now(UTC).timestamp())), "-out", "server.pem"),
            *("-extfile", "openssl.cnf", "-extensions", "server"),
        ),
    )
    try:
        for step in steps:
            command = ("openssl", *step)
            subprocess.run(command, cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return False
    finally:
        (folder / "ca.key").unlink(missing_ok=True)
    return True


def _by_cryptography(to: Certificate) -> None:
    try:
        x509, hashes, keys, ids = (
            importlib.import_module(f"cryptography.{name}")
            for name in ("x509", "hazmat.primitives.hashes", "hazmat.primitives.asymmetric.ec", "x509.oid")
        )
        serialization = importlib.import_module("cryptography.hazmat.primitives.serialization")
    except ImportError:
        raise SourceProblem(
            "--tls needs something that makes a certificate: install the program openssl, or the Python package "
            "cryptography beside imagecheck"
        ) from None

    def name(text: str) -> Any:
        return x509.Name([x509.NameAttribute(ids.NameOID.COMMON_NAME, text)])

    def usage(**given: bool) -> Any:
        every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        rest = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
        return x509.KeyUsage(**{**dict.fromkeys((*every, *rest), False), **given})

    def builder(subject: str, key: Any, signer: Any) -> Any:
        now = datetime.now(UTC)
        found = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(_AUTHORITY))
        found = found.public_key(key.public_key()).serial_number(x509.random_serial_number())
        found = found.not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + timedelta(days=_DAYS))
        found = found.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        return found.add_extension(issuer, critical=False)

    authority_key, server_key = (keys.generate_private_key(keys.SECP256R1()) for _ in range(2))
    authority = (
        builder(_AUTHORITY, authority_key, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
    server = (
        builder("127.0.0.1", server_key, authority_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ids.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([*names, x509.DNSName("localhost")]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    to.authority.write_bytes(authority.public_bytes(pem))
    to.chain.write_bytes(server.public_bytes(pem))
    private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    to.key.touch(mode=0o600)
    to.key.write_bytes(server_key.private_bytes(pem, *private))
