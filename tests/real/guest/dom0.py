"""Runs inside a dom0: does what an administrator would, and writes down what came of it.

Usage: dom0.py REPORT.json. Every command is efirt's own command line, in this process but for the one-file edition.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from efirt.cli.main import main

EFIVARS = Path("/sys/firmware/efi/efivars")
VENDOR = "6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a03"
LIBRARY = next(Path("/usr/lib").rglob("libxencall.so.1"))
NOBODY = 65534


def run(*words: str) -> dict[str, object]:
    """One command: its exit status and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def process(*words: str, **options: object) -> dict[str, object]:
    """One command as a process of its own."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload] # passed on
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


def efivarfs() -> dict[str, str]:
    """What the kernel's file system holds, by file name."""
    return {path.name: path.read_bytes().hex() for path in EFIVARS.iterdir()}


def remount() -> None:
    subprocess.run(["umount", str(EFIVARS)], check=True)
    subprocess.run(["mount", "-t", "efivarfs", "efivarfs", str(EFIVARS)], check=True)


def with_hidden_library(*words: str) -> dict[str, object]:
    hidden = LIBRARY.with_name("hidden")
    LIBRARY.rename(hidden)
    try:
        return process("python3", "-m", "efirt", *words)
    finally:
        hidden.rename(LIBRARY)


def everything() -> dict[str, object]:
    report: dict[str, object] = {}
    report["drivers"] = run("drivers", "--json")
    report["list"] = run("list", "--data", "--json")
    report["efivarfs"] = efivarfs()
    report["pyz"] = process("python3", "/efirt.pyz", "list", "--json")
    report["info"] = run("info", "--json")
    report["set"] = run("set", f"Left-{VENDOR}", "--text", "left behind")
    report["append"] = run("set", f"Left-{VENDOR}", "--text", " and more", "--append")
    report["get"] = run("get", f"Left-{VENDOR}", "--json")
    report["efivarfs stale"] = sorted(efivarfs())
    remount()
    report["efivarfs fresh"] = efivarfs()
    report["set gone"] = run("set", f"Gone-{VENDOR}", "--hex", "00ff")
    report["delete guarded"] = run("delete", f"Gone-{VENDOR}")
    report["delete gone"] = run("delete", f"Gone-{VENDOR}", "--force", "--json")
    report["unknown global"] = run("set", "NoSuchEfirtName", "--text", "x", "--json")
    report["not found"] = run("get", f"Gone-{VENDOR}", "--json")
    report["time"] = run("time", "--json")
    report["nobody"] = process("python3", "-m", "efirt", "--driver", "xen", "list", user=NOBODY, env=os.environ | {"HOME": "/"})
    report["no library, named"] = with_hidden_library("--driver", "xen:libxencall", "list")
    report["no library, found"] = with_hidden_library("--json", "list")
    report["switched off"] = process("python3", "-m", "efirt", "--driver", "xen", "list", env=os.environ | {"EFIRT_DISABLE": "xen"})
    return report


Path(sys.argv[1]).write_text(json.dumps(everything()))
