"""For people who test: random sequences of operations, replayed on any driver and compared."""
