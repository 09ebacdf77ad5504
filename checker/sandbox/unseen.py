"""What was written and is not to be seen yet: Azure's directories take their time to tell each other."""

from __future__ import annotations


class Unseen:
    """Counts, for a key, the answers that it stays out of. Nothing of it is part of what is saved."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}

    def hide(self, key: str, answers: int) -> None:
        """Keep something out of the next so many answers that would show it."""
        if answers > 0:
            self._left[key] = answers
        else:
            self._left.pop(key, None)

    def shows(self, key: str) -> bool:
        """Whether an answer may show something; to be asked once for an answer, as it counts."""
        left = self._left.get(key, 0)
        if left == 0:
            return True
        self.hide(key, left - 1)
        return False

    def forget(self, key: str) -> None:
        """Hide something no longer: it is gone."""
        self._left.pop(key, None)
