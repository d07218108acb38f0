"""Runs inside a Linux with variables: the conformance suite with all it has, through efivarfs. Usage: check_efivarfs.py REPORT.json."""

import contextlib
import io
import json
import sys
from pathlib import Path

from efirt.cli.main import main

NAMED = ("--driver", "efivarfs")


def run(*words: str) -> dict[str, object]:
    """One command: its exit status and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


profile = Path("/profile").read_text()
options = ["--destructive", "--yes", "--profile", profile, "--payloads", "/book.json"]
report = {"all": run(*NAMED, "check", "--json", *options), "left": run(*NAMED, "list", "--json")}
Path(sys.argv[1]).write_text(json.dumps(report))
