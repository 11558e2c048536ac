/** Providers' bills, and what they are compared by. */

import { type ExportOptions, spanOf } from "./export.js";
import { type Amount, textOf } from "./money.js";
import type { BillRow, ReconcileRow } from "./native.js";
import { microsOf } from "./time.js";
import { checked } from "./usage.js";

/** The documents that are read. */
export type BillFormat =
  | "anthropic_cost"
  | "anthropic_usage"
  | "openai_costs"
  | "openai_usage"
  | "aws_cur"
  | "google_billing"
  | "focus"
  | "csv";

/** What one unit of another currency is in USD, for the whole bill. */
export interface ExchangeRate {
  readonly currency: string;
  readonly usd: Amount;
  /** Who says so and for when, as `ECB 2026-11-28`. */
  readonly source: string;
}

/** A page of a bill: the path of its file, or its bytes. */
export type BillPage = string | Uint8Array;

/** A bill as a provider gives it. */
export interface BillDocument {
  readonly format: BillFormat;
  readonly pages: BillPage | readonly BillPage[];
  /** The provider of a FOCUS file, where the file's own name isn't one. */
  readonly provider?: string;
  /** How a table is read, in TOML; of `csv`. */
  readonly mapping?: string;
  /** When it was fetched: a line whose span wasn't over then is provisional. */
  readonly fetchedAt?: Date;
}

/** What a reconciliation is asked for: whole UTC days of one provider. */
export interface ReconcileOptions extends Omit<ExportOptions, "timeZone"> {
  /** The provider, by the price book's id. */
  readonly provider: string;
  /** How much may stay unexplained, in USD and in hundredths of a percent of the bill: both hold together. */
  readonly tolerance?: Amount;
  readonly toleranceBasisPoints?: number;
  readonly rates?: readonly ExchangeRate[];
  /** The tag that holds a call's API key id. */
  readonly credentialTag?: string;
  /** The API keys that the meter sits on. */
  readonly meteredCredentials?: readonly string[];
  /** The causes for which no true-up is proposed; commitments and duplicates if left out. */
  readonly withhold?: readonly string[];
}

/** A bill as the addon takes it. */
export function billRow(bill: BillDocument): BillRow {
  const { pages } = bill;
  const all: readonly BillPage[] =
    typeof pages === "string" || pages instanceof Uint8Array ? [pages] : [...pages];
  const row: BillRow = {
    format: bill.format,
    paths: all.filter((page) => typeof page === "string"),
    pages: all.filter((page) => typeof page !== "string"),
  };
  if (bill.provider !== undefined) row.provider = bill.provider;
  if (bill.mapping !== undefined) row.mapping = bill.mapping;
  if (bill.fetchedAt !== undefined) row.fetchedAt = microsOf(bill.fetchedAt);
  return row;
}

/** A reconciliation's options as the addon takes them. */
export function reconcileRow(options: ReconcileOptions): ReconcileRow {
  const { provider, tolerance, rates = [] } = options;
  const flat = rates.flatMap(({ currency, usd, source }) => [currency, textOf(usd), source]);
  const row: ReconcileRow = { provider, ...spanOf(options), rates: flat };
  if (tolerance !== undefined) row.absolute = textOf(tolerance);
  if (options.toleranceBasisPoints !== undefined)
    row.relativeBasisPoints = Number(checked(options.toleranceBasisPoints, "toleranceBasisPoints"));
  if (options.credentialTag !== undefined) row.credentialTag = options.credentialTag;
  if (options.meteredCredentials !== undefined) row.meteredCredentials = [...options.meteredCredentials];
  if (options.withhold !== undefined) row.withhold = [...options.withhold];
  return row;
}
