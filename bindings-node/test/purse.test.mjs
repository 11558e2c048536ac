// The laws of the face: what converts, what throws, who owns what. Behaviour itself is in the shared vectors.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joined } from "node:path";
import { after, test } from "node:test";
import { setTimeout as elapsed } from "node:timers/promises";

import { context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import {
  Answer,
  Hold,
  HoldError,
  Invalid,
  LedgerError,
  open,
  PolicyError,
  quote,
  readUsage,
  Throttled,
  Unpriced,
  Untagged,
  Usage,
} from "bursar";

import { PRICES, purseOf, spentAndHeld } from "../fixtures/support.mjs";

const CALL = { scope: {}, model: "race-model", inputTokens: 0, maxOutputTokens: 100_000 };

const folder = mkdtempSync(joined(tmpdir(), "bursar-"));
after(() => rmSync(folder, { recursive: true }));

test("a call is held, settled, released, or left unresolved by the end of its block", () => {
  const { purse } = purseOf();
  const settled = purse.reserve(CALL);
  assert.deepEqual([settled.bound, settled.boundPico, settled.isEnded], ["0.1", 100_000_000_000n, false]);
  assert.equal(settled.expiresAt.getTime() - settled.reservedAt.getTime(), 15 * 60_000);
  const entry = settled.settle({ inputTokens: 10, outputTokens: 20 });
  assert.deepEqual(
    [entry.cost, entry.costPico, entry.bound, entry.isOverrun],
    ["0.00003", 30_000_000n, "0.1", false],
  );
  assert.equal(settled.isEnded, true);
  purse.reserve(CALL).release();
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0"]);
  const left = purse.reserve(CALL);
  left[Symbol.dispose]();
  assert.equal(left.isEnded, true);
  assert.deepEqual(spentAndHeld(purse), ["0.00003", "0.1"]);
});

test("an error ends a hold by what it proves", () => {
  const { purse } = purseOf();
  const refused = Object.assign(new Error("fetch failed"), { cause: { code: "ECONNREFUSED" } });
  const several = new AggregateError([refused, Object.assign(new Error(), { code: "ENETUNREACH" })]);
  for (const proof of [refused, several, { status: 429 }, { statusCode: 400 }])
    purse.reserve(CALL).fail(proof);
  assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
  for (const none of [
    new Error("aborted"),
    { status: 500 },
    undefined,
    new DOMException("", "TimeoutError"),
  ]) {
    purse.reserve({ ...CALL, maxOutputTokens: 1000 }).fail(none);
  }
  assert.deepEqual(spentAndHeld(purse), ["0", "0.004"]);
});

test("wrong arguments say what is right", () => {
  const { purse } = purseOf();
  for (const [wrong, name, message] of [
    [{ inputTokens: -1 }, "RangeError", /`inputTokens` is zero or more and a safe integer, not -1/],
    [{ inputTokens: 1.5 }, "TypeError", /`inputTokens` is a whole number, not 1.5/],
    [{ inputTokens: Number.NaN }, "TypeError", /not NaN/],
    [{ inputTokens: true }, "TypeError", /not boolean/],
    [{ inputTokens: 2 ** 60 }, "RangeError", /give a bigint/],
    [{ maxOutputTokens: "9" }, "TypeError", /not string/],
    [{ model: 7 }, "TypeError", /a model of this purse is expected/],
    [{ terms: { tier: "x" } }, "TypeError", /`tier` is no term of a call/],
    [{ scope: ["team"] }, "TypeError", /a scope is a Scope, an object of tags, or nothing/],
    [{ scope: { team: 7 } }, "TypeError", /the tag `team` is text, not number/],
    [{ scope: purseOf().purse.scope() }, "TypeError", /a scope of this purse is expected/],
  ]) {
    assert.throws(() => purse.reserve({ ...CALL, ...wrong }), { name, message });
  }
  assert.deepEqual(spentAndHeld(purse), ["0", "0"]);
  assert.throws(() => open(":memory:", { durability: "sometimes" }), /`sometimes` is no durability/);
  assert.throws(() => purse.on("bell", () => 0), /a purse tells of `alert`, not of `bell`/);
});

test("tags reach whatever a block awaits and starts, and end with it", async () => {
  const { purse } = purseOf();
  const team = () => purse.scope().tags["team.name"];
  const later = () => elapsed(1).then(team);
  const told = await purse.withTags({ team: "data" }, async () => {
    const nested = purse.withTags(
      { "client.name": "acme", agent: "a" },
      () => purse.scope({ project: "x" }).tags,
    );
    assert.deepEqual(nested, {
      "client.name": "acme",
      "gen_ai.agent.name": "a",
      "project.name": "x",
      "team.name": "data",
    });
    const timer = new Promise((told) => setTimeout(() => told(team()), 1));
    return Promise.all([team(), later(), timer, Promise.resolve().then(team)]);
  });
  assert.deepEqual(told, ["data", "data", "data", "data"]);
  assert.equal(team(), undefined);
  await Promise.all(
    ["a", "b"].map((name) => purse.withTags({ team: name }, async () => assert.equal(await later(), name))),
  );
  assert.throws(() => purse.withTags({ team: 7 }, () => 0), TypeError);
});

test("tags come with a request as OpenTelemetry baggage, of our keys only", () => {
  const contexts = new AsyncLocalStorage();
  context.setGlobalContextManager({
    active: () => contexts.getStore() ?? ROOT_CONTEXT,
    with: (around, run) => contexts.run(around, run),
    bind: (_, target) => target,
    enable() {},
    disable() {},
  });
  const baggage = propagation.createBaggage({ "team.name": { value: "data" }, secret: { value: "x" } });
  context.with(propagation.setBaggage(context.active(), baggage), () => {
    assert.deepEqual(purseOf().purse.scope({ agent: "a" }).tags, {
      "gen_ai.agent.name": "a",
      "team.name": "data",
    });
  });
  assert.deepEqual(purseOf().purse.scope().tags, {});
  context.disable();
});

test("the tags of the process come from its environment, under its own", () => {
  const script =
    'import { open } from "bursar"; console.log(JSON.stringify(open(":memory:", { tags: { project: "other" } }).scope({ agent: "a" }).tags))';
  const env = { ...process.env, OTEL_RESOURCE_ATTRIBUTES: "team.name=data,project.name=rag,service.name=x" };
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    env,
  });
  const tags = JSON.parse(told.toString());
  assert.deepEqual(
    [tags["team.name"], tags["project.name"], tags["gen_ai.agent.name"]],
    ["data", "other", "a"],
  );
});

test("names resolved once are as good as names", () => {
  const { purse } = purseOf();
  const [scope, model] = [purse.scope({ team: "data" }), purse.model("race-model")];
  assert.equal(model.name, "private/race-model");
  const hold = purse.reserve({ scope, model, inputTokens: 0, maxOutputTokens: 100_000, key: "job" });
  const again = purse.reserve({
    scope: { team: "data" },
    model: "race-model",
    inputTokens: 0,
    maxOutputTokens: 100_000,
    key: "job",
  });
  assert.deepEqual([again.number, again.isReplay, hold.isReplay], [hold.number, true, false]);
  assert.throws(() => purse.reserve({ ...CALL, key: "job" }), HoldError);
  assert.equal(again.settle({ outputTokens: 5 }).cost, "0.000005");
  assert.throws(() => purse.model("nonsense"), Unpriced);
});

test("settle takes whatever a program has", () => {
  const { purse } = purseOf();
  const answer = {
    object: "chat.completion",
    model: "race-model",
    choices: [{ finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 20 },
  };
  for (const given of [
    { inputTokens: 10, outputTokens: 20 },
    { input_tokens: 10, output_tokens: 20n, cacheReadInputTokens: null },
    new Usage({ inputUncached: 10, output: 20 }),
    answer,
    JSON.stringify(answer),
    Buffer.from(JSON.stringify(answer)),
    readUsage(answer),
  ]) {
    assert.equal(purse.reserve(CALL).settle(given)?.cost, "0.00003");
  }
  assert.equal(
    purse.reserve({ ...CALL, maxOutputTokens: 9 }).settle({ object: "chat.completion", choices: [] }),
    null,
  );
  const hold = purse.reserve({ ...CALL, maxOutputTokens: 9 });
  assert.throws(() => hold.settle({ some: { thing: 1 } }), { code: "request_invalid", message: /which API/ });
  assert.throws(() => hold.settle({ inputTokens: 1, cacheReadInputTokens: 2 }), { code: "usage_invalid" });
  assert.throws(() => hold.settle({ inputTokens: -1 }), RangeError);
  for (const nothing of [{}, { inputTokens: undefined }, { inputTokens: null, outputTokens: undefined }]) {
    assert.throws(() => hold.settle(nothing), { code: "usage_invalid", message: /the usage has no counts/ });
  }
  assert.equal(hold.isEnded, false);
  assert.equal(purse.reserve(CALL).settle({ inputTokens: 0 }).cost, "0");
  assert.throws(() => hold.settle(undefined), TypeError);
  const entry = hold.settle({ outputTokens: 7 }, { model: "free-model" });
  assert.equal(entry.cost, "0");
});

test("an answer that contradicts itself says so when it is asked", () => {
  const answer = readUsage(
    { usage: { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 2 } } },
    { api: "chat" },
  );
  assert.ok(answer instanceof Answer);
  assert.throws(() => answer.usage, Invalid);
});

test("a throttle is waited out, as long as one may wait", async () => {
  const steps = [
    { at: 1, do: "throttle", concurrency: 1 },
    { at: 100, do: "suspend" },
  ];
  const budget = { name: "slow", match: "everything", limit: "1 USD", period: "month", steps };
  const purse = open(":memory:", { policy: { budgets: [budget], prices: PRICES }, resourceAttributes: "" });
  purse.reserve(CALL).settleCost("0.02");
  const first = await purse.reserveLater(CALL);
  await assert.rejects(
    purse.reserveLater(CALL),
    (error) => error instanceof Throttled && error.isPassing && error.retryAfterMs > 0,
  );
  const aborted = AbortSignal.abort(new Error("given up"));
  await assert.rejects(purse.reserveLater(CALL, { waitMs: 60_000, signal: aborted }), /given up/);
  const second = purse.reserveLater(CALL, { waitMs: 60_000 });
  first.release();
  (await second).release();
  purse.close();
});

test("a ledger that survives loss of power decides beside the event loop", { timeout: 30_000 }, async () => {
  const budget = { name: "all", match: "everything", limit: "1 USD", period: "day" };
  const policy = { budgets: [budget], prices: PRICES };
  const purse = open(joined(folder, "power.db"), { policy, durability: "power", resourceAttributes: "" });
  assert.equal(purse.isSlow, true);
  const body = { model: "race-model", messages: [], max_tokens: 100_000 };
  const asked = purse.withTags({ team: "data" }, () => [
    ...Array.from({ length: 32 }, () =>
      purse.reserveLater({ ...CALL, scope: undefined }).catch((error) => error),
    ),
    ...Array.from({ length: 32 }, () => purse.decideRequestLater(body, { api: "chat" })),
  ]);
  let answered = 0;
  for (const one of asked) one.then(() => (answered += 1));
  // What was decided beside the loop is told in one of its later turns, however fast the disk was.
  for (let turn = 0; turn < 1_000; turn++) await null;
  assert.equal(answered, 0);
  const outcomes = await Promise.all(asked);
  const holds = outcomes.map((outcome) => (outcome instanceof Hold ? outcome : outcome.hold)).filter(Boolean);
  assert.ok(holds.length >= 9 && holds.length <= 10, String(holds.length));
  for (const hold of holds) hold.settleCost("0.1");
  assert.equal(purse.report({ filter: 'team = "data"' }).total, purse.budgets()[0].spent);
  await assert.rejects(purse.reserveLater({ ...CALL, model: "nonsense" }), Unpriced);
  assert.equal(
    (await purse.decideRequestLater({ ...body, model: "nonsense" }, { api: "chat" })).kind,
    "unpriced",
  );
  assert.deepEqual(purse.verify(), []);
  purse.close();
});

test("alerts are told, and a listener that throws is shown and changes nothing", {
  timeout: 10_000,
}, async () => {
  const { purse } = purseOf();
  const [told, shown] = [[], []];
  const warned = (warning) => shown.push(warning.message);
  process.on("warning", warned);
  purse.on("alert", () => {
    throw new Error("no listener");
  });
  purse.on("alert", (alert) => told.push(alert));
  const removed = () => assert.fail("was taken away");
  purse.on("alert", removed).off("alert", removed);
  purse.reserve({ ...CALL, maxOutputTokens: 900_000 }).settleCost("0.9");
  await purse.flushAlerts();
  await new Promise(setImmediate);
  process.off("warning", warned);
  assert.deepEqual(
    told.map(({ kind, level, budget, spent }) => [kind, level, budget, spent]),
    [["step_reached", "warning", "all", "0.9"]],
  );
  assert.ok(told[0].message.startsWith("budget `all`"));
  assert.ok(shown.includes("no listener"));
});

test("a listener keeps no program running", () => {
  const script = 'import { open } from "bursar"; open(":memory:").on("alert", () => 0); console.log("done")';
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    timeout: 20_000,
  });
  assert.equal(told.toString(), "done\n");
});

test("nothing keeps a purse alive but its users, and its file is free when it is gone", () => {
  const path = joined(folder, "forgotten.db");
  const script = `
    import { open } from "bursar";
    const own = { resourceAttributes: "" };
    const call = { scope: {}, model: "gpt-5", inputTokens: 1, maxOutputTokens: 1 };
    let hold = open(${JSON.stringify(path)}, own).on("alert", () => 0).reserve(call);
    const others = () => {
      try {
        return open(${JSON.stringify(path)}, { ...own, tags: { team: "data" } });
      } catch (error) {
        if (error.code !== "ledger_in_use") throw error;
      }
    };
    for (let turn = 0; turn < 20; turn += 1) {
      gc();
      await new Promise(setImmediate);
    }
    if (others()) throw new Error("the hold's purse was closed");
    console.log(hold.release());
    hold = undefined;
    let found;
    for (let turn = 0; turn < 200 && !found; turn += 1) {
      gc();
      await new Promise(setImmediate);
      found = others();
    }
    console.log(found !== undefined);`;
  const options = { cwd: import.meta.dirname, timeout: 60_000, encoding: "utf8" };
  const told = execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], options);
  assert.deepEqual(told.trim().split("\n"), ["undefined", "true"]);
});

test("a closed purse refuses, and its file is free", () => {
  const path = joined(folder, "ledger.db");
  const purse = open(path, { resourceAttributes: "" });
  const hold = purse.reserve({ scope: {}, model: "gpt-5", inputTokens: 1000, maxOutputTokens: 10 });
  assert.throws(
    () => open(path, { tags: { team: "other" } }),
    (error) => {
      assert.ok(error instanceof LedgerError);
      assert.deepEqual([error.code, error.isPassing], ["ledger_in_use", true]);
      return true;
    },
  );
  purse.close();
  assert.throws(() => purse.budgets(), { code: "ledger_closed" });
  assert.throws(() => hold.release(), { code: "ledger_closed" });
  purse.close();
  const again = open(path, { resourceAttributes: "" });
  const found = again.hold(hold.number);
  assert.ok(found instanceof Hold);
  assert.equal(found.settle({ inputTokens: 1000 }).cost, "0.00125");
  assert.deepEqual(again.verify(), []);
  again.close();
});

test("whoever opens a file the same way shares it, until the last one closes it", () => {
  const path = joined(folder, "shared.db");
  const budget = { name: "all", match: "everything", limit: "1 USD", period: "day" };
  const options = { policy: { budgets: [budget], prices: PRICES }, resourceAttributes: "" };
  const first = open(path, options);
  const second = open(joined(folder, ".", "..", joined(folder).split("/").at(-1), "shared.db"), options);
  first.reserve(CALL).settleCost("0.1");
  assert.equal(second.budgets()[0].spent, "0.1");
  first.close();
  second.reserve(CALL).settleCost("0.1");
  second.close();
  const third = open(path, options);
  assert.equal(third.budgets()[0].spent, "0.2");
  third.close();
});

test("a policy is a path, text or an object", () => {
  const text = '[[budgets]]\nname = "all"\nmatch = "everything"\nlimit = "1 USD"\nperiod = "day"\n';
  const path = joined(folder, "policy.toml");
  writeFileSync(path, text);
  const asObject = { budgets: [{ name: "all", match: "everything", limit: "1 USD", period: "day" }] };
  for (const policy of [text, path, asObject]) {
    assert.deepEqual(
      open(":memory:", { policy })
        .budgets()
        .map(({ name }) => name),
      ["all"],
    );
  }
  assert.throws(
    () => open(":memory:", { policy: '[[budgets]]\nnmae = "all"\n' }),
    (error) => {
      assert.ok(error instanceof PolicyError);
      assert.match(error.message, /line 2/);
      return true;
    },
  );
  assert.throws(() => open(":memory:", { policy: { budgets: 10n } }), /a policy holds text/);
  const number = { budgets: [{ name: "all", match: "everything", limit: 0.1, period: "day" }] };
  assert.throws(() => open(":memory:", { policy: number }), Invalid);
});

test("another policy is put in force whole or not at all", () => {
  const { purse } = purseOf();
  purse.reserve(CALL).settleCost("0.1");
  assert.throws(() => purse.apply({ budgets: [{ name: "broken" }] }), PolicyError);
  assert.equal(purse.budgets()[0].limit, "1");
  purse.apply({
    budgets: [{ name: "all", match: "everything", limit: "5 USD", period: "day" }],
    prices: PRICES,
  });
  assert.deepEqual([purse.budgets()[0].limit, purse.budgets()[0].spent], ["5", "0.1"]);
});

test("the taxonomy refuses tags as a decision and as an error", () => {
  const { purse } = purseOf({ taxonomy: { required: ["team"] } });
  const decision = purse.decide(CALL);
  assert.equal(decision.kind, "untagged");
  assert.ok(decision.error instanceof Untagged);
  assert.throws(() => purse.reserve(CALL), Untagged);
});

test("a quote is exact, and says where it comes from", () => {
  const at = new Date("2026-11-23T00:00:00Z");
  const priced = quote({
    model: "claude-sonnet-4-5-20250929",
    usage: { inputTokens: 1000, outputTokens: 10 },
    at,
  });
  assert.deepEqual(
    [priced.model, priced.matched, priced.total],
    ["anthropic/claude-sonnet-4-5", "alias", "0.00315"],
  );
  assert.ok(priced.priceVersion.startsWith("2026-"));
  assert.match(priced.explanation, /0\.00315 USD/);
  assert.throws(() => quote({ model: "nonsense-9", usage: { inputTokens: 1 } }), Unpriced);
  assert.throws(() => quote({ model: "gpt-5", usage: { inputTokens: 1 }, at: "yesterday" }), TypeError);
});

test("a report and a verification give the same beside the event loop", async () => {
  const { purse } = purseOf();
  purse.reserve({ ...CALL, scope: { team: "data" } }).settleCost("0.1");
  const [now, later] = [
    purse.report({ month: "2026-11", by: ["team", "model"] }),
    await purse.reportLater({ month: "2026-11", by: ["team", "model"] }),
  ];
  assert.equal(now.total, "0.1");
  assert.equal(later.toJson(), now.toJson());
  assert.match(later.toCsv(), /data/);
  assert.match(String(later), /Chargeback statement, November 2026/);
  assert.deepEqual(await purse.verifyLater(), purse.verify());
  await assert.rejects(purse.reportLater({ by: [] }), { code: "report_invalid" });
  purse.close();
  await assert.rejects(purse.verifyLater(), { code: "ledger_closed" });
});
