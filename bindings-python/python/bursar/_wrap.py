"""Which wrapper a client gets: by the package that its class comes from, imported only then."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar._purse import Purse

Client = TypeVar("Client")


class Options(NamedTuple):
    """How a client is wrapped."""

    provider: str | None = None
    fit: bool = False

    refusal: type[Exception] | None = None
    """What a refusal is too, for a framework that lets only its own through as they are."""

    tags: Mapping[str, str] | None = None
    """Tags of the client's calls, over those around them."""

    def over(self, other: Options) -> Options:
        """Return these over those that the client was wrapped with before."""
        return self._replace(provider=self.provider or other.provider, fit=self.fit or other.fit)


# The beginning of a class's module, and the module of ours that wraps it.
_WRAPPERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google.genai": "google_genai",
    "botocore": "bedrock",
    "httpx": "httpx",
    "httpx2": "httpx",
    "langchain_openai": "langchain",
    "langchain_anthropic": "langchain",
}


def wrap(purse: Purse, client: Client, options: Options) -> Client:
    """Return a client of the same type that asks the purse before every call."""
    for kind in type(client).__mro__:
        for package, ours in _WRAPPERS.items():
            if kind.__module__ == package or kind.__module__.startswith(package + "."):
                module = importlib.import_module(f"bursar.integrations.{ours}")
                return module.wrap(purse, client, options)  # type: ignore[no-any-return]
    found = f"{type(client).__module__}.{type(client).__qualname__}"
    message = (
        f"a client of {', '.join(_WRAPPERS)} can be wrapped, not {found}: use `reserve` and `settle` around its calls"
    )
    raise TypeError(message)
