"""A room of its own: a tenant to try things on. It imports nothing of the Azure source."""
