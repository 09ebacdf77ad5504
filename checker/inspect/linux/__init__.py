"""Reading the facts of a Linux image off its root file system."""
