"""Rules on compute galleries."""
