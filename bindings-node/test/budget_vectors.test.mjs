// The shared vectors of deciding: the same files that Rust and Python run.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BursarError, open, Usage } from "bursar";
import { ManualClock } from "bursar/testing";

import { vectors } from "../fixtures/support.mjs";

const CALL_FIELDS = new Set(
  "do as tags within model input_tokens max_output_tokens key fingerprint lifetime_s expect".split(" "),
);

/** A purse that stands where the vector says. */
class Bench {
  holds = new Map();
  scopes = new Map();
  entries = new Map();
  told = [];

  constructor(vector) {
    this.clock = new ManualClock(new Date(vector.at));
    this.purse = open(":memory:", { policy: vector.policy, clock: this.clock, resourceAttributes: "" });
    this.purse.on("alert", (alert) => this.told.push(alert));
  }

  async run(call) {
    try {
      return await this[call.do](call);
    } catch (error) {
      if (error instanceof BursarError) return { error: error.code };
      throw error;
    }
  }

  reserve(call) {
    for (const field of Object.keys(call)) assert.ok(CALL_FIELDS.has(field), field);
    const tags = call.tags ?? {};
    const scope =
      call.within === undefined ? tags : this.purse.scope(tags, { parent: this.scopes.get(call.within) });
    const decision = this.purse.decide(
      given({
        scope,
        model: call.model,
        inputTokens: call.input_tokens ?? 0,
        maxOutputTokens: call.max_output_tokens,
        key: call.key,
        fingerprint: call.fingerprint,
        lifetimeMs: call.lifetime_s === undefined ? undefined : call.lifetime_s * 1000,
      }),
    );
    if (decision.isAdmitted && call.as !== undefined) {
      this.holds.set(call.as, decision.hold);
      this.scopes.set(call.as, scope === tags ? this.purse.scope(tags) : scope);
    }
    return answer(decision);
  }

  record({ tags = {}, model, key, fingerprint, usage, cost, as }) {
    const consumed = usage === undefined ? { cost } : { usage: new Usage(usage) };
    return this.booked(this.purse.record(given({ scope: tags, model, key, fingerprint, ...consumed })), as);
  }

  settle(call) {
    const hold = this.holds.get(call.hold);
    const entry = call.usage === undefined ? hold.settleCost(call.cost) : hold.settle(new Usage(call.usage));
    return this.booked(entry, call.hold);
  }

  booked(entry, name) {
    if (entry.number !== 0 && name !== undefined) this.entries.set(name, entry.number);
    return given({
      cost: entry.cost,
      overrun: entry.isOverrun,
      late: entry.isLate || undefined,
      replay: entry.isReplay || undefined,
    });
  }

  release(call) {
    this.holds.get(call.hold).release();
    return {};
  }

  unresolved(call) {
    this.holds.get(call.hold).unresolved();
    return {};
  }

  advance(call) {
    this.clock.advance(call.seconds * 1000);
    return {};
  }

  budgets(call) {
    return sameFields(this.purse.budgets().map(status), call.expect);
  }

  async alerts(call) {
    await this.purse.flushAlerts();
    return sameFields(this.told.splice(0).map(alert), call.expect);
  }

  resume(call) {
    this.purse.resume(call.budget, given({ agent: call.agent }));
    return {};
  }

  apply(call) {
    this.purse.apply(call.policy);
    return {};
  }

  close_until(call) {
    this.purse.closeUntil(new Date(call.until));
    return {};
  }

  adjust(call) {
    this.purse.adjust(this.entries.get(call.hold), { by: call.by, note: call.note });
    return {};
  }
}

/** An object without what is undefined. */
function given(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A decision with everything in it that a program may act on. */
function answer(decision) {
  const fields = { decision: decision.kind, budget: decision.budget };
  if (decision.instance?.length) fields.instance = [...decision.instance];
  switch (decision.kind) {
    case "admitted":
      return given({ ...fields, bound: decision.hold.bound, replay: decision.hold.isReplay || undefined });
    case "throttled": {
      const wait = decision.retryAfterMs;
      const retry_after_ms = wait === undefined ? undefined : Math.round(wait);
      return given({ ...fields, retry_after_ms, downgrade_to: decision.downgradeTo });
    }
    case "suspended":
      // A period without an end is told as such.
      return { ...given({ ...fields, agent: decision.agent }), until: rfc3339(decision.until) };
    case "exceeded": {
      const { bound, remaining, affordableOutputTokens: affordable_output_tokens } = decision;
      const basis = decision.basis === "cost" ? undefined : decision.basis;
      return given({ ...fields, basis, bound, remaining, affordable_output_tokens });
    }
    case "unpriced":
      return given({ ...fields, error: decision.error.code, message: decision.message });
    default:
      return given({ ...fields, message: decision.message });
  }
}

/** A time as the vectors write it, in milliseconds at the most: a date holds no more. */
function rfc3339(date) {
  return date === undefined ? null : date.toISOString().replace(/\.?0+Z$/, "Z");
}

function sameFields(found, expected) {
  assert.equal(found.length, expected.length, JSON.stringify(found));
  return found.map((row, at) => Object.fromEntries(Object.keys(expected[at]).map((key) => [key, row[key]])));
}

function status(row) {
  return {
    ...row,
    window: [rfc3339(row.window.start), rfc3339(row.window.end)],
    ceiling: row.ceiling ?? null,
    forecast: row.forecast ?? null,
  };
}

function alert({ details, ...row }) {
  return { ...row, ...details };
}

for (const [name, vector] of vectors("budget")) {
  test(`deciding: ${name}`, { timeout: 20_000 }, async () => {
    const bench = new Bench(vector);
    for (const call of vector.calls) {
      const found = await bench.run(call);
      assert.deepEqual(found, call.expect ?? {}, `${vector.law}\n${JSON.stringify(call)}`);
    }
    assert.deepEqual(bench.purse.verify(), []);
    bench.purse.close();
  });
}
