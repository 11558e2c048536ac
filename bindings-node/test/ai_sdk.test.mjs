// The AI SDK, its current and its previous version, with a real provider package against a server on loopback.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import * as current from "ai";
import * as previous from "ai6";
import { BudgetExceeded, picoUsd, Refused } from "bursar";
import { createOpenAICompatible as createPrevious } from "openai-compatible6";

import { chat, chunks, events, Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld, TEN_CENTS } from "../fixtures/support.mjs";

const SDKS = [
  ["7", "v4", current, createOpenAICompatible],
  ["6", "v3", previous, createPrevious],
];

for (const [version, specificationVersion, sdk, create] of SDKS) {
  const named = (law) => `AI SDK ${version}: ${law}`;

  async function scene(context, { options = {}, ...policy } = {}) {
    const provider = await Provider.start(context);
    const { purse, clock } = purseOf(policy);
    context.after(() => purse.close());
    const models = create({
      name: "private",
      baseURL: `${provider.url}/v1`,
      apiKey: "k",
      includeUsage: true,
    });
    const middleware = purse.aiSdk({ specificationVersion, ...options });
    const model = sdk.wrapLanguageModel({ model: models("race-model"), middleware });
    return { provider, purse, clock, model };
  }

  test(named("a call is settled to the usage of its answer, under the tags around it"), async (context) => {
    const { provider, purse, model } = await scene(context);
    provider.will(whole(chat()));
    const generate = () => sdk.generateText({ model, prompt: "hello", maxOutputTokens: 50 });
    assert.equal((await purse.withTags({ team: "data" }, generate)).text, "yes");
    assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
    assert.equal(purse.report({ filter: 'team = "data"' }).total, "0.00003");
  });

  test(named("what doesn't fit never reaches the provider, and is not tried again"), async (context) => {
    const { provider, purse, model } = await scene(context);
    const call = { model, prompt: "hello", maxOutputTokens: 1_000_000, maxRetries: 5 };
    await assert.rejects(sdk.generateText(call), BudgetExceeded);
    const told = [];
    for await (const part of sdk.streamText({ ...call, onError: () => undefined }).fullStream) {
      if (part.type === "error") told.push(part.error);
    }
    assert.ok(told[0] instanceof BudgetExceeded);
    assert.deepEqual(provider.requests, []);
    assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
  });

  test(named("a stream is settled to its usage"), async (context) => {
    const { provider, purse, model } = await scene(context);
    provider.will(events(chunks()));
    let text = "";
    for await (const piece of sdk.streamText({ model, prompt: "hello", maxOutputTokens: 50 }).textStream)
      text += piece;
    assert.equal(text, "yes");
    assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
  });

  test(named("an aborted stream is charged when its hold expires"), { timeout: 10_000 }, async (context) => {
    const { provider, purse, clock, model } = await scene(context);
    provider.will(events(chunks().slice(0, 1), { hang: true }));
    const abort = new AbortController();
    const streamed = sdk.streamText({
      model,
      prompt: "hello",
      maxOutputTokens: 50,
      abortSignal: abort.signal,
      onError: () => undefined,
    });
    for await (const part of streamed.fullStream) if (part.type === "text-delta") abort.abort();
    const [spent, held] = spentAndHeld(purse);
    assert.equal(spent, "0");
    assert.notEqual(held, "0");
    clock.advance(16 * 60_000);
    assert.deepEqual(spentAndHeld(purse), [held, "0"]);
  });

  test(named("each attempt of its retries is held and settled by itself"), async (context) => {
    const { provider, purse, model } = await scene(context);
    const slow = { "retry-after-ms": "1" };
    provider.will(
      whole({ error: { message: "down" } }, 500, slow),
      whole({ error: { message: "slow" } }, 429, slow),
      whole(chat()),
    );
    await sdk.generateText({ model, prompt: "hello", maxOutputTokens: 50, maxRetries: 2 });
    assert.equal(provider.requests.length, 3);
    const [spent, held] = spentAndHeld(purse);
    assert.equal(spent, "0.00003");
    assert.ok(picoUsd(held) > picoUsd("0.00005"));
  });

  test(named("sub-agents that a tool starts stay in the budget of their run"), async (context) => {
    const all = { name: "all", match: "everything", limit: "100 USD", period: "day" };
    const run = { name: "run", match: "everything", limit: "0.2 USD", period: "run" };
    const { provider, purse, model } = await scene(context, { budgets: [all, run], prices: TEN_CENTS });
    const asks = chat({ completion: 100_000 });
    asks.choices[0] = {
      ...asks.choices[0],
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c1", type: "function", function: { name: "ask", arguments: '{"question":"why"}' } },
        ],
      },
    };
    provider.will(whole(asks), whole(chat({ completion: 100_000 })));
    const failed = [];
    const ask = sdk.tool({
      description: "asks another agent",
      inputSchema: sdk.jsonSchema({ type: "object", properties: { question: { type: "string" } } }),
      execute: ({ question }) =>
        purse.withTags({ agent: "helper" }, async () => {
          const call = { model, prompt: question, maxOutputTokens: 100_000 };
          await sdk.generateText(call);
          await sdk.generateText(call).catch((error) => failed.push(error));
          return "done";
        }),
    });
    const call = { model, prompt: "hello", maxOutputTokens: 100_000, tools: { ask } };
    await purse.withTags({ run: "one", agent: "manager" }, () => sdk.generateText(call));
    assert.equal(failed.length, 1);
    assert.ok(failed[0] instanceof Refused);
    assert.equal(failed[0].budget, "run");
    assert.equal(provider.requests.length, 2);
  });

  test(named("a call asks for as much as fits where it is told to"), async (context) => {
    const { provider, model } = await scene(context, { options: { fit: true }, prices: TEN_CENTS });
    provider.will(whole(chat({ completion: 5 })));
    await sdk.generateText({ model, prompt: "hello", maxOutputTokens: 2_000_000 });
    assert.equal(provider.bodies[0].max_tokens, 1_000_000);
  });

  test(named("sixty-four calls at once get ten calls of ten cents out of a dollar"), async (context) => {
    const { provider, purse, model } = await scene(context, { prices: TEN_CENTS });
    provider.will(whole(chat({ completion: 100_000 })));
    const call = () => sdk.generateText({ model, prompt: "hello", maxOutputTokens: 100_000 });
    const outcomes = await Promise.allSettled(Array.from({ length: 64 }, call));
    const refused = outcomes.filter(({ reason }) => reason instanceof Refused);
    assert.deepEqual([refused.length, provider.requests.length], [54, 10]);
    assert.deepEqual(spentAndHeld(purse), ["1", "0"]);
  });

  test(named("the bytes of pictures and files count, and so do tools"), async (context) => {
    const { provider, purse, model } = await scene(context);
    provider.will(whole(chat()));
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    );
    const content = [
      { type: "text", text: "what is it" },
      { type: "image", image: png },
    ];
    await sdk.generateText({ model, messages: [{ role: "user", content }], maxOutputTokens: 50 });
    assert.equal(provider.requests.length, 1);
    assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
  });
}
