// The OpenClaw plugin of the examples, driven as OpenClaw does it: registered, and its stream function put around
// OpenClaw's own transports, which send to a provider on loopback.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { createBoundaryAwareStreamFnForModel } from "@openclaw/ai/transports";
import { open } from "bursar";

import { chunks, events, Provider, whole } from "../fixtures/provider.mjs";

const EXAMPLE = join(import.meta.dirname, "../../examples/openclaw");
const LIMITED = { timeout: 30_000 };

const POLICY = `
[[budgets]]
name = "agents"
match = "everything"
per = ["agent"]
limit = "1 USD"
period = "day"

[[prices.overrides]]
provider = "private"
model = "race-model"
input_mtok = "free"
output_mtok = "1"
`;

/** The plugin as it is installed, with what it registers. */
async function installed(context) {
  const folder = mkdtempSync(join(tmpdir(), "bursar-openclaw-"));
  cpSync(EXAMPLE, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(import.meta.dirname, ".."), join(folder, "node_modules", "bursar"), "junction");
  const pluginConfig = {
    ledger: join(folder, "ledger.db"),
    policy: join(folder, "policy.toml"),
    tags: { team: "data" },
  };
  writeFileSync(pluginConfig.policy, POLICY);
  const { openclaw } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { default: plugin } = await import(pathToFileURL(join(folder, openclaw.extensions[0])).href);
  const providers = [];
  const handlers = new Map();
  plugin.register({
    pluginConfig,
    registerProvider: (provider) => providers.push(provider),
    on: (hook, handler) => handlers.set(hook, handler),
  });
  const purse = open(pluginConfig.ledger, { policy: pluginConfig.policy, tags: pluginConfig.tags });
  context.after(() => {
    purse.close();
    handlers.get("gateway_stop")();
    rmSync(folder, { recursive: true });
  });
  const manifest = JSON.parse(readFileSync(join(folder, "openclaw.plugin.json"), "utf8"));
  return { plugin, manifest, provider: providers[0], purse };
}

/** A gateway of one provider: `call` makes a call of a model as OpenClaw's loop does, and gives the message that it gets. */
async function gateway(context) {
  const { provider: registered, purse, ...rest } = await installed(context);
  const server = await Provider.start(context);
  const call = async ({
    api = "openai-completions",
    agentId = "main",
    maxTokens = 100_000,
    ...options
  } = {}) => {
    const baseUrl = api === "anthropic-messages" ? server.url : `${server.url}/v1`;
    const model = { ...MODEL, api, baseUrl, maxTokens };
    const streamFn = registered.wrapStreamFn({
      provider: "bursar",
      modelId: model.id,
      model,
      agentId,
      streamFn: createBoundaryAwareStreamFnForModel(model),
    });
    const stream = await streamFn(model, CONTEXT, { apiKey: "k", sessionId: "s1", maxTokens, ...options });
    for await (const event of stream) options.seen?.(event);
    return stream.result();
  };
  const state = () => purse.budgets().map(({ instance, spent, held }) => [instance[0], spent, held]);
  return { ...rest, registered, purse, server, call, state };
}

const MODEL = {
  id: "race-model",
  name: "race-model",
  provider: "bursar",
  reasoning: false,
  input: ["text"],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  contextWindow: 1_000_000,
};
const CONTEXT = {
  systemPrompt: "You write.",
  messages: [{ role: "user", content: "hello", timestamp: 1 }],
};

test("what the manifest declares is what the plugin registers", LIMITED, async (context) => {
  const { plugin, manifest, registered } = await gateway(context);
  assert.equal(plugin.id, manifest.id);
  assert.deepEqual(manifest.providers, [registered.id]);
});

test("a call is settled to its answer, under its agent and session", LIMITED, async (context) => {
  const { server, purse, call, state } = await gateway(context);
  server.will(events(chunks({ completion: 20 })));
  const message = await call();
  assert.deepEqual([message.stopReason, message.content[0].text], ["stop", "yes"]);
  assert.deepEqual(state(), [["main", "0.00002", "0"]]);
  const filter = 'agent = "main" and run = "s1" and team = "data"';
  assert.equal(purse.report({ filter }).total, "0.00002");
});

test("what doesn't fit isn't sent, and is not tried again", LIMITED, async (context) => {
  const { server, registered, call, state } = await gateway(context);
  const { stopReason, errorMessage, errorCode } = await call({ maxTokens: 1_000_001 });
  assert.equal(stopReason, "error");
  assert.match(errorMessage, /^budget `agents` \[main\] has 1 USD left/);
  assert.equal(errorCode, "budget_exceeded");
  assert.equal(registered.classifyFailoverReason({ errorMessage, code: errorCode }), "format");
  assert.equal(registered.classifyFailoverReason({ errorMessage: "down", code: "overloaded" }), undefined);
  assert.deepEqual([server.requests.length, state()], [0, [["main", "0", "0"]]]);
});

test("each agent spends its own budget", LIMITED, async (context) => {
  const { server, call } = await gateway(context);
  server.will(events(chunks({ completion: 600_000 })));
  const reasons = [];
  for (const agentId of ["writer", "writer", "reader"]) {
    reasons.push((await call({ agentId, maxTokens: 600_000 })).stopReason);
  }
  assert.deepEqual([reasons, server.requests.length], [["stop", "error", "stop"], 2]);
});

test("sixty-four calls at once get ten calls of ten cents out of a dollar", LIMITED, async (context) => {
  const { server, call, state } = await gateway(context);
  server.will(events(chunks({ completion: 100_000 })));
  const messages = await Promise.all(Array.from({ length: 64 }, () => call()));
  const refused = messages.filter(({ errorCode }) => errorCode === "budget_exceeded");
  assert.deepEqual([refused.length, server.requests.length], [54, 10]);
  assert.deepEqual(state(), [["main", "1", "0"]]);
});

test("an aborted call stays held, and so does one that failed", LIMITED, async (context) => {
  const { server, call, state } = await gateway(context);
  server.will(events(chunks().slice(0, 1), { hang: true }), whole({ error: { message: "down" } }, 503));
  const abort = new AbortController();
  const seen = ({ type }) => type === "text_delta" && abort.abort();
  const aborted = await call({ signal: abort.signal, seen });
  assert.equal(aborted.stopReason, "aborted");
  assert.deepEqual(state(), [["main", "0", "0.1"]]);
  assert.equal((await call()).stopReason, "error");
  assert.deepEqual(state(), [["main", "0", "0.2"]]);
});

test(
  "a request that the provider turns away costs nothing; what breaks off in its answer may",
  LIMITED,
  async (context) => {
    const { server, call, state } = await gateway(context);
    for (const api of ["openai-completions", "openai-responses", "anthropic-messages"]) {
      server.will(whole({ error: { message: "slow down" } }, 429));
      assert.equal((await call({ api })).stopReason, "error");
      assert.deepEqual(state(), [["main", "0", "0"]]);
    }
    server.will(events([...chunks().slice(0, 1), { error: { message: "429 slow down" } }], { done: false }));
    const message = await call();
    assert.deepEqual([message.stopReason, message.errorMessage], ["error", "429 slow down"]);
    assert.deepEqual(state(), [["main", "0", "0.1"]]);
  },
);

test("a change of OpenClaw's own to the request is held as it is sent", LIMITED, async (context) => {
  const { server, call, state } = await gateway(context);
  server.will(whole({ error: { message: "down" } }, 503));
  const onPayload = (payload) => ({ ...payload, max_completion_tokens: 300_000, max_tokens: undefined });
  await call({ onPayload });
  assert.equal(server.bodies[0].max_completion_tokens, 300_000);
  assert.deepEqual(state(), [["main", "0", "0.3"]]);
});

for (const [api, path, reply] of [
  ["anthropic-messages", "/v1/messages", messages],
  ["openai-responses", "/v1/responses", responses],
]) {
  test(`calls of ${api} are held and settled too`, LIMITED, async (context) => {
    const { server, call, state } = await gateway(context);
    server.will(events(reply(20), { done: false }));
    assert.equal((await call({ api, maxTokens: 1_000_001 })).errorCode, "budget_exceeded");
    assert.equal((await call({ api })).stopReason, "stop");
    assert.deepEqual(
      [server.requests.map(({ path }) => path), state()],
      [[path], [["main", "0.00002", "0"]]],
    );
  });
}

test("a model of an API whose requests aren't read is refused", LIMITED, async (context) => {
  const { registered } = await gateway(context);
  const sent = [];
  const streamFn = registered.wrapStreamFn({ streamFn: () => sent.push("call"), agentId: "main" });
  const model = { ...MODEL, api: "google-generative-ai", baseUrl: "http://127.0.0.1" };
  await assert.rejects(streamFn(model, CONTEXT), /can't hold calls of the API `google-generative-ai`/);
  assert.deepEqual(sent, []);
});

/** A stream of Anthropic's. */
function messages(output) {
  const usage = { input_tokens: 10, output_tokens: 1 };
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "race-model",
    content: [],
    usage,
  };
  return [
    ["message_start", { type: "message_start", message }],
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
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: output } },
    ],
    ["message_stop", { type: "message_stop" }],
  ];
}

/** A stream of OpenAI's responses. */
function responses(output) {
  const text = { type: "output_text", text: "yes", annotations: [] };
  const item = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [text] };
  const response = { id: "resp_1", object: "response", model: "race-model", output: [item] };
  const usage = { input_tokens: 10, output_tokens: output, total_tokens: 10 + output };
  return [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } },
    { type: "response.content_part.added", item_id: "msg_1", output_index: 0, content_index: 0, part: text },
    { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "yes" },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { ...response, status: "completed", usage } },
  ];
}
