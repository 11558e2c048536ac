"""``pydantic-ai`` agents: a capability whose every model request is held before it is sent.

It can refuse. Models on a client that a purse can wrap are held attempt by attempt, as that client's calls are; of any
other model each request is held by its messages, and settled by the usage of its response.
"""

from __future__ import annotations

import asyncio
import copy
import json
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.messages import ModelMessagesTypeAdapter
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import merge_model_settings

from bursar import _model_call, _outer, _tags, _wrap

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from pydantic_ai._run_context import RunContext
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.usage import RequestUsage

    from bursar import _native
    from bursar._purse import Purse


def capability(purse: Purse, *, provider: str | None = None, fit: bool = False, **tags: str) -> HeldRequests:
    """Return a capability that holds an agent's requests, and lays tags around them and around its tools."""
    return HeldRequests(purse, tags, provider=provider, fit=fit)


class HeldRequests(AbstractCapability[Any]):
    """Puts the model that serves each attempt behind the purse."""

    def __init__(self, purse: Purse, tags: dict[str, str], *, provider: str | None, fit: bool) -> None:
        """Keep what every request of the agent is held with."""
        super().__init__()
        self._purse, self._tags = purse, tags
        self._options = _wrap.Options(provider=provider, fit=fit)

    def get_wrapper_model(self, model: Model) -> Model:
        """Wrap the model of an attempt."""
        return HeldModel(model, self._held(model), self._tags)

    async def wrap_tool_execute(self, ctx: RunContext[Any], *, args: Any, handler: Any, **call: Any) -> Any:
        """Run a tool within the agent's tags: what it spends, itself or through other agents, counts there too."""
        del ctx, call
        with _tags.tagged(self._tags):
            return await handler(args)

    def _held(self, model: Model) -> Model:
        """Return a copy of a model that sends through the purse; it is never entered, its original is."""
        if isinstance(model, FallbackModel):
            copied = copy.copy(model)
            copied.models = [self._held(each) for each in model.models]
            return copied
        if isinstance(model, HeldModel):
            return model.around(self._held)
        if isinstance(model, HeldCalls) and model.is_of(self._purse):
            return model
        if isinstance(model, WrapperModel):
            wrapper = copy.copy(model)
            wrapper.wrapped = self._held(model.wrapped)
            return wrapper
        return self._on_wrapped_client(model) or HeldCalls(model, self._purse, self._options.provider)

    def _on_wrapped_client(self, model: Any) -> Model | None:
        provider, client = model.provider, getattr(model, "client", None)
        if provider is None or client is None:
            return None
        try:
            wrapped = _wrap.wrap(self._purse, client, self._options)
        except TypeError:
            return None
        copied = copy.copy(model)
        copied._provider = copy.copy(provider)  # noqa: SLF001, models have no other way to another client
        copied._provider._client = wrapped  # noqa: SLF001
        if copied.client is not wrapped:
            return None
        return HeldSockets(copied, self._purse, self._options.provider) if _has_sockets(model) else copied


class HeldModel(WrapperModel):
    """A model whose requests go out through its held copy, within the tags of its agent."""

    def __init__(self, wrapped: Model, held: Model, tags: dict[str, str]) -> None:
        """Wrap the model, which is entered and left as before."""
        super().__init__(wrapped)
        self._held, self._tags = held, tags

    def around(self, hold: Callable[[Model], Model]) -> HeldModel:
        """Return the same within another capability of ours: a purse holds once, and the tags of both count."""
        return HeldModel(self.wrapped, hold(self._held), self._tags)

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Send through the held copy."""
        with _tags.tagged(self._tags):
            return await self._held.request(messages, model_settings, model_request_parameters)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """Open the stream through the held copy; what it costs is known by its hold from then on."""
        stream = self._held.request_stream(messages, model_settings, model_request_parameters, run_context)
        async with _opened_within(self._tags, stream) as response:
            yield response


@asynccontextmanager
async def _opened_within(
    tags: dict[str, str], stream: AbstractAsyncContextManager[StreamedResponse]
) -> AsyncGenerator[StreamedResponse]:
    """Open a stream within tags, which are not around whoever consumes it."""
    with _tags.tagged(tags):
        response = await stream.__aenter__()
    try:
        yield response
    except BaseException as error:
        if not await stream.__aexit__(type(error), error, error.__traceback__):
            raise
    else:
        await stream.__aexit__(None, None, None)


class HeldCalls(WrapperModel):
    """A model whose requests a wrapped client doesn't see: each is held by its messages and settled by its usage."""

    def __init__(self, wrapped: Model, purse: Purse, provider: str | None) -> None:
        """Wrap the model."""
        super().__init__(wrapped)
        self._purse, self._answering = purse, provider or wrapped.system

    def is_of(self, purse: Purse) -> bool:
        """Return whether a purse holds the requests already."""
        return self._purse is purse

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Hold the request, send it and settle it."""
        call = await self._begin(messages, model_settings, model_request_parameters)
        try:
            response = await super().request(messages, model_settings, model_request_parameters)
        except BaseException as error:
            _end(call, error=error)
            raise
        _end(call, usage=response.usage)
        return response

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """Hold the request, and settle it if its stream is read to the end."""
        call = await self._begin(messages, model_settings, model_request_parameters)
        try:
            async with super().request_stream(
                messages, model_settings, model_request_parameters, run_context
            ) as response:
                call.answering()
                yield response
                is_whole = response.get().state == "complete"
                _end(call, usage=response.usage if is_whole else None)
        except BaseException as error:
            _end(call, error=error)
            raise

    async def _begin(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> _outer.OuterCall:
        if self._purse.is_quick:
            hold = self._reserve(messages, model_settings, model_request_parameters)
        else:
            hold = await asyncio.to_thread(self._reserve, messages, model_settings, model_request_parameters)
        call = _outer.OuterCall(self._purse, hold, self.model_name, _tags.current())
        _outer.enter(call)
        return call

    def _reserve(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> _native.Hold:
        instructions = [asdict(part) for part in model_request_parameters.instruction_parts or ()]
        text = ModelMessagesTypeAdapter.dump_json(messages).decode()
        return _model_call.reserve(
            self._purse,
            model=self.model_name,
            messages=[{"role": "system", "content": json.dumps(instructions)}, {"role": "user", "content": text}],
            tools=[
                _tool_of(tool)
                for tool in (*model_request_parameters.function_tools, *model_request_parameters.output_tools)
            ],
            max_output_tokens=(merge_model_settings(self.settings, model_settings) or {}).get("max_tokens"),
            provider=self._answering,
        )


class HeldSockets(HeldCalls):
    """A model on a wrapped client that can also send over a websocket, where no client sees its requests."""

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Hold what the client doesn't."""
        if not self._is_on_socket(model_settings):
            return await self.wrapped.request(messages, model_settings, model_request_parameters)
        return await super().request(messages, model_settings, model_request_parameters)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """Hold what the client doesn't."""
        send = super().request_stream if self._is_on_socket(model_settings) else self.wrapped.request_stream
        async with send(messages, model_settings, model_request_parameters, run_context) as response:
            yield response

    def _is_on_socket(self, model_settings: ModelSettings | None) -> bool:
        merged: Any = merge_model_settings(self.settings, model_settings) or {}
        return bool(merged.get("openai_transport") == "websocket")


def _has_sockets(model: Model) -> bool:
    return hasattr(model, "_websocket_transport")


def _tool_of(tool: Any) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters_json_schema}
    return {"type": "function", "function": function}


def _end(call: _outer.OuterCall, *, usage: RequestUsage | None = None, error: BaseException | None = None) -> None:
    """End a call by its usage or its error, unless a hold within has done so; without either it is unresolved."""
    hold = call.end()
    if hold is None or hold.is_ended:
        return
    if usage is None or not (usage.input_tokens or usage.output_tokens):
        hold.fail(error)
        return
    counts = {
        "input_tokens": usage.input_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
    }
    _model_call.settle(hold, counts)
