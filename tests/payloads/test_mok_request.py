"""What mokutil leaves for MokManager."""

import pytest

from efirt.errors import DecodeError
from efirt.payloads.codecs import SHIM, shown
from efirt.payloads.mok_request import PasswordHash, Switch
from efirt.payloads.number import INT32, Number
from efirt.values.key import Key

PASSWORD = "secret12".encode("utf-16-le").ljust(32, b"\0")
SWITCH = bytes.fromhex("0100000008000000") + PASSWORD
SALT, DIGEST = bytes(range(16)), bytes(range(64)).ljust(128, b"\0")
HASHED = bytes.fromhex("040088130000000000001000") + SALT.ljust(32, b"\0") + DIGEST


@pytest.mark.parametrize("name", ["MokSB", "MokDB", "MokListTrustedNew"])
def test_a_switch_is_told_without_its_password(name: str) -> None:
    record = shown(Key(name, SHIM), SWITCH)
    assert (record["kind"], record["value"]) == ("mok-switch", {"state": 1, "password_length": 8})
    assert Switch.decode(SWITCH) == Switch(1, 8, PASSWORD)
    assert Switch.decode(SWITCH).encode() == SWITCH
    with pytest.raises(DecodeError, match="it has 40 bytes, not 39"):
        Switch.decode(SWITCH[:-1])
    with pytest.raises(ValueError, match="do not fit"):
        Switch(1 << 32, 8, PASSWORD).encode()


@pytest.mark.parametrize("name", ["MokPW", "MokPWStore", "MokAuth", "MokDelAuth", "MokXAuth", "MokXDelAuth"])
def test_a_password_s_hash_says_how_it_was_made(name: str) -> None:
    record = shown(Key(name, SHIM), HASHED)
    assert (record["kind"], record["value"]) == ("mok-password", {"method": "sha512", "rounds": 5000, "salt": SALT.hex()})
    assert PasswordHash.decode(HASHED).encode() == HASHED
    assert PasswordHash.decode(b"\x09" + HASHED[1:]).as_json()["method"] == "method 9"


def test_an_old_hash_is_one_sha_256() -> None:
    old = PasswordHash.decode(bytes(range(32)))
    assert old.as_json() == {"method": "sha256-once", "rounds": None, "salt": None}
    assert old.encode() == bytes(range(32))
    with pytest.raises(DecodeError, match="it has 172 or 32 bytes, not 33"):
        PasswordHash.decode(bytes(33))


def test_the_time_that_mokmanager_waits_may_be_below_zero() -> None:
    assert shown(Key("MokTimeout", SHIM), b"\xff" * 4)["value"] == -1
    with pytest.raises(DecodeError, match="it has 4 bytes, not 2"):
        INT32.decode(b"\xff" * 2)
    assert INT32.decode(b"\x0a\0\0\0").as_json() == 10
    assert INT32.decode(b"\xff" * 4).encode() == b"\xff" * 4
    with pytest.raises(ValueError, match="does not fit in 4 bytes"):
        Number(1 << 31, 4, has_sign=True).encode()
