"""Writes that no rule of the usual firmware can have anything against, so that none of its rules need be loaded to take them.

Most of what is written by hand is such: an ordinary variable in a namespace of its own, while there is room behind all others. All else
is for :class:`~efirt.firmware.Firmware`; asked the same, it gives the same answer and holds the same afterwards.

Source: as of the rules in :mod:`efirt.firmware.write_rules`, :mod:`efirt.firmware.name_rules`, :mod:`efirt.firmware.store_rules` and
:mod:`efirt.firmware.space`.
"""

from efirt.annotation import Final
from efirt.firmware.bits import BS, NV, RT
from efirt.firmware.namespaces import OWN
from efirt.firmware.reading import Reading
from efirt.ops.variables import SetVariable
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.wire.text import char16_size

_FOR_BOOT: Final = NV | BS
_FOR_ALL: Final = NV | BS | RT
_SPOKEN: Final = ("Lang", "PlatformLang", "LangCodes", "PlatformLangCodes")
"""By these names firmware takes a variable of any namespace for a language."""


def plain_record(reading: Reading, op: SetVariable) -> Record | None:
    """What a write leaves stored; None where the rules must be asked. Nothing is changed here.

    Where that is not what is stored already, it goes to the end of all.

    Args:
        reading: What the firmware holds; of the usual one, which knows no users and has no policies.
        op: The write.
    """
    key, bits, data = op
    name, stored, limits = key.name, reading.stored, reading.profile.limits
    if bits not in {_FOR_BOOT, _FOR_ALL} or (reading.runtime and bits != _FOR_ALL) or not data:
        return None
    if not name or not name.isascii() or "\0" in name or name in _SPOKEN or key.guid in OWN or key in reading.volatile.store:
        return None
    old = stored.store.get(key)
    if stored.half_deleted or (old is not None and old.attributes != bits):
        return None
    if old is not None and old.data == data:
        return old
    size = limits.record_header_size + char16_size(name) + len(data)
    if size > limits.variable_size or size + stored.used.common > limits.runtime_space:
        return None
    return Record(key, Attributes(bits), bytes(data))
