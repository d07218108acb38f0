"""Holding a driver so that what seldom goes wrong does: a driver, the kinds of faults, and how they are written."""
