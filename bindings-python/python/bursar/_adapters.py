"""The hooks of frameworks and SDKs, each in a module of its own that is imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"bursar.integrations.{name}")


class Adapters:
    """What a purse gives to frameworks. The page of each says what it can refuse, and what it can only observe."""

    __slots__ = ()

    def anthropic(self, **options: Any) -> Any:
        """Return a middleware for ``Anthropic(middleware=[…])``."""
        return _module("anthropic").middleware(self, **options)

    def litellm(self, **options: Any) -> Any:
        """Hold every call of LiteLLM from now on, and return what takes that away again."""
        return _module("litellm").handler(self, **options)

    def langchain(self, **options: Any) -> Any:
        """Return a middleware for ``create_agent(middleware=[…])``."""
        return _module("langchain").middleware(self, **options)

    def langchain_callback(self, **options: Any) -> Any:
        """Return a callback handler for chains, models and LangGraph."""
        return _module("langchain").callback(self, **options)

    def openai_agents(self, **options: Any) -> Any:
        """Return a model provider for ``RunConfig(model_provider=…)``."""
        return _module("openai_agents").model_provider(self, **options)

    def pydantic_ai(self, **options: Any) -> Any:
        """Return a capability for ``Agent(capabilities=[…])``."""
        return _module("pydantic_ai").capability(self, **options)

    def crewai(self, **options: Any) -> Any:
        """Register the hooks of CrewAI, and return what takes them away again."""
        return _module("crewai").hooks(self, **options)

    def claude_agent_sdk(self, **options: Any) -> Any:
        """Return a lease: an amount that one query of the Claude Agent SDK may spend by itself."""
        return _module("claude_agent_sdk").lease(self, **options)

    def span_processor(self, **options: Any) -> Any:
        """Return a span processor that books what GenAI spans tell. It observes, and can't refuse."""
        return _module("opentelemetry").span_processor(self, **options)

    def register_metrics(self, meter_provider: Any = None, **options: Any) -> Any:
        """Show cost, tokens, calls, decisions and budgets as metrics of a meter provider of OpenTelemetry."""
        return _module("opentelemetry").register_metrics(self, meter_provider, **options)
