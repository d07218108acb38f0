"""EFI statuses as the error numbers that kernels make of them: asked for by name, since the kernels disagree."""

from efirt.values.errno_tables import ErrorNumber, errno_for

__all__ = ["ErrorNumber", "errno_for"]
