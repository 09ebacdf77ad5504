"""Rules on who may read or own a gallery."""
