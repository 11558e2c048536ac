"""LangChain's callback handler: it refuses a model call before it is sent, and settles it when it ends."""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bursar import _model_call, _outer, _tags
from bursar._error import Refused
from bursar.integrations import _langchain_model, _langchain_request, _langchain_usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from bursar._purse import Purse

_HANDLER: Any = importlib.import_module("langchain_core.callbacks").BaseCallbackHandler


# The run that several prompts come from together, and how many they are.
_Batch = tuple["UUID | None", int]


class _Run:
    """A model call between its start and its end."""

    __slots__ = ("asked", "batch", "call")

    def __init__(self, asked: _langchain_request.Asked, call: _outer.OuterCall, batch: _Batch) -> None:
        self.asked, self.call, self.batch = asked, call, batch


# Every handler of a purse shares its runs: LangChain may show one call to several of them.
_RUNS: WeakKeyDictionary[Purse, dict[UUID, _Run]] = WeakKeyDictionary()
_RUNS_LOCK = threading.Lock()

# Of runs that never end, as streams that nobody reads on, the oldest are forgotten: their holds expire as spend.
_RUNS_KEPT = 65_536


class Callback(_HANDLER):  # type: ignore[misc]
    """Holds each model call of chains, models and graphs, by the id that LangChain gives to its run."""

    raise_error = True
    """A refusal reaches the caller, and the call isn't sent."""

    run_inline = True
    """In the caller's own context, which says who pays and what is sent within the call."""

    def __init__(self, purse: Purse, provider: str | None = None) -> None:
        """Hold calls in a purse."""
        super().__init__()
        self._purse, self._provider = purse, provider
        with _RUNS_LOCK:
            self._runs = _RUNS.setdefault(purse, {})

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[Any]], *, run_id: UUID, **shown: Any
    ) -> None:
        """Hold what a call of a chat model may cost, or raise the refusal."""
        self._start(serialized, _langchain_request.in_openai_shape(messages[0]), run_id, shown)

    def on_llm_start(self, serialized: dict[str, Any], prompts: list[str], *, run_id: UUID, **shown: Any) -> None:
        """Hold what a call of a model of text may cost, or raise the refusal."""
        self._start(serialized, [{"role": "user", "content": prompts[0]}], run_id, shown)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **_: Any) -> None:
        """Take note that the answer has begun."""
        del token
        self._answering(run_id)

    def on_stream_event(self, event: Any, *, run_id: UUID, **_: Any) -> None:
        """Take note that the answer has begun."""
        del event
        self._answering(run_id)

    def on_llm_end(self, response: Any, *, run_id: UUID, **_: Any) -> None:
        """Settle to the usage that the answer tells."""
        run = self._runs.pop(run_id, None)
        if run is None or (hold := run.call.end()) is None:
            return
        told = _langchain_usage.told(response)
        _langchain_usage.settle(self._purse, hold, told, run.asked.model, run.asked.provider)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Release what was refused before a token was generated; leave the rest unresolved."""
        run = self._runs.pop(run_id, None)
        if run is not None and (hold := run.call.end()) is not None:
            hold.fail(error)

    def _start(self, serialized: dict[str, Any], messages: Any, run_id: UUID, shown: Mapping[str, Any]) -> None:
        # Another handler of this purse holds the run already, or is at it.
        if run_id in self._runs:
            return
        metadata = shown.get("metadata") or {}
        asked = _langchain_request.asked(
            self._purse, serialized, messages, shown.get("invocation_params") or {}, metadata
        )
        if self._provider is not None:
            asked = asked._replace(provider=self._provider)
        self._give_way(shown.get("parent_run_id"))
        agent = metadata.get("lc_agent_name")
        tags = _tags.laid_over({"agent": agent}) if isinstance(agent, str) and agent else _tags.current()
        batch = (shown.get("parent_run_id"), shown.get("batch_size") or 1)
        is_held_within = _langchain_model.is_held_within(self._purse, metadata)
        try:
            hold = None if is_held_within else _model_call.reserve(self._purse, tags=tags, **asked._asdict())
        except Refused:
            self._release(batch)
            raise
        call = _outer.OuterCall(self._purse, hold, asked.model, tags)
        self._keep(run_id, _Run(asked, call, batch))
        _outer.enter(call)

    def _keep(self, run_id: UUID, run: _Run) -> None:
        with _RUNS_LOCK:
            if len(self._runs) >= _RUNS_KEPT:
                del self._runs[next(iter(self._runs))]
            self._runs[run_id] = run

    def _release(self, batch: _Batch) -> None:
        """Give back what the other prompts of a refused batch hold: none of it is sent, and LangChain won't tell."""
        if batch[1] == 1:
            return
        entered = _outer.entered()
        unsent = [run_id for run_id, run in list(self._runs.items()) if run.batch == batch and run.call in entered]
        for run_id in unsent:
            self._runs.pop(run_id).call.cover()

    def _give_way(self, parent: UUID | None) -> None:
        """Let a model that asks other models cost what they do."""
        run = None if parent is None else self._runs.get(parent)
        if run is not None:
            run.call.cover()

    def _answering(self, run_id: UUID) -> None:
        run = self._runs.get(run_id)
        if run is not None:
            run.call.answering()
