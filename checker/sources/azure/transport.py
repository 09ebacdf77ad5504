"""The one HTTP transport: shared by every client, and bounded in size and time."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import requests
import urllib3
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

#: The largest answer that is read: a page of Azure's lists is well under one MiB.
MAX_ANSWER_BYTES = 32 * 1024 * 1024


class _BoundedAdapter(HTTPAdapter):
    """Reads an answer whole, up to a size and within a time."""

    def __init__(self, connections: int, seconds: float, clock: Callable[[], float]) -> None:
        super().__init__(pool_connections=connections, pool_maxsize=connections)
        self._seconds = seconds
        self._clock = clock

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["stream"] = True
        response = super().send(request, *args, **kwargs)
        try:
            content = self._read(response, request)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise requests.exceptions.ReadTimeout(error, request=request) from error
        except urllib3.exceptions.ProtocolError as error:
            raise requests.exceptions.ConnectionError(error, request=request) from error
        except urllib3.exceptions.HTTPError as error:
            raise requests.exceptions.ContentDecodingError(error, request=request) from error
        # From here on the answer is read from memory, and it was decoded already.
        response.raw = content
        return response

    def _read(self, response: requests.Response, request: Any) -> io.BytesIO:
        ends = self._clock() + self._seconds
        content = io.BytesIO()
        while chunk := response.raw.read1(65536, decode_content=True):
            # As much as is there at once: whoever drips is not waited for until a whole block has come.
            content.write(chunk)
            if content.tell() > MAX_ANSWER_BYTES:
                response.close()
                raise requests.exceptions.ContentDecodingError(
                    f"an answer larger than {MAX_ANSWER_BYTES // 1024**2} MiB", request=request
                )
            if self._clock() > ends:
                response.close()
                raise requests.exceptions.ReadTimeout(
                    f"an answer took longer than {self._seconds:g} s", request=request
                )
        content.seek(0)
        return content


def make_transport(
    *,
    connections: int,
    seconds: float,
    use_proxies: bool,
    verify: str | bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> RequestsTransport:
    """A transport that many clients share. ``seconds`` bounds each answer."""
    session = requests.Session()
    session.trust_env = use_proxies
    adapter = _BoundedAdapter(connections, seconds, clock)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return RequestsTransport(
        session=session,
        session_owner=False,
        use_env_settings=use_proxies,
        connection_timeout=min(10.0, seconds),
        read_timeout=seconds,
        connection_verify=verify,
    )
