"""The ``anthropic`` SDK, sync and async, also on Bedrock and Vertex."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from bursar._error import Refused
from bursar.integrations import httpx

if TYPE_CHECKING:
    from bursar._purse import Purse
    from bursar._wrap import Options


def wrap(purse: Purse, client: Any, options: Options) -> Any:
    """Return a copy of a client whose every attempt is held; copies of it by ``with_options`` are too."""
    held = httpx.wrap(purse, client._client, options)  # noqa: SLF001, the SDK has no name for it
    if held is client._client:  # noqa: SLF001
        return client
    is_async = inspect.iscoroutinefunction(client._client.send)  # noqa: SLF001
    return client.copy(http_client=held).with_middleware(_asking if is_async else _asking_sync)


# What its transport raises the SDK takes for a broken connection, and tries again; what a middleware raises it passes.
def _asking_sync(request: Any, call_next: Any) -> Any:
    try:
        return call_next(request)
    except Exception as error:
        if isinstance(error.__cause__, Refused):
            raise error.__cause__ from None
        raise


async def _asking(request: Any, call_next: Any) -> Any:
    try:
        return await call_next(request)
    except Exception as error:
        if isinstance(error.__cause__, Refused):
            raise error.__cause__ from None
        raise
