/** Functions with a budget of their own: each call of one may spend so much, with everything that it calls. */

import { randomUUID } from "node:crypto";

import { done } from "./error.js";
import { type Amount, parseMoney } from "./money.js";
import { native } from "./native.js";
import { sourceOf } from "./policy.js";
import type { Purse } from "./purse.js";
import { currentTags, flatOfTags, type Tags, tagged } from "./tags.js";

/** What a function is given. */
export interface BudgetedOptions {
  /** What each call of it may spend. */
  readonly limit?: Amount;
  readonly tags?: Tags;
  /** What its budget is called; the function's own name, if left out. */
  readonly name?: string;
}

// The tag by which a function's budget knows its calls, and the one that holds the runs around a run.
const FUNCTION = "function";
const RUN_PARENTS = "bursar.run.parents";

/** Wraps a function, so that each of its calls is a run of its own, within the run that is around it. */
export function budgetedFunction<Arguments extends unknown[], Result>(
  purse: Purse,
  { limit, tags = {}, name }: BudgetedOptions,
  run: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  const known = name ?? run.name;
  if (known === "")
    throw new TypeError('a function without a name is given one: budgeted({ name: "search" }, …)');
  flatOfTags(tags);
  if (limit !== undefined) {
    const budget = {
      name: `function ${known}`,
      match: { [FUNCTION]: known },
      limit: `${parseMoney(limit)} USD`,
      period: "run",
    };
    done(native.addBudgets(purse.ledger, sourceOf({ budgets: [budget] })));
  }
  return (...given) => tagged({ ...tags, ...ownRun(purse, known) }, () => run(...given));
}

function ownRun(purse: Purse, name: string): Tags {
  const { run, [RUN_PARENTS]: parents } = currentTags();
  const own = { [FUNCTION]: name, run: randomUUID() };
  if (run === undefined) return own;
  // What is around it counts in that run's budgets, which are found by the scope that has it.
  purse.scope();
  return { ...own, [RUN_PARENTS]: parents === undefined ? run : `${parents}/${run}` };
}
