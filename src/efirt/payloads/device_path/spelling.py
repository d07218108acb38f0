"""How a kind of node is spelled: a name, and arguments in parentheses.

Source: UEFI 2.10 §10.6.1.2, §10.6.1.6.
"""

from efirt.annotation import Any, Callable, Final, Mapping, NamedTuple
from efirt.payloads.device_path.notation import Notation

_YOUNG: Final = 2025


class Form(NamedTuple):
    """Which of edk2's texts.

    Attributes:
        display_only: The short text that cannot be read back, as the UEFI shell prints it.
        shortcuts: Whether a vendor's node of a known GUID has a name of its own.
        edition: Of edk2, as a year. Its short text of 2025 leaves out where a partition lies, and takes an AcpiEx node's texts, not its
            numbers.

    Source: UEFI 2.10 §10.6.3; measured with OVMF 2022.11 and 2025.02.
    """

    display_only: bool = False
    shortcuts: bool = True
    edition: int = 2022

    @property
    def is_young_short(self) -> bool:
        """Whether it is the short text of 2025."""
        return self.display_only and self.edition >= _YOUNG


LONG: Final = Form()
WITHOUT_SHORTCUTS: Final = Form(shortcuts=False)
SHELL: Final = Form(display_only=True, shortcuts=False)
"""What ``bcfg boot dump -v`` of the UEFI shell prints."""
SHELL_2025: Final = Form(display_only=True, shortcuts=False, edition=_YOUNG)
"""The same of OVMF 2025.02."""


class Spelling(NamedTuple):
    """How a kind of node is written, and read.

    Attributes:
        names: What stands before the parentheses where it is read; letters' case does not matter.
        write: Node and form to text.
        read: The name, in lower case, and what stands in the parentheses, to the node's members.
        plainly: A second text where the first does not say all.
    """

    names: tuple[str, ...]
    write: Callable[[Any, Form], str]
    read: Callable[[str, str], dict[str, Any]]
    plainly: Callable[[Any], str] | None = None


class _Required:
    """No default."""


REQUIRED: Final = _Required()


class Argument(NamedTuple):
    """One argument.

    Attributes:
        member: The node's member that it is.
        notation: How it is written.
        default: What it is when it is left out; a ValueError where this is :data:`REQUIRED`.
        only_long: Whether the text that is for display only leaves it out.
    """

    member: str
    notation: Notation
    default: object = REQUIRED
    only_long: bool = False


def plain(name: str, *arguments: Argument, also: tuple[str, ...] = ()) -> Spelling:
    """A name and arguments with commas between them."""

    def write(node: Any, form: Form) -> str:  # noqa: ANN401 - any node
        shown = [one for one in arguments if not (form.display_only and one.only_long)]
        return f"{name}({','.join(one.notation.write(getattr(node, one.member)) for one in shown)})"

    return Spelling((name, *also), write, lambda _name, inner: read_arguments(arguments, inner))


def read_arguments(arguments: tuple[Argument, ...], inner: str) -> dict[str, Any]:
    """The members of what stands in parentheses.

    Raises:
        ValueError: One is missing, too many, or not what it should be.
    """
    parts = inner.split(",") if inner.strip() else []
    if len(parts) > len(arguments):
        raise ValueError(f"{len(parts)} arguments, and there are {len(arguments)}: {', '.join(one.member for one in arguments)}")
    parts += [""] * (len(arguments) - len(parts))
    members = {}
    for one, part in zip(arguments, parts, strict=True):
        if part.strip():
            members[one.member] = one.notation.read(part)
        elif one.default is REQUIRED:
            raise ValueError(f"its {one.member} is missing")
        else:
            members[one.member] = one.default
    return members


def named(by_value: Mapping[Any, str]) -> dict[str, Any]:
    """The same the other way round, in lower case."""
    return {name.lower(): value for value, name in by_value.items()}
