/** Opening a ledger, or joining one that another thread has open. */

import { fileURLToPath } from "node:url";

import { taken } from "./error.js";
import { native, type Opening } from "./native.js";
import { type Policy, sourceOf } from "./policy.js";
import { Purse } from "./purse.js";
import { flatOfTags, type Tags } from "./tags.js";
import type { ManualClock } from "./testing.js";

/** How a ledger is opened. */
export interface OpenOptions {
  readonly policy?: Policy;
  /** What a committed entry survives: the process (also `kill -9`), loss of power, or nothing. */
  readonly durability?: "process" | "power" | "memory";
  /** The tags of every call of the process, over those of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly tags?: Tags;
  /** What is read in the place of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resourceAttributes?: string;
  /** Looks at a file, also while another process writes it; no calls. */
  readonly readOnly?: boolean;
  /**
   * Lets several processes write one file, each of them opening it so: workers of a cluster, a pool, a command beside
   * them. They take turns, so that no budget is overspent whoever asks; a call takes longer than where a process has its
   * ledger alone.
   */
  readonly shared?: boolean;
  readonly clock?: ManualClock;
}

const DURABILITIES = ["process", "power", "memory"];

/**
 * Opens a ledger, and makes it if it isn't there. `:memory:` is a ledger that is gone with the process.
 *
 * A file that this process has open already, in whichever thread, is shared if it is opened the same way.
 *
 * @throws LedgerError, PolicyError
 *
 * @example
 * const purse = open(":memory:", {
 *   policy: { budgets: [{ name: "all", match: "everything", limit: "100 USD", period: "month" }] },
 * });
 */
export function open(path: string | URL = ":memory:", options: OpenOptions = {}): Purse {
  const {
    policy,
    durability = "process",
    tags = {},
    resourceAttributes,
    readOnly = false,
    shared = false,
    clock,
  } = options;
  if (!DURABILITIES.includes(durability)) {
    throw new TypeError(
      `\`${String(durability)}\` is no durability; allowed are \`process\`, \`power\` and \`memory\``,
    );
  }
  const opening: Opening = {
    path: path instanceof URL ? fileURLToPath(path) : path,
    policy: sourceOf(policy),
    durability,
    tags: flatOfTags(tags),
    isReadOnly: readOnly,
    isShared: shared,
  };
  if (resourceAttributes !== undefined) opening.resourceAttributes = resourceAttributes;
  return new Purse(taken(native.openLedger(opening, clock?.native)));
}

/**
 * Joins a ledger that another thread of this process has open, by the number that its `purse.ledger` gives.
 *
 * @example
 * new Worker("./agent.js", { workerData: { ledger: purse.ledger } });
 * // in the worker
 * const purse = join(workerData.ledger);
 */
export function join(ledger: number): Purse {
  return new Purse(taken(native.joinLedger(ledger)));
}
