"""Roads to a firmware: one question, one call, no opinion. Drivers are strangers to one another."""
