// What is booked without a call of a model before it, and functions with a budget of their own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BudgetExceeded, HoldError, Invalid, Refused } from "bursar";

import { purseOf, spentAndHeld } from "../fixtures/support.mjs";

const CALL = { model: "race-model", inputTokens: 0, maxOutputTokens: 100_000 };

test("a call that has happened is booked by its usage, its answer or its cost, and once for its key", () => {
  const { purse } = purseOf();
  const answer = {
    object: "chat.completion",
    model: "race-model",
    choices: [{ finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 20 },
  };
  const call = { scope: { team: "data" }, model: "race-model" };
  assert.equal(purse.record({ ...call, usage: { inputTokens: 10, outputTokens: 20 } }).cost, "0.00003");
  assert.equal(purse.record({ ...call, usage: answer }).cost, "0.00003");
  const booked = purse.record({ ...call, cost: "0.5", key: "trace/span" });
  assert.deepEqual([booked.cost, booked.isReplay], ["0.5", false]);
  assert.equal(purse.record({ ...call, cost: "0.5", key: "trace/span" }).isReplay, true);
  assert.throws(() => purse.record({ ...call, cost: "0.6", key: "trace/span" }), HoldError);
  assert.equal(purse.record({ ...call, cost: 700_000_000_000n }).isOverrun, true);
  assert.deepEqual(spentAndHeld(purse), ["1.20006", "0"]);
  assert.throws(() => purse.record(call), /give the usage or the provider's answer, or `cost`/);
  assert.throws(() => purse.record({ ...call, usage: { object: "chat.completion", choices: [] } }), Invalid);
  assert.deepEqual(purse.verify(), []);
});

test("an amount is held for what isn't priced by tokens", () => {
  const { purse } = purseOf();
  const hold = purse.reserveAmount("0.05", {
    name: "tavily/search",
    scope: { team: "data" },
    key: "search-1",
  });
  assert.deepEqual([hold.bound, hold.state, hold.cost], ["0.05", "open", "0"]);
  assert.equal(hold.settleCost("0.008").cost, "0.008");
  assert.deepEqual([hold.state, hold.cost], ["settled", "0.008"]);
  assert.throws(() => purse.reserveAmount("2 USD", { name: "tavily/search" }), BudgetExceeded);
  assert.throws(() => purse.reserveAmount(0.05, { name: "x" }), TypeError);
  assert.deepEqual(spentAndHeld(purse), ["0.008", "0"]);
});

test("a request is held by its body", () => {
  const { purse } = purseOf();
  const body = { model: "race-model", messages: [{ role: "user", content: "hello" }], max_tokens: 50 };
  const hold = purse.reserveRequest(body, { api: "chat", path: "/v1/chat/completions" });
  assert.equal(
    hold.settle({ choices: [{ finish_reason: "stop" }], usage: { prompt_tokens: 1, completion_tokens: 2 } })
      .cost,
    "0.000003",
  );
  assert.throws(
    () => purse.reserveRequest({ ...body, max_tokens: 2_000_000 }, { api: "chat" }),
    BudgetExceeded,
  );
  assert.throws(() => purse.reserveRequest(body, {}), TypeError);
});

test("a policy is compared before it is put in force", () => {
  const { purse } = purseOf();
  const budget = { name: "all", match: "everything", limit: "5 USD", period: "day" };
  assert.match(purse.plan({ budgets: [budget] }), /limit/);
  assert.equal(purse.budgets()[0].limit, "1");
});

test("a function has a budget with all that it calls", async () => {
  const { purse } = purseOf({ limit: "100 USD" });
  const inner = purse.budgeted({ limit: "0.1 USD", tags: { agent: "helper" }, name: "inner" }, async () => {
    const decision = purse.decide(CALL);
    if (decision.isAdmitted) decision.hold.settleCost("0.1");
    return decision.isAdmitted ? "admitted" : decision.budget;
  });
  const outer = purse.budgeted({ limit: "0.3 USD", tags: { team: "search" } }, async function outer(times) {
    const told = [];
    for (let call = 0; call < times; call += 1) told.push(await inner());
    return told;
  });
  assert.deepEqual(await outer(4), ["admitted", "admitted", "admitted", "function outer"]);
  assert.deepEqual(await Promise.all([outer(1), outer(1)]), [["admitted"], ["admitted"]]);
  assert.equal(await inner(), "admitted");
  // The budgets of functions stay when another policy is put in force.
  const all = { name: "all", match: "everything", limit: "50 USD", period: "day" };
  purse.apply({
    budgets: [all],
    prices: { overrides: [{ provider: "private", model: "race-model", output_mtok: "1", input_mtok: "1" }] },
  });
  assert.deepEqual((await outer(4)).at(-1), "function outer");
  assert.throws(() => purse.budgeted({ limit: 0.1, name: "x" }, () => 0), TypeError);
  assert.throws(() => purse.budgeted({}, () => 0), /is given one/);
  const failing = purse.budgeted({ limit: "0.05 USD", name: "small" }, () => purse.reserve(CALL));
  assert.throws(() => failing(), Refused);
});

test("a call of unknown cost is held until it expires or its cost is told", () => {
  const { purse, clock } = purseOf();
  const call = { scope: { team: "data" }, model: "race-model", inputTokens: 100_000, key: "a" };
  const hold = purse.recordUnresolved({ ...call, maxOutputTokens: 200_000, lifetimeMs: 60_000 });
  assert.deepEqual([hold.bound, hold.isReplay, hold.state], ["0.3", false, "unresolved"]);
  assert.equal(purse.recordUnresolved({ ...call, maxOutputTokens: 200_000 }).isReplay, true);
  assert.throws(() => purse.recordUnresolved({ ...call, maxOutputTokens: 1 }), { code: "key_conflict" });
  assert.throws(() => purse.recordUnresolved({ ...call, key: "b" }), { code: "bound_missing" });
  clock.advance(61_000);
  assert.deepEqual(spentAndHeld(purse), ["0.3", "0"]);
  const late = purse.record({
    scope: call.scope,
    model: "race-model",
    usage: { inputTokens: 100_000 },
    key: "a",
  });
  assert.deepEqual([late.cost, late.isLate, spentAndHeld(purse)[0]], ["0.1", true, "0.1"]);
  assert.deepEqual(
    [1, 2, 3, 4].map((number) => purse.entry(number).kind),
    ["reserve", "unresolved", "expire", "settle"],
  );
  assert.deepEqual(purse.verify(), []);
});

test("an entry is read with its names and its lines", () => {
  const { purse } = purseOf();
  const usage = { inputTokens: 100, outputTokens: 20 };
  const booked = purse.record({ scope: { team: "data" }, model: "race-model", usage });
  const { at, effectiveAt, priceVersion, ...entry } = purse.entry(booked.number);
  assert.deepEqual(
    [at.getTime(), effectiveAt.getTime(), priceVersion],
    [purse.now().getTime(), purse.now().getTime(), purse.priceVersion],
  );
  assert.deepEqual(entry, {
    number: booked.number,
    kind: "settle",
    hold: entry.hold,
    tags: { "team.name": "data" },
    model: "private/race-model",
    bound: "0",
    amount: "0.00012",
    beside: undefined,
    terms: undefined,
    expiresAt: undefined,
    corrects: undefined,
    isOverrun: false,
    isLate: false,
    isStated: false,
    note: undefined,
    lines: [
      { dimension: "input_uncached", quantity: 100, amount: "0.0001", rate: "0.000001" },
      { dimension: "output", quantity: 20, amount: "0.00002", rate: "0.000001" },
    ],
  });
  assert.throws(() => purse.entry(99), { code: "entry_unknown" });
});

test("a hold is that of the dearest model that may answer", () => {
  const dear = { provider: "private", model: "dear-model", input_mtok: "1", output_mtok: "10" };
  const cheap = { provider: "private", model: "race-model", input_mtok: "1", output_mtok: "1" };
  const { purse } = purseOf({ prices: { overrides: [dear, cheap] } });
  const call = { model: "race-model", inputTokens: 0, maxOutputTokens: 10_000 };
  assert.equal(purse.reserve({ ...call, others: ["dear-model"] }).bound, "0.1");
  assert.equal(purse.reserve({ ...call, others: [purse.model("dear-model")] }).bound, "0.1");
  assert.equal(purse.reserve({ ...call, others: [] }).bound, "0.01");
  assert.equal(purse.decide({ ...call, others: ["nonsense"] }).kind, "unpriced");
});
