"""How bytes are read and written."""
