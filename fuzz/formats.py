"""Fuzz the file formats: `python fuzz/formats.py TARGET [libFuzzer options]`, with atheris installed.

Targets: aws, dmpstore, efivar, qemu-json, xapi, esl, auth; aws-unpacked and dmpstore-summed put right what keeps random bytes out, the
compression and the checksums; detect takes any file. The seeds are under fuzz/corpus/TARGET. Each target reads without loss or raises
DecodeError; anything else is a finding. The targets aws and aws-unpacked need the package uefivars, for its dictionary.
"""

import sys
import zlib
from binascii import b2a_base64, crc32

import atheris
from running import run

with atheris.instrument_imports():
    from efirt.errors import DecodeError
    from efirt.images import aws, aws_dictionary
    from efirt.images.contents import Contents
    from efirt.images.detect import FORMATS, detect, why_not
    from efirt.wire.crc32c import crc32c

DICTIONARY = aws_dictionary.installed() or b""


def packed(payload: bytes) -> bytes:
    """A blob of Amazon's with such a payload."""
    packer = zlib.compressobj(1, zdict=DICTIONARY)
    body = bytes(4) + packer.compress(payload) + packer.flush()
    return b2a_base64(b"AMZNUEFI" + crc32c(body).to_bytes(4, "little") + body, newline=False)


def summed(data: bytes) -> bytes:
    """The first record of a dmpstore file, with the checksum it should have."""
    if len(data) < 8:  # noqa: PLR2004 - its two sizes
        return data
    size = 28 + int.from_bytes(data[:4], "little") + int.from_bytes(data[4:8], "little")
    return data[:size] + crc32(data[:size]).to_bytes(4, "little") + data[size + 4 :]


def target(name: str, data: bytes) -> None:
    """Read; what is read is written back, and read again after it was written anew."""
    if name == "detect":
        assert detect(data) or why_not(data)  # noqa: S101 - this is the finding
        return
    prepared = {"aws-unpacked": packed, "dmpstore-summed": summed}.get(name, bytes)(data)
    form = FORMATS[name.partition("-")[0] if name not in FORMATS else name].codec
    try:
        contents = aws.decode(prepared, DICTIONARY) if form.NAME == "aws" else form.decode(prepared)
    except DecodeError:
        return
    assert encoded(form.NAME, contents) == prepared  # noqa: S101 - as above
    form.cannot_say(contents)
    try:
        anew = encoded(form.NAME, contents._replace(source=None))
    except ValueError:
        return
    again = aws.decode(anew, DICTIONARY) if form.NAME == "aws" else form.decode(anew)
    assert form.cannot_say(contents) or again.records == contents.records  # noqa: S101 - as above


def encoded(name: str, contents: Contents) -> bytes:
    """The file of these contents."""
    return aws.encode(contents, DICTIONARY) if name == "aws" else FORMATS[name].codec.encode(contents)


def main() -> None:
    """Run one target."""
    name = sys.argv.pop(1)
    run(name, lambda data: target(name, data), sys.argv)


if __name__ == "__main__":
    main()
