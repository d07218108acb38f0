"""HwErrRec####: a record of an error of the hardware, in the common form of platforms.

Source: UEFI 2.10 appendix N.2.
"""

from struct import Struct

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.values.guid import Guid
from efirt.wire.cursor import packed

_WHERE: Final = "hardware error record"
_HEAD: Final = Struct("<4sHIHIIIQ16s16s16s16sQIQ12s")
_SECTION: Final = Struct("<IIHBBI16s16sI20s")
_SIGNATURE: Final = b"CPER"

SEVERITIES: Final = {0: "recoverable", 1: "fatal", 2: "corrected", 3: "informational"}
SECTIONS: Final = {
    Guid.parse("9876ccad-47b4-4bdb-b65e-16f193c4f3db"): "processor",
    Guid.parse("dc3ea0b0-a144-4797-b95b-53fa242b6e1d"): "IA-32 or x64 processor",
    Guid.parse("e19e3d16-bc11-11e4-9caa-c2051d5d46b0"): "Arm processor",
    Guid.parse("a5bc1114-6f64-4ede-b863-3e83ed7c83b1"): "memory",
    Guid.parse("61ec04fc-48e6-d813-25c9-8daa44750b12"): "memory 2",
    Guid.parse("d995e954-bbc1-430f-ad91-b44dcb3c6f35"): "PCIe",
    Guid.parse("c5753963-3b84-4095-bf78-eddad3f9c9dd"): "PCI or PCI-X bus",
    Guid.parse("eb5e4685-ca66-4769-b6a2-26068b001326"): "PCI device",
    Guid.parse("81212a96-09ed-4996-9471-8d729c8e69ed"): "firmware",
}


class Section(NamedTuple):
    """Where a part of the record stands, and what it is.

    Attributes:
        offset: Bytes from the record's beginning.
        size: Bytes.
        revision: Of the part.
        valid: Bits: 1 the unit's GUID, 2 its text.
        reserved: 0.
        flags: Bits: 1 the primary cause, ...
        kind: What it is: one of :data:`SECTIONS`.
        unit: The replaceable unit.
        severity: One of :data:`SEVERITIES`.
        unit_text: 20 bytes.
    """

    offset: int
    size: int
    revision: int
    valid: int
    reserved: int
    flags: int
    kind: Guid
    unit: Guid
    severity: int
    unit_text: bytes

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        return packed(_SECTION, *self[:6], self.kind.raw, self.unit.raw, self.severity, self.unit_text)


def _section(members: tuple[Any, ...]) -> Section:
    return Section._make([*members[:6], Guid(members[6]), Guid(members[7]), *members[8:]])


class ErrorRecord(NamedTuple):
    """A record.

    Attributes:
        revision: Of its form.
        signature_end: 0xFFFFFFFF.
        severity: One of :data:`SEVERITIES`.
        valid: Bits: 1 platform, 2 time, 4 partition.
        size: Bytes of all of it, as it says.
        time: When, in BCD: second, minute, hour, flags, day, month, year, century.
        platform: Which machine.
        partition: Which part of it.
        creator: Who wrote this.
        notification: How the error was noticed.
        number: Of the record.
        flags: Bits: 1 recovered, 2 from an earlier boot, 4 simulated.
        persistence: What its keeper wants to remember.
        reserved: 12 bytes.
        sections: Where its parts stand.
        rest: All that follows these.
    """

    revision: int
    signature_end: int
    severity: int
    valid: int
    size: int
    time: int
    platform: Guid
    partition: Guid
    creator: Guid
    notification: Guid
    number: int
    flags: int
    persistence: int
    reserved: bytes
    sections: tuple[Section, ...] = ()
    rest: bytes = b""

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart; that its size is that of the bytes is not asked.

        Raises:
            DecodeError: It does not begin with CPER, or is cut short.
        """
        if len(data) < _HEAD.size or not data.startswith(_SIGNATURE):
            raise DecodeError(_WHERE, 0, f"it begins with {_SIGNATURE.decode()} and has at least {_HEAD.size} bytes")
        _signature, revision, end, count, *members = _HEAD.unpack_from(data)
        behind = _HEAD.size + count * _SECTION.size
        if behind > len(data):
            raise DecodeError(_WHERE, 10, f"its {count} sections claim {behind} bytes, and there are {len(data)}")
        members[4:8] = map(Guid, members[4:8])
        sections = tuple(map(_section, _SECTION.iter_unpack(data[_HEAD.size : behind])))
        return cls._make([revision, end, *members, sections, bytes(data[behind:])])

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        guids = [guid.raw for guid in (self.platform, self.partition, self.creator, self.notification)]
        before = self.revision, self.signature_end, len(self.sections), self.severity, self.valid, self.size, self.time
        head = packed(_HEAD, _SIGNATURE, *before, *guids, self.number, self.flags, self.persistence, self.reserved)
        return head + b"".join(section.encode() for section in self.sections) + self.rest

    def as_json(self) -> dict[str, Any]:
        """What it says, with its parts' kinds and sizes."""
        second, minute, hour, _flags, day, month, year, century = self.time.to_bytes(8, "little")
        return {
            "severity": SEVERITIES.get(self.severity, self.severity),
            "time": f"{century:02x}{year:02x}-{month:02x}-{day:02x} {hour:02x}:{minute:02x}:{second:02x}",
            "number": self.number,
            "flags": self.flags,
            "size": self.size,
            "creator": str(self.creator),
            "notification": str(self.notification),
            "sections": [
                {
                    "kind": SECTIONS.get(section.kind, str(section.kind)),
                    "severity": SEVERITIES.get(section.severity, section.severity),
                    "offset": section.offset,
                    "size": section.size,
                    "unit": section.unit_text.partition(b"\0")[0].decode("latin-1") or None,
                }
                for section in self.sections
            ],
        }
