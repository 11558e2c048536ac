// How the calls of spans end: what is booked by an answer, held because nobody knows, or charged nothing.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import { context as contexts, SpanStatusCode } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { BudgetExceeded } from "bursar";

import { events, Provider, silence, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld } from "../fixtures/support.mjs";

const HOUR = 3_600_000;
const ASKED = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "private",
  "gen_ai.request.model": "race-model",
};
const INPUT = { "gen_ai.usage.input_tokens": 300_000 };
const TOLD = { ...ASKED, ...INPUT, "gen_ai.usage.output_tokens": 100_000 };

contexts.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
after(() => contexts.disable());

function bench(policy = {}) {
  const { purse, clock } = purseOf(policy);
  const processor = purse.spanProcessor({ providers: { anthropic: "private" } });
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [processor] });
  const tracer = tracerProvider.getTracer("test");
  return {
    purse,
    clock,
    processor,
    tracerProvider,
    /** Tells of a call that failed. */
    fail: (attributes, error) => {
      const span = tracer.startSpan("call", { attributes });
      span.setStatus({ code: SpanStatusCode.ERROR });
      if (error !== undefined) span.recordException(error);
      span.end();
      return span.spanContext();
    },
  };
}

/** The SDK's own telemetry, on the spans of a bench. */
function clientOf({ tracerProvider }, provider, options = {}) {
  const openTelemetry = { tracerProvider, traces: true };
  return new Anthropic({ apiKey: "k", baseURL: provider.url, maxRetries: 0, openTelemetry, ...options });
}

const CALL = { model: "race-model", max_tokens: 50, messages: [{ role: "user", content: "hello" }] };
const ANSWER = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "race-model",
  content: [{ type: "text", text: "yes" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 20 },
};

test("a failure after a part of the output is unresolved, and one after its end is what it told", () => {
  const { purse, processor, fail } = bench();
  fail({ ...TOLD, "gen_ai.request.max_tokens": 200_000 });
  assert.deepEqual(spentAndHeld(purse), ["0", "0.5"]);
  fail({ ...TOLD, "gen_ai.response.finish_reasons": ["stop"] });
  assert.deepEqual(spentAndHeld(purse), ["0.4", "0.5"]);
  assert.deepEqual(processor.counts, { unresolved: 1, booked: 1 });
});

test("what an unresolved call cost may be told by its key", () => {
  const { purse, clock, fail } = bench();
  const { traceId, spanId } = fail({ ...ASKED, ...INPUT, "gen_ai.request.max_tokens": 200_000 });
  const usage = { inputTokens: 300_000, outputTokens: 7 };
  const entry = purse.record({ scope: {}, model: "race-model", usage, key: `${traceId}/${spanId}` });
  assert.deepEqual([entry.cost, entry.bound, entry.isLate], ["0.300007", "0.5", false]);
  clock.advance(HOUR);
  assert.deepEqual(spentAndHeld(purse), ["0.300007", "0"]);
});

test("an unresolved call past the limit is an overrun, and the next one is refused", () => {
  const { purse, fail } = bench();
  fail({ ...ASKED, "gen_ai.request.max_tokens": 1_500_000 });
  assert.deepEqual(spentAndHeld(purse), ["1.5", "0"]);
  assert.equal(purse.decide({ model: "race-model", inputTokens: 1, maxOutputTokens: 1 }).isAdmitted, false);
});

test("a call without a bound is booked by what it tells", () => {
  const { purse, processor, fail } = bench();
  fail({ ...ASKED, ...INPUT });
  fail(ASKED);
  assert.deepEqual(processor.counts, { partial: 1, booked: 1, no_usage: 1 });
  assert.deepEqual(spentAndHeld(purse), ["0.3", "0"]);
});

for (const [error, count] of [
  [Object.assign(new Error("connect"), { name: "ECONNREFUSED" }), "refused"],
  [Object.assign(new Error("reset"), { name: "ECONNRESET" }), "unresolved"],
  [Object.assign(new Error("slow"), { name: "TimeoutError" }), "unresolved"],
  [new Error("status_code: 429, model_name: race-model"), "refused"],
  [new Error("status_code: 503, model_name: race-model"), "unresolved"],
]) {
  test(`${error.name} ${error.message}: ${count}`, () => {
    const { purse, clock, processor, fail } = bench();
    fail({ ...ASKED, "gen_ai.request.max_tokens": 100_000 }, error);
    assert.deepEqual(processor.counts, { [count]: 1 });
    clock.advance(HOUR);
    assert.equal(spentAndHeld(purse)[0], count === "unresolved" ? "0.1" : "0");
  });
}

for (const cut of [true, false]) {
  test(`a stream that was ${cut ? "cut" : "left"} is charged at its expiry`, {
    timeout: 30_000,
  }, async (context) => {
    const provider = await Provider.start(context);
    const scene = bench();
    const started = { ...ANSWER, content: [], stop_reason: null };
    const ping = ["ping", { type: "ping" }];
    provider.will(
      events([["message_start", { type: "message_start", message: started }], ping, ping], {
        cut,
        hang: !cut,
      }),
    );
    const stream = await clientOf(scene, provider).messages.create({ ...CALL, stream: true });
    const read = async () => {
      for await (const _ of stream) if (!cut) break;
    };
    if (cut) await assert.rejects(read());
    else await read();
    assert.deepEqual(scene.processor.counts, { unresolved: 1 });
    assert.deepEqual(spentAndHeld(scene.purse), ["0", "0.00006"]);
    scene.clock.advance(HOUR);
    assert.deepEqual(spentAndHeld(scene.purse), ["0.00006", "0"]);
    assert.deepEqual(scene.purse.verify(), []);
  });
}

const fault = (status, type) =>
  whole({ type: "error", error: { type, message: "no" } }, status, { "retry-after-ms": "1" });
const FAULTS = {
  429: fault(429, "rate_limit_error"),
  500: fault(500, "api_error"),
  503: fault(503, "api_error"),
  timeout: silence(),
  reset: (response) => response.socket.resetAndDestroy(),
};
const PATIENT = { maxRetries: 1, timeout: 200 };

for (const [name, broken] of Object.entries(FAULTS)) {
  test(`${name}, and sent again: one span, booked by its answer`, { timeout: 30_000 }, async (context) => {
    const provider = await Provider.start(context);
    const scene = bench();
    provider.will(broken, whole(ANSWER));
    await clientOf(scene, provider, PATIENT).messages.create(CALL);
    assert.equal(provider.requests.length, 2);
    assert.deepEqual(scene.processor.counts, { booked: 1 });
    assert.deepEqual(spentAndHeld(scene.purse), ["0.00003", "0"]);
  });

  test(`${name} in every attempt: charged unless refused`, { timeout: 30_000 }, async (context) => {
    const provider = await Provider.start(context);
    const scene = bench();
    provider.will(broken);
    await assert.rejects(clientOf(scene, provider, PATIENT).messages.create(CALL));
    assert.equal(provider.requests.length, 2);
    assert.deepEqual(scene.processor.counts, { [name === "429" ? "refused" : "unresolved"]: 1 });
    scene.clock.advance(HOUR);
    assert.deepEqual(spentAndHeld(scene.purse), [name === "429" ? "0" : "0.00005", "0"]);
  });

  test(`${name}: a wrapped client charges each attempt`, { timeout: 30_000 }, async (context) => {
    const provider = await Provider.start(context);
    const { purse, clock } = purseOf();
    provider.will(broken, whole(ANSWER));
    const options = { apiKey: "k", baseURL: provider.url, ...PATIENT };
    await purse.wrap(new Anthropic(options), { provider: "private" }).messages.create(CALL);
    const [spent, held] = spentAndHeld(purse);
    assert.equal(spent, "0.00003");
    assert.equal(held === "0", name === "429");
    clock.advance(HOUR);
    assert.equal(spentAndHeld(purse)[1], "0");
    assert.equal(spentAndHeld(purse)[0] === "0.00003", name === "429");
    assert.deepEqual(purse.verify(), []);
  });
}

test("a call that a wrapped client refused is not charged by its span", {
  timeout: 30_000,
}, async (context) => {
  const provider = await Provider.start(context);
  const scene = bench({ limit: "0.00001 USD" });
  const client = scene.purse.wrap(clientOf(scene, provider), { provider: "private" });
  await assert.rejects(client.messages.create(CALL), BudgetExceeded);
  assert.deepEqual(provider.requests, []);
  assert.deepEqual(spentAndHeld(scene.purse), ["0", "0"]);
  assert.deepEqual(scene.processor.counts, { refused: 1 });
});
