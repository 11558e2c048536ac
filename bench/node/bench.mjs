// The Node rows of the speed table, beside rivals in the same run, as JSON into the file that it is given.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

import { calcPrice, extractUsage, findProvider } from "@pydantic/genai-prices";
import { open, quote, readUsage, Usage } from "bursar";
import OpenAI from "openai";
import { costFromUsage } from "tokenlens";

import { loads } from "./loads.mjs";
import { nanoseconds } from "./rounds.mjs";

const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_795_000_000,
  model: "gpt-5-mini",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "A sentence of an answer. ".repeat(64) },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: {
    prompt_tokens: 1200,
    completion_tokens: 320,
    total_tokens: 1520,
    prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 64, audio_tokens: 0 },
  },
};
const BODY = JSON.stringify(ANSWER);

const MATCHES = {
  all: "everything",
  team: { team: "search" },
  project: { project: "rag" },
  client: { client: "acme" },
  agent: { agent: "ranker" },
};
const POLICY = {
  budgets: Object.entries(MATCHES).map(([name, match]) => {
    return { name, match, limit: "1e12 USD", period: "month", time_zone: "Europe/Berlin" };
  }),
};
const TAGS = { team: "search", project: "rag", client: "acme", agent: "ranker" };

const rows = [];

/** Keeps a row: what was measured, its goal, and what stood beside it. */
function row(work, value, unit, goal = null, beside = null) {
  rows.push({ work, value, unit, goal, beside: beside && { name: beside[0], value: beside[1] } });
}

/** Weighs the addon, as it is downloaded and as it is installed, in millions of bytes. */
function weighing() {
  const addon = readFileSync(join(dirname(createRequire(import.meta.url).resolve("bursar")), "bursar.node"));
  row("Node: size of the addon, packed", gzipSync(addon, { level: 9 }).length / 1e6, "MB", 6);
  row("Node: size of the addon", addon.length / 1e6, "MB");
}

function loading() {
  const ours = loads("bursar");
  for (const name of ["tokenlens", "@pydantic/genai-prices", "openai"]) {
    row(`Node: load bursar (${name} beside it)`, ours, "ms", 30, [name, loads(name)]);
  }
}

function lensOf() {
  return costFromUsage({ id: "openai:gpt-5", usage: { prompt_tokens: 1000, completion_tokens: 100 } });
}

async function quoting() {
  const usage = { inputTokens: 1000, outputTokens: 100 };
  const theirs = { input_tokens: 1000, output_tokens: 100 };
  assert.equal(quote({ model: "gpt-5", provider: "openai", usage }).total, "0.00225");
  // The rivals say the same, to a float's digits.
  const [genaiTotal, lensTotal] = [calcPrice(theirs, "gpt-5", { providerId: "openai" })?.total_price, lensOf()];
  for (const total of [genaiTotal, lensTotal]) assert.ok(Math.abs(total - 0.00225) < 1e-12, String(total));
  const [ours, genai, lens] = await nanoseconds(
    () => quote({ model: "gpt-5", provider: "openai", usage }).total,
    () => calcPrice(theirs, "gpt-5", { providerId: "openai" })?.total_price,
    lensOf,
  );
  row("Node: quote by name, line by line", ours / 1e3, "us", null, ["genai-prices, in floats", genai / 1e3]);
  row("Node: the same (tokenlens beside it)", ours / 1e3, "us", null, ["tokenlens, in floats", lens / 1e3]);
  const provider = findProvider({ providerId: "openai" });
  const source = { host: "api.openai.com", path: "/v1/chat/completions" };
  const [read, extracted] = await nanoseconds(
    () => readUsage(BODY, source),
    () => extractUsage(provider, JSON.parse(BODY), "chat"),
  );
  row(`Node: usage of an answer of ${BODY.length} bytes`, read / 1e3, "us", null, ["genai-prices", extracted / 1e3]);
}

/** The plainest thing that a program may write for itself: one limit, one map of holds, floats, nothing kept. */
function counter() {
  const holds = new Map();
  let [spent, held, next] = [0, 0, 0];
  return () => {
    const bound = 1000 * 1.25e-6 + 200 * 1e-5;
    if (spent + held + bound > 1e12) throw new Error("exceeded");
    held += bound;
    holds.set((next += 1), bound);
    held -= holds.get(next);
    holds.delete(next);
    spent += 1000 * 1.25e-6 + 100 * 1e-5;
  };
}

async function deciding() {
  const purse = open(":memory:", { policy: POLICY, resourceAttributes: "" });
  const [scope, model] = [purse.scope(TAGS), purse.model("gpt-5", { provider: "openai" })];
  const call = { scope, model, inputTokens: 1000, maxOutputTokens: 200 };
  const named = { scope: TAGS, model: "gpt-5", inputTokens: 1000, maxOutputTokens: 200 };
  const counts = { inputTokens: 1000, outputTokens: 100 };
  const usage = new Usage({ inputUncached: 1000, output: 100 });
  const [handles, names, dimensions, floor] = await nanoseconds(
    () => purse.reserve(call).settle(counts),
    () => purse.reserve(named).settle(counts),
    () => purse.reserve(call).settle(usage),
    counter(),
  );
  const beside = ["a Map and three floats", floor / 1e3];
  row("Node: reserve + settle, 5 budgets, handles, in memory", handles / 1e3, "us", 0.8, beside);
  row("Node: the same from names", names / 1e3, "us", null, beside);
  row("Node: the same with usage by dimension", dimensions / 1e3, "us", null, beside);
  purse.close();
  const folder = mkdtempSync(join(tmpdir(), "bursar-"));
  const file = open(join(folder, "ledger.db"), { policy: POLICY, resourceAttributes: "" });
  const kept = { ...call, scope: file.scope(TAGS), model: file.model("gpt-5", { provider: "openai" }) };
  const [committed] = await nanoseconds(() => file.reserve(kept).settle(counts));
  row("Node: reserve + settle, committed to a file", committed / 1e3, "us");
  file.close();
  rmSync(folder, { recursive: true });
}

/** Calls through a wrapped client and a bare one, over a fetch that answers at once. */
async function wrapping() {
  const headers = { "content-type": "application/json" };
  const fetch = async () => new Response(BODY, { headers });
  const purse = open(":memory:", { policy: POLICY, tags: TAGS, resourceAttributes: "" });
  const bare = new OpenAI({ apiKey: "k", fetch });
  const wrapped = purse.wrap(bare);
  const asked = {
    model: "gpt-5-mini",
    messages: [{ role: "user", content: "A question. ".repeat(80) }],
    max_completion_tokens: 400,
  };
  const held = purse.fetch({ fetch });
  const url = "https://api.openai.com/v1/chat/completions";
  const sent = { method: "POST", body: JSON.stringify(asked), headers };
  const [without, within, plain, guarded] = await nanoseconds(
    async () => await bare.chat.completions.create(asked),
    async () => await wrapped.chat.completions.create(asked),
    async () => await (await fetch(url, sent)).json(),
    async () => await (await held(url, sent)).json(),
  );
  row("Node: a call through a wrapped openai client", within / 1e3, "us", null, ["the bare client", without / 1e3]);
  row("Node: a request through the fetch of a purse", guarded / 1e3, "us", null, ["the bare fetch", plain / 1e3]);
  purse.close();
}

for (const measure of [weighing, loading, quoting, deciding, wrapping]) await measure();
if (process.argv[2]) writeFileSync(process.argv[2], `${JSON.stringify(rows, null, 1)}\n`);
else console.table(rows.map(({ beside, ...kept }) => ({ ...kept, beside: beside && `${beside.name} ${beside.value}` })));
