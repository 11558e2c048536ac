// Spans and metrics, by the real SDK of OpenTelemetry: each call is booked once, under the tags around it.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { context, propagation } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { Suspended } from "bursar";
import OpenAI from "openai";

import { chat, Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld } from "../fixtures/support.mjs";

const CHAT = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "private",
  "gen_ai.request.model": "race-model",
  "gen_ai.usage.input_tokens": 300_000,
  "gen_ai.usage.output_tokens": 100_000,
};

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
after(() => context.disable());

/** A tracer whose spans are booked. */
function bench({ policy = {}, options = {}, resource = {} } = {}) {
  const { purse } = purseOf(policy);
  const processor = purse.spanProcessor(options);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer("test");
  return {
    purse,
    processor,
    tracer,
    /** Tells of a call that is over at once. */
    tell: (attributes) => tracer.startSpan("call", { attributes }).end(),
    /** Runs a function within a span. */
    within: (attributes, run) =>
      tracer.startActiveSpan("outer", { attributes }, (span) => {
        const done = (value) => {
          span.end();
          return value;
        };
        const value = run(span);
        return value instanceof Promise ? value.then(done) : done(value);
      }),
    by: (...keys) =>
      purse
        .report({ by: keys })
        .data.rows.map(({ values, cost }) => [...keys.map((key) => values[key]), cost]),
  };
}

test("a call is booked when its span ends, once", () => {
  const { purse, processor, tracer } = bench();
  const span = tracer.startSpan("call", { attributes: CHAT });
  assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
  span.end();
  processor.onEnd(span);
  assert.deepEqual(spentAndHeld(purse), ["0.4", "0"]);
  assert.deepEqual(purse.verify(), []);
});

test("a call past the limit is an overrun, and the next one is refused", async (test) => {
  const provider = await Provider.start(test);
  const { purse, tell } = bench();
  const kinds = [];
  purse.on("alert", ({ kind }) => kinds.push(kind));
  for (let call = 0; call < 3; call += 1) tell(CHAT);
  await purse.flushAlerts();
  assert.equal(spentAndHeld(purse)[0], "1.2");
  assert.deepEqual(kinds, ["step_reached", "overrun", "step_reached"]);
  const client = purse.wrap(new OpenAI({ apiKey: "k", baseURL: `${provider.url}/v1`, maxRetries: 0 }));
  await assert.rejects(
    client.chat.completions.create({ model: "race-model", messages: [], max_tokens: 1 }),
    Suspended,
  );
  assert.deepEqual(provider.requests, []);
});

test("only spans of calls are booked", () => {
  const { "gen_ai.operation.name": _, ...told } = CHAT;
  for (const kind of [
    { "gen_ai.operation.name": "invoke_agent" },
    { "gen_ai.operation.name": "execute_tool" },
    { "gen_ai.operation.name": "plan", "llm.request.type": "chat" },
    { "openinference.span.kind": "CHAIN", "gen_ai.operation.name": "invoke_workflow" },
    { "traceloop.span.kind": "workflow" },
    {},
  ]) {
    const { purse, processor, tell } = bench();
    tell({ ...told, ...kind });
    assert.deepEqual([spentAndHeld(purse)[0], processor.counts], ["0", {}]);
  }
});

const PRICED = {
  overrides: [
    {
      provider: "private",
      model: "race-model",
      input_mtok: "1",
      output_mtok: "10",
      cache_read_mtok: "0.1",
      cache_write_5m_mtok: "2",
    },
  ],
};

for (const [spelling, attributes] of Object.entries({
  opentelemetry: {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "private",
    "gen_ai.request.model": "race-model",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.cache_read.input_tokens": 300,
    "gen_ai.usage.cache_write.input_tokens": 100,
    "gen_ai.usage.output_tokens": 500,
    "gen_ai.usage.reasoning.output_tokens": 200,
  },
  openinference: {
    "openinference.span.kind": "LLM",
    "llm.provider": "private",
    "llm.model_name": "race-model",
    "llm.token_count.prompt": 1000,
    "llm.token_count.prompt_details.cache_read": 300,
    "llm.token_count.prompt_details.cache_write": 100,
    "llm.token_count.completion": 500,
    "llm.token_count.completion_details.reasoning": 200,
  },
  openllmetry: {
    "llm.request.type": "chat",
    "gen_ai.system": "private",
    "gen_ai.request.model": "race-model",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.cache_read_input_tokens": 300,
    "gen_ai.usage.cache_creation_input_tokens": 100,
    "gen_ai.usage.output_tokens": 500,
    "llm.usage.reasoning_tokens": 200,
  },
})) {
  test(`a call in the words of ${spelling} comes to its price`, () => {
    const { purse, processor, tell } = bench({ policy: { prices: PRICED } });
    tell(attributes);
    // 600 plain, 300 read from a cache, 100 written to it, 500 of output.
    assert.deepEqual([spentAndHeld(purse)[0], processor.counts], ["0.00583", { booked: 1 }]);
  });
}

test("tags come from resource, baggage, context, agents and the span", () => {
  const { purse, tell, within, by } = bench({
    resource: { "project.name": "rag", "team.name": "nobody" },
    options: { attributes: ["cost_center"] },
  });
  const baggage = propagation.createBaggage({ "team.name": { value: "data" }, secret: { value: "x" } });
  context.with(propagation.setBaggage(context.active(), baggage), () => {
    const agent = {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "writer",
      "gen_ai.conversation.id": "r1",
    };
    purse.withTags({ client: "acme" }, () =>
      within(agent, () => {
        tell({ ...CHAT, "user.id": "ada", cost_center: "7" });
        tell({ ...CHAT, "gen_ai.agent.name": "critic", "user.id": "x".repeat(300) });
      }),
    );
  });
  assert.deepEqual(by("team", "project", "client", "agent", "run").sort(), [
    ["data", "rag", "acme", "critic", "r1", "0.4"],
    ["data", "rag", "acme", "writer", "r1", "0.4"],
  ]);
  assert.ok(
    by("user", "cost_center").some(
      ([user, center, cost]) => user === "ada" && center === "7" && cost === "0.4",
    ),
  );
});

test("two instrumentations of one call book it once", () => {
  for (const outer of [CHAT, { ...CHAT, "gen_ai.usage.input_tokens": 299_990, "gen_ai.response.id": "1" }]) {
    const { purse, processor, tell, within } = bench();
    within(outer, () => within({}, () => tell({ ...CHAT, "gen_ai.response.id": "1" })));
    assert.deepEqual([spentAndHeld(purse)[0], processor.counts], ["0.4", { booked: 1, nested: 1 }]);
  }
});

test("a call that a wrapped client held is not booked again", async (test) => {
  const provider = await Provider.start(test);
  provider.will(whole(chat()));
  const { purse, processor, within } = bench();
  const client = purse.wrap(new OpenAI({ apiKey: "k", baseURL: `${provider.url}/v1`, maxRetries: 0 }));
  const call = { model: "race-model", messages: [], max_tokens: 50 };
  await within({ ...CHAT, "gen_ai.usage.input_tokens": 10 }, () => client.chat.completions.create(call));
  assert.deepEqual([spentAndHeld(purse), processor.counts], [["0.00003", "0"], { held: 1 }]);
});

test("what can't be booked is counted, and told once", async () => {
  const warned = [];
  const listener = ({ name, message }) => name === "BursarSpan" && warned.push(message);
  process.on("warning", listener);
  const { purse, processor, tell } = bench();
  for (let call = 0; call < 3; call += 1) tell({ ...CHAT, "gen_ai.request.model": "nonsense" });
  tell({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "race-model" });
  await new Promise(setImmediate);
  process.off("warning", listener);
  assert.deepEqual(processor.counts, { model_unknown: 3, no_usage: 1 });
  assert.equal(warned.length, 2);
  assert.equal(spentAndHeld(purse)[0], "0");
});

class OwnReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

test("the ledger is shown as metrics of the program's meter", async () => {
  const { purse } = purseOf();
  const reader = new OwnReader();
  const provider = new MeterProvider({ readers: [reader] });
  const registration = purse.registerMetrics(provider, { attributes: ["team"] });
  purse
    .reserve({ scope: { team: "data" }, model: "race-model", inputTokens: 0, maxOutputTokens: 100_000 })
    .settleCost("0.1");
  const collect = async () => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ descriptor, dataPoints }) => {
        return dataPoints.map(({ value, attributes }) => ({ name: descriptor.name, value, ...attributes }));
      });
  };
  const points = await collect();
  assert.ok(
    points.some((point) => point["team.name"] === "data" && point.value === 0.1),
    JSON.stringify(points),
  );
  assert.equal(registration.points("bursar.cost").length, 1);
  registration.stop();
  assert.deepEqual(registration.points("bursar.cost"), []);
  await provider.shutdown();
  assert.throws(() => purse.registerMetrics(provider, { attributes: ["not a key!"] }), {
    code: "tag_key_invalid",
  });
});
