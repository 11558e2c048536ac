"""The ``anthropic`` SDK, sync and async, also on Bedrock and Vertex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.integrations import httpx

if TYPE_CHECKING:
    from bursar._purse import Purse
    from bursar._wrap import Options


def wrap(purse: Purse, client: Any, options: Options) -> Any:
    """Return a copy of a client whose every attempt is held; copies of it by ``with_options`` are too."""
    return client.copy(http_client=httpx.wrap(purse, client._client, options))  # noqa: SLF001, the SDK has no name for it
