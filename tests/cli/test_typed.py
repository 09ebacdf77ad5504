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


def test_a_signature_is_not_shown_again() -> None:
    typed = Typed("imagecheck", ("check", "https://a.example/d.vhd?sv=1&sig=Zm9vYmFyYmF6"))
    assert "Zm9v" not in typed.again("--verbose")
