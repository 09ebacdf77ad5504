"""A rule as a page of Markdown: what ``imagecheck rule`` shows and what the docs hold."""

from __future__ import annotations

from typing import Any

from checker.permissions import needed
from checker.rule import HEADINGS, Rule


def page(rule: Rule[Any]) -> str:
    """The page of a rule."""
    lines = [
        f"# {rule.code} {rule.slug}",
        "",
        f"{rule.title}.",
        "",
        f"- Severity: {rule.severity}",
        f"- Basis: {rule.basis}",
        f"- Judges: {rule.kind}",
        f"- Reads: {', '.join(rule.reads) or 'nothing but what names the asset'}",
    ]
    for heading in HEADINGS:
        text = rule.section(heading)
        if text:
            lines += ["", f"## {heading}", "", text.replace("``", "`")]
    lines += ["", "## Sources", ""]
    lines += [f"- {source.title} ({source.date}): <{source.url}>" for source in rule.sources]
    lines += ["", "## Permissions", ""]
    permissions = needed([rule], fix=False)
    lines += [f"- {action}" for action in permissions.actions]
    lines += [f"- {permission} (Microsoft Graph)" for permission in permissions.graph]
    lines += [] if permissions.actions or permissions.graph else ["None."]
    return "\n".join(lines) + "\n"
