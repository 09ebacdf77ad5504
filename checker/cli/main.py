"""The ``imagecheck`` command: commands are loaded when they are used, errors are one line."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from typing import Any, NoReturn

import click

from checker import __version__
from checker.cli.typed import Typed
from checker.errors import ImagecheckError

#: Each command with the module that holds it, and its line in the help.
_COMMANDS = {
    "check": "Judge images against Microsoft's requirements.",
    "permissions": "List the least Azure permissions that the rules need.",
    "report": "Write reports again from a saved run.",
    "rule": "Explain one rule.",
    "rules": "List the rules.",
    "sandbox": "Serve a tenant on loopback for other clients.",
    "snapshot": "Save the facts of a source, to check later.",
}


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"checker.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            # Only a mistyped command pays for looking for the nearest one.
            import difflib

            near = difflib.get_close_matches(args[0], _COMMANDS, 1)
            hint = f" did you mean {near[0]}?" if near else f" commands are {', '.join(sorted(_COMMANDS))}."
            raise click.UsageError(f"{error.message.rstrip('.')};{hint}", ctx) from None


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings, 2 a problem with the call, 3 not evaluated in full, 4 a fix failed, "
    "130 interrupted.",
)
@click.version_option(__version__, message="imagecheck %(version)s")
def cli() -> None:
    """Check Azure Marketplace VM images before you submit them.

    \b
    Start with the tenant that the program brings, then with your own:
      imagecheck check --source sandbox --output html=report.html
      imagecheck check --publisher a@contoso.com --publisher-tenant contoso.com
    """


def main() -> NoReturn:
    """Run the program and exit with its code. No exception reaches the user as a traceback."""
    _end_at_the_second_interrupt()
    sys.exit(run(sys.argv[1:], sys.argv[0]))


def _end_at_the_second_interrupt() -> None:
    """Let the first Ctrl-C end the run in order, and leave the second to the system, which ends it at once."""

    def interrupted(number: int, _: object) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    # Where the signal is ignored, as in the background of a script, it stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupted)


def run(arguments: list[str], program: str = "imagecheck") -> int:
    """Run the program with arguments; the exit code. ``program`` is how it was called."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal's encoding lacks is shown as an escape, not answered by a crash.
            stream.reconfigure(errors="backslashreplace")
    try:
        _check_packages()
        code = cli.main(
            args=arguments, prog_name="imagecheck", standalone_mode=False, obj=Typed(program, tuple(arguments))
        )
        _flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        _flush()
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as help:
        click.echo(help.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return _fail(_usage_words(error))
    except ImagecheckError as error:
        return _fail_with_details(error, arguments)
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted")
        return 130
    except (BrokenPipeError, SystemExit) as stop:
        if isinstance(stop, SystemExit) and "_IMAGECHECK_COMPLETE" in os.environ:
            # So ends the shell's question for its script, or for what could be typed next.
            return stop.code if isinstance(stop.code, int) else 0
        # The reader went away (`| head`), which click answers by leaving: nobody is left to say anything to.
        _drop_stdout()
        return 128 + 13
    except OSError as error:
        _drop_stdout()
        return _fail(error.strerror or str(error))
    except Exception as error:  # the last line of defence: a mistake of ours is one line too
        return _fail_unexpectedly(error, arguments)


def _flush() -> None:
    """Write out what is buffered; a reader that went away does not change the exit code."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()


def _drop_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not fail on it at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def _check_packages() -> None:
    from checker.packages import check_packages

    check_packages()


def _usage_words(error: click.ClickException) -> str:
    near = error.possibilities if isinstance(error, click.NoSuchOption) else None
    # The nearest comes first; click itself would list them by their letters.
    words = f"{error.message.rstrip('.')}; did you mean {near[0]}?" if near else error.format_message()
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "imagecheck"
    return f"{words} (see `{path} --help`)"


def _fail(words: str) -> int:
    _say(f"error: {words}")
    return 2


def _fail_with_details(error: ImagecheckError, arguments: list[str]) -> int:
    code = _fail(str(error))
    if {"-v", "--verbose"} & set(arguments):
        for line in error.details.splitlines():
            _say(f"  {line}")
    return code


def _fail_unexpectedly(error: Exception, arguments: list[str]) -> int:
    _say(f"error: a mistake in imagecheck itself: {type(error).__name__}: {error}; -v shows where; please report it")
    if {"-v", "--verbose"} & set(arguments):
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            _say(f"  in {code.co_name}, {code.co_filename}:{trace.tb_lineno}")
            trace = trace.tb_next
    return 2


def _say(words: str) -> None:
    """One line on standard error, without secrets and without anything that could move the cursor."""
    from checker.redaction import redact
    from checker.visible import visible

    line = " ".join(visible(redact(words)).split())
    click.echo(f"imagecheck: {line}", err=True)
