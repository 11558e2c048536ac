"""Executors that carry the tags around a call into their threads, which forget them otherwise."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")


class TaggedExecutor(Executor):
    """An executor whose work has the tags, and the rest of the context, of whoever submits it.

    >>> import bursar
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> purse = bursar.open(":memory:")
    >>> with ThreadPoolExecutor() as pool, purse.tags(team="data"):
    ...     purse.executor(pool).submit(lambda: purse.scope().tags).result()
    {'team.name': 'data'}
    """

    def __init__(self, pool: Executor) -> None:
        """Wrap an executor, which stays its owner's to shut down."""
        self._pool = pool

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Submit work in the context of the caller."""
        return self._pool.submit(copy_context().run, fn, *args, **kwargs)

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        **kwargs: Any,
    ) -> Iterator[T]:
        """Map a function in the context of the caller, a copy of it for each call."""
        context = copy_context()

        def run(*args: Any) -> T:
            return context.copy().run(fn, *args)

        return self._pool.map(run, *iterables, timeout=timeout, chunksize=chunksize, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002, the signature of executors
        """Shut the wrapped executor down."""
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
