"""Runs inside a Linux with variables: the conformance suite with all it has, through one driver. Usage: check_linux.py REPORT.json.

/asked.json names the driver and the profile; /efi_test.ko, where it is there, is inserted before.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from efirt.cli.main import main

ASKED = json.loads(Path("/asked.json").read_text())
MODULE = Path("/efi_test.ko")
SCENARIO = ("-p", "no:cacheprovider", "--confcutdir=/tests/conformance", "--rootdir=/tests", "-q", "-W", "error", "/tests/conformance")


def run(*words: str) -> dict[str, object]:
    """One command: its exit status and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["--driver", ASKED["driver"], *words])
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def scenario() -> dict[str, object]:
    """What holds of every driver."""
    named = {"EFIRT_TEST_DRIVERS": ASKED["driver"], "EFIRT_REQUIRE": ASKED["driver"]}
    done = subprocess.run(["python3", "-m", "pytest", *SCENARIO], capture_output=True, text=True, check=False, env=os.environ | named)
    return {"status": done.returncode, "out": done.stdout + done.stderr}


report: dict[str, object] = {}
if MODULE.exists():
    report["before"] = run("info")
    subprocess.run(["insmod", str(MODULE)], check=True)
if Path("/tests/conformance").exists():
    report["scenario"] = scenario()
options = ["--destructive", "--yes", "--profile", ASKED["profile"], "--payloads", "/book.json"]
report["all"] = run("check", "--json", *options)
report["left"] = run("list", "--json")
Path(sys.argv[1]).write_text(json.dumps(report))
