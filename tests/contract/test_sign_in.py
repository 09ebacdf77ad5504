"""Signing in that does not work is one line that says what to do, whatever the library makes of it."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("token", ["missing", "empty"])
def test_a_federated_token_that_is_no_good_is_one_line(tmp_path, token):
    file = tmp_path / "token"
    if token == "empty":
        file.write_text("")
    nowhere = "http://127.0.0.1:9"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "IMAGECHECK_"))},
        "AZURE_CLIENT_ID": "00000000-0000-0000-0000-000000000000",
        "AZURE_TENANT_ID": "00000000-0000-0000-0000-000000000000",
        "AZURE_FEDERATED_TOKEN_FILE": str(file),
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
    }
    command = "import sys; from checker.cli.main import run; sys.exit(run(sys.argv[1:]))"
    ended = subprocess.run(
        [sys.executable, "-c", command, "check", "--auth", "workload"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "mistake in imagecheck" not in ended.stderr
    wanted = str(file) if token == "missing" else "the sign-in service cannot be reached"
    assert wanted in ended.stderr
