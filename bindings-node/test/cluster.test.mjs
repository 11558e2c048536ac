// Processes of a cluster share a ledger's file: whichever of them asks, a budget is held against all that was spent.

import assert from "node:assert/strict";
import cluster from "node:cluster";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joined } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { open } from "bursar";

import { chat, Provider, whole } from "../fixtures/provider.mjs";
import { spentAndHeld, TEN_CENTS } from "../fixtures/support.mjs";

const CALLER = fileURLToPath(new URL("../fixtures/cluster_caller.mjs", import.meta.url));
const DEAR = { model: "race-model", messages: [{ role: "user", content: "hello" }], max_tokens: 100_000 };
const BUDGET = { name: "all", match: "everything", limit: "1 USD", period: "month" };
const OPTIONS = { policy: { budgets: [BUDGET], prices: TEN_CENTS }, resourceAttributes: "", shared: true };

function ledgerOf(context) {
  const folder = mkdtempSync(joined(tmpdir(), "bursar-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return joined(folder, "ledger.db");
}

test("four processes of a cluster get ten calls of ten cents out of a dollar", {
  timeout: 60_000,
}, async (context) => {
  const provider = await Provider.start(context);
  provider.will(whole(chat({ completion: 100_000 })));
  const path = ledgerOf(context);
  const calls = { url: provider.url, calls: 16, path, options: OPTIONS, call: DEAR };
  cluster.setupPrimary({ exec: CALLER, execArgv: [] });
  const workers = Array.from({ length: 4 }, () => {
    return cluster.fork({ BURSAR_TEST_CALLS: JSON.stringify(calls) });
  });
  context.after(() => {
    for (const worker of workers) worker.process.kill("SIGKILL");
  });
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const told = workers.map((worker) => once(worker, "message"));
  const gone = workers.map((worker) => once(worker, "exit"));
  for (const worker of workers) worker.send("start");
  const outcomes = (await Promise.all(told)).map(([outcome]) => outcome);
  await Promise.all(gone);
  const count = (how) => outcomes.reduce((sum, outcome) => sum + outcome[how], 0);
  assert.deepEqual([count("sent"), count("refused"), provider.requests.length], [10, 54, 10]);
  const purse = open(path, OPTIONS);
  assert.deepEqual(spentAndHeld(purse), ["1", "0"]);
  assert.deepEqual(purse.verify(), []);
  purse.close();
});

test("a ledger is shared by all who open it, or by none", (context) => {
  const path = ledgerOf(context);
  const one = open(path, OPTIONS);
  assert.throws(() => open(path, { resourceAttributes: "" }), { code: "ledger_in_use" });
  const two = open(path, { ...OPTIONS, tags: { team: "data" } });
  const call = { scope: {}, model: "race-model", inputTokens: 0, maxOutputTokens: 600_000 };
  const hold = one.reserve(call);
  assert.throws(() => two.reserve(call), { code: "budget_exceeded" });
  hold.settle({ outputTokens: 100_000 });
  two.reserve(call).release();
  one.close();
  assert.deepEqual(spentAndHeld(two), ["0.1", "0"]);
  two.close();
});
