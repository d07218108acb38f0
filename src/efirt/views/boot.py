"""The boot menu of a machine: entries, their order, what comes next. Drivers and programs that firmware starts before it, too.

A library first: the command line's ``boot`` is this, and rows.
"""

from efirt.annotation import Sequence
from efirt.payloads.load_option import LoadOption
from efirt.runtime.services import Runtime
from efirt.views.boot_menu import KINDS, Menu
from efirt.views.boot_plan import (
    Plan,
    added,
    check_sound,
    check_start,
    edited,
    option_of,
    ordered,
    removed,
    switched,
    with_firmware_setup,
    with_next,
    with_timeout,
)
from efirt.views.boot_reading import read_hot_keys, read_menu
from efirt.views.boot_writing import check_unchanged, write_plan


class Boot:
    """A machine's boot menu, or its ``driver`` or ``sysprep`` entries.

    Each method that changes something reads the menu, makes a plan and carries it out; with ``dry_run`` it only makes the plan. A write
    that fails is an exception, after those before it were taken back. ``force`` passes the guards, of :class:`~efirt.Runtime` and of the
    menu: something must be left that firmware starts by itself.

    Every method can raise :class:`~efirt.errors.EfirtError`, and ValueError where what was asked makes no sense; then nothing was written.

    Attributes:
        runtime: The machine.
        kind: Which entries.
    """

    def __init__(self, runtime: Runtime, kind: str = "boot") -> None:
        if kind not in KINDS:
            raise ValueError(f"there are no entries of the kind {kind!r}: the kinds are {', '.join(KINDS)}")
        self.runtime = runtime
        self.kind = KINDS[kind]

    def menu(self) -> Menu:
        """All entries, their order, and what is wrong with them."""
        return read_menu(self.runtime, self.kind)

    def add(
        self, option: LoadOption, *, place: int | None = 1, number: int | None = None, force: bool = False, dry_run: bool = False
    ) -> Plan:
        """A new entry; its number is in the plan.

        Args:
            option: The entry.
            place: Where in the order, from 1; None for not in it.
            number: Its number; None for the lowest that is free.
            force: Pass the guards.
            dry_run: Write nothing.
        """
        menu = read_menu(self.runtime, self.kind, number)
        return self._done(added(menu, option, place, number), force=force, dry_run=dry_run)

    def remove(self, *numbers: int, force: bool = False, dry_run: bool = False) -> Plan:
        """Entries go, from the order and from BootNext, too."""
        return self._done(removed(self.menu(), numbers), force=force, dry_run=dry_run)

    def edit(self, number: int, option: LoadOption, *, force: bool = False, dry_run: bool = False) -> Plan:
        """An entry gets other contents, and its hot keys stay with it."""
        return self._done(edited(self._with_hot_keys(), {number: option}), force=force, dry_run=dry_run)

    def order(self, numbers: Sequence[int], *, rest: bool = False, force: bool = False, dry_run: bool = False) -> Plan:
        """The order is these; with ``rest`` the others that are in it stay behind them."""
        return self._done(ordered(self.menu(), numbers, rest=rest), force=force, dry_run=dry_run)

    def activate(self, *numbers: int, active: bool = True, force: bool = False, dry_run: bool = False) -> Plan:
        """Entries become active, so that firmware tries them, or inactive."""
        return self._done(switched(self._with_hot_keys(), numbers, active=active), force=force, dry_run=dry_run)

    def next(self, number: int | None, *, force: bool = False, dry_run: bool = False) -> Plan:
        """Firmware starts this entry once, before all others; None for none."""
        return self._done(with_next(self._menu_proper(), number), force=force, dry_run=dry_run)

    def timeout(self, seconds: int | None, *, force: bool = False, dry_run: bool = False) -> Plan:
        """Firmware waits so long, 65535 for ever; None for its own default."""
        return self._done(with_timeout(self._menu_proper(), seconds), force=force, dry_run=dry_run)

    def firmware_setup(self, *, on: bool = True, force: bool = False, dry_run: bool = False) -> Plan:
        """Firmware shows its own menu at the next start, or does not."""
        return self._done(with_firmware_setup(self._menu_proper(), on=on, force=force), force=force, dry_run=dry_run)

    def dedupe(self, *, force: bool = False, dry_run: bool = False) -> Plan:
        """Duplicates go: :func:`efirt.views.boot_duplicates.duplicates` says which, and why."""
        from efirt.views.boot_duplicates import tidied  # noqa: PLC0415 - rare

        return self._done(tidied(self.menu()), force=force, dry_run=dry_run)

    def option(self, number: int) -> LoadOption:
        """What an entry says, to be changed and given to :meth:`edit`."""
        return option_of(self.menu(), number)

    def apply(self, plan: Plan, *, force: bool = False) -> Plan:
        """Carry out a plan that was made before.

        Raises:
            Refused: A variable has changed since then.
        """
        check_unchanged(self.runtime, plan)
        return self._done(plan, force=force, dry_run=False)

    def _menu_proper(self) -> Menu:
        if not self.kind.is_menu:
            raise ValueError(f"only the boot menu has this, and these are {self.kind.name} entries")
        return self.menu()

    def _with_hot_keys(self) -> Menu:
        return read_hot_keys(self.runtime, self.menu())

    def _done(self, plan: Plan, *, force: bool, dry_run: bool) -> Plan:
        if not force:
            check_sound(plan)
            check_start(plan)
        if not dry_run:
            write_plan(self.runtime, plan, force=force)
        return plan
