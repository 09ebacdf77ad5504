"""Rules on image versions."""
