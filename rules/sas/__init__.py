"""What the URL of a VHD with a shared access signature must be."""
