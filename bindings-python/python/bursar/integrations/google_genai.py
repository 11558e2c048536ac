"""The ``google-genai`` SDK, sync and ``client.aio``, for the Gemini API and for Vertex AI.

It can refuse every generation and embedding before it is sent, whole or streamed, also those of chats and of automatic
function calling. Each retry of the SDK is held by itself. What it can't see: live sessions, which are no requests.
"""

from __future__ import annotations

import copy
import functools
import importlib
from typing import TYPE_CHECKING, Any

from bursar.integrations import aiohttp, httpx

if TYPE_CHECKING:
    from bursar._purse import Purse
    from bursar._wrap import Options


def wrap(purse: Purse, client: Any, options: Options) -> Any:
    """Return a copy of a client, or of its ``aio``, on the same connections, whose every attempt is held."""
    sdk = importlib.import_module("google.genai.client")
    held = _held(purse, client._api_client, options)  # noqa: SLF001, the SDK has no name for it
    copied = copy.copy(client)
    if isinstance(client, sdk.AsyncClient):
        sdk.AsyncClient.__init__(copied, held)
    elif isinstance(client, sdk.Client):
        # Its parts are made anew, on the copy of what sends their requests.
        copied._get_api_client = lambda **_: held  # noqa: SLF001
        sdk.Client.__init__(copied, debug_config=client._debug_config)  # noqa: SLF001
    else:
        message = f"a `Client` or its `aio` can be wrapped, not {type(client).__qualname__}"
        raise TypeError(message)
    # A client that nobody has any more closes its connections, which the copy uses.
    copied._bursar_original = client  # noqa: SLF001
    return copied


def _held(purse: Purse, api_client: Any, options: Options) -> Any:
    """Return a copy of what sends the requests, in each of the ways that it has."""
    held = copy.copy(api_client)
    held._bursar_original = api_client  # noqa: SLF001
    held._httpx_client = httpx.wrap(purse, api_client._httpx_client, options)  # noqa: SLF001
    # With a client certificate the SDK would send through `requests`; its httpx client has the certificate too.
    held._use_google_auth_sync = lambda: False  # noqa: SLF001
    if api_client._async_httpx_client is not None:  # noqa: SLF001
        held._async_httpx_client = _async_httpx(purse, api_client._async_httpx_client, options)  # noqa: SLF001
    session_of = api_client._get_aiohttp_session  # noqa: SLF001

    async def get_session() -> aiohttp.Session:
        return aiohttp.Session(purse, await session_of(), options)

    held._get_aiohttp_session = get_session  # noqa: SLF001
    return held


def _async_httpx(purse: Purse, client: Any, options: Options) -> Any:
    wrapped = httpx.wrap(purse, client, options)
    client_of_loop = getattr(client, "_client_for_running_loop", None)
    if client_of_loop is not None:
        # The SDK's own class sends through another client for each event loop.
        wrapped._client_for_running_loop = functools.partial(_of_loop, purse, client_of_loop, options)  # noqa: SLF001
    return wrapped


def _of_loop(purse: Purse, client_of_loop: Any, options: Options) -> Any:
    return httpx.wrap(purse, client_of_loop(), options)
