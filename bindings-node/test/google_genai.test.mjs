// Google's SDK against a provider on loopback.

import assert from "node:assert/strict";
import { test } from "node:test";

import { GoogleGenAI } from "@google/genai";

import { laws } from "../fixtures/laws.mjs";
import { events, Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld } from "../fixtures/support.mjs";

function answer(output) {
  return {
    candidates: [{ index: 0, content: { role: "model", parts: [{ text: "yes" }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: output, totalTokenCount: 10 + output },
    modelVersion: "race-model",
  };
}

function client(purse, baseUrl, options = {}) {
  return purse.wrap(new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl, ...options } }));
}

const asked = (maxOutputTokens, abortSignal) => ({
  model: "race-model",
  contents: "hello",
  config: { maxOutputTokens, abortSignal },
});

laws("@google/genai", {
  client: (purse, url) =>
    client(purse, url, { retryOptions: { attempts: 5, initialDelay: 0.001, maxDelay: 0.001 } }),
  retrying: (purse, url) =>
    client(purse, url, { retryOptions: { attempts: 2, initialDelay: 0.001, maxDelay: 0.001 } }),
  seesAttempts: true,
  call: (google, tokens) => google.models.generateContent(asked(tokens)),
  stream: (google, tokens, signal) => google.models.generateContentStream(asked(tokens, signal)),
  answer: (output) => whole(answer(output)),
  pieces: (output) => {
    const first = {
      ...answer(1),
      candidates: [{ index: 0, content: { role: "model", parts: [{ text: "ye" }] } }],
    };
    return events([first, answer(output)], { done: false });
  },
  cut: () =>
    events([{ candidates: [{ index: 0, content: { role: "model", parts: [{ text: "ye" }] } }] }], {
      hang: true,
    }),
});

test("@google/genai: a release that takes no fetch is not wrapped, since its calls would not be held", () => {
  const { purse } = purseOf();
  const old = {
    models: {},
    apiClient: { clientOptions: {}, requestStream: () => fetch("http://localhost") },
  };
  assert.throws(() => purse.wrap(old), /takes no `fetch`/);
});

test("@google/genai: a client that is wrapped twice is held once", () => {
  const { purse } = purseOf();
  const google = client(purse, "http://localhost");
  const { fetch } = google.apiClient.clientOptions.httpOptions;
  assert.equal(purse.wrap(google).apiClient.clientOptions.httpOptions.fetch, fetch);
});

test("@google/genai: vectors are settled by their whole answer", { timeout: 30_000 }, async (context) => {
  const provider = await Provider.start(context, {});
  const { purse } = purseOf();
  context.after(() => purse.close());
  provider.will(whole({ embeddings: [{ values: [0.1] }], usageMetadata: { promptTokenCount: 7 } }));
  await client(purse, provider.url).models.embedContent({ model: "race-model", contents: "hello" });
  assert.equal(provider.requests.length, 1);
  assert.deepEqual(spentAndHeld(purse), ["0.000007", "0"]);
});
