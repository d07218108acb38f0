"""A device path as a JSON value.

Source: docs/reference/device-paths.md of this project.
"""

from efirt.annotation import Any
from efirt.payloads.device_path.media import FilePath, HardDrive
from efirt.payloads.device_path.node import EndInstance, UnknownNode, encode_node
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.json_value import members


def node_json(node: Any) -> dict[str, Any]:  # noqa: ANN401 - any node
    """A node: its class, its type and sub-type, and its members."""
    raw = encode_node(node)
    shown: dict[str, Any] = {"node": type(node).__name__, "type": raw[0], "subtype": raw[1]}
    if isinstance(node, UnknownNode):
        return shown | {"data": node.data.hex()}
    shown |= members(node)
    if isinstance(node, HardDrive):
        guid = node.partition_guid
        shown |= {"partition_guid": str(guid) if guid else None, "mbr_signature": node.mbr_signature}
    return shown


def file_of(path: DevicePath) -> str | None:
    """The file that the first instance of a path leads to, its parts joined; None where it leads to none."""
    names = [node.name for node in path.instances[0].nodes if isinstance(node, FilePath)]
    return "\\".join(name.strip("\\") for name in names) if len(names) > 1 else "".join(names) or None


def path_json(path: DevicePath) -> dict[str, Any]:
    """A path: its texts, its bytes, its partition and its file, and its nodes; an EndInstance stands between two instances."""
    disk = path.first(HardDrive)
    guid = disk.partition_guid if disk else None
    return {
        "text": str(path),
        "exact": path.exact(),
        "hex": path.encode().hex(),
        "partition_guid": str(guid) if guid else None,
        "file": file_of(path),
        "instances": len(path.instances),
        "nodes": [{"node": EndInstance.__name__} if isinstance(node, EndInstance) else node_json(node) for node in path.nodes],
    }
