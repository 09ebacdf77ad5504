import pytest

from checker.cli.typed import Typed


@pytest.mark.parametrize(
    ("arguments", "again"),
    [
        ("check gallery:a/b --source sandbox", "check --verbose gallery:a/b --source sandbox"),
        ("check --fix --yes --unsafe-fixes --guest-is-prepared vm:a/b", "check --verbose vm:a/b"),
        ("check --fix --dry-run --max-changes 3 vm:a/b", "check --verbose vm:a/b"),
        ("check --fix --max-changes=3 vm:a/b", "check --verbose vm:a/b"),
        ("check --fix --max-changes", "check --verbose"),
        ("", "check --verbose"),
    ],
)
def test_the_command_again_without_what_let_it_change_things(arguments: str, again: str) -> None:
    assert Typed("imagecheck", tuple(arguments.split())).again("--verbose") == f"imagecheck {again}"


def test_an_option_that_was_given_gets_its_new_value() -> None:
    typed = Typed("imagecheck", ("check", "--fail-on", "error", "--fail-on=error", "vm:a/b"))
    assert typed.again("--fail-on", "warning") == "imagecheck check --fail-on warning vm:a/b"


@pytest.mark.parametrize(
    "query", ["sv=1&sig=Zm9vYmFyYmF6", "s%69g=Zm9vYmFyYmF6", "sig=a;Zm9vYmFyYmF6", "sig=a'Zm9vYmFyYmF6"]
)
@pytest.mark.parametrize(
    "form", ["https://a.example/d.vhd?", "vhd:HTTPS://a.example/d.vhd?", "https://a.example/d.vhd%3f"]
)
def test_a_signature_is_not_shown_again(form: str, query: str) -> None:
    again = Typed("imagecheck", ("check", form + query)).again("--verbose")
    assert "Zm9v" not in again
    assert "a.example/d.vhd?SAS" in again
