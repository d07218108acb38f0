"""All quirks of one firmware together, by its name.

What is not among them, and why, is in docs/reference/quirks.md.

Source: as of each quirk.
"""

from collections.abc import Mapping

from efirt.annotation import Final

_U_BOOT: Final = (
    "oversize-out-of-resources",
    "store-of-128-kib",
    "space-freed-at-once",
    "query-refuses-unknown-bits",
    "query-tells-one-store",
    "count-based-unsupported",
    "enhanced-unsupported",
    "no-language-hook",
    "append-needs-later-time",
    "keys-not-joined",
    "no-authentication-at-runtime",
    "no-private-variables-under-secure-boot",
    "descriptor-checked-in-setup-mode",
    "missing-exchange-keys-are-a-violation",
    "user-absent",
    "dbr",
    "vendor-keys-zero",
    "specified-modes",
    "unspecified-zones",
    "no-clock",
    "no-alarm",
    "no-counter",
    "no-capsules",
)

BOARDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ovmf-xen": ("no-authentication", "store-lost-at-power-off", "constant-clock", "clock-cannot-be-set", "no-alarm"),
    "u-boot": (*_U_BOOT, "no-set", "no-query"),
    "u-boot-volatile-store": (*_U_BOOT, "hidden-deletable-at-runtime", "runtime-writes-lost"),
    "u-boot-preseed": (*_U_BOOT, "no-set", "no-query", "keys-write-protected"),
    "qemu": (
        "hidden-access-denied",
        "hidden-writes-denied",
        "oversize-out-of-resources",
        "space-freed-at-once",
        "query-tells-one-store",
        "unknown-attributes-unsupported",
        "count-based-unsupported",
        "deleting-nothing-succeeds",
        "append-for-keys-only",
        "append-merges-lists",
        "descriptor-type-unsupported",
        "equal-timestamps",
        "self-signed-platform-key",
        "vendor-keys-zero",
    ),
    "varstored": (
        "attributes-on-success-only",
        "hidden-writes-invalid",
        "values-up-to-57344-bytes",
        "append-without-limit",
        "store-of-128-kib",
        "space-freed-at-once",
        "query-takes-anything",
        "query-tells-one-store",
        "unknown-attributes-stored",
        "enhanced-unsupported",
        "enhanced-with-time-invalid",
        "count-based-unsupported",
        "stored-alone-passes",
        "empty-append-not-found",
        "memory-overwrite-protected",
        "no-language-hook",
        "sha256-only",
        "exchange-keys-not-joined",
        "no-platform-key-append",
        "attributeless-delete-invalid",
        "missing-exchange-keys-are-a-violation",
        "self-signed-platform-key",
        "user-absent",
        "deployed-at-once",
    ),
    "ami": ("no-exchange-append", "databases-refused"),
    "insyde": ("empty-dbx-hides-variables",),
    "samsung": ("refused-write-tidies-up", "half-full-bricks"),
    "lenovo": ("duplicate-names", "buffer-size-as-name-size"),
    "asus": ("looping-names", "space-freed-at-boot-only"),
    "old-efi": ("short-names", "values-up-to-1024-bytes", "deletions-brick"),
    "dell": ("audit-mode-told",),
    "apple": ("no-query", "extra-attributes-refused", "store-of-64-kib", "space-freed-at-boot-only"),
    "apple-2.40": ("query-hangs", "extra-attributes-refused"),
    "apple-t2": ("set-crashes",),
    "virtualbox": ("volatile-at-runtime",),
    "raspberry-pi-4": ("runtime-writes-out-of-resources", "set-time-out-of-resources"),
}
"""By name: quirks of :data:`~efirt.firmware.quirks.QUIRKS`, in the order they are applied."""
