"""Functions with a budget of their own: each call of one may spend so much, with everything that it calls."""

from __future__ import annotations

import functools
import inspect
import json
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bursar import _tags

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping

    from bursar._purse import Purse

P = ParamSpec("P")
R = TypeVar("R")

# The tag by which a function's budget knows its calls.
FUNCTION = "function"
_RUN_PARENTS = "bursar.run.parents"


class Budgeted:
    """What a decorated function runs in: its tags, and a run of its own."""

    def __init__(self, purse: Purse, limit: str | None, tags: Mapping[str, str]) -> None:
        """Keep the purse, the limit and the tags."""
        self.purse = purse
        self.limit = limit
        self.tags = dict(tags)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Wrap a function, a coroutine function or a generator."""
        name = f"{function.__module__}.{function.__qualname__}"
        if self.limit is not None:
            self.purse._add_budgets(json.dumps(_budget(name, self.limit)))  # noqa: SLF001
        if inspect.isasyncgenfunction(function):
            return functools.wraps(function)(self._async_generator(function, name))
        if inspect.iscoroutinefunction(function):
            return functools.wraps(function)(self._coroutine(function, name))
        if inspect.isgeneratorfunction(function):
            return functools.wraps(function)(self._generator(function, name))

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.run(name):
                return function(*args, **kwargs)

        return call

    @contextmanager
    def run(self, name: str) -> Iterator[None]:
        """Enter a run of the function, within the run that is around it."""
        around = _tags.current()
        own = {**self.tags, FUNCTION: name, "run": uuid.uuid4().hex}
        if "run" in around:
            # What is around it counts in that run's budgets, which are found by the scope that has it.
            self.purse.scope()
            parents = around.get(_RUN_PARENTS)
            own[_RUN_PARENTS] = f"{parents}/{around['run']}" if parents else around["run"]
        with _tags.tagged(own):
            yield

    def _coroutine(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            with self.run(name):
                return await function(*args, **kwargs)

        return call

    def _generator(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            # The tags are around the function's own steps only, not around whoever consumes it.
            with self.run(name):
                around = _tags.current()
            steps = function(*args, **kwargs)
            sent: Any = None
            try:
                while True:
                    try:
                        with _tags.tagged(around):
                            item = steps.send(sent)
                    except StopIteration as end:
                        return end.value
                    sent = yield item
            finally:
                with _tags.tagged(around):
                    steps.close()

        return call

    def _async_generator(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            with self.run(name):
                around = _tags.current()
            steps = function(*args, **kwargs)
            try:
                while True:
                    with _tags.tagged(around):
                        item = await anext(steps)
                    yield item
            except StopAsyncIteration:
                return
            finally:
                with _tags.tagged(around):
                    await steps.aclose()

        return call


def _budget(name: str, limit: str) -> dict[str, Any]:
    return {"budgets": [{"name": f"function {name}", "match": {FUNCTION: name}, "limit": limit, "period": "run"}]}
