"""A file of firmware's memory as a driver: ``image:PATH``."""
