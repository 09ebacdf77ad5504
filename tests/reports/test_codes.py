import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.codes import in_runs

KNOWN = [*(f"LNX{n:03}" for n in (*range(1, 9), *range(10, 16))), *(f"SAS{n:03}" for n in range(1, 9)), "VHD001"]


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["LNX001"], "LNX001"),
        (["LNX002", "LNX001"], "LNX001, LNX002"),
        (["LNX001", "LNX002", "LNX003"], "LNX001–LNX003"),
        (["LNX007", "LNX008", "LNX010", "LNX012"], "LNX007–LNX010, LNX012"),
        ([code for code in KNOWN if code.startswith("LNX")], "LNX001–LNX015"),
        (["LNX014", "LNX015", "SAS001", "SAS002"], "LNX014, LNX015, SAS001, SAS002"),
        (["ZZZ001", "ZZZ001"], "ZZZ001"),
        ([], ""),
    ],
)
def test_codes_in_runs(codes: list[str], words: str) -> None:
    assert in_runs(codes, KNOWN) == words


@given(st.sets(st.sampled_from(KNOWN)))
def test_no_code_is_lost_and_none_added(codes: set[str]) -> None:
    told: set[str] = set()
    for part in filter(None, in_runs(codes, KNOWN, "-").split(", ")):
        first, _, last = part.partition("-")
        told |= set(KNOWN[KNOWN.index(first) : KNOWN.index(last or first) + 1])
    assert told == codes
