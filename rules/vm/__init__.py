"""Rules on virtual machines."""
