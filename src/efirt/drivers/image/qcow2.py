"""An image that is packed as qcow2: unpacked and packed by ``qemu-img``.

Source: QEMU 10.0, docs/interop/qcow2.rst (header); docs/tools/qemu-img.rst (convert).
"""

import os
from struct import Struct

from efirt.annotation import Final, Iterable
from efirt.drivers.image.port import read
from efirt.errors import DecodeError, DriverError
from efirt.images.edk2_volume import Readable

_HEADER: Final = Struct(">4sIQIIQIIQQIIQ")
_MORE: Final = Struct(">Q")
_LARGEST: Final = 128 << 20
_EXTERNAL_DATA: Final = 4
_MORE_AT: Final = 72
_PROGRAM: Final = "qemu-img"


def check(path: str, data: Readable, *, write: bool = False) -> None:
    """Refuse a file that is more than an image: one that refers to others, and to write also one that keeps snapshots.

    Raises:
        DecodeError: Its header is damaged.
        DriverError: It is such a file.
    """
    if len(data) < _HEADER.size:
        raise DecodeError(path, 0, "its qcow2 header is cut short")
    _, version, backing, _, _, size, encryption, _, _, _, _, snapshots, _ = _HEADER.unpack_from(data)
    more = _MORE.unpack_from(data, _MORE_AT)[0] if version > 2 and len(data) >= _MORE_AT + _MORE.size else 0  # noqa: PLR2004
    flatten = f"make one file of it: {_PROGRAM} convert -O raw {path} NEW.fd"
    if backing or more & _EXTERNAL_DATA:
        raise DriverError(f"{path} takes its contents from another file, which it names", flatten)
    if encryption:
        raise DriverError(f"{path} is encrypted", flatten)
    if size > _LARGEST:
        raise DriverError(f"{path} is a disk of {size} bytes, and no flash is so large", "name the image with the variables")
    if write and snapshots:
        raise DriverError(f"{path} keeps {snapshots} snapshots, which would be lost by writing it", flatten)


def is_disk(data: Readable) -> bool:
    """Whether what it holds is larger than any flash."""
    return len(data) >= _HEADER.size and _HEADER.unpack_from(data)[5] > _LARGEST


def unpacked(path: str) -> Readable:
    """What such a file holds; mapped, where it is large.

    Raises:
        DriverError: ``qemu-img`` is not here, or cannot read it.
    """
    return _converted(("-U", "-f", "qcow2", "-O", "raw"), path=path)


def packed(pieces: Iterable[Readable]) -> Readable:
    """Such a file that holds this.

    Raises:
        DriverError: ``qemu-img`` is not here, or cannot write it.
    """
    return _converted(("-f", "raw", "-O", "qcow2"), pieces=pieces)


def _converted(options: tuple[str, ...], *, path: str = "", pieces: Iterable[Readable] = ()) -> Readable:
    """What ``qemu-img convert`` makes of a file, or of bytes."""
    from subprocess import run  # noqa: PLC0415 - 10 ms, and for this format only
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    with TemporaryDirectory(prefix="efirt-") as folder:
        source, target = path or os.path.join(folder, "source"), os.path.join(folder, "target")  # noqa: PTH118 - as everywhere here
        try:
            if not path:
                _write(source, pieces)
            words = [_PROGRAM, "convert", *options, os.path.abspath(source), target]  # noqa: PTH100
            done = run(words, capture_output=True, check=False)  # noqa: S603 - found on PATH, as by every shell
            if done.returncode:
                said = done.stderr.decode("utf-8", "replace").strip().splitlines()
                raise DriverError(f"{_PROGRAM} cannot convert {path or 'the image'}: {said[-1] if said else done.returncode}")
            return read(target)[0]  # a large one is mapped, and stays while it is
        except FileNotFoundError:
            message = f"{path or 'the image'} is in the format qcow2, and {_PROGRAM}, which reads and writes that, is not installed"
            raise DriverError(message, "install it (Debian: qemu-utils; Fedora: qemu-img)") from None
        except OSError as cause:
            raise DriverError(f"{path or 'the image'} cannot be converted: {cause.strerror}", os_errno=cause.errno) from None


def _write(path: str, pieces: Iterable[Readable]) -> None:
    from efirt.drivers.image.replacing import fill  # noqa: PLC0415 - for who writes

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fill(descriptor, pieces)
    finally:
        os.close(descriptor)
