"""Opening a driver so that the options hold it: ``--read-only``, ``--record``, ``--trace``, ``--faults``.

They stand in this order, the first outermost. So a trace shows exactly what reaches the driver, and faults as the driver's own; a recording
has the faults in it, and playing it back needs none; what is refused as a change reaches none of them.
"""

from collections.abc import Callable

from efirt.cli.options import Arguments
from efirt.cli.screen import Screen
from efirt.drivers.faults.driver import Faults
from efirt.drivers.faults.spec import parse
from efirt.drivers.readonly import ReadOnly
from efirt.drivers.record import Record
from efirt.drivers.trace import Trace
from efirt.ops import Driver
from efirt.runtime.services import Runtime


def open_held(open_runtime: Callable[[], Runtime], arguments: Arguments) -> Runtime:
    """Open a driver, and hold it as the command line says.

    Raises:
        ValueError: The faults make no sense; nothing was opened.
        DriverError: It cannot be opened, or the recording cannot be begun; nothing is left open.
    """
    check(arguments)
    runtime = open_runtime()
    try:
        return Runtime(held(runtime.driver, arguments), runtime.warn)
    except BaseException:
        runtime.close()
        raise


def check(arguments: Arguments) -> None:
    """Look at the options before anything is opened.

    Raises:
        ValueError: The faults make no sense.
    """
    if arguments.faults is not None:
        parse(arguments.faults)


def held(driver: Driver, arguments: Arguments) -> Driver:
    """A driver held as the command line says; it itself where that says nothing.

    Raises:
        DriverError: The recording cannot be begun; the driver stays open.
    """
    if arguments.faults is not None:
        driver = Faults(driver, arguments.faults)
    if arguments.trace:
        as_json = arguments.json or arguments.trace == "json"
        driver = Trace(driver, Screen(as_json=as_json).tell, as_json=as_json)
    if arguments.record is not None:
        driver = Record.open(driver, arguments.record)
    return ReadOnly(driver) if arguments.read_only else driver
