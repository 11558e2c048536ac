"""The OpenAI Agents SDK: a model provider whose models are held.

It can refuse every call before it is sent, whole or streamed. Models that send requests through the ``openai`` SDK are
held by attempt, with the retries of that SDK and of the runner; other models by call. What it can't see: a model object
that is given to an agent without ``held``, and realtime sessions.
"""

from __future__ import annotations

import copy
import importlib
from typing import TYPE_CHECKING, Any

from bursar._wrap import Options
from bursar.integrations import openai
from bursar.integrations._openai_agents_model import CalledModel, RequestingModel, StandIn, is_stand_in

if TYPE_CHECKING:
    from bursar._purse import Purse


def model_provider(purse: Purse, *, inner: Any = None, provider: str | None = None) -> Any:
    """Return a model provider for ``RunConfig(model_provider=…)`` over another one, the SDK's own if none is given.

    ``provider`` names who answers, where the host doesn't tell.
    """
    if inner is None:
        inner = importlib.import_module("agents").MultiProvider()
    return HeldProvider(purse, inner, provider)


class HeldProvider(StandIn):
    """A model provider whose every model is held."""

    def __init__(self, purse: Purse, inner: Any, provider: str | None) -> None:
        """Hold the models of another provider."""
        super().__init__(inner)
        self._purse, self._provider = purse, provider

    def get_model(self, model_name: str | None) -> Any:
        """Return the model of a name, held."""
        return self.held(self._inner.get_model(model_name))

    def held(self, model: Any) -> Any:
        """Return a model that asks the purse before every call, for ``Agent(model=…)``."""
        if is_stand_in(model):
            return model
        if not _sends_requests(model):
            return CalledModel(self._purse, model, self._provider)
        model = copy.copy(model)
        model._client = openai.wrap(self._purse, model._client, Options(provider=self._provider))  # noqa: SLF001, the SDK has no name for it
        return RequestingModel(model)


def _sends_requests(model: Any) -> bool:
    """Return whether each attempt of a model's calls is a request of its ``openai`` client."""
    agents = importlib.import_module("agents")
    sending = (agents.OpenAIResponsesModel, agents.OpenAIChatCompletionsModel)
    return isinstance(model, sending) and not isinstance(model, agents.OpenAIResponsesWSModel)
