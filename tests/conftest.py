import pytest


@pytest.fixture(autouse=True)
def _no_width_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed does not depend on the width of the terminal that the tests run in."""
    monkeypatch.delenv("COLUMNS", raising=False)
