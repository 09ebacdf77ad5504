"""The JSON report: the one that holds everything, and that the others are made from."""

import json

from checker.report import Report
from checker.report_document import to_document


def write(report: Report) -> str:
    """``imagecheck-report/1``: ASCII only, so that every odd character is a visible escape."""
    return json.dumps(to_document(report), indent=1, ensure_ascii=True) + "\n"
