"""Models of the OpenAI Agents SDK that are held, with the agent's name as a tag of what they spend."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

from bursar import _model_call, _outer, _tags
from bursar.integrations import _openai_agents_call as agents_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bursar import _native
    from bursar._purse import Purse


class StandIn:
    """Stands before an object of the SDK, with all that it has, and passes for its type, which runs ask for."""

    def __init__(self, inner: Any) -> None:
        """Stand before an object."""
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        """Return what the object has."""
        if name == "_inner":
            raise AttributeError(name)
        return getattr(self._inner, name)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The type of the object."""
        return type(self._inner)


def is_stand_in(model: Any) -> bool:
    """Return whether a model is held already."""
    return issubclass(type(model), StandIn)


class RequestingModel(StandIn):
    """A model whose requests are held by its client: here they get the agent's name."""

    async def get_response(self, *asked: Any, **named: Any) -> Any:
        """Ask the model, in the name of the agent."""
        with _tags.tagged(_agent()):
            return await self._inner.get_response(*asked, **named)

    async def stream_response(self, *asked: Any, **named: Any) -> AsyncIterator[Any]:
        """Ask the model for a stream, in the name of the agent."""
        agent, stream = _agent(), self._inner.stream_response(*asked, **named)
        try:
            while True:
                # Around each step alone: what the reader does in between is not the agent's.
                with _tags.tagged(agent):
                    try:
                        event = await anext(stream)
                    except StopAsyncIteration:
                        return
                yield event
        finally:
            await stream.aclose()


class CalledModel(StandIn):
    """A model that is held by call, since nothing is known of its requests."""

    def __init__(self, purse: Purse, inner: Any, provider: str | None) -> None:
        """Hold the calls of a model in a purse."""
        super().__init__(inner)
        self._purse, self._provider = purse, provider

    async def get_response(self, *asked: Any, **named: Any) -> Any:
        """Hold the call, ask the model, and settle by the usage of its answer."""
        call = await self._begin(agents_call.body(self._inner, *asked, **named))
        try:
            response = await self._inner.get_response(*asked, **named)
        except BaseException as error:
            _fail(call, error)
            raise
        if (hold := call.end()) is not None:
            agents_call.settle(hold, call.model, response.output, response.usage)
        return response

    async def stream_response(self, *asked: Any, **named: Any) -> AsyncIterator[Any]:
        """Hold the call, and settle by the usage of the event that ends it; without that it is unresolved."""
        call = await self._begin(agents_call.body(self._inner, *asked, **named))
        stream = self._inner.stream_response(*asked, **named)
        try:
            async for event in stream:
                call.answering()
                # Before it is passed on: the runner reads no further than the end.
                if agents_call.is_end(event) and (hold := call.end()) is not None:
                    agents_call.settle(hold, call.model, event.response.output, event.response.usage)
                yield event
            _fail(call, None)
        except BaseException as error:
            _fail(call, error)
            raise
        finally:
            await stream.aclose()

    async def _begin(self, body: dict[str, Any]) -> _outer.OuterCall:
        tags = _tags.laid_over(_agent())
        hold = await self._reserve(body, tags)
        call = _outer.OuterCall(self._purse, hold, body["model"], tags)
        _outer.enter(call)
        return call

    async def _reserve(self, body: dict[str, Any], tags: dict[str, str]) -> _native.Hold:
        def reserve() -> _native.Hold:
            return _model_call.reserve_request(
                self._purse, body, api="responses", path="/v1/responses", provider=self._provider, tags=tags
            )

        return reserve() if self._purse.is_quick else await asyncio.to_thread(reserve)


def _fail(call: _outer.OuterCall, error: BaseException | None) -> None:
    hold = call.end()
    if hold is not None and not hold.is_ended:
        hold.fail(error)


def _agent() -> dict[str, str]:
    """Return the tag of the agent whose turn it is: its span is there without tracing too."""
    span = importlib.import_module("agents.tracing").get_current_span()
    shown = getattr(span, "span_data", None)
    kind = getattr(shown, "type", None)
    name = getattr(shown, "agent_name", None) if kind == "turn" else getattr(shown, "name", None)
    return {"agent": name} if name and kind in {"turn", "agent"} else {}
