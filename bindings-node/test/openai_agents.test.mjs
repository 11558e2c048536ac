// The OpenAI Agents SDK over a wrapped client: every call of its models is one of the client's.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Agent, Runner, setTracingDisabled, tool } from "@openai/agents-core";
import { OpenAIProvider } from "@openai/agents-openai";
import { Refused } from "bursar";
import OpenAI from "openai";

import { laws } from "../fixtures/laws.mjs";
import { chat, chunks, events, Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, TEN_CENTS } from "../fixtures/support.mjs";

setTracingDisabled(true);

function runner(purse, url, maxRetries) {
  const openAIClient = purse.wrap(new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, maxRetries }));
  return new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses: false }) });
}

const agent = (maxTokens, more = {}) =>
  new Agent({ name: "writer", model: "race-model", modelSettings: { maxTokens }, ...more });

laws("OpenAI Agents", {
  client: (purse, url) => runner(purse, url, 5),
  retrying: (purse, url) => runner(purse, url, 1),
  seesAttempts: true,
  call: (run, tokens) => run.run(agent(tokens), "hello"),
  stream: async (run, tokens, signal) => {
    const result = await run.run(agent(tokens), "hello", { stream: true, signal });
    return (async function* () {
      yield* result;
      await result.completed;
    })();
  },
  answer: (completion) => whole(chat({ completion })),
  pieces: (completion) => events(chunks({ completion })),
  cut: () => events(chunks().slice(0, 1), { hang: true }),
});

test("OpenAI Agents: an agent that is a tool of another stays in its run", {
  timeout: 30_000,
}, async (context) => {
  const provider = await Provider.start(context);
  const all = { name: "all", match: "everything", limit: "100 USD", period: "day" };
  const budget = { name: "run", match: "everything", limit: "0.2 USD", period: "run" };
  const { purse } = purseOf({ budgets: [all, budget], prices: TEN_CENTS });
  const run = runner(purse, provider.url, 0);
  const asks = chat({ completion: 100_000 });
  const tool_calls = [
    { id: "c1", type: "function", function: { name: "ask", arguments: '{"question":"why"}' } },
  ];
  asks.choices[0] = {
    ...asks.choices[0],
    finish_reason: "tool_calls",
    message: { role: "assistant", content: null, tool_calls },
  };
  provider.will(whole(asks), whole(chat({ completion: 100_000 })));
  const outcomes = [];
  const ask = tool({
    name: "ask",
    description: "asks another agent",
    strict: false,
    parameters: {
      type: "object",
      properties: { question: { type: "string" } },
      required: ["question"],
      additionalProperties: true,
    },
    execute: ({ question }) =>
      purse.withTags({ agent: "helper" }, async () => {
        outcomes.push(await run.run(agent(100_000), question).catch((error) => error));
        outcomes.push(await run.run(agent(100_000), question).catch((error) => error));
        return "done";
      }),
  });
  const manager = purse.withTags({ run: "one" }, () => run.run(agent(100_000, { tools: [ask] }), "hello"));
  const end = await manager.catch((error) => error);
  assert.equal(Refused.in(outcomes[0]), undefined);
  assert.equal(Refused.in(outcomes[1])?.budget, "run");
  assert.equal(Refused.in(end)?.budget, "run");
  assert.equal(provider.requests.length, 2);
});
