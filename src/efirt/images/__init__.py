"""The file formats of firmware's memory: bytes to variables and back, no file opened here."""
