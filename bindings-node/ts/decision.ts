/** The answer to a reservation, as a value. */

import {
  BudgetExceeded,
  type BursarError,
  type Refused,
  Suspended,
  Throttled,
  Unpriced,
  Untagged,
} from "./error.js";
import type { Hold } from "./hold.js";

interface Answered<Kind extends string> {
  readonly kind: Kind;
  /** One sentence that names what decided. */
  readonly message: string;
}

interface Refusal<Kind extends string, Fault extends Refused> extends Answered<Kind> {
  readonly isAdmitted: false;
  /** What `reserve` would have thrown. */
  readonly error: Fault;
}

interface OfBudget {
  /** The deciding budget. */
  readonly budget: string;
  /** The tag values of its instance, where it counts by a tag. */
  readonly instance: readonly string[];
}

/** It fits: send it, then settle or release the hold. */
export interface AdmittedDecision extends Answered<"admitted"> {
  readonly isAdmitted: true;
  readonly hold: Hold;
}

/** It doesn't fit. */
export interface ExceededDecision extends Refusal<"exceeded", BudgetExceeded>, OfBudget {
  /** Whether the amounts are what calls cost or what clients are billed for them. */
  readonly basis: "cost" | "price";
  readonly bound: string;
  readonly remaining: string;
  readonly affordableOutputTokens: number;
}

/** It comes too fast, or asks for too dear a model. */
export interface ThrottledDecision extends Refusal<"throttled", Throttled>, OfBudget {
  readonly retryAfterMs: number | undefined;
  readonly downgradeTo: string | undefined;
}

/** The budget is suspended, or the agent is. */
export interface SuspendedDecision extends Refusal<"suspended", Suspended>, OfBudget {
  readonly until: Date | undefined;
  readonly agent: string | undefined;
}

/** Nobody knows what it costs. */
export type UnpricedDecision = Refusal<"unpriced", Unpriced>;

/** The tags don't say who pays. */
export interface UntaggedDecision extends Refusal<"untagged", Untagged> {
  readonly missing: readonly string[];
}

/** The answer to a reservation: `kind` tells which, and what else there is. */
export type Decision =
  | AdmittedDecision
  | ExceededDecision
  | ThrottledDecision
  | SuspendedDecision
  | UnpricedDecision
  | UntaggedDecision;

/** The decision of a hold. */
export function admitted(hold: Hold): AdmittedDecision {
  return {
    kind: "admitted",
    isAdmitted: true,
    hold,
    get message() {
      return `admitted: ${hold.bound} USD are held`;
    },
  };
}

/** The decision of a refusal; what is no refusal is thrown. */
export function refused(error: BursarError): Decision {
  const { message } = error;
  const isAdmitted = false;
  if (error instanceof BudgetExceeded) {
    const { budget, instance, basis, bound, remaining, affordableOutputTokens } = error;
    return {
      kind: "exceeded",
      isAdmitted,
      message,
      error,
      budget,
      instance,
      basis,
      bound,
      remaining,
      affordableOutputTokens,
    };
  }
  if (error instanceof Throttled) {
    const { budget, instance, retryAfterMs, downgradeTo } = error;
    return { kind: "throttled", isAdmitted, message, error, budget, instance, retryAfterMs, downgradeTo };
  }
  if (error instanceof Suspended) {
    const { budget, instance, until, agent } = error;
    return { kind: "suspended", isAdmitted, message, error, budget, instance, until, agent };
  }
  if (error instanceof Unpriced) return { kind: "unpriced", isAdmitted, message, error };
  if (error instanceof Untagged)
    return { kind: "untagged", isAdmitted, message, error, missing: error.missing };
  throw error;
}
