"""A domain that is no tenant's is told in the words of the sign-in service."""

from __future__ import annotations


def test_a_domain_of_no_tenant_is_told(imagecheck):
    outcome = imagecheck("check", "--source", "sandbox", "--publisher-tenant", "nobody.example", "--quiet")
    [line] = [line for line in outcome.out.splitlines() if line.startswith("Could not be read: ")]
    assert line.startswith("Could not be read: nobody.example: 400 invalid_tenant: ")
    assert "nobody.example" in line.partition("invalid_tenant")[2]
