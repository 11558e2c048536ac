/** The errors: one base, one class for each kind of trouble, the same codes in every language. */

import type { Fault, RefusalRow } from "./native.js";
import { dateOf } from "./time.js";

/** What went wrong, with a stable code and the way out. */
export class BursarError extends Error {
  /** The stable code, the same in every language, as `money_invalid`. */
  readonly code: string;

  /** The way out, one imperative sentence. */
  readonly help: string;

  /** What it was about, by name. */
  readonly context: Readonly<Record<string, string>>;

  /** Whether the same call may succeed later as it is. */
  readonly isPassing: boolean;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = new.target.name;
    this.code = fault.code;
    this.help = fault.help;
    this.context = fault.context;
    this.isPassing = fault.isPassing;
  }

  /** What frameworks ask before they try again by themselves; a refusal is for the program to answer. */
  get isRetryable(): boolean {
    return false;
  }
}

/** Something that was given is wrong: an amount, a count, a name, a time. */
export class Invalid extends BursarError {}

/** The policy can't be read, or contradicts itself. */
export class PolicyError extends Invalid {}

/** The ledger can't be read or written. */
export class LedgerError extends BursarError {}

/** The hold doesn't exist, or has ended in another way. */
export class HoldError extends BursarError {}

/** A bound of the library was reached. */
export class LimitReached extends BursarError {}

/** A call that must not be sent. Nothing is held for it. */
export class Refused extends BursarError {
  /** The deciding budget, where one decided. */
  readonly budget: string | undefined;

  /** The tag values of the budget's instance, where it counts by a tag. */
  readonly instance: readonly string[];

  constructor(fault: Fault, row?: RefusalRow) {
    super(fault);
    this.budget = row?.budget;
    this.instance = row?.instance ?? [];
  }

  /** The refusal that led to an error, as where an SDK makes an error of its own of what `fetch` told it. */
  static in(error: unknown): Refused | undefined {
    // Errors may go in a circle.
    for (let seen = 0; error instanceof Error && seen < 8; seen += 1) {
      const told =
        error instanceof Refused ? error : errorOfHeaders((error as { headers?: unknown }).headers);
      if (told instanceof Refused) return told;
      error = error.cause;
    }
    return undefined;
  }
}

/** The call doesn't fit what is left. */
export class BudgetExceeded extends Refused {
  declare readonly budget: string;

  /** What is left, in USD. */
  readonly remaining: string;

  /** Whether the amounts are what calls cost or what clients are billed for them. */
  readonly basis: "cost" | "price";

  /** What the call may cost, or be billed at, at the most, in USD. */
  readonly bound: string;

  /** How many output tokens would still fit with this input; 0 when the input alone doesn't. */
  readonly affordableOutputTokens: number;

  constructor(fault: Fault, row: RefusalRow) {
    super(fault, row);
    this.remaining = row.remaining ?? "0";
    this.basis = row.basis ?? "cost";
    this.bound = row.bound ?? "0";
    this.affordableOutputTokens = row.affordableOutputTokens ?? 0;
  }
}

/** The call comes too fast, or asks for too dear a model. */
export class Throttled extends Refused {
  declare readonly budget: string;

  /** Ask again after so many milliseconds. */
  readonly retryAfterMs: number | undefined;

  /** Or use this cheaper model now. */
  readonly downgradeTo: string | undefined;

  constructor(fault: Fault, row: RefusalRow) {
    super(fault, row);
    this.retryAfterMs = row.retryAfterMicros === undefined ? undefined : row.retryAfterMicros / 1000;
    this.downgradeTo = row.downgradeTo;
  }
}

/** The budget is suspended, or the agent is. */
export class Suspended extends Refused {
  declare readonly budget: string;

  /** When the suspension ends by itself. */
  readonly until: Date | undefined;

  /** The agent that is suspended; nothing when the whole budget is. */
  readonly agent: string | undefined;

  constructor(fault: Fault, row: RefusalRow) {
    super(fault, row);
    this.until = row.until === undefined ? undefined : dateOf(row.until);
    this.agent = row.agent;
  }
}

/** Nobody knows what the model, the dimension or the tier costs; it is never taken for free. */
export class Unpriced extends Refused {}

/** The tags don't say who pays. */
export class Untagged extends Refused {
  /** Required keys that are missing. */
  readonly missing: readonly string[];

  constructor(fault: Fault, row?: RefusalRow) {
    super(fault, row);
    this.missing = row?.missing ?? [];
  }
}

// Errors by the headers of the answers that stand for them, which SDKs keep in their own errors.
const ANSWERS = new WeakMap<object, BursarError>();

/** Notes that an answer with these headers stands for an error. */
export function standFor(error: BursarError, headers: object): void {
  ANSWERS.set(headers, error);
}

/** The error that an answer stands for, by its headers. */
export function errorOfHeaders(headers: unknown): BursarError | undefined {
  return typeof headers === "object" && headers !== null ? ANSWERS.get(headers) : undefined;
}

const OF_CODES: Readonly<Record<string, new (fault: Fault) => BursarError>> = {
  hold_unknown: HoldError,
  hold_ended: HoldError,
  key_conflict: HoldError,
  limit_reached: LimitReached,
  tags_refused: Untagged,
  model_unknown: Unpriced,
  model_unpriced: Unpriced,
  dimension_unpriced: Unpriced,
  tier_unknown: Unpriced,
  budget_unknown: PolicyError,
  budget_invalid: PolicyError,
  policy_invalid: PolicyError,
  taxonomy_invalid: PolicyError,
  selector_invalid: PolicyError,
  price_book_invalid: PolicyError,
  resume_needs_raise: PolicyError,
  entry_unknown: LedgerError,
  document_unknown: LedgerError,
  period_not_closable: LedgerError,
  pdf_missing: BursarError,
};

/** The error of a fault of the addon. */
export function errorOf(fault: Fault): BursarError {
  const kind = OF_CODES[fault.code] ?? (fault.code.startsWith("ledger_") ? LedgerError : Invalid);
  return new kind(fault);
}

const REFUSALS = {
  exceeded: [BudgetExceeded, "budget_exceeded", "ask for fewer output tokens, or raise the budget's limit"],
  throttled: [Throttled, "throttled", "wait, or use the cheaper model that is named"],
  suspended: [Suspended, "suspended", "wait for the next window, raise the limit, or resume the budget"],
  untagged: [
    Untagged,
    "tags_refused",
    "give the tags that the taxonomy requires, with values that it allows",
  ],
} as const;

/** The error of a refusal. */
export function refusalOf(row: RefusalRow): BudgetExceeded | Throttled | Suspended | Untagged {
  const [kind, code, help] = REFUSALS[row.decision];
  const isPassing = row.decision === "throttled";
  return new kind({ code, message: row.message, help, context: {}, isPassing }, row);
}

/** Whether the addon answered with a fault. */
export function isFault(answer: unknown): answer is Fault {
  return typeof answer === "object" && answer !== null && "help" in answer;
}

/** What the addon answered, or its fault thrown. */
export function taken<T>(answer: T | Fault): T {
  if (isFault(answer)) throw errorOf(answer);
  return answer;
}

/** Throws what went wrong, if something did. */
export function done(fault: Fault | null): void {
  if (fault !== null) throw errorOf(fault);
}
