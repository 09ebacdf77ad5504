"""What a VHD must be."""
