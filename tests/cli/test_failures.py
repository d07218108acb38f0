"""Firmware and hypervisors that misbehave, and defects: one line, exit status 1, never a traceback."""

import subprocess
import sys
import warnings
from collections.abc import Callable

import pytest

from efirt.errors import DriverError, HypervisorError, PermissionDenied
from efirt.ops import GetNextVariableName, GetVariable, Reply
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.values.status import Status
from tests.cli.conftest import Cli
from tests.cli.fakes import GUID, OURS, answering, holding, over

A = Key("A", GUID)


def raising(cause: BaseException) -> Callable[..., Runtime]:
    def opener(_name: str | None = None, *, inactive: bool = False) -> Runtime:
        raise cause

    return opener


GARBAGE = {
    "more came back than there was room for": Reply(Status.SUCCESS, data=b"x", size=1 << 31, attributes=Attributes(7)),
    "a size that is not that of the data": Reply(Status.SUCCESS, data=b"xy", size=1, attributes=Attributes(7)),
    "a need that is smaller than the room": Reply(Status.BUFFER_TOO_SMALL, size=1),
    "a need that no memory holds": Reply(Status.BUFFER_TOO_SMALL, size=(1 << 64) - 1),
    "no size beside the need": Reply(Status.BUFFER_TOO_SMALL),
}


@pytest.mark.parametrize("reply", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_garbage_size_of_a_value_is_one_line(efirt: Cli, reply: Reply) -> None:
    opener = over(answering({GetVariable: lambda _op: reply}))
    result, as_json = efirt("get", f"A-{OURS}", opener=opener), efirt("get", f"A-{OURS}", "--json", opener=opener)
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)
    assert result.err.startswith(f"efirt: get A-{OURS}: firmware says that ")
    assert (as_json.error["kind"], as_json.error["status"], as_json.error["errno"]) == ("decode", None, None)


@pytest.mark.parametrize("size", [3, 1 << 31, (1 << 64) - 1])
def test_a_garbage_size_of_a_name_is_one_line_behind_the_names_before_it(efirt: Cli, size: int) -> None:
    def after(op: GetNextVariableName) -> Reply:
        return Reply(Status.SUCCESS, size=size if op.key == A else 4, key=Key("B", GUID) if op.key == A else A)

    driver = holding(["A"])
    driver._routes[GetNextVariableName] = after
    result = efirt("list", opener=over(driver))
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert result.out.splitlines()[0].split()[2] == "A"
    as_json = efirt("list", "--json", opener=over(driver))
    assert (as_json.status, as_json.out, as_json.error["kind"]) == (1, "", "decode")


def test_firmware_that_lists_in_a_circle_is_a_warning_and_a_list(efirt: Cli) -> None:
    def after(op: GetNextVariableName) -> Reply:
        return Reply(Status.SUCCESS, size=4, key=Key("B", GUID) if op.key == A else A)

    driver = holding(["A", "B"])
    driver._routes[GetNextVariableName] = after
    result = efirt("list", opener=over(driver))
    assert (result.status, result.out.count("\n")) == (0, 3)
    assert result.err.startswith("efirt: warning: firmware lists names in a circle")
    assert result.err.count("\n") == 1
    assert efirt("list", "--json", opener=over(driver)).err.startswith('{"warning": {"message": "firmware lists')


def test_other_warnings_go_the_interpreter_s_way(efirt: Cli) -> None:
    def get(_op: GetVariable) -> Reply:
        warnings.warn("ours", UserWarning, stacklevel=1)
        return Reply(Status.SUCCESS, data=b"", size=0, attributes=Attributes(7))

    with pytest.warns(UserWarning, match="ours"):
        assert efirt("get", f"A-{OURS}", opener=over(answering({GetVariable: get}))).status == 0


def test_no_rights_is_one_line_with_the_system_s_number(efirt: Cli) -> None:
    refusal = PermissionDenied("/dev/xen/privcmd is closed to this process", "become root", os_errno=13)
    assert efirt("list", opener=raising(refusal)) == (1, "", "efirt: /dev/xen/privcmd is closed to this process; become root\n")
    assert efirt("list", "--json", opener=raising(refusal)).error == {
        "kind": "permission",
        "status": None,
        "errno": 13,
        "message": "/dev/xen/privcmd is closed to this process",
        "advice": "become root",
    }


def test_a_missing_library_is_one_line(efirt: Cli) -> None:
    from efirt.drivers.xen.libxencall import LibxencallTransport

    with pytest.raises(DriverError) as raised:
        LibxencallTransport("libnonesuch.so.1")
    result = efirt("list", opener=raising(raised.value))
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)
    assert result.err.startswith("efirt: libnonesuch.so.1 cannot be loaded")


def test_xen_s_number_goes_before_the_system_s(efirt: Cli) -> None:
    assert efirt("list", "--json", opener=raising(HypervisorError("no", errno=38, os_errno=78))).error["errno"] == 38


def test_an_error_of_several_lines_is_one_line(efirt: Cli) -> None:
    assert efirt("list", opener=raising(DriverError("one\ntwo\x1b[31m"))).err == "efirt: one\\x0atwo\\x1b[31m\n"


def test_a_defect_is_one_line_too(efirt: Cli) -> None:
    result = efirt("list", opener=raising(TypeError("oops")))
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)
    assert efirt("list", "--json", opener=raising(TypeError("oops"))).error["kind"] == "internal"


def test_a_defect_shows_where_it_is_in_development_mode() -> None:
    code = "from efirt.cli.main import main; main(['list'], open_runtime=lambda *_name, **_more: 1 / 0)"
    run = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "Traceback" in run.stderr


def test_an_interrupt_is_quiet(efirt: Cli) -> None:
    assert efirt("list", opener=raising(KeyboardInterrupt())) == (130, "", "")
