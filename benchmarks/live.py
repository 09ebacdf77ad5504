"""The live source against a sandbox in a process of its own: requests, CPU and wall time of the client.

The sandbox's CPU time does not count, but it takes a core: on a machine with one, wall times at no latency are its.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import Spent, imagecheck, median, output_of, spend
from benchmarks.tenant import SUBSCRIPTION, TENANT, USER_NAME

_VERSIONS = (1, 100, 2_000)
_LATENCIES_MS = (0, 50)
_THREADS = 8
#: How many bodies a page holds. Azure decides that by itself and documents no number; the sandbox is told this one.
_PAGE = 50
_TOKEN = "IMAGECHECK_SANDBOX_TOKEN"

#: A bare loop: one connection, one GET after the other, the JSON parsed. Prints the CPU seconds of the loop alone.
_BARE = """
import sys, time, requests
url, token, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = requests.Session()
session.trust_env = False
session.headers["Authorization"] = "Bearer " + token
session.get(url).raise_for_status()
began = time.process_time()
for _ in range(times):
    answer = session.get(url)
    answer.raise_for_status()
    answer.json()
print(time.process_time() - began)
"""


def least_requests(versions: int) -> int:
    """The least number of requests that could have answered the same rules for one gallery of one subscription.

    Azure Resource Graph is left out: what it holds is late, it leaves out silently what may not be read, and it has
    no replication status.
    """
    once = (
        1  # the subscription, for its tenant
        + 1  # the galleries of the subscription
        + 1  # the definitions of the gallery
        + 1  # the VM with its instance view: no list carries the OS state
        + 1  # the role assignments at the gallery
        + 1  # the deny assignments
        + 2  # what PIM made active, and what it made eligible
        + 1  # the registration of Partner Center's resource provider
        + 1  # Microsoft Graph: the publisher as user and as group and both principals of Microsoft, in one $batch
        + 1  # Microsoft Graph: the publisher's groups, once its object id is known
    )
    # The list tells which versions there are; the replication status comes only with a version's own GET (documented).
    return once + math.ceil(versions / _PAGE) + versions


def without_sign_in(folder: Path) -> None:
    """How soon `imagecheck check` says that there is no sign-in."""
    empty = folder / "empty"
    empty.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "IMAGECHECK_"))}
    nobody = kept | {"PATH": str(empty), "HOME": str(empty)}
    importing = median([sys.executable, "-c", "import azure.identity"], 5, nobody)
    refused = median(imagecheck("check"), 5, nobody)
    if refused.code != 2:
        raise SystemExit(f"check without a sign-in exited with {refused.code}")
    print("\n`imagecheck check` without a sign-in, as a multiple of `python -c 'import azure.identity'`")
    print(f"({importing.cpu * 1000:.0f} ms CPU, {importing.wall * 1000:.0f} ms wall):")
    print(f"  CPU {refused.cpu / importing.cpu:.2f}, time to exit {refused.wall / importing.wall:.2f}", flush=True)


def auditing(folder: Path) -> None:
    """Audits of so many versions in one gallery, all captured from one VM."""
    print(f"\nauditing one gallery of a running sandbox, {_PAGE} bodies a page, {_THREADS} threads; the largest once")
    print("  versions  latency  requests  least   CPU s  wall s  wall / (requests x latency / threads)")
    cpu: dict[int, Spent] = {}
    requests: dict[int, int] = {}
    for versions in _VERSIONS:
        with _sandbox(folder, versions) as sandbox:
            for latency in _LATENCIES_MS:
                sandbox.set_pace(page_size=_PAGE, latency_ms=latency)
                asked, spent = _audit(sandbox, versions)
                bound = asked * latency / 1000 / _THREADS
                ratio = f"{spent.wall / bound:.2f}" if bound else "-"
                numbers = f"{versions:>10}  {latency:>4} ms  {asked:>8}  {least_requests(versions):>5}"
                print(f"{numbers}  {spent.cpu:>6.2f}  {spent.wall:>6.2f}  {ratio}", flush=True)
                if latency == 0:
                    cpu[versions], requests[versions] = spent, asked
            sandbox.set_pace(latency_ms=0)
            bare = sandbox.bare_loop(2_000)
    few, many = _VERSIONS[0], _VERSIONS[-1]
    each = (cpu[many].cpu - cpu[few].cpu) / (requests[many] - requests[few])
    print("  CPU per request, from the difference between the first and the last audit, judging included:")
    print(f"    {each * 1000:.2f} ms, {each / bare:.2f} times that of a bare loop of requests ({bare * 1000:.2f} ms)")
    print(f"  peak memory at {many} versions {cpu[many].peak / cpu[few].peak:.2f} times that at {few}", flush=True)


class _Sandbox:
    def __init__(self, url: str, token: str, log: Path) -> None:
        self.url = url
        self.token = token
        self._log = log

    def set_pace(self, **pace: int) -> None:
        """Set the pace through the control side."""
        request = urllib.request.Request(
            f"{self.url}/sandbox/pace",
            method="PUT",
            data=json.dumps(pace).encode(),
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request):
            pass

    def requests(self) -> int:
        """How many requests were answered so far, those to the control side aside."""
        lines = self._log.read_text().splitlines()
        return sum(not json.loads(line)["path"].startswith("/sandbox") for line in lines)

    def bare_loop(self, times: int) -> float:
        """CPU seconds of one GET of a version in a bare loop."""
        gallery = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/gallery"
        path = f"{gallery}/images/definition/versions/1.0.0?api-version=2026-03-03&$expand=ReplicationStatus"
        return float(output_of("-c", _BARE, self.url + path, self.token, str(times))) / times


def _audit(sandbox: _Sandbox, versions: int) -> tuple[int, Spent]:
    """The requests and the cost of an audit. Raises SystemExit where it did not judge everything."""
    who = ["--subscription", SUBSCRIPTION, "--publisher", USER_NAME, "--publisher-tenant", TENANT, "--quiet"]
    command = imagecheck("check", "--source", sandbox.url, *who)
    environment = {**os.environ, _TOKEN: sandbox.token}
    before = sandbox.requests()
    runs = 3 if versions < 1_000 else 0
    spent = median(command, runs, environment) if runs else spend(command, environment)
    if spent.code != 0:
        raise SystemExit(f"an audit of {versions} versions exited with {spent.code}")
    asked, rest = divmod(sandbox.requests() - before, runs + 1)
    if rest:
        raise SystemExit("audits of the same gallery asked different numbers of requests")
    return asked, spent


@contextlib.contextmanager
def _sandbox(folder: Path, versions: int) -> Iterator[_Sandbox]:
    """A sandbox in a process of its own, for as long as it is used."""
    file, log = folder / f"gallery{versions}.json", folder / f"gallery{versions}.jsonl"
    output_of("-m", "benchmarks.tenant", "gallery", str(versions), str(file))
    token = secrets.token_hex(16)
    command = imagecheck("sandbox", str(file), "--port", "0", "--log", str(log))
    process = subprocess.Popen(command, env={**os.environ, _TOKEN: token}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        url = next((word for word in first.split() if word.startswith("http://")), None)
        if url is None:
            raise SystemExit("the sandbox did not start")
        yield _Sandbox(url, token, log)
    finally:
        process.terminate()
        process.wait()
