"""A module that is imported when something of it is first used."""

from importlib import import_module

from efirt.annotation import Any


class Later:
    """Stands for a module; a type checker is shown the module itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever the module holds
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value
