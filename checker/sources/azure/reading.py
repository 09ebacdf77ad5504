"""Reading through the client libraries, and keeping what Azure wrote rather than what they make of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.rest import HttpRequest

from checker.sources.azure.gathered import Unreadable
from checker.sources.azure.guard import WriteRefused
from checker.sources.azure.loopback import ForeignLink

T = TypeVar("T")

#: A list that goes on after so many pages is not read to its end, and not taken for whole.
MAX_PAGES = 5_000


class _Kept(Generic[T]):
    """A hook that keeps what the last answer that was no error says, in the shape that is wanted.

    It comes before the library makes anything of the answer, and raises Unreadable for another shape.
    """

    def __init__(self, shape: Callable[[Any], T]) -> None:
        self._shape = shape
        self._kept: T | None = None

    def __call__(self, response: PipelineResponse[Any, Any]) -> None:
        if 200 <= response.http_response.status_code < 300:
            self._kept = self._shape(parse(response.http_response.text()))

    def take(self) -> T:
        kept, self._kept = self._kept, None
        if kept is None:
            raise Unreadable("there was no answer")
        return kept


def parse(text: str) -> Any:
    """The JSON of an answer. Raises Unreadable for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("the answer is not JSON") from None


def one(get: Callable[..., Any], *arguments: Any, **options: Any) -> dict[str, Any]:
    """The body that one call of a client answers with."""
    kept = _Kept(_object)
    get(*arguments, raw_response_hook=kept, **options)
    return kept.take()


def every(list_: Callable[..., Any], *arguments: Any, **options: Any) -> list[Any]:
    """The bodies of every page of a list. A page that fails makes the whole list fail."""
    kept = _Kept(lambda content: (values(content), content.get("nextLink")))
    found: list[Any] = []
    trail = Trail()
    for _ in list_(*arguments, raw_response_hook=kept, **options).by_page():
        bodies, link = kept.take()
        trail.add(link)
        found += bodies
    return found


class Trail:
    """The links from page to page of one list."""

    def __init__(self) -> None:
        self._links: set[str] = set()

    def add(self, link: Any) -> None:
        """Note the link to the next page, if there is one. Raises Unreadable where they would never end."""
        if not link:
            return
        if not isinstance(link, str) or link in self._links:
            raise Unreadable("a page of the list leads to one that was read before, or nowhere")
        if len(self._links) >= MAX_PAGES:
            raise Unreadable(f"the list goes on after {MAX_PAGES} pages")
        self._links.add(link)


def _object(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise Unreadable("the answer is not an object")
    return content


def values(content: Any) -> list[Any]:
    """The ``value`` of one page. Raises Unreadable where it has none."""
    found = content.get("value") if isinstance(content, Mapping) else None
    if not isinstance(found, list):
        raise Unreadable("a page of a list holds no list")
    return found


def send(client: Any, method: str, url: str, *, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    """The JSON that a service without a client library answers with, at a whole URL.

    Raises HttpResponseError for an answer that is an error.
    """
    request = HttpRequest(method, url, json=body, headers=dict(headers or {}))
    response = client.send_request(request)
    if response.status_code >= 400:
        raise HttpResponseError(response=response)
    return parse(response.text())


def words_of(error: Exception) -> str:
    """Why a call failed, in one line: ``403 AuthorizationFailed: …``."""
    if isinstance(error, HttpResponseError) and error.response is not None:
        # A failed long-running operation comes with the status 200: its code is what tells.
        code, message = code_of(error), _message(error)
        if not code:
            code, message = _of_sign_in(error)
        words = f"{error.response.status_code} {code}" if code else str(error.response.status_code)
        if error.response.status_code == 429:
            words += " (throttled; the time that a run waits was used up)"
        return _short(f"{words}: {message}" if message else words)
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return _short(f"no answer: {error.message}")
    if isinstance(error, Unreadable | WriteRefused | ForeignLink):
        return _short(str(error))
    return _short(f"the answer cannot be read: {type(error).__name__}: {error}")


def code_of(error: HttpResponseError) -> str:
    """Azure's code of an error, empty where the answer has none."""
    code = getattr(error.error, "code", None)
    return code[:120] if isinstance(code, str) else ""


def _message(error: HttpResponseError) -> str:
    message = getattr(error.error, "message", None)
    return message if isinstance(message, str) else ""


def _of_sign_in(error: HttpResponseError) -> tuple[str, str]:
    """The code and the text of an error of the sign-in service, which has a form of its own; empty where it is none."""
    try:
        content = parse(error.response.text()) if error.response is not None else None
    except (Unreadable, ValueError, HttpResponseError):
        return "", ""
    found = content if isinstance(content, Mapping) else {}
    code, message = found.get("error"), found.get("error_description")
    return (code[:120], message if isinstance(message, str) else "") if isinstance(code, str) else ("", "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 400 else line[:399] + "…"
