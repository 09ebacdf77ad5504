"""A headless Chromium, driven over a pipe by its DevTools protocol: only the standard library is needed."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_DEADLINE = 600
_KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    " ": (32, " "),
    "ArrowRight": (39, ""),
    "ArrowLeft": (37, ""),
    "Home": (36, ""),
    "End": (35, ""),
}


def find() -> str | None:
    """The path of a Chromium; None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Browser:
    """A running browser. A message is JSON that ends with a zero byte."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._rest = b""
        self._last = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Ask the browser for something and wait for its answer."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        for found in self._messages():
            if found.get("id") == self._last:
                if "error" in found:
                    raise RuntimeError(f"{method}: {found['error']}")
                result: dict[str, Any] = found["result"]
                return result
            self.events.append(found)
        raise AssertionError("unreachable")

    def wait(self, event: str, session: str) -> None:
        """Wait for an event of a page, unless it was there already."""
        if any(e.get("method") == event and e.get("sessionId") == session for e in self.events):
            return
        for found in self._messages():
            self.events.append(found)
            if found.get("method") == event and found.get("sessionId") == session:
                return

    def _messages(self) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + _DEADLINE
        while True:
            head, zero, rest = self._rest.partition(b"\0")
            if zero:
                self._rest = rest
                yield json.loads(head)
                continue
            if not select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser has gone away")
            self._rest += chunk


@contextmanager
def started(path: str) -> Iterator[Browser]:
    """A browser with an empty profile, for as long as it is used."""
    ours_read, theirs_write = os.pipe()
    theirs_read, ours_write = os.pipe()

    def connect() -> None:
        # The browser reads from 3 and writes to 4; the ends are moved out of the way first.
        reading, writing = os.dup(theirs_read), os.dup(theirs_write)
        os.dup2(reading, 3)
        os.dup2(writing, 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [path, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=connect,  # noqa: PLW1509 - nothing here starts a thread
        )
        os.close(theirs_read)
        os.close(theirs_write)
        try:
            yield Browser(ours_write, ours_read)
        finally:
            process.terminate()
            process.wait()
            os.close(ours_write)
            os.close(ours_read)


class Tab:
    """One page in the browser, and everything that it complained of or asked the network for."""

    def __init__(
        self, browser: Browser, *, width: int, height: int, dark: bool = False, media: str = "", script: bool = True
    ) -> None:
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session: str = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self._size = (width, height)
        self._measure(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask the page for something."""
        return self._browser.call(method, self._session, **params)

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._browser.events = [e for e in self._browser.events if e.get("method") != "Page.loadEventFired"]
        self.call("Page.bringToFront")
        self.call("Page.navigate", url=url)
        self._browser.wait("Page.loadEventFired", self._session)

    def run(self, expression: str) -> Any:
        """The value of an expression in the page. Raises RuntimeError for what it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:80]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key."""
        code, text = _KEYS[key]
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self.call("Input.insertText", text=text)

    def settle(self) -> None:
        """Wait until what changed is painted."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def until(self, expression: str, seconds: float = 10) -> bool:
        """Whether an expression comes true in a while."""
        end = time.monotonic() + seconds
        while not self.run(expression):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def may_use_clipboard(self, allowed: bool) -> None:
        """Let the page use the clipboard, or refuse it."""
        for name in ("clipboard-read", "clipboard-write"):
            permission = {"name": name, "allowWithoutSanitization": False}
            setting = "granted" if allowed else "denied"
            self._browser.call("Browser.setPermission", permission=permission, setting=setting)

    def shoot(self, path: Path, *, whole: bool = False) -> None:
        """A picture of what is seen, or of the whole page up to 6000 pixels."""
        if whole:
            height = min(int(self.call("Page.getLayoutMetrics")["cssContentSize"]["height"]), 6000)
            self._measure(self._size[0], height)
            time.sleep(0.5)  # for what is painted only when it is near
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        self._measure(*self._size)

    def _measure(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def print(self, path: Path) -> None:
        """The page as it is printed."""
        path.write_bytes(base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"]))

    def complaints(self) -> list[str]:
        """Errors and warnings in the console, violated policies, thrown exceptions, and requests that left the file."""
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            method, params = event.get("method"), event.get("params", {})
            if method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(params["entry"]["text"])
            elif method == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                found.append(str(params["args"]))
            elif method == "Network.requestWillBeSent" and not params["request"]["url"].startswith("file:"):
                found.append(f"asked for {params['request']['url']}")
        return found

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)
