"""Many images: which files, on all cores, one row for each."""
