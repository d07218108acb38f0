"""What `efirt explain` says of a variable before a write is what firmware does: claim by claim, on machines of every kind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from efirt.drivers.efivarfs.kernel import Manner
from efirt.drivers.image.driver import open_driver as open_image
from efirt.errors import DriverError
from efirt.firmware import PROFILES
from efirt.firmware.fresh import fresh_stored
from efirt.firmware.profiles import DEFAULT, OVMF_2022_11, UEFI_SPEC
from efirt.firmware.quirks import BOARDS, with_quirks
from efirt.images.edk2_write import LAYOUTS, created
from efirt.ops import Driver, GetVariable, Op, QueryVariableInfo, Reply, Routes, SetVariable
from efirt.ops.holder import Holder
from efirt.ops.road import Road
from efirt.runtime.efivarfs_simulated import under_linux
from efirt.runtime.services import Runtime
from efirt.runtime.xen_simulated import behind_xen
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.known import KNOWN
from efirt.values.status import Status
from efirt.views.explain import Ability, Outlook, explain_variable
from efirt.views.explain_names import _TITLES, title_of
from tests.firmware.machine import VENDOR, Machine
from tests.firmware.signing import DB, PK
from tests.views.explain_claims import ABSENT, MINE, PRIVATE, STATES, Claim, claims, kept, keys, machine

OURSELVES = ("setup", "user", "full")


class AtBoot(Holder):
    """A driver over a firmware whose boot phase is not over, and that says so."""

    def road(self, _key: Key) -> Road:
        return Road(is_runtime=False)


def everything_said(built: Machine, over: Callable[[Driver], Driver] = lambda driver: driver) -> list[Claim]:
    """Every claim about every variable that anybody knows, and what the machine makes of it."""

    def ask(op: SetVariable) -> Status:
        try:
            return over(built.firmware).call(op).status
        except DriverError:
            return Status.NO_MEDIA

    return [claim for key in keys() for claim in claims(over(built.firmware), key, ask, kept(built))]


def contradictions(said: list[Claim]) -> list[str]:
    return [str(claim) for claim in said if claim.contradiction]


def ability(outlook: Outlook, action: str) -> Ability:
    return next(one for one in outlook.abilities if one.action == action)


def told(outlook: Outlook, action: str) -> tuple[str, list[str]]:
    found = ability(outlook, action)
    return found.may, [reason.name for reason in found.reasons]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("profile", PROFILES)
def test_no_claim_is_contradicted_by_firmware(profile: str, state: str) -> None:
    said = everything_said(machine(PROFILES[profile], state))
    assert contradictions(said) == []
    assert {"yes", "no", "unknown"} <= {claim.ability.may for claim in said}


@pytest.mark.parametrize("profile", ["ovmf-2022.11", "edk2", "uefi-spec"])
def test_no_claim_is_contradicted_before_the_operating_system_starts(profile: str) -> None:
    for state in ("setup", "user", "without KEK"):
        built = machine(PROFILES[profile], state, runtime=False)
        assert contradictions(everything_said(built, AtBoot)) == []


def test_no_claim_is_contradicted_behind_xen() -> None:
    for state in ("user", "full"):
        assert contradictions(everything_said(machine(OVMF_2022_11, state), behind_xen)) == []


@pytest.mark.parametrize("manner", [Manner(), Manner(tells_room=True), Manner(writable=False), Manner(root=False)], ids=str)
def test_no_claim_is_contradicted_by_linux(manner: Manner) -> None:
    for state in ("user", "full"):
        said = everything_said(machine(OVMF_2022_11, state), lambda firmware: under_linux(firmware, manner))
        wrong = [claim for claim in said if claim.contradiction and not without_room(claim)]
        assert contradictions(wrong) == []


def without_room(claim: Claim) -> bool:
    """Whether it was said that nobody knows how much room is left, and there was none."""
    is_told = "untold-room" in {reason.name for reason in claim.ability.reasons}
    return is_told and claim.contradiction.endswith(("EFI_OUT_OF_RESOURCES", "EFI_SECURITY_VIOLATION"))


def breaks(*ends: str) -> Callable[[Claim], bool]:
    return lambda claim: str(claim).endswith(ends)


AGAINST_THE_RULES: dict[str, tuple[str, Callable[[Claim], bool]]] = {
    "u-boot-volatile-store": (
        "tells the room for authenticated variables and takes none at runtime",
        breaks("answered EFI_INVALID_PARAMETER"),
    ),
    "qemu": ("appends to lists of keys only", lambda claim: claim.ability.action == "append" and breaks("answered EFI_UNSUPPORTED")(claim)),
    "ami": (
        "refuses what is signed as it must be, and an append to KEK",
        lambda claim: claim.key.name in {"KEK", "db", "dbx", "dbt"} and claim.ability.may in {"signed", "descriptor"},
    ),
    "insyde": ("hides variables that are there", lambda claim: claim.key == PRIVATE and claim.ability.action == "create"),
    "apple": ("does not tell how much room is left", without_room),
    "virtualbox": (
        "lets volatile variables be written at runtime",
        lambda claim: {reason.name for reason in claim.ability.reasons} <= {"volatile", "volatile-new"},
    ),
    "raspberry-pi-4": ("tells of room, and takes nothing at runtime", breaks("answered EFI_OUT_OF_RESOURCES")),
}
"""What boards do against the specification that nothing shows beforehand; everything else that is said of them holds."""


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_contradicts_what_is_said_only_where_it_breaks_the_rules(board: str) -> None:
    built = [machine(with_quirks(DEFAULT, board), state) for state in OURSELVES]
    wrong = [claim for one in built for claim in everything_said(one) if claim.contradiction]
    if board not in AGAINST_THE_RULES:
        assert contradictions(wrong) == []
        return
    _, is_known = AGAINST_THE_RULES[board]
    assert wrong, f"{board} keeps to the rules: take it off the list"
    assert [str(claim) for claim in wrong if not is_known(claim)] == []


def test_who_has_to_sign_depends_on_who_owns_the_machine() -> None:
    before, after = (Runtime(machine(OVMF_2022_11, state).firmware) for state in ("setup", "user"))
    assert told(explain_variable(before, DB), "create") == ("descriptor", ["setup"])
    assert told(explain_variable(after, DB), "overwrite") == ("signed", ["keys"])
    assert told(explain_variable(after, PK), "delete") == ("signed", ["owner"])
    assert told(explain_variable(before, PK), "create") == ("signed", ["first-key"])
    assert told(explain_variable(before, PRIVATE), "append") == ("signed", ["private"])


def test_what_is_made_at_start_is_for_nobody_to_change_until_the_next() -> None:
    outlook = explain_variable(Runtime(machine(OVMF_2022_11, "setup").firmware), "BootCurrent")
    assert [told(outlook, action) for action in ("read", "overwrite", "delete")] == [
        ("yes", []),
        ("no", ["volatile"]),
        ("no", ["volatile"]),
    ]
    assert "BS+RT" in ability(outlook, "overwrite").reasons[0].why


def test_a_full_store_takes_nothing_new_and_gives_the_numbers() -> None:
    outlook = explain_variable(Runtime(machine(OVMF_2022_11, "full").firmware), "Absent-" + str(VENDOR))
    assert told(outlook, "create")[0] in {"no", "unknown"}
    assert "15 bytes" in ability(outlook, "create").reasons[0].why


def test_a_store_with_a_little_room_is_told_of_where_linux_keeps_some_free() -> None:
    built = machine(OVMF_2022_11, "setup")
    while built.left() > 5000:
        assert built.status(SetVariable(Key(f"F{built.left()}", VENDOR), Attributes(7), bytes(1000))) == Status.SUCCESS
    plain, linux = Runtime(built.firmware), Runtime(under_linux(built.firmware, Manner(tells_room=True)))
    assert told(explain_variable(plain, ABSENT), "create") == ("yes", ["guarded-room"])
    assert told(explain_variable(linux, ABSENT), "create") == ("unknown", ["reserve"])


def test_a_deletion_that_efirt_asks_force_for_says_so() -> None:
    runtime = Runtime(machine(OVMF_2022_11, "setup").firmware)
    assert told(explain_variable(runtime, MINE), "delete") == ("yes", ["guarded"])
    assert told(explain_variable(runtime, "BootOrder"), "delete") == ("yes", [])


def test_a_file_that_linux_marks_immutable_is_no_obstacle_and_told() -> None:
    runtime = Runtime(under_linux(machine(OVMF_2022_11, "setup").firmware))
    assert told(explain_variable(runtime, MINE), "overwrite") == ("yes", ["untold-room", "immutable"])
    assert told(explain_variable(runtime, "BootOrder"), "overwrite") == ("yes", ["untold-room"])


@pytest.mark.parametrize(("manner", "why"), [(Manner(writable=False), "mounted read-only"), (Manner(root=False), "closed to this process")])
def test_a_closed_road_is_said_first(manner: Manner, why: str) -> None:
    outlook = explain_variable(Runtime(under_linux(machine(OVMF_2022_11, "user").firmware, manner)), DB)
    assert ability(outlook, "delete").reasons[0].name == "closed"
    assert why in ability(outlook, "delete").reasons[0].why
    assert told(outlook, "read") == ("yes", [])


def test_a_name_that_linux_cannot_make_is_told() -> None:
    outlook = explain_variable(Runtime(under_linux(machine(OVMF_2022_11, "user").firmware)), Key("a/b", VENDOR))
    assert told(outlook, "create") == ("no", ["unnamed"])


@pytest.mark.parametrize("action", ["read", "create", "overwrite", "append", "delete"])
def test_a_name_that_no_file_can_have_is_told_once_for_each_action(action: str) -> None:
    outlook = explain_variable(Runtime(under_linux(machine(OVMF_2022_11, "user").firmware)), Key("L" * 219, VENDOR))
    assert told(outlook, action) == ("no", ["unreached"])


def test_a_firmware_that_says_it_writes_nothing_is_believed() -> None:
    runtime = Runtime(machine(with_quirks(DEFAULT, "no-set"), "setup").firmware)
    assert told(explain_variable(runtime, "BootOrder"), "overwrite") == ("no", ["no-writing"])


def test_an_image_is_a_machine_before_its_start(tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(created(LAYOUTS["ovmf-4m"], fresh_stored()))
    outlook = explain_variable(Runtime(open_image(str(path), {})), "BootOrder")
    assert not outlook.state.road.is_runtime
    assert told(outlook, "overwrite") == ("yes", [])


def test_nothing_is_written_to_find_out() -> None:
    built, asked = machine(UEFI_SPEC, "user"), []

    class Watching(Holder):
        def call(self, op: Op) -> Reply:
            asked.append(type(op))
            return super().call(op)

    for key in keys():
        explain_variable(Runtime(Watching(built.firmware)), key)
    assert SetVariable not in asked
    assert GetVariable in asked


def test_where_nothing_can_be_read_nothing_is_claimed() -> None:
    def dead(op: Op) -> Reply:
        raise DriverError(f"{type(op).__name__}: no answer")

    driver = Routes("fake", {GetVariable: dead, QueryVariableInfo: dead, SetVariable: dead})
    outlook = explain_variable(Runtime(driver), DB)
    assert {one.may for one in outlook.abilities} == {"unknown"}
    assert "no answer" in outlook.state.unread


def test_a_driver_without_writes_says_why() -> None:
    built = machine(OVMF_2022_11, "setup")
    driver = Routes("fake", {GetVariable: built.ask})
    assert told(explain_variable(Runtime(driver), "BootOrder"), "delete") == ("no", ["not-carried"])


@pytest.mark.parametrize("name", KNOWN)
def test_every_variable_of_the_specification_has_a_title_and_says_where_it_stands(name: str) -> None:
    title = title_of(Key(name.replace("####", "0001"), KNOWN[name].guid))
    assert title.text
    assert title.source.startswith("UEFI 2.10 §")
    assert title.known == KNOWN[name]


def test_every_title_is_of_a_variable_of_the_specification() -> None:
    named = [line.strip().partition(":")[0] for lines in _TITLES.values() for line in lines.strip().splitlines()]
    assert sorted(named) == sorted(KNOWN)


def test_a_name_of_the_specification_under_another_guid_is_not_the_specification_s() -> None:
    assert title_of(Key("BootOrder", VENDOR)).known is None
    assert title_of(Key("BootOrder", GLOBAL)).known is not None


def test_each_thing_that_is_seen_beforehand_is_named() -> None:
    odd = Record(Key("SysPrepOrder", GLOBAL), Attributes(3), b"\1\0")
    before = Runtime(AtBoot(Machine(OVMF_2022_11, runtime=False, extra=(odd,)).firmware))
    user = machine(OVMF_2022_11, "user")
    here, linux = Runtime(user.firmware), Runtime(under_linux(user.firmware))
    flag = next(key for key in keys() if key.name == "VarErrorFlag")
    assert told(explain_variable(here, ABSENT), "overwrite") == ("no", ["nothing-there"])
    assert told(explain_variable(here, MINE), "create") == ("no", ["exists"])
    assert told(explain_variable(here, PK), "append") == ("unknown", ["one-owner"])
    assert told(explain_variable(here, flag), "overwrite") == ("no", ["edk2-s-own"])
    assert told(explain_variable(linux, "HwErrRec0ABC"), "create") == ("unknown", ["untold-error-storage"])
    assert told(explain_variable(before, odd.key), "overwrite") == ("unknown", ["unusual-attributes"])
    assert told(explain_variable(before, Key("BootNext", GLOBAL)), "create") == ("yes", [])
    assert told(explain_variable(before, "BootCurrent"), "overwrite") == ("yes", ["short-lived"])
    nothing = Runtime(Routes("fake", {GetVariable: lambda _op: Reply(Status.NOT_FOUND), SetVariable: user.ask}))
    assert told(explain_variable(nothing, DB), "create") == ("unknown", ["untold-mode"])
