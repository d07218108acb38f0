"""The command line: one verb, one file; a verb yields values and prints nothing, and text and ``--json`` are two views of them."""
