"""Which bytes: one header a file, declarations only."""
