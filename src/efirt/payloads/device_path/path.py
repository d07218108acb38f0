"""A device path: its nodes, its bytes and its texts.

Source: UEFI 2.10 §10.2, §10.3.
"""

from efirt.annotation import Any, Final, Iterable, NamedTuple, Self, TypeVar
from efirt.errors import DecodeError
from efirt.payloads.device_path.framing import WHERE, nodes_at
from efirt.payloads.device_path.node import HEAD, EndInstance, decode_node, encode_node
from efirt.payloads.device_path.spelling import LONG, Form
from efirt.payloads.device_path.text import display, exact, read

Kind = TypeVar("Kind")

ENDING: Final = b"\x7f\xff\x04\x00"


class DevicePath(NamedTuple):
    """Where a thing is, from the outermost device to the file.

    Attributes:
        nodes: In order, each of the class of its kind; an :class:`EndInstance` stands between two instances.
        ending: The bytes of the node that ends it.
    """

    nodes: tuple[Any, ...] = ()
    ending: bytes = ENDING

    @classmethod
    def of(cls, *nodes: Any) -> Self:  # noqa: ANN401 - any nodes
        """A path of these nodes."""
        return cls(nodes)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take the bytes of one path.

        Raises:
            DecodeError: They are none, or something stands behind its end.
        """
        path, end = cls.decode_at(data, 0)
        if end != len(data):
            raise DecodeError(WHERE, end, f"{len(data) - end} bytes stand behind its end")
        return path

    @classmethod
    def decode_at(cls, data: bytes, offset: int) -> tuple[Self, int]:
        """The path that begins at an offset, and where it ends.

        Raises:
            DecodeError: None does.
        """
        *inner, last = nodes_at(data, offset)
        nodes = [decode_node(kind, subtype, bytes(data[begin + HEAD.size : end])) for kind, subtype, begin, end in inner]
        return cls(tuple(nodes), bytes(data[last[2] : last[3]])), last[3]

    @classmethod
    def parse(cls, text: str, *, efivar: bool = False) -> Self:
        """Read a text: the one edk2 writes, the exact one, or, as ``efivar`` says, the one libefivar and efibootmgr write.

        Raises:
            ValueError: It is none; the message says which node, and what was expected.
        """
        nodes, ending = read(text, efivar=efivar)
        return cls(nodes, ENDING if ending is None else ending)

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            TypeError: Something in it is no node.
            ValueError: A member of a node does not fit.
        """
        return b"".join(map(encode_node, self.nodes)) + self.ending

    def text(self, form: Form = LONG) -> str:
        """What edk2 writes, in one of its forms; may leave something out."""
        return display(self.nodes, form)

    def exact(self) -> str:
        """A text that :meth:`parse` reads as this very path: each node as edk2 writes it where that says all, else by its bytes."""
        return exact(self.nodes, b"" if self.ending == ENDING and self.nodes else self.ending)

    def as_json(self) -> dict[str, Any]:
        """Its texts, its bytes and its nodes."""
        from efirt.payloads.device_path.outline import path_json  # noqa: PLC0415 - who asks only for bytes needs it not

        return path_json(self)

    def __str__(self) -> str:
        """What edk2 writes."""
        return display(self.nodes, LONG)

    @property
    def instances(self) -> tuple["DevicePath", ...]:
        """Each instance as a path of its own; of one without several, itself."""
        parts: list[list[Any]] = [[]]
        for node in self.nodes:
            if isinstance(node, EndInstance):
                parts.append([])
            else:
                parts[-1].append(node)
        return tuple(DevicePath(tuple(part)) for part in parts)

    @classmethod
    def joined(cls, instances: Iterable["DevicePath"]) -> Self:
        """A path of several instances."""
        nodes: list[Any] = []
        for place, instance in enumerate(instances):
            nodes += [*([EndInstance()] if place else []), *instance.nodes]
        return cls(tuple(nodes))

    def first(self, kind: type[Kind]) -> Kind | None:
        """The first node of a class; None where it has none."""
        return next((node for node in self.nodes if isinstance(node, kind)), None)
