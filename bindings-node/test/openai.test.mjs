// The openai SDK against a provider on loopback: what doesn't fit never reaches it, what was used is settled.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BudgetExceeded, picoUsd, Refused, Suspended, Unpriced } from "bursar";
import OpenAI, { APIConnectionTimeoutError, APIError, RateLimitError } from "openai";

import { chat, chunks, events, goneUrl, Provider, silence, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld, TEN_CENTS } from "../fixtures/support.mjs";

const CALL = { model: "race-model", messages: [{ role: "user", content: "hello" }], max_tokens: 50 };
const DEAR = { ...CALL, max_tokens: 100_000 };

async function scene(context, { options = {}, wrap = {}, ...policy } = {}) {
  const provider = await Provider.start(context);
  const { purse, clock } = purseOf(policy);
  context.after(() => purse.close());
  const client = purse.wrap(
    new OpenAI({ apiKey: "k", baseURL: `${provider.url}/v1`, maxRetries: 0, ...options }),
    wrap,
  );
  return { provider, purse, clock, client };
}

test("a call is settled to the usage of its answer, under the tags around it", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(whole(chat()));
  assert.ok(client instanceof OpenAI);
  assert.equal(client.constructor.name, "OpenAI");
  const answer = await purse.withTags({ team: "data" }, () => client.chat.completions.create(CALL));
  assert.equal(answer.choices[0].message.content, "yes");
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
  assert.equal(purse.report({ by: ["team"], filter: 'team = "data"' }).total, "0.00003");
});

test("what doesn't fit never reaches the provider, and is not tried again", async (context) => {
  const { provider, purse, client } = await scene(context, { options: { maxRetries: 5 } });
  await assert.rejects(client.chat.completions.create({ ...CALL, max_tokens: 1_000_000 }), (error) => {
    assert.ok(error instanceof BudgetExceeded);
    assert.equal(error.code, "budget_exceeded");
    assert.equal(error.budget, "all");
    assert.equal(error.cause, undefined);
    return true;
  });
  await assert.rejects(
    client.chat.completions.create({ ...CALL, max_tokens: 1_000_000, stream: true }),
    BudgetExceeded,
  );
  assert.deepEqual(provider.requests, []);
  assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
});

test("a model without a price never reaches the provider", async (context) => {
  const { provider, client } = await scene(context);
  await assert.rejects(client.chat.completions.create({ ...CALL, model: "tset-model" }), Unpriced);
  assert.deepEqual(provider.requests, []);
});

test("a call asks for as much as fits where it is told to", async (context) => {
  const { provider, client } = await scene(context, { prices: TEN_CENTS, wrap: { fit: true } });
  provider.will(whole(chat({ completion: 5 })));
  const { max_tokens: _, ...call } = CALL;
  await client.chat.completions.create({ ...call, max_completion_tokens: 2_000_000 });
  assert.equal(provider.bodies[0].max_completion_tokens, 1_000_000);
});

test("a stream is settled to its usage, which was asked for and stays with the purse", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(events(chunks()));
  let text = "";
  for await (const chunk of await client.chat.completions.create({ ...CALL, stream: true })) {
    assert.equal(chunk.choices.length, 1);
    text += chunk.choices[0].delta.content ?? "";
  }
  assert.equal(text, "yes");
  assert.deepEqual(provider.bodies[0].stream_options, { include_usage: true });
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
});

test("a stream whose usage the caller asked for passes whole", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(events(chunks()));
  const told = [];
  const stream = await client.chat.completions.create({
    ...CALL,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) if (chunk.usage) told.push(chunk.usage.total_tokens);
  assert.deepEqual(told, [30]);
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
});

for (const how of ["left", "aborted", "broken off", "never read"]) {
  test(`a stream that is ${how} is charged when its hold expires`, { timeout: 10_000 }, async (context) => {
    const { provider, purse, clock, client } = await scene(context);
    provider.will(events(chunks().slice(0, 1), { cut: how === "broken off", hang: how !== "broken off" }));
    const stream = await client.chat.completions.create({ ...CALL, stream: true });
    if (how === "broken off") {
      await assert.rejects(async () => {
        for await (const _ of stream);
      });
    } else if (how !== "never read") {
      for await (const _ of stream) {
        if (how === "left") break;
        stream.controller.abort();
      }
    } else {
      stream.controller.abort();
    }
    const [spent, held] = spentAndHeld(purse);
    assert.equal(spent, "0");
    assert.notEqual(held, "0");
    clock.advance(16 * 60_000);
    assert.deepEqual(spentAndHeld(purse), [held, "0"]);
    assert.deepEqual(purse.verify(), []);
  });
}

test("a timeout is charged and a refusal of the provider is not", { timeout: 10_000 }, async (context) => {
  const { provider, purse, client } = await scene(context, { options: { timeout: 100 } });
  provider.will(silence());
  await assert.rejects(client.chat.completions.create(CALL), APIConnectionTimeoutError);
  const [, held] = spentAndHeld(purse);
  assert.notEqual(held, "0");
  provider.will(whole({ error: { message: "slow down" } }, 429));
  await assert.rejects(client.chat.completions.create(CALL), RateLimitError);
  assert.deepEqual(spentAndHeld(purse), ["0", held]);
});

test("a call that never found its host gives its hold back", async () => {
  const { purse } = purseOf();
  const gone = await goneUrl();
  const client = purse.wrap(new OpenAI({ apiKey: "k", baseURL: `${gone}/v1`, maxRetries: 0 }));
  await assert.rejects(client.chat.completions.create(CALL), APIError);
  assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
});

test("each attempt is held and settled by itself", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(
    whole({ error: { message: "down" } }, 500, { "retry-after-ms": "1" }),
    whole({ error: { message: "slow" } }, 429, { "retry-after-ms": "1" }),
    whole(chat()),
  );
  await client.withOptions({ maxRetries: 2 }).chat.completions.create(CALL);
  assert.equal(provider.requests.length, 3);
  // The error of the server may have come after tokens were generated; the refusal came before.
  const [spent, held] = spentAndHeld(purse);
  assert.equal(spent, "0.00003");
  assert.ok(picoUsd(held) > picoUsd("0.00005"));
});

test("a retry that doesn't fit any more is not sent", async (context) => {
  const { provider, client } = await scene(context, { limit: "0.1 USD", prices: TEN_CENTS });
  provider.will(whole({ error: { message: "down" } }, 500, { "retry-after-ms": "1" }));
  await assert.rejects(client.withOptions({ maxRetries: 5 }).chat.completions.create(DEAR), BudgetExceeded);
  assert.equal(provider.requests.length, 1);
});

test("nested agents stay in the budget of their parent's run, and side by side in their own tags", async (context) => {
  const steps = [{ at: 100, do: "suspend" }];
  const run = { name: "run", match: "everything", limit: "0.3 USD", period: "run", steps };
  const all = { name: "all", match: "everything", limit: "100 USD", period: "day" };
  const { provider, purse, client } = await scene(context, { budgets: [all, run], prices: TEN_CENTS });
  provider.will(whole(chat({ completion: 100_000 })));
  const worker = (agent) => purse.withTags({ agent }, () => client.chat.completions.create(DEAR));
  const manager = (run) =>
    purse.withTags({ run, agent: "manager" }, async () => {
      await client.chat.completions.create(DEAR);
      return Promise.allSettled([worker("a"), worker("b"), worker("c")]);
    });
  const [first, second] = await Promise.all([manager("one"), manager("two")]);
  for (const outcomes of [first, second]) {
    const refused = outcomes.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 1);
    assert.ok(refused[0].reason instanceof Refused);
    assert.equal(refused[0].reason.budget, "run");
  }
  assert.equal(provider.requests.length, 6);
  const { rows } = purse.report({ by: ["agent"] }).data;
  assert.equal(rows.find(({ values }) => values.agent === "manager").cost, "0.2");
});

test("sixty-four calls at once get ten calls of ten cents out of a dollar", async (context) => {
  const { provider, purse, client } = await scene(context, { prices: TEN_CENTS });
  provider.will(whole(chat({ completion: 100_000 })));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 64 }, () => client.chat.completions.create(DEAR)),
  );
  const refused = outcomes.filter(
    ({ reason }) => reason instanceof BudgetExceeded || reason instanceof Suspended,
  );
  assert.deepEqual([refused.length, provider.requests.length], [54, 10]);
  assert.deepEqual(spentAndHeld(purse), ["1", "0"]);
});

test("other ways to call are held too", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(whole(chat()));
  const { data } = await client.withOptions({ timeout: 5000 }).chat.completions.create(CALL).withResponse();
  assert.equal(data.usage.total_tokens, 30);
  const raw = await client.chat.completions.create(CALL).asResponse();
  assert.ok(raw.url.startsWith(provider.url));
  await raw.text();
  await client.chat.completions.parse(CALL);
  provider.will(events(chunks()));
  await client.chat.completions.stream(CALL).finalChatCompletion();
  assert.deepEqual(spentAndHeld(purse), ["0.00012", "0"]);
});

test("responses and embeddings are held too", async (context) => {
  const { provider, purse, client } = await scene(context);
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1_795_000_000,
    status: "completed",
    model: "race-model",
    output: [],
    usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
  };
  const call = { model: "race-model", input: "hello", max_output_tokens: 50 };
  provider.will(whole(response));
  await client.responses.create(call);
  assert.deepEqual(spentAndHeld(purse), ["0.000015", "0"]);
  provider.will(
    events(
      [
        ["response.created", { type: "response.created", response: { ...response, usage: null } }],
        ["response.completed", { type: "response.completed", response }],
      ],
      { done: false },
    ),
  );
  for await (const _ of await client.responses.create({ ...call, stream: true }));
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
  const embedding = { object: "embedding", index: 0, embedding: [0.5] };
  provider.will(
    whole({
      object: "list",
      model: "race-model",
      data: [embedding],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    }),
  );
  await client.embeddings.create({ model: "race-model", input: "hello", encoding_format: "float" });
  assert.deepEqual(spentAndHeld(purse), ["0.000034", "0"]);
});

test("a form with a file is held, and sent as it is", async (context) => {
  const { provider, purse, client } = await scene(context);
  const usage = { type: "tokens", input_tokens: 14, output_tokens: 5, total_tokens: 19 };
  provider.will(whole({ text: "yes", usage }));
  const file = new File([Buffer.alloc(3200)], "a.wav", { type: "audio/wav" });
  const call = { file, model: "gpt-4o-mini-transcribe" };
  const told = await client.audio.transcriptions.create(call).catch((error) => error);
  if (told instanceof Error) assert.fail(told.message);
  assert.equal(told.text, "yes");
  assert.match(provider.requests[0].headers["content-type"], /^multipart\/form-data/);
  assert.ok(provider.requests[0].body.includes("gpt-4o-mini-transcribe"));
  const [spent, held] = spentAndHeld(purse);
  assert.ok(picoUsd(spent) > 0n);
  assert.equal(held, "0");
});

test("what is no model call passes", async (context) => {
  const { provider, purse, client } = await scene(context);
  provider.will(whole({ id: "file-1", object: "file", bytes: 1, filename: "a", purpose: "batch" }));
  const file = new File(["x"], "a");
  assert.equal((await client.files.create({ file, purpose: "batch" })).id, "file-1");
  assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
});

test("the fetch of a purse serves the SDK by its own option", async (context) => {
  const { provider, purse } = await scene(context);
  const client = new OpenAI({
    apiKey: "k",
    baseURL: `${provider.url}/v1`,
    fetch: purse.fetch({ refusal: "response" }),
    maxRetries: 3,
  });
  await assert.rejects(client.chat.completions.create({ ...CALL, max_tokens: 1_000_000 }), (error) => {
    assert.ok(error instanceof APIError);
    assert.deepEqual([error.status, error.error.code], [402, "budget_exceeded"]);
    return true;
  });
  assert.deepEqual(provider.requests, []);
  provider.will(whole(chat()));
  await client.chat.completions.create(CALL);
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
});

test("what is no client of a known SDK is not wrapped", () => {
  const { purse } = purseOf();
  assert.throws(() => purse.wrap(new Map()), {
    name: "TypeError",
    message: /not Map: give `purse.fetch\(\)`/,
  });
});
