// The shared vectors of requests, and of answers in both of their forms: the same files that Rust and Python run.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { BursarError, open, readBatch, readRequest, readUsage } from "bursar";
import { ManualClock } from "bursar/testing";

import { frame } from "../fixtures/frames.mjs";
import { inPieces, told, VECTORS, vectors } from "../fixtures/support.mjs";

const folder = mkdtempSync(join(tmpdir(), "bursar-"));
after(() => rmSync(folder, { recursive: true }));

const REQUEST_FIELDS = ["why", "api", "path", "body", "context_window", "batch", "expect"];
const PAIR_FIELDS = ["name", "api", "framing", "whole", "events", "expect", "terms", "cost"];

/** What a request told, in the words of the vectors. */
function shown(request) {
  assert.equal(
    request.lines.reduce((sum, { tokens }) => sum + tokens, 0),
    request.inputTokens,
  );
  const shown = {
    model: request.model,
    max_output_tokens: request.maxOutputTokens ?? null,
    input_tokens: request.inputTokens,
    lines: request.lines.map(({ tokens, reason }) => `${tokens} ${reason}`),
  };
  const uses = request.serverToolUses.toJSON();
  if (request.otherModels.length > 0) shown.other_models = request.otherModels;
  if (request.isStreaming) shown.is_streaming = true;
  if (!request.mayCache) shown.cache = "none";
  if (Object.keys(uses).length > 0) shown.server_tool_uses = uses;
  if (Object.keys(request.terms).length > 0) shown.terms = { ...request.terms };
  return shown;
}

function read({ api, path, body, context_window: contextWindow, batch }) {
  const options = contextWindow === undefined ? { api, path } : { api, path, contextWindow };
  try {
    if (!batch) return shown(readRequest(body, options));
    return readBatch(body, options).map(({ id, request }) => ({ id: id ?? null, request: shown(request) }));
  } catch (error) {
    if (!(error instanceof BursarError)) throw error;
    return { refused: error.message };
  }
}

for (const [name, { requests }] of vectors("requests")) {
  for (const [index, given] of requests.entries()) {
    test(`requests: ${name} ${index}`, () => {
      for (const field of Object.keys(given)) assert.ok(REQUEST_FIELDS.includes(field), field);
      assert.deepEqual(read(given), given.expect, given.why);
    });
  }
}

/** The media type and the bytes of a stream of events. */
function framed(framing, events) {
  const texts = events.map((event) => JSON.stringify(event));
  if (framing.startsWith("sse")) {
    const named = (event) => (framing === "sse_named" ? `event: ${event.type}\n` : "");
    const body = texts.map((text, at) => `${named(events[at])}data: ${text}\n\n`).join("");
    return ["text/event-stream", Buffer.from(framing === "sse_done" ? `${body}data: [DONE]\n\n` : body)];
  }
  if (framing === "lines")
    return ["application/x-ndjson", Buffer.from(texts.map((text) => `${text}\n`).join(""))];
  if (framing === "list") return ["application/x-ndjson", Buffer.from(JSON.stringify(events))];
  assert.ok(["frames", "frames_of_bytes"].includes(framing), framing);
  const packed = (text) => JSON.stringify({ bytes: Buffer.from(text).toString("base64"), p: "abcdefgh" });
  const bodies = framing === "frames" ? texts : texts.map(packed);
  return ["application/vnd.amazon.eventstream", Buffer.concat(bodies.map((body) => frame("chunk", body)))];
}

function pricedBy({ book, at }) {
  const file = join(folder, "book.json");
  writeFileSync(file, JSON.stringify(book));
  const clock = new ManualClock(new Date(at));
  return open(":memory:", { policy: { prices: { file, max_move: "any" } }, clock, resourceAttributes: "" });
}

/** What all that an answer tells comes to, in femto-dollars, by the models that it names. */
function cost(purse, { model, usage, terms, others }) {
  const parts = [{ model, usage, terms }, ...others.map((other) => ({ ...other, terms: {} }))];
  const quotes = parts.map((part) =>
    purse.quote({ ...part, model: part.model ?? "model-a", at: purse.now() }),
  );
  return quotes.reduce((sum, quote) => sum + femto(quote.total), 0n);
}

function femto(text) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole) * 10n ** 15n + BigInt(fraction.padEnd(15, "0"));
}

for (const [name, file] of vectors("pairs")) {
  for (const pair of file.pairs) {
    test(`pairs: ${name}, ${pair.name}`, () => {
      for (const field of Object.keys(pair)) assert.ok(PAIR_FIELDS.includes(field), field);
      const { api } = pair;
      const [contentType, stream] = framed(pair.framing, pair.events);
      const answers = [
        readUsage(pair.whole, { api, contentType: "application/json" }),
        readUsage(stream, { api, contentType }),
        ...[1, 7, 997].map((size) => inPieces(api, stream, size)),
      ];
      const purse = pricedBy(file);
      for (const answer of answers) {
        assert.deepEqual(told(answer), pair.expect);
        assert.deepEqual({ ...answer.terms }, pair.terms ?? {});
        assert.equal(cost(purse, answer), femto(pair.cost));
      }
      purse.close();
    });
  }
}

test("a request without an address is told to give one", () => {
  assert.throws(() => readRequest({ model: "gpt-5" }, {}), /give `host` and `path`, or `api`/);
});

test("a request is read from text, bytes and an object alike", () => {
  const body = { model: "gpt-5-mini", max_tokens: 10, messages: [] };
  const at = { host: "api.openai.com", path: "/v1/chat/completions" };
  for (const form of [body, JSON.stringify(body), Buffer.from(JSON.stringify(body))]) {
    const { model, provider, maxOutputTokens } = readRequest(form, at);
    assert.deepEqual([model, provider, maxOutputTokens], ["gpt-5-mini", "openai", 10]);
  }
});

test("every kind of vector is run in Node", () => {
  const kinds = readdirSync(VECTORS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(kinds.map(({ name }) => name).sort(), [
    "answers",
    "budget",
    "pairs",
    "pricing",
    "requests",
  ]);
});
