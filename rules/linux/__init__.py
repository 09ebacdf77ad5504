"""What a Linux image must hold, and what it must not, before it is submitted."""
