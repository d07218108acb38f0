"""Runs inside a dom0 whose Xen has efi=no-rs: every verb once. Usage: no_rs.py REPORT.json."""

import contextlib
import io
import json
import sys
from pathlib import Path

from efirt.cli.main import main

VERBS = {
    "drivers": ["drivers"],
    "info": ["info"],
    "info json": ["info", "--json"],
    "list": ["list"],
    "get": ["get", "BootOrder"],
    "set": ["set", "Timeout", "--hex", "0300"],
    "delete": ["delete", "BootNext"],
    "time": ["time"],
    "time set": ["time", "set", "now"],
    "list by name": ["--driver", "xen", "list", "--json"],
}


def run(words: list[str]) -> dict[str, object]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


Path(sys.argv[1]).write_text(json.dumps({name: run(words) for name, words in VERBS.items()}))
