"""The driver ``simulated``, alone or with an image that keeps its variables: ``simulated:PATH`` survives a restart."""

from collections.abc import Mapping
from errno import EEXIST

from efirt.annotation import TYPE_CHECKING, Final
from efirt.drivers import simulated
from efirt.drivers.simulated import carries, find
from efirt.errors import DriverError
from efirt.ops.options import check_known, written

if TYPE_CHECKING:
    from efirt.drivers.image.driver import Setting
    from efirt.ops import Driver

__all__ = ["carries", "find", "open_driver"]

_OPTIONS: Final = ("profile", "quirk", "force")


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> "Driver":
    """Open by the parts of a driver's name, such as ``simulated`` or ``simulated:machine.fd?profile=edk2``.

    Args:
        argument: Path of the image that keeps the variables, which is written in place; created where there is none.
        options: With an image ``profile``, ``quirk`` and ``force``, else those of :func:`efirt.drivers.simulated.open_driver`.

    Raises:
        DriverError: The image cannot be read, or made.
        DecodeError: It is no flash image, or a damaged one.
        ValueError: An option is unknown, or the profile is.
    """
    if not argument:
        return simulated.open_driver(argument, options)
    options = options or {}
    check_known("the simulated driver with an image", options, _OPTIONS)
    return _with_image(argument, options)


def _with_image(path: str, options: Mapping[str, str]) -> "Driver":
    from efirt.drivers.image.driver import ImageDriver, Setting, switch  # noqa: PLC0415 - for who keeps something
    from efirt.drivers.image.memory import Manner, open_memory  # noqa: PLC0415
    from efirt.drivers.image.port import is_there  # noqa: PLC0415
    from efirt.firmware.limits import OVMF_4M  # noqa: PLC0415

    name = written(f"{simulated.NAME}:{path}", options)
    setting = Setting(name, True, options.get("profile"), options.get("quirk"), is_machine=True)
    force = switch("force", options)
    if not is_there(path):
        _create(path, setting)
    memory = open_memory(path, Manner(in_place=True, force=force, hardware_error_storage=OVMF_4M.hardware_error_storage))
    return ImageDriver(memory, setting)


def _create(path: str, setting: "Setting") -> None:
    """Make a new image, unless its machine is none, or another process makes it just now."""
    from efirt.drivers.image.replacing import write_new  # noqa: PLC0415
    from efirt.firmware.chosen import chosen  # noqa: PLC0415
    from efirt.firmware.fresh import fresh_stored  # noqa: PLC0415
    from efirt.images.edk2_write import LAYOUTS, created  # noqa: PLC0415

    chosen(setting.profile, setting.quirk)
    try:
        write_new(path, [created(LAYOUTS["ovmf-4m"], fresh_stored())])
    except DriverError as cause:
        if cause.os_errno != EEXIST:
            raise
