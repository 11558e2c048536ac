"""CrewAI: hooks around every model call of its agents, crews and flows.

They can refuse: a refusal stops the run as a hook's own abort does. Where an LLM stands on a client that a purse can
wrap, the hook puts it on a wrapped one, which holds each attempt; any other LLM's calls are held by their messages, and
settled by the usage that CrewAI's event of the call tells.
"""

from __future__ import annotations

import importlib
import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from bursar import _model_call, _outer, _tags, _wrap
from bursar._error import Error, also

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from bursar import _native
    from bursar._purse import Purse

_HOOKS: Any = importlib.import_module("crewai.hooks")
_DISPATCH: Any = importlib.import_module("crewai.hooks.dispatch")
_EVENTS: Any = importlib.import_module("crewai.events")
_LLM_EVENTS: Any = importlib.import_module("crewai.events.types.llm_events")

# Where the LLMs of CrewAI keep their clients, and what makes them.
_CLIENTS = {"_client": "_get_sync_client", "_async_client": "_get_async_client"}

# The calls that this context is in, each with its LLM, for the events that tell their ends.
_CALLS: ContextVar[tuple[tuple[Any, _outer.OuterCall], ...]] = ContextVar("bursar.crewai_calls", default=())


class Aborted(_DISPATCH.HookAborted):  # type: ignore[misc]
    """What CrewAI knows a refusal by: anything else that a hook raises it swallows, and makes the call."""

    source = "bursar"

    @property
    def reason(self) -> str:
        """Why the call was stopped."""
        return str(self)


def hooks(purse: Purse, *, provider: str | None = None, fit: bool = False, **tags: str) -> Hooks:
    """Hold every model call of CrewAI in this process from now on, within tags over those around the call."""
    return Hooks(purse, _wrap.Options(provider=provider, fit=fit, refusal=Aborted, tags=tags))


class Hooks:
    """The hooks, until they are removed; as a context manager, until its block ends."""

    def __init__(self, purse: Purse, options: _wrap.Options) -> None:
        """Register them."""
        self._purse, self._options = purse, options
        self._lent: list[tuple[weakref.ref[Any], str, Any]] = []
        self._handlers = {
            _LLM_EVENTS.LLMCallCompletedEvent: self._completed,
            _LLM_EVENTS.LLMCallFailedEvent: self._failed,
        }
        _HOOKS.register_before_llm_call_hook(self._before)
        for event, handler in self._handlers.items():
            _EVENTS.crewai_event_bus.on(event)(handler)

    def remove(self) -> None:
        """Take the hooks away, and give the LLMs their own clients back."""
        _HOOKS.unregister_before_llm_call_hook(self._before)
        for event, handler in self._handlers.items():
            _EVENTS.crewai_event_bus.off(event, handler)
        for reference, name, client in self._lent:
            if (llm := reference()) is not None:
                setattr(llm, name, client)
        self._lent.clear()

    def __enter__(self) -> Self:
        """Return the hooks."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take them away."""
        self.remove()

    def _before(self, context: Any) -> None:
        try:
            self._ask(context)
        except Error as error:
            raise also(error, Aborted) from None
        except Exception as error:
            # A call that can't be asked for must not be made: CrewAI would go on with it.
            message = f"the call can't be held: {error}"
            raise _DISPATCH.HookAborted(message, "bursar") from error

    def _ask(self, context: Any) -> None:
        if self._is_on_wrapped_clients(context.llm):
            return
        tags = self._options.tags or {}
        hold = _reserve(self._purse, context, self._options.provider, tags)
        # What is sent may name the model without the provider before it.
        name = _name_of(context.llm).rpartition("/")[2]
        call = _outer.OuterCall(self._purse, hold, name, _tags.laid_over(tags))
        _outer.enter(call)
        _CALLS.set((*(entry for entry in _CALLS.get() if entry[1].is_open), (context.llm, call)))

    def _is_on_wrapped_clients(self, llm: Any) -> bool:
        """Put an LLM on wrapped clients, as many as can be; false where it may ask in another way as well."""
        are_lent = [self._is_lent_to(llm, name, make) for name, make in _CLIENTS.items()]
        return all(are_lent)

    def _is_lent_to(self, llm: Any, name: str, make: str) -> bool:
        if any(name == known and reference() is llm for reference, known, _ in self._lent):
            return True
        client = _client_of(llm, name, make)
        if client is None:
            return False
        try:
            wrapped = _wrap.wrap(self._purse, client, self._options)
        except TypeError:
            return False
        setattr(llm, name, wrapped)
        self._lent = [entry for entry in self._lent if entry[0]() is not None]
        self._lent.append((weakref.ref(llm), name, client))
        return True

    def _completed(self, llm: Any, event: Any) -> None:
        hold = _ended(llm)
        usage = _usage_of(event.usage or {})
        if hold is not None and usage:
            _model_call.settle(hold, usage)
        elif hold is not None:
            hold.unresolved()

    def _failed(self, llm: Any, event: Any) -> None:
        # What went wrong is told as text alone, which proves nothing.
        del event
        if (hold := _ended(llm)) is not None:
            hold.unresolved()


def _client_of(llm: Any, name: str, make: str) -> Any:
    """Return the client of an LLM, made if it wasn't yet; nothing where it has none, or can't make it here."""
    if not (hasattr(llm, name) and hasattr(llm, make)):
        return None
    try:
        return getattr(llm, make)()
    except Exception:  # noqa: BLE001, it will tell by itself when it is called
        return None


def _ended(llm: Any) -> _native.Hold | None:
    """End the innermost call of an LLM that this context is in, and return its hold."""
    for asked, call in _CALLS.get()[::-1]:
        if asked is llm and call.is_open:
            return call.end()
    return None


def _reserve(purse: Purse, context: Any, provider: str | None, tags: Mapping[str, str]) -> _native.Hold:
    llm = context.llm
    tools = [
        {"type": "function", "function": {"name": tool.name, "description": tool.description}}
        for tool in getattr(context.agent, "tools", None) or ()
    ]
    limits = (getattr(llm, name, None) for name in ("max_completion_tokens", "max_tokens"))
    return _model_call.reserve(
        purse,
        model=_name_of(llm),
        messages=context.messages,
        tools=tools,
        max_output_tokens=next((int(limit) for limit in limits if limit), None),
        provider=provider or getattr(llm, "provider", None),
        tags=tags,
    )


def _name_of(llm: Any) -> str:
    return llm if isinstance(llm, str) else str(llm.model)


def _usage_of(usage: Mapping[str, Any]) -> dict[str, int]:
    """Return CrewAI's counts in OpenTelemetry's names; nothing where it has none."""
    count = {name: int(value) for name, value in usage.items() if isinstance(value, int) and value}
    if "inputTokens" in count:
        # Those of Amazon's Converse, which counts apart what was read from a cache or written to one.
        read, written = count.get("cacheReadInputTokens", 0), count.get("cacheWriteInputTokens", 0)
        total, output = count["inputTokens"] + read + written, count.get("outputTokens", 0)
    else:
        read, written = count.get("cached_prompt_tokens", 0), count.get("cache_creation_tokens", 0)
        total, output = count.get("prompt_tokens", 0), count.get("completion_tokens", 0)
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return {name: value for name, value in zip(names, (total, output, read, written), strict=True) if value}
