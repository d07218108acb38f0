"""Modules that are imported when something of them is first used.

Source: Python 3.11, Doc/library/functions.rst, __import__. ``importlib``, which has a function for this, takes as long to import as three
modules of this package, ``warnings`` behind it included.
"""

import sys

from efirt.annotation import Any


def imported(name: str) -> Any:  # noqa: ANN401 - a module, whose names a type checker cannot know
    """A module by its whole name.

    Raises:
        ImportError: There is none, or it cannot be imported.
    """
    __import__(name)
    return sys.modules[name]


class Later:
    """Stands for a module; a type checker is shown the module itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever the module holds
        value = getattr(imported(self._name), attribute)
        setattr(self, attribute, value)
        return value
