"""Fixes: what rules propose, as data; plans of it; and performing a plan."""
