"""Fixes: what a rule proposes, as data. Performing them comes with the live source."""
