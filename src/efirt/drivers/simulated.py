"""A simulated firmware as a driver: the model, behind a lock, with this machine's time.

It begins as a fresh machine, or with the variables of a flash image. Nothing is written back to the image: what is set is gone
with the driver.
"""

from _thread import allocate_lock
from time import time

from efirt.annotation import TYPE_CHECKING, Callable, Final, Iterable, Mapping
from efirt.errors import DriverError
from efirt.firmware.facts import DEFAULT_FACTS, NOT_CARRIED
from efirt.firmware.limits import limits_of_store
from efirt.firmware.reading import reading_of
from efirt.firmware.sleeping import Sleeping
from efirt.ops.driver import OPERATIONS, Finding, Op
from efirt.ops.malformed import Malformed
from efirt.ops.options import check_known
from efirt.ops.reply import Reply
from efirt.signatures.lazy import LazyVerifier
from efirt.store import Record
from efirt.values.guid import Guid
from efirt.values.key import Variable

if TYPE_CHECKING:
    from efirt.firmware import Firmware, Profile, Table
    from efirt.firmware.verifier import Verifier
    from efirt.images.edk2 import Edk2Image

NAME: Final = "simulated"
OPTIONS: Final = ("vars", "profile", "quirk")
"""What may stand in its name."""


def _now() -> int:
    return int(time())


class Simulated:
    """A firmware behind a lock.

    Attributes:
        name: What opens it.
    """

    def __init__(self, firmware: "Firmware | Sleeping") -> None:
        self.name = firmware.name
        self._firmware = firmware
        self._lock = allocate_lock()

    @property
    def firmware(self) -> "Firmware":
        """The model; ask it directly only where nobody else does."""
        with self._lock:
            return self._firmware.awake() if isinstance(self._firmware, Sleeping) else self._firmware

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations it has a road for."""
        return self._firmware.carried

    def call(self, op: Op) -> Reply:
        """Ask, one caller at a time.

        Raises:
            NotCarried: There is no road for it.
        """
        with self._lock:
            return self._firmware.call(op)

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask with pointers that are NULL, or sizes that lie."""
        firmware = self.firmware
        with self._lock:
            return firmware.call_malformed(asked)

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""
        return self._firmware.why_not(operation)

    def close(self) -> None:
        """Hold nothing, give back nothing."""


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> Simulated:
    """Open by the parts of a driver's name, such as ``simulated?vars=OVMF_VARS_4M.fd&profile=edk2``.

    Args:
        argument: None is known.
        options: ``vars``, a flash image to begin with; ``profile``, which firmware, by its name in :data:`~efirt.firmware.PROFILES`;
            ``quirk``, what it does otherwise, by names that :func:`~efirt.firmware.quirks.with_quirks` takes.

    Raises:
        DriverError: The image cannot be read.
        DecodeError: It is no such image, or a damaged one.
        ValueError: The argument or an option is unknown, or the profile is.
    """
    options = options or {}
    check_known("the simulated driver", [*options, *filter(None, [argument])], OPTIONS)
    return open_simulated(options.get("vars"), options.get("profile"), options.get("quirk"))


def find() -> Finding:
    """It applies everywhere."""
    return Finding(applies=True, reason="needs nothing of this machine")


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return frozenset(OPERATIONS) - NOT_CARRIED.keys(), NOT_CARRIED


def open_simulated(
    vars: str | None = None,  # noqa: A002 - as the argument is written
    profile: str | None = None,
    quirk: str | None = None,
) -> Simulated:
    """Open a simulated firmware.

    Args:
        vars: Path of a flash image to begin with, which is read and never written; a fresh machine where None is given.
        profile: Which firmware, by its name in :data:`~efirt.firmware.PROFILES`; OVMF 2022.11 where None is given.
        quirk: What it does otherwise, by names that :func:`~efirt.firmware.quirks.with_quirks` takes.

    Raises:
        DriverError: The image cannot be read.
        DecodeError: It is no such image, or a damaged one.
        ValueError: There is no such profile, or no such quirk.
    """
    image = None if vars is None else _read(vars)
    if not quirk and profile in {None, DEFAULT_FACTS.name}:
        return Simulated(_sleeping(image))
    return Simulated(
        _fresh(_profile(profile, quirk)) if image is None else firmware_from_image(image, None, _profile(profile), quirk=quirk)
    )


def _fresh(profile: "Profile") -> "Firmware":
    from efirt.firmware import Firmware  # noqa: PLC0415 - its rules

    return Firmware(profile, now=_now, verifier=LazyVerifier())


def _sleeping(image: bytes | None) -> Sleeping:
    """The usual firmware, of which a listing loads no rule."""
    if image is None:
        return Sleeping(reading_of(DEFAULT_FACTS), lambda: _fresh(_profile(None)), NAME)
    read = _decoded(image)
    facts = DEFAULT_FACTS._replace(limits=limits_of_store(read.store_size, read.record_header_size), authentication=read.authenticated)
    reading = reading_of(facts, read.variables, read.used, read.half_deleted)
    return Sleeping(reading, lambda: firmware_from_image(image), NAME)


def _decoded(image: bytes) -> "Edk2Image":
    from efirt.images.edk2 import Edk2Image  # noqa: PLC0415 - only for an image

    return Edk2Image.decode(image)


def _profile(name: str | None, quirk: str | None = None) -> "Profile":
    from efirt.firmware.chosen import chosen  # noqa: PLC0415 - its rules

    return chosen(name, quirk)


def _read(path: str) -> bytes:
    from pathlib import Path  # noqa: PLC0415 - 3 ms, and only for an image

    try:
        return Path(path).read_bytes()
    except OSError as cause:
        raise DriverError(f"{path} cannot be read: {cause.strerror}", "give the path of an OVMF_VARS file", os_errno=cause.errno) from None


def firmware_from_image(  # noqa: PLR0913 - each has a default, and a caller names the one it means
    image: bytes,
    volatile: Iterable[Variable] | None = None,
    profile: "Profile | None" = None,
    *,
    quirk: str | None = None,
    volatile_used: int | None = None,
    now: Callable[[], int] = _now,
    runtime: bool = True,
    tables: "Mapping[Guid, Table] | None" = None,
    verifier: "Verifier | None" = None,
) -> "Firmware":
    """A firmware that holds exactly what a flash image does, the room its dead records take included.

    Args:
        image: The flash, as it was when the boot phase ended.
        volatile: The volatile variables as they were then, in order; what boot makes of the image where None is given.
        profile: Which firmware, :data:`~efirt.firmware.DEFAULT` where None is given; its limits give way to those of the image.
        quirk: What it does otherwise, as of :func:`open_simulated`; its sizes do not give way.
        volatile_used: Bytes of all volatile records, the dead too; as many as the living take where None is given.
        now: Seconds since the beginning of 1970 by the machine's clock.
        runtime: Whether the boot phase is over.
        tables: Configuration tables.
        verifier: Judges signatures; one that needs the extra ``efirt[secureboot]`` at the first where it is left out.

    Raises:
        DecodeError: The bytes are no such image, or a damaged one.
    """
    from efirt.firmware import Firmware  # noqa: PLC0415 - its rules

    read = _decoded(image)
    profile = profile or _profile(None)
    profile = profile if read.authenticated else profile.without_authentication()
    profile = profile._replace(limits=limits_of_store(read.store_size, read.record_header_size))
    if quirk:
        from efirt.firmware.quirks import with_quirks  # noqa: PLC0415 - only for who asks

        profile = with_quirks(profile, quirk)
    return Firmware(
        profile,
        now=now,
        stored=read.variables,
        volatile=None if volatile is None else [Record(*variable) for variable in volatile],
        used=read.used,
        volatile_used=volatile_used,
        half_deleted=read.half_deleted,
        runtime=runtime,
        tables=tables,
        verifier=verifier or LazyVerifier(),
        name=NAME,
    )
