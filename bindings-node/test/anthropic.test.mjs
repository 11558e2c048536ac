// The Anthropic SDK against a provider on loopback.

import assert from "node:assert/strict";
import { test } from "node:test";

import Anthropic, { InternalServerError } from "@anthropic-ai/sdk";
import { BudgetExceeded, picoUsd, Refused } from "bursar";

import { events, Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld, TEN_CENTS } from "../fixtures/support.mjs";

const CALL = { model: "race-model", max_tokens: 50, messages: [{ role: "user", content: "hello" }] };
const DEAR = { ...CALL, max_tokens: 100_000 };

async function scene(context, { options = {}, ...policy } = {}) {
  const provider = await Provider.start(context);
  const { purse, clock } = purseOf(policy);
  context.after(() => purse.close());
  const client = purse.wrap(
    new Anthropic({ apiKey: "k", baseURL: provider.url, maxRetries: 0, timeout: 60_000, ...options }),
  );
  return { provider, purse, clock, client };
}

function message({ input = 10, output = 20 } = {}) {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "race-model",
    content: [{ type: "text", text: "yes" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: input,
      output_tokens: output,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
  };
}

function stream() {
  const start = { ...message({ output: 1 }), content: [], stop_reason: null };
  return [
    ["message_start", { type: "message_start", message: start }],
    [
      "content_block_start",
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ],
    [
      "content_block_delta",
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "yes" } },
    ],
    ["content_block_stop", { type: "content_block_stop", index: 0 }],
    [
      "message_delta",
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 20 } },
    ],
    ["message_stop", { type: "message_stop" }],
  ];
}

test("a message is settled to the usage of its answer", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(whole(message()));
  assert.ok(client instanceof Anthropic);
  const answer = await client.messages.create(CALL);
  assert.equal(answer.content[0].text, "yes");
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
});

test("what doesn't fit never reaches the provider, and is not tried again", async (context) => {
  const { provider, purse, client } = await scene(context, { options: { maxRetries: 5 } });
  await assert.rejects(client.messages.create({ ...CALL, max_tokens: 1_000_000 }), BudgetExceeded);
  // The SDK's helper makes an error of its own of whatever it meets.
  await assert.rejects(
    client.messages.stream({ ...CALL, max_tokens: 1_000_000 }).finalMessage(),
    (error) => Refused.in(error) instanceof BudgetExceeded,
  );
  assert.deepEqual(provider.requests, []);
  assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
});

test("a stream is settled to the usage that it told", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(events(stream(), { done: false }));
  const final = await client.messages.stream(CALL).finalMessage();
  assert.equal(final.usage.output_tokens, 20);
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
});

test("an aborted stream is charged when its hold expires", { timeout: 10_000 }, async (context) => {
  const { provider, purse, clock, client } = await scene(context);
  provider.will(events(stream().slice(0, 3), { hang: true }));
  const running = await client.messages.create({ ...CALL, stream: true });
  for await (const event of running) if (event.type === "content_block_delta") running.controller.abort();
  const [spent, held] = spentAndHeld(purse);
  assert.equal(spent, "0");
  assert.notEqual(held, "0");
  clock.advance(16 * 60_000);
  assert.deepEqual(spentAndHeld(purse), [held, "0"]);
});

test("each attempt is held and settled by itself, until one doesn't fit", async (context) => {
  const { provider, purse, client } = await scene(context);
  const down = whole({ type: "error", error: { type: "api_error", message: "down" } }, 500, {
    "retry-after-ms": "1",
  });
  provider.will(down, whole(message()));
  await client.withOptions({ maxRetries: 1 }).messages.create(CALL);
  assert.equal(provider.requests.length, 2);
  const [spent, held] = spentAndHeld(purse);
  assert.equal(spent, "0.00003");
  assert.ok(picoUsd(held) > picoUsd("0.00005"));

  provider.will(down);
  await assert.rejects(client.messages.create(CALL), InternalServerError);
  await assert.rejects(
    client
      .withOptions({ maxRetries: 9 })
      .messages.create({ ...CALL, max_tokens: 300_000 }, { timeout: 60_000 }),
    Refused,
  );
  assert.ok(provider.requests.length < 9);
});

test("sub-agents stay in the budget of their run", async (context) => {
  const all = { name: "all", match: "everything", limit: "100 USD", period: "day" };
  const run = { name: "run", match: "everything", limit: "0.2 USD", period: "run" };
  const { provider, purse, client } = await scene(context, { budgets: [all, run], prices: TEN_CENTS });
  provider.will(whole(message({ output: 100_000 })));
  const worker = (agent) =>
    purse.withTags({ agent }, () => client.messages.create(DEAR, { timeout: 60_000 }));
  const outcomes = await purse.withTags({ run: "one" }, () =>
    Promise.allSettled(["a", "b", "c"].map(worker)),
  );
  const refused = outcomes.filter(({ reason }) => reason instanceof Refused);
  assert.deepEqual([refused.length, provider.requests.length], [1, 2]);
  assert.equal(refused[0].reason.budget, "run");
});

test("sixty-four calls at once get ten calls of ten cents out of a dollar", async (context) => {
  const { provider, purse, client } = await scene(context, { prices: TEN_CENTS });
  provider.will(whole(message({ output: 100_000 })));
  const call = () => client.messages.create(DEAR, { timeout: 60_000 });
  const outcomes = await Promise.allSettled(Array.from({ length: 64 }, call));
  const refused = outcomes.filter(({ reason }) => reason instanceof Refused);
  assert.deepEqual([refused.length, provider.requests.length], [54, 10]);
  assert.deepEqual(spentAndHeld(purse), ["1", "0"]);
});

test("middleware of the program's own passes refusals on", async (context) => {
  const { provider, client } = await scene(context, {
    options: { middleware: [(request, next) => next(request)] },
  });
  await assert.rejects(client.messages.create({ ...CALL, max_tokens: 1_000_000 }), BudgetExceeded);
  assert.deepEqual(provider.requests, []);
});
