// What the tests share: a purse on a clock of its own, and the shared vectors.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { open } from "bursar";
import { ManualClock } from "bursar/testing";

export const NOON = new Date("2026-11-23T12:00:00Z");

/** A model of our own, at a dollar a million tokens either way, so that sums can be done in one's head. */
export const PRICES = {
  overrides: [
    { provider: "private", model: "race-model", input_mtok: "1", output_mtok: "1" },
    { provider: "private", model: "free-model", free: true },
  ],
};

/** A model whose calls cost what was asked for: the input is free, and its answers are as long as they may be. */
export const TEN_CENTS = {
  overrides: [{ provider: "private", model: "race-model", input_mtok: "free", output_mtok: "1" }],
};

/** A purse with one budget over everything, on a clock that stands at noon. */
export function purseOf({ limit = "1 USD", path = ":memory:", ...policy } = {}) {
  const clock = new ManualClock(NOON);
  const budget = { name: "all", match: "everything", limit, period: "day" };
  const purse = open(path, {
    policy: { budgets: [budget], prices: PRICES, ...policy },
    clock,
    resourceAttributes: "",
  });
  return { purse, clock };
}

/** What the first budget has spent and holds. */
export function spentAndHeld(purse) {
  const [budget] = purse.budgets();
  return [budget.spent, budget.held];
}

const FOLDER = join(import.meta.dirname, "../../tests/vectors");

/** The vectors of a kind, of which there must be some, by the names of their files. */
export function vectors(kind) {
  const files = readdirSync(join(FOLDER, kind)).filter((file) => file.endsWith(".json"));
  assert.ok(files.length > 0, `no vectors in ${kind}`);
  return files.sort().map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(FOLDER, kind, file), "utf8"))]);
}
