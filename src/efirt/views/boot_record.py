"""A boot menu, an entry and a plan as JSON values.

Source: docs/reference/boot.md of this project.
"""

from efirt.annotation import Any
from efirt.payloads.device_path.media import HardDrive
from efirt.payloads.device_path.outline import file_of
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.load_option import arguments_in
from efirt.views.boot_duplicates import Duplicate
from efirt.views.boot_menu import Entry, Menu
from efirt.views.boot_plan import Plan, Write


def menu_record(menu: Menu) -> dict[str, Any]:
    """All of a menu."""
    return {
        "kind": menu.kind.name,
        "order": list(menu.order),
        "next": menu.next,
        "current": menu.current,
        "timeout": menu.timeout,
        "os_indications": menu.indications,
        "os_indications_supported": menu.supported,
        "problems": list(menu.problems),
        "entries": [entry_record(menu, entry) for entry in menu.entries],
    }


def entry_record(menu: Menu, entry: Entry) -> dict[str, Any]:
    """One entry; null where it cannot be read."""
    option, path = entry.option, entry.path
    text, encoding = arguments_in(option.optional_data) if option else (None, None)
    return {
        "number": entry.number,
        "name": entry.key.name,
        "label": option.description if option else None,
        "active": option.is_active if option else None,
        "hidden": option.is_hidden if option else None,
        "force_reconnect": option.forces_reconnect if option else None,
        "category": option.category if option else None,
        "attributes": option.attributes if option else None,
        "path": str(path) if path else None,
        "path_hex": path.encode().hex() if path else None,
        "disk": _disk(path) if path else None,
        "file": file_of(path) if path else None,
        "optional_data": option.optional_data.hex() if option else None,
        "optional_text": text,
        "optional_encoding": encoding,
        "position": menu.position(entry),
        "next": menu.is_next(entry),
        "current": menu.is_current(entry),
        "defect": entry.defect,
    }


def _disk(path: DevicePath) -> dict[str, Any] | None:
    """The partition that a path leads to."""
    node = path.first(HardDrive)
    if node is None:
        return None
    guid = node.partition_guid
    return {
        "partition": node.partition_number,
        "start": node.start,
        "size": node.size,
        "partition_guid": str(guid) if guid else None,
        "mbr_signature": node.mbr_signature,
    }


def plan_record(plan: Plan, *, dry_run: bool) -> dict[str, Any]:
    """What is written, in its order."""
    return {"number": plan.number, "dry_run": dry_run, "writes": [write_record(write) for write in plan.writes]}


def write_record(write: Write) -> dict[str, Any]:
    """One write."""
    before = write.before.data.hex() if write.before else None
    return {"name": write.key.name, "action": write.action, "before": before, "after": write.after.hex() if write.after else None}


def duplicate_record(duplicate: Duplicate) -> dict[str, Any]:
    """One duplicate."""
    return {"number": duplicate.entry.number, "kept": duplicate.kept.number, "why": duplicate.why}
