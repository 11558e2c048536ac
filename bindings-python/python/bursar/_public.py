"""The mark of a class that programs use."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    T = TypeVar("T")


def public(kind: type[T]) -> type[T]:
    """Let tracebacks and pickles show a class by the name that programs use, whenever its module is imported."""
    kind.__module__ = "bursar"
    return kind
