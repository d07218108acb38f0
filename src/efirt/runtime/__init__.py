"""A driver with manners, found by name, attached and detached."""
