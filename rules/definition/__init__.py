"""Rules on image definitions."""
