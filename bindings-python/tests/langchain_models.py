"""LangChain's models against a provider on loopback."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from langchain_openai import ChatOpenAI
from provider import Provider, whole

if TYPE_CHECKING:
    import bursar

# Ten tokens read and twenty written, at a dollar a million.
ONE_CALL = Decimal("0.00003")
HELLO = {"messages": [("user", "hello")]}
DOWN = whole({"error": {"message": "down"}}, 500)
SLOW = whole({"error": {"message": "slow down"}}, 429)
# LangChain's models can't be closed: without this their connections would stay open beyond the test.
ONCE = {"connection": "close"}


def model_of(provider: Provider, **options: Any) -> ChatOpenAI:
    settings = {"model": "race-model", "max_tokens": 50, "max_retries": 0, "stream_usage": True, **options}
    return ChatOpenAI(api_key="k", base_url=provider.url + "/v1", default_headers=ONCE, **settings)


def handled(purse: bursar.Purse) -> Any:
    return {"callbacks": [purse.langchain_callback()]}


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held
