"""A local file, or a block device, as a source of bytes."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType

from checker.errors import SourceProblem
from checker.inspect.bytes import DiskUnreadable, check_bounds

_NOT_FILES = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a character device"),
)


class LocalFile:
    """An open file. Its size is taken once, when it is opened; one that is written to after that is unreadable."""

    def __init__(self, path: str) -> None:
        """Open a file. Raises SourceProblem, in one line for the user, where it cannot be opened."""
        self._path = path
        try:
            # Looked at before it is opened: opening a pipe waits for a writer, and a device may do anything.
            _refuse_what_is_no_file(path, Path(path).stat().st_mode)
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            words = error.strerror if isinstance(error, OSError) else str(error)
            raise SourceProblem(f"vhd:{path} cannot be opened: {words}") from None
        try:
            status = os.fstat(self._descriptor)
            _refuse_what_is_no_file(path, status.st_mode)
            self._changed = status.st_mtime_ns
            self._size = os.lseek(self._descriptor, 0, os.SEEK_END)
        except OSError as error:
            self.close()
            raise SourceProblem(f"vhd:{path} cannot be opened: {error.strerror}") from None
        except SourceProblem:
            self.close()
            raise

    @property
    def size(self) -> int:
        """The length in bytes."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``. Raises DiskUnreadable."""
        check_bounds(self, offset, length)
        parts: list[bytes] = []
        missing = length
        try:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            while missing:
                part = os.read(self._descriptor, missing)
                if not part:
                    raise DiskUnreadable(f"the file {self._path} became shorter while it was read")
                parts.append(part)
                missing -= len(part)
            changed = os.fstat(self._descriptor).st_mtime_ns
        except OSError as error:
            raise DiskUnreadable(f"the file {self._path} cannot be read at {offset}: {error.strerror}") from None
        if changed != self._changed:
            # What was read before and what is read now may not belong together.
            raise DiskUnreadable(f"the file {self._path} changed while it was read")
        return b"".join(parts)

    def close(self) -> None:
        """Close the file; nothing can be read after that."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> LocalFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refuse_what_is_no_file(path: str, mode: int) -> None:
    for is_kind, words in _NOT_FILES:
        if is_kind(mode):
            raise SourceProblem(f"vhd:{path} cannot be opened: it {words}")
