"""Facts: what was read of a tenant, and what follows from it without judging."""
