// The fetch of a purse by itself: whatever form a request has, and whatever else is asked.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText, wrapLanguageModel } from "ai";
import { BudgetExceeded, Invalid } from "bursar";

import { laws } from "../fixtures/laws.mjs";
import { chat, chunks, events, Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld } from "../fixtures/support.mjs";

const BODY = { model: "race-model", messages: [{ role: "user", content: "hello" }], max_tokens: 50 };

async function scene(context, policy) {
  const provider = await Provider.start(context);
  const { purse, clock } = purseOf(policy);
  context.after(() => purse.close());
  return { provider, purse, clock, url: `${provider.url}/v1/chat/completions` };
}

async function* pieces(response) {
  const reader = (await response).body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

function post(url, fetch, body, signal) {
  return fetch(url, { method: "POST", body: JSON.stringify({ ...BODY, ...body }), signal });
}

laws("fetch", {
  client: (purse, url) => (body, signal) => post(`${url}/v1/chat/completions`, purse.fetch(), body, signal),
  retrying: (purse, url) => async (body) => {
    const fetch = purse.fetch();
    for (;;) {
      const response = await post(`${url}/v1/chat/completions`, fetch, body);
      if (response.ok) return response;
    }
  },
  seesAttempts: true,
  call: async (send, tokens) => (await send({ max_tokens: tokens })).json(),
  stream: (send, tokens, signal) => pieces(send({ max_tokens: tokens, stream: true }, signal)),
  answer: (completion) => whole(chat({ completion })),
  pieces: (completion) => events(chunks({ completion })),
  cut: () => events(chunks().slice(0, 1), { hang: true }),
});

test("fetch: a body of any form is read and sent as it is", async (context) => {
  const { provider, purse, url } = await scene(context);
  provider.will(whole(chat()));
  const fetch = purse.fetch();
  const text = JSON.stringify(BODY);
  const bytes = new TextEncoder().encode(text);
  const method = "POST";
  const stream = () => new Blob([text]).stream();
  const headers = { "x-own": "kept", "content-length": String(bytes.length) };
  for (const [input, init] of [
    [url, { method, body: text, headers }],
    [new URL(url), { method, body: bytes, headers }],
    [url, { method, body: bytes.buffer, headers }],
    [url, { method, body: new Blob([text]), headers: { "x-own": "kept" } }],
    [url, { method, body: stream(), duplex: "half", headers: { "x-own": "kept" } }],
    [new Request(url, { method, body: text, headers: { "x-own": "kept" } }), undefined],
  ]) {
    const response = await fetch(input, init);
    assert.deepEqual([response.status, response.url], [200, url]);
    assert.equal((await response.json()).usage.total_tokens, 30);
  }
  assert.deepEqual(provider.bodies, Array(6).fill(BODY));
  assert.ok(provider.requests.every(({ headers }) => headers["x-own"] === "kept"));
  assert.deepEqual(spentAndHeld(purse), ["0.00018", "0"]);
});

test("fetch: a rewritten request keeps what else it says", async (context) => {
  const { provider, purse, url } = await scene(context);
  provider.will(events(chunks()));
  const body = JSON.stringify({ ...BODY, stream: true });
  const headers = { "x-own": "kept", "content-length": String(body.length) };
  for (const request of [
    [url, { method: "POST", body, headers }],
    [new Request(url, { method: "POST", body, headers })],
  ]) {
    await (await purse.fetch()(...request)).text();
    const sent = provider.requests.at(-1);
    assert.equal(sent.headers["x-own"], "kept");
    assert.deepEqual(JSON.parse(sent.body).stream_options, { include_usage: true });
  }
  assert.deepEqual(spentAndHeld(purse), ["0.00006", "0"]);
});

test("fetch: what is no call of a model passes untouched", async (context) => {
  const { provider, purse } = await scene(context);
  const untouched = new Response("as it was");
  const fetch = purse.fetch({ fetch: async () => untouched });
  for (const [path, init] of [
    ["/v1/models", undefined],
    ["/v1/chat/completions", undefined],
    ["/other", { method: "POST", body: "x" }],
  ]) {
    assert.equal(await fetch(provider.url + path, init), untouched);
  }
});

test("fetch: a request that can't be read is not sent", async (context) => {
  const { provider, purse, url } = await scene(context);
  const bad = { method: "POST", body: "not json" };
  await assert.rejects(purse.fetch()(url, bad), Invalid);
  const told = await purse.fetch({ refusal: "response" })(url, bad);
  assert.deepEqual([told.status, (await told.json()).error.code], [402, "request_invalid"]);
  assert.deepEqual(provider.requests, []);
});

test("fetch: an answer whose usage contradicts itself reaches its caller, and its hold stays", async (context) => {
  const { provider, purse, url } = await scene(context);
  const usage = { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 5 } };
  provider.will(whole({ ...chat(), usage }));
  const answer = await (await post(url, purse.fetch())).json();
  assert.equal(answer.choices[0].message.content, "yes");
  const [spent, held] = spentAndHeld(purse);
  assert.equal(spent, "0");
  assert.notEqual(held, "0");
});

test("a hook gives way to the hold of its own request, and a call is charged once", async (context) => {
  const { provider, purse } = await scene(context);
  const models = createOpenAICompatible({
    name: "private",
    baseURL: `${provider.url}/v1`,
    includeUsage: true,
    fetch: purse.fetch(),
  });
  const model = wrapLanguageModel({ model: models("race-model"), middleware: purse.aiSdk() });
  provider.will(whole(chat()));
  await generateText({ model, prompt: "hello", maxOutputTokens: 50 });
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
  provider.will(events(chunks()));
  for await (const _ of streamText({ model, prompt: "hello", maxOutputTokens: 50 }).textStream);
  assert.deepEqual(spentAndHeld(purse), ["0.00006", "0"]);
  await assert.rejects(
    generateText({ model, prompt: "hello", maxOutputTokens: 2_000_000, maxRetries: 0 }),
    BudgetExceeded,
  );
});
