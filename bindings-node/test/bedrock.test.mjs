// Bedrock's client against a provider on loopback.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";

import { frame } from "../fixtures/frames.mjs";
import { laws } from "../fixtures/laws.mjs";
import { Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld } from "../fixtures/support.mjs";

function frames(list, { hang = false } = {}) {
  return async (response) => {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    for (const [type, event] of list)
      await new Promise((sent) => response.write(frame(type, JSON.stringify(event)), sent));
    if (!hang) response.end();
  };
}

function answer(outputTokens) {
  return {
    output: { message: { role: "assistant", content: [{ text: "yes" }] } },
    stopReason: "end_turn",
    usage: { inputTokens: 10, outputTokens, totalTokens: 10 + outputTokens },
    metrics: { latencyMs: 1 },
  };
}

function client(purse, endpoint, maxAttempts) {
  return purse.wrap(
    new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint,
      maxAttempts,
      credentials: { accessKeyId: "k", secretAccessKey: "s" },
    }),
  );
}

const asked = (maxTokens) => ({
  modelId: "race-model",
  messages: [{ role: "user", content: [{ text: "hello" }] }],
  inferenceConfig: { maxTokens },
});

const start = [
  ["messageStart", { role: "assistant" }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { text: "yes" } }],
];

laws("Bedrock", {
  http2: true,
  client: (purse, url) => client(purse, url, 3),
  retrying: (purse, url) => client(purse, url, 2),
  seesAttempts: true,
  call: (bedrock, tokens) => bedrock.send(new ConverseCommand(asked(tokens))),
  stream: async (bedrock, tokens, abortSignal) => {
    return (await bedrock.send(new ConverseStreamCommand(asked(tokens)), { abortSignal })).stream;
  },
  answer: (output) => whole(answer(output)),
  pieces: (output) =>
    frames([
      ...start,
      ["messageStop", { stopReason: "end_turn" }],
      ["metadata", { usage: answer(output).usage, metrics: { latencyMs: 1 } }],
    ]),
  cut: () => frames(start, { hang: true }),
});

test("Bedrock: a model's own request is held too", async (context) => {
  const provider = await Provider.start(context, { http2: true });
  const { purse } = purseOf();
  const usage = { input_tokens: 10, output_tokens: 20 };
  provider.will(
    whole({
      type: "message",
      role: "assistant",
      model: "race-model",
      content: [],
      stop_reason: "end_turn",
      usage,
    }),
  );
  const body = JSON.stringify({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 50,
    messages: [{ role: "user", content: "hello" }],
  });
  const { body: told } = await client(purse, provider.url, 1).send(
    new InvokeModelCommand({ modelId: "race-model", body, contentType: "application/json" }),
  );
  assert.equal(JSON.parse(told.transformToString()).role, "assistant");
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
});
