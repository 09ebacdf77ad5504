"""Reading a disk without booting it: from bytes, through containers and partitions, to the files in it."""
