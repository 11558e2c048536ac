/** What a purse tells: budgets and alerts, with amounts as decimal text and times as dates. */

import { dateOfText } from "./time.js";

/** One period of a budget. */
export interface Window {
  readonly start: Date;
  readonly end: Date;
}

/** A budget, or one instance of it, in its current window. Amounts are in USD. */
export interface BudgetStatus {
  readonly name: string;
  readonly instance: readonly string[];
  readonly window: Window;
  readonly timeZone: string;
  /** Whether the amounts are what calls cost or what clients are billed for them. */
  readonly basis: "cost" | "price";
  readonly limit: string;
  /** What spend, holds and a new call together never pass; nothing for a budget that only alerts. */
  readonly ceiling: string | undefined;
  readonly spent: string;
  readonly held: string;
  readonly remaining: string;
  readonly forecast: string | undefined;
  /** Spend in hundredths of a percent of the limit. */
  readonly utilisationBasisPoints: number;
  readonly state: "open" | "throttled" | "agents suspended" | "suspended";
}

interface BudgetRow extends Omit<BudgetStatus, "window" | "timeZone" | "ceiling" | "forecast"> {
  window: [string, string];
  time_zone: string;
  ceiling: string | null;
  forecast: string | null;
  utilisation_basis_points: number;
}

/** Something that people want to know of. */
export interface Alert {
  readonly kind:
    | "step_reached"
    | "forecast"
    | "exhausted"
    | "loop"
    | "spike"
    | "overrun"
    | "unresolved"
    | "resumed";
  readonly level: "info" | "warning" | "critical";
  /** One sentence. */
  readonly message: string;
  readonly at: Date;
  readonly budget: string;
  readonly instance: readonly string[];
  readonly window: Window;
  /** Whether the budget's amounts are costs or what clients are billed. */
  readonly basis: "cost" | "price";
  readonly spent: string;
  readonly limit: string;
  /** The ledger entry that it goes with; 0 for none. */
  readonly entry: number;
  /** What only this kind has: `percent`, `action`, `agent`, `bound` …; amounts are text. */
  readonly details: Readonly<Record<string, unknown>>;
}

function windowOf([start, end]: [string, string]): Window {
  return { start: dateOfText(start), end: dateOfText(end) };
}

/** The rows of the core. */
export function budgetsOf(text: string): BudgetStatus[] {
  return (JSON.parse(text) as BudgetRow[]).map((row) => ({
    name: row.name,
    instance: row.instance,
    window: windowOf(row.window),
    timeZone: row.time_zone,
    basis: row.basis,
    limit: row.limit,
    ceiling: row.ceiling ?? undefined,
    spent: row.spent,
    held: row.held,
    remaining: row.remaining,
    forecast: row.forecast ?? undefined,
    utilisationBasisPoints: row.utilisation_basis_points,
    state: row.state,
  }));
}

/** An alert of the core. */
export function alertOf(text: string): Alert {
  const told = JSON.parse(text) as Omit<Alert, "window" | "at" | "details"> & {
    window: [string, string];
    at: string;
  };
  const { kind, level, message, at, budget, instance, window, basis, spent, limit, entry, ...details } = told;
  return {
    kind,
    level,
    message,
    at: dateOfText(at),
    budget,
    instance,
    window: windowOf(window),
    basis,
    spent,
    limit,
    entry,
    details,
  };
}
