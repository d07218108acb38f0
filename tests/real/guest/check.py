"""Runs inside a dom0: the conformance suite, first reading only, then with all it has. Usage: check.py REPORT.json.

The host copies the variable store before and after the run that only reads.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

from efirt.cli.main import main
from efirt.ops import SetVariable
from efirt.runtime.registry import open_driver
from efirt.testing.conformance.book import Book
from efirt.testing.conformance.payloads import Payloads, descriptor, moment
from efirt.testing.conformance.signed import PK
from efirt.testing.conformance.words import SIGNED

PROFILE = "ovmf-2022.11"


def run(*words: str) -> dict[str, object]:
    """One command: its exit status and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def unsigned_platform_keys() -> dict[str, str]:
    """What firmware says to a first platform key that nobody signed: the suite asks it in the boot phase only."""
    driver, payloads = open_driver("xen"), Payloads(Book.read("/book.json"))
    values = {"RSA": payloads.certificates("PK"), "curve": payloads.certificates("CURVE"), "none": b""}
    head = descriptor(moment(1).encode(), b"")
    told = {name: str(driver.call(SetVariable(PK, SIGNED, head + value)).status) for name, value in values.items()}
    driver.close()
    return told


report: dict[str, object] = {}
subprocess.run(["lab-snapshot", "before"], check=True)
report["reading"] = run("check", "--json", "--profile", PROFILE, "--payloads", "/book.json", "--log", "/reading.log")
subprocess.run(["lab-snapshot", "after"], check=True)
report["unsigned platform keys"] = unsigned_platform_keys()
report["asked"] = run("check", "--write", "--profile", PROFILE, "--payloads", "/book.json", "--group", "VAR-GET")
options = ["--destructive", "--yes", "--profile", PROFILE, "--payloads", "/book.json", "--junit", "/junit.xml", "--log", "/check.log"]
report["all"] = run("check", "--json", *options)
report["left"] = run("list", "--json")
Path(sys.argv[1]).write_text(json.dumps(report))
