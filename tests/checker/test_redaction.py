"""What must never be shown, and what must not be taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.redaction import REDACTED, redact, without_query


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://a.blob.core.windows.net/c/d.vhd?sv=2024&sig=Zm9vYmFy%3D&se=2027", "Zm9vYmFy"),
        ('{"sig": "Zm9vYmFy"}', "Zm9vYmFy"),
        ("https%3A%2F%2Fa%3Fsig%3DZm9vYmFy", "Zm9vYmFy"),
        ("Authorization: Bearer abcdef.ghijkl", "abcdef"),
        ("tokeneyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIi"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw"),
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9vYmFy==;", "Zm9vYmFy"),
        ('{\\"adminPassword\\": \\"hunter2 and more\\"}', "hunter2"),
        ("password='hunter2 and more'", "and more"),
        ("https://seller:hunter2@a.example/x", "hunter2"),
        ("Authorization: Digest abcdef", "abcdef"),
        ("access-token: abcdef", "abcdef"),
        ("AZURE_STORAGE_KEY=abcdef", "abcdef"),
        ("https%253A%252F%252Fa%253Fsig%253Dabcdef", "abcdef"),
        ("sig=REDACTEDabcdef", "abcdef"),
        ('{"password": {"value": "hunter2"}}', "hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE"),
    ],
)
def test_a_secret_is_replaced(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)
    assert REDACTED in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "/subscriptions/s/resourceGroups/design/providers/Microsoft.Compute/galleries/Basic",
        "Microsoft.Authorization/roleAssignments:RoleDefinitionId",
        "the Basic subscription",
        "signed: yes",
        "403 AuthorizationFailed: the client has no authorization to perform the action",
        "a bearer of news",
        "12:30:00",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_of_an_id_only_the_segment_with_the_secret_is_replaced() -> None:
    id = "/subscriptions/s/resourceGroups/client_secret=abc/providers/Microsoft.Compute/galleries/g"
    assert redact(id) == id.replace("abc", REDACTED)


@pytest.mark.parametrize(
    "piece",
    ["authorization: ", "token=", "eyJ", "sig", "://a:", "bearer ", "basic ", "password", 'secret"', "-----BEGIN "],
)
def test_a_text_made_to_be_slow_is_not(piece: str) -> None:
    # Quadratic patterns would need minutes for this; the run's own patience is the limit.
    redact(piece * 20_000)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/c/d.vhd?sv=1&sig=SeCrEt",
        "https://a.example/c/d.vhd?sv=1&s%69g=SeCrEt",
        "https://a.example/c/d.vhd?sv=1&sig=a;SeCrEt",
        "https://a.example/c/d.vhd%3Fsv=1&sig=a;SeCrEt",
        "https://a.example/c/d.vhd%253fsv=1&s%2569g=SeCrEt",
        "https://a.example/c/d.vhd#SeCrEt",
        "https://a.example/c/d.vhd&sig=SeCrEt",
        "https://a.example/c/d.vhd%26sig%3DSeCrEt",
        "https://user:SeCrEt@a.example/c/d.vhd?sv=1",
    ],
)
def test_a_url_is_shown_without_its_query(url):
    assert without_query(url) == "https://a.example/c/d.vhd"


@pytest.mark.parametrize("url", ["https://a.example/c/r&d/x.vhd", "https://a.example/c%20d/e.vhd"])
def test_a_url_without_a_query_stays(url):
    assert without_query(url) == url


@pytest.mark.parametrize("name", ["s%69g", "%73%69%67", "%53ig", "s%2569g", "SIG"])
def test_an_encoded_name_hides_no_signature(name):
    assert "SeCrEt" not in redact(f"see https://a.example/d.vhd?sv=1&{name}=SeCrEtVaLue&sp=r")
