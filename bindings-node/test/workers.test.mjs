// Threads of one process share a ledger: the same lock decides, whoever asks.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joined } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import { open } from "bursar";

import { chat, Provider, whole } from "../fixtures/provider.mjs";
import { purseOf, spentAndHeld, TEN_CENTS } from "../fixtures/support.mjs";

const CALLER = new URL("../fixtures/caller.mjs", import.meta.url);
const DEAR = { model: "race-model", messages: [{ role: "user", content: "hello" }], max_tokens: 100_000 };

/** Four workers, ready before any of them calls; how many calls were sent, and how many refused. */
async function race(url, given) {
  const workers = Array.from({ length: 4 }, () => {
    return new Worker(CALLER, { workerData: { url, calls: 16, call: DEAR, ...given } });
  });
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const told = workers.map((worker) => once(worker, "message"));
  const gone = workers.map((worker) => once(worker, "exit"));
  for (const worker of workers) worker.postMessage("start");
  const outcomes = (await Promise.all(told)).flat();
  await Promise.all(gone);
  return ["sent", "refused"].map((how) => outcomes.reduce((sum, outcome) => sum + outcome[how], 0));
}

test("four workers with a ledger in memory get ten calls of ten cents out of a dollar", {
  timeout: 60_000,
}, async (context) => {
  const provider = await Provider.start(context);
  provider.will(whole(chat({ completion: 100_000 })));
  const { purse } = purseOf({ prices: TEN_CENTS });
  assert.deepEqual(await race(provider.url, { ledger: purse.ledger }), [10, 54]);
  assert.equal(provider.requests.length, 10);
  assert.deepEqual(spentAndHeld(purse), ["1", "0"]);
  assert.deepEqual(purse.verify(), []);
});

test("four workers that open the same file get ten calls of ten cents out of a dollar", {
  timeout: 60_000,
}, async (context) => {
  const provider = await Provider.start(context);
  provider.will(whole(chat({ completion: 100_000 })));
  const folder = mkdtempSync(joined(tmpdir(), "bursar-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = joined(folder, "ledger.db");
  const budget = { name: "all", match: "everything", limit: "1 USD", period: "month" };
  const options = { policy: { budgets: [budget], prices: TEN_CENTS }, resourceAttributes: "" };
  assert.deepEqual(await race(provider.url, { path, options }), [10, 54]);
  assert.equal(provider.requests.length, 10);
  const purse = open(path, options);
  assert.deepEqual(spentAndHeld(purse), ["1", "0"]);
  assert.deepEqual(purse.verify(), []);
  purse.close();
});

test("a worker that ends without a word leaves the ledger to the others, and at last the file free", {
  timeout: 60_000,
}, async (context) => {
  const folder = mkdtempSync(joined(tmpdir(), "bursar-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = joined(folder, "ledger.db");
  const script = `
    import("bursar").then(({ open }) => {
      const purse = open(${JSON.stringify(path)}, { resourceAttributes: "" });
      purse.on("alert", () => 0);
      purse.reserve({ scope: {}, model: "gpt-5", inputTokens: 1, maxOutputTokens: 1 });
      require("node:worker_threads").parentPort.postMessage("held");
      setInterval(() => 0, 1000);
    });`;
  const worker = new Worker(script, { eval: true });
  await once(worker, "message");
  const purse = open(path, { resourceAttributes: "" });
  await worker.terminate();
  const hold = purse.reserve({ scope: {}, model: "gpt-5", inputTokens: 1, maxOutputTokens: 1 });
  hold.settle({ inputTokens: 1 });
  purse.close();
  // Opened another way: nobody holds the file any more.
  const other = open(path, { resourceAttributes: "", tags: { team: "data" } });
  assert.deepEqual(other.verify(), []);
  other.close();
});

test("an error of a worker has its code in the parent", { timeout: 60_000 }, async () => {
  const { purse } = purseOf();
  const script = `
    import("bursar").then(({ join }) => {
      join(${purse.ledger}).reserve({ scope: {}, model: "race-model", inputTokens: 0, maxOutputTokens: 2_000_000 });
    });`;
  const [error] = await once(new Worker(script, { eval: true }), "error");
  assert.ok(error instanceof Error);
  assert.deepEqual(
    [error.code, error.budget, error.help],
    ["budget_exceeded", "all", "ask for fewer output tokens, or raise the budget's limit"],
  );
});
