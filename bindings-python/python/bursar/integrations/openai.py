"""The ``openai`` SDK, sync and async, with Azure's clients and whoever speaks its language.

It can refuse every call before it is sent: chat, responses, embeddings, images and audio, whole, raw or streamed.
Each retry of the SDK is held and settled by itself. What it can't see: realtime sessions, which are no requests.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bursar.integrations import httpx

if TYPE_CHECKING:
    from bursar._purse import Purse
    from bursar._wrap import Options


def wrap(purse: Purse, client: Any, options: Options) -> Any:
    """Return a copy of a client whose every attempt is held; copies of it by ``with_options`` are too."""
    # Version 2 of the SDK takes any error that isn't its own for a connection that failed, and tries again.
    error = importlib.import_module("openai").OpenAIError
    http_client = httpx.wrap(purse, client._client, options, error)  # noqa: SLF001, the SDK has no name for it
    return client.copy(http_client=http_client)
