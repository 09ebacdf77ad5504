"""``imagecheck sandbox``: serve a tenant on loopback."""

from __future__ import annotations

from typing import Any

import click

from checker.cli.settings import envvar


@click.command("sandbox", short_help="Serve a tenant on loopback for other clients.")
@click.argument("file", required=False, metavar="[FILE]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    envvar=envvar("port"),
    metavar="N",
    help="The port on 127.0.0.1.  [default: one that is free]",
)
@click.option(
    "--tls", is_flag=True, envvar=envvar("tls"), help="HTTPS with a certificate made for the run, as `az` needs it."
)
@click.option("--save", envvar=envvar("save"), metavar="FILE", help="Write what is left as a snapshot at the end.")
@click.option("--log", envvar=envvar("log"), metavar="FILE", help="Write one JSON line for each request.")
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Serve a saved snapshot, or the tenant that the program brings, as Azure would, until Ctrl-C or SIGTERM.

    Clients bear the token in IMAGECHECK_SANDBOX_TOKEN; without one a token is made and printed. FILE is never
    changed unless --save names it.

    \b
    Its own control side, with the same token, under the printed URL:
      GET    /sandbox            pace, faults, number of requests
      PUT    /sandbox/pace       {"like_azure": true, "polls": 2, "page_size": 2,
                                 "lag": 1, "latency_ms": 50}
      POST   /sandbox/faults     {"path": "/galleries/*", "status": 429,
                                 "retry_after": 1, "times": 3}
      DELETE /sandbox/faults     no more faults
      GET    /sandbox/log        the requests so far
      GET    /sandbox/snapshot   the store as it is; PUT replaces it
    """
    from checker.cli.run_sandbox import Wishes, run_sandbox

    ctx.exit(run_sandbox(Wishes(**values), ctx.obj))
