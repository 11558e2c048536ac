"""Agents, graphs and the threads of tools: what they spend stays in the run that they belong to."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, TypedDict

import bursar
import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.runnables import RunnableParallel
from langchain_core.tools import tool
from langchain_models import HELLO, ONE_CALL, handled, model_of, spent
from langgraph.graph import END, START, StateGraph
from provider import Provider, chat, whole


def asking_for(name: str, *args: str) -> dict[str, Any]:
    """An answer that calls a tool, once for each argument."""
    answer = chat()
    answer["choices"][0]["finish_reason"] = "tool_calls"
    answer["choices"][0]["message"] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": f'{{"text": "{text}"}}'}}
            for at, text in enumerate(args)
        ],
    }
    return answer


class State(TypedDict):
    said: str


def graph_of(*nodes: Any) -> Any:
    graph: Any = StateGraph(State)
    before = START
    for at, node in enumerate(nodes):
        graph.add_node(f"node-{at}", node)
        graph.add_edge(before, f"node-{at}")
        before = f"node-{at}"
    graph.add_edge(before, END)
    return graph.compile()


def test_the_tags_around_a_call_and_the_agents_name_land_in_the_report(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    with purse.tags(team="data"):
        create_agent(model_of(provider), [], middleware=[purse.langchain()], name="writer").invoke(HELLO)
        model = purse.wrap(model_of(provider))
        asyncio.run(create_agent(model, [], middleware=[purse.langchain()], name="critic").ainvoke(HELLO))
    model_of(provider).invoke("hello", config=handled(purse))
    assert purse.report(filter='team = "data" and agent = "writer"').total == ONE_CALL
    assert purse.report(filter='team = "data" and agent = "critic"').total == ONE_CALL
    assert purse.report().total == 3 * ONE_CALL


def test_a_sub_agent_in_a_tools_thread_stays_in_the_run_of_its_parent(make_purse: Any, provider: Provider) -> None:
    per_run = {"name": "run", "match": "everything", "limit": "0.01 USD", "period": "run"}
    purse = make_purse(budgets=[per_run])
    threads = set()
    sub_agent = create_agent(model_of(provider), [], middleware=[purse.langchain()], name="searcher")

    @tool
    def search(text: str) -> str:
        """Search for a text."""
        threads.add(threading.get_ident())
        return sub_agent.invoke({"messages": [("user", text)]})["messages"][-1].content

    provider.will(whole(asking_for("search", "a", "b")), whole(chat()))
    agent = create_agent(model_of(provider), [search], middleware=[purse.langchain()], name="writer")
    with purse.tags(team="data", run="run-7"):
        agent.invoke(HELLO)
    assert threading.get_ident() not in threads
    assert len(provider.requests) == 4
    report = 'team = "data" and run = "run-7"'
    assert purse.report(filter=report).total == 4 * ONE_CALL
    assert purse.report(filter=report + ' and agent = "searcher"').total == 2 * ONE_CALL
    (run,) = (budget for budget in purse.budgets() if budget.instance == ("run-7",))
    assert (run.spent, run.held) == (4 * ONE_CALL, 0)


def test_the_handler_of_a_run_holds_what_tools_and_summaries_ask(purse: bursar.Purse, provider: Provider) -> None:
    model = model_of(provider)

    @tool
    def search(text: str) -> str:
        """Search for a text."""
        return model.invoke(text).content

    provider.will(whole(asking_for("search", "a")), whole(chat()))
    summaries = SummarizationMiddleware(model, trigger=("messages", 3), keep=("messages", 1))
    agent = create_agent(model, [search], middleware=[summaries])
    # The agent, its tool, the summary, and the agent again.
    agent.invoke(HELLO, config=handled(purse))
    assert len(provider.requests) == 4
    assert spent(purse) == (4 * ONE_CALL, 0)


def test_a_sub_agents_refusal_ends_its_parent_where_tools_let_errors_through(
    make_purse: Any, provider: Provider
) -> None:
    purse = make_purse("0.004 USD")
    sub_agent = create_agent(model_of(provider, max_tokens=5_000), [], middleware=[purse.langchain()])

    @tool
    def search(text: str) -> str:
        """Search for a text."""
        return sub_agent.invoke({"messages": [("user", text)]})["messages"][-1].content

    provider.will(whole(asking_for("search", "a")), whole(chat()))
    agent = create_agent(model_of(provider), [search], middleware=[purse.langchain()])
    with pytest.raises(bursar.BudgetExceeded):
        agent.invoke(HELLO)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
def test_the_nodes_and_sub_graphs_of_a_graph_stay_in_its_budget(
    how: str, purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(whole(chat()))
    model = model_of(provider)

    def say(state: State) -> State:
        both = RunnableParallel(one=model, two=model).invoke(state["said"])
        return {"said": both["one"].content + both["two"].content}

    async def asay(state: State) -> State:
        return {"said": (await model.ainvoke(state["said"])).content}

    nodes = (say, graph_of(say)) if how == "invoke" else (asay, graph_of(asay, asay))
    graph = graph_of(*nodes)
    with purse.tags(team="data"):
        if how == "invoke":
            graph.invoke({"said": "hello"}, config=handled(purse))
        else:
            asyncio.run(graph.ainvoke({"said": "hello"}, config=handled(purse)))
    calls = 4 if how == "invoke" else 3
    assert len(provider.requests) == calls
    assert purse.report(filter='team = "data"').total == calls * ONE_CALL
    assert spent(purse) == (calls * ONE_CALL, 0)
