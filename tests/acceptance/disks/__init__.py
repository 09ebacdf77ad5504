"""Disks of a real system for the acceptance: built, spoiled, and read by others than us."""
