"""Steps with signatures."""

from collections.abc import Callable
from typing import Final

from efirt.ops import SetVariable
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Step, Unprepared
from efirt.testing.conformance.payloads import LAST, USUAL, Form, descriptor, moment
from efirt.testing.conformance.words import OK, SIGNED, TEN, ours
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status

A: Final = ours("A")
"""The authenticated variable most cases are about."""

PK: Final = Key("PK", GLOBAL)
KEK: Final = Key("KEK", GLOBAL)
DB: Final = Key("db", IMAGE_SECURITY)
DBX: Final = Key("dbx", IMAGE_SECURITY)

Payload = bytes | Callable[[Bench], bytes]
Tamper = Callable[[bytes], bytes]


def signed(  # noqa: PLR0913 - as many as a signed write depends on
    number: int | EfiTime,
    payload: Payload,
    *gives: Status,
    key: Key = A,
    who: str = "K1",
    attributes: int = SIGNED,
    form: Form = USUAL,
    signed_for: Key | None = None,
    tamper: Tamper | None = None,
) -> Step:
    """A signed write answers one of these.

    Args:
        number: Its timestamp, or the number of one of the suite's own.
        payload: What is written, or how to make it.
        gives: The answers.
        key: To where.
        who: Who signs.
        attributes: With which attributes.
        form: How it is signed.
        signed_for: The variable the signature is for, where it is another.
        tamper: What is done to it after it was signed.
    """
    time = moment(number) if isinstance(number, int) else number

    def run(bench: Bench) -> None:
        value = payload if isinstance(payload, bytes) else payload(bench)
        data = bench.payloads.signed(signed_for or key, attributes, time, value, who, form)
        bench.expect(bench.ask(SetVariable(key, Attributes(attributes), tamper(data) if tamper else data)), *gives)

    return Step(run, writes=True)


def created(number: int = 1, payload: bytes = TEN, who: str = "K1", form: Form = USUAL, attributes: int = SIGNED) -> Step:
    """The authenticated variable is there."""

    def run(bench: Bench) -> None:
        data = bench.payloads.signed(A, attributes, moment(number), payload, who, form)
        bench.prepare(SetVariable(A, Attributes(attributes), data))

    return Step(run, writes=True)


def unsigned(number: int, payload: Payload, *gives: Status, key: Key, attributes: int = SIGNED) -> Step:
    """A write with a descriptor and no signature answers one of these."""

    def run(bench: Bench) -> None:
        value = payload if isinstance(payload, bytes) else payload(bench)
        data = descriptor(moment(number).encode(), b"") + value
        bench.expect(bench.ask(SetVariable(key, Attributes(attributes), data)), *gives)

    return Step(run, writes=True)


def replaced(at: int, data: bytes) -> Tamper:
    """These bytes instead of those that stand there."""
    return lambda whole: whole[:at] + data + whole[at + len(data) :]


def certificates(*who: str) -> Callable[[Bench], bytes]:
    """Lists of somebody's certificates."""
    return lambda bench: bench.payloads.certificates(*who)


def enroll(bench: Bench) -> None:
    """The platform has the suite's key, and loses it when the case has ended."""
    data = bench.payloads.signed(PK, SIGNED, moment(1), bench.payloads.certificates("PK"), "PK")
    removal = bench.payloads.signed(PK, SIGNED, LAST, b"", "PK")
    bench.later(lambda: _remove(bench, removal))
    bench.prepare(SetVariable(PK, SIGNED, data))


def _remove(bench: Bench, removal: bytes) -> None:
    bench.ask(SetVariable(PK, SIGNED, removal))


def user_mode(*kek: str) -> Step:
    """The platform has the suite's keys; those who may exchange keys are given."""

    def run(bench: Bench) -> None:
        if bench.machine.live and any(bench.read(key).status == OK for key in (KEK, DB, DBX)):
            raise Unprepared("the machine has keys of its own, which would be lost")
        if kek:
            data = bench.payloads.signed(KEK, SIGNED, moment(1), bench.payloads.certificates(*kek), "PK")
            bench.prepare(SetVariable(KEK, SIGNED, data))
        enroll(bench)

    return Step(run, writes=True)


def same(key: Key, value: Payload, attributes: int = SIGNED) -> Step:
    """The variable has this value and these attributes."""

    def run(bench: Bench) -> None:
        wanted = value if isinstance(value, bytes) else value(bench)
        reply = bench.expect(bench.read(key), OK)
        bench.check(
            reply.data == wanted,
            f"{len(wanted)} bytes {wanted.hex()[-64:]}",
            f"{len(reply.data or b'')} bytes {(reply.data or b'').hex()[-64:]}",
        )
        bench.check(reply.attributes == attributes, f"attributes {attributes:#x}", str(reply.attributes))

    return Step(run)
