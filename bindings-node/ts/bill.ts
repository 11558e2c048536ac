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

/** A provider's bill: a file by its `path`, or what stands in it by its `pages`. */
export interface Bill {
  readonly format: BillFormat;
  readonly path?: string;
  readonly pages?: readonly (string | Uint8Array)[];
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
  /** How much of the bill may stay unexplained; both bounds hold together. */
  readonly tolerance?: { readonly absolute: Amount; readonly relativeBasisPoints: number };
  /** What one unit of another currency is in USD, and who says so. */
  readonly rates?: readonly { readonly currency: string; readonly usd: Amount; readonly source: string }[];
  /** The tag that holds a call's API key id. */
  readonly credentialTag?: string;
  /** The API keys that the meter sits on. */
  readonly meteredCredentials?: readonly string[];
  /** The causes for which no true-up is proposed; commitments and duplicates if left out. */
  readonly withhold?: readonly string[];
}

/** A bill as the addon takes it. */
export function billRow(bill: Bill): BillRow {
  const { path, pages = [] } = bill;
  if ((path === undefined) === (pages.length === 0))
    throw new TypeError("a bill has a `path`, or its `pages`");
  const bytes = pages.map((page) => (typeof page === "string" ? Buffer.from(page) : page));
  const row: BillRow = { format: bill.format, pages: bytes };
  if (path !== undefined) row.path = path;
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
  if (tolerance !== undefined) {
    row.absolute = textOf(tolerance.absolute);
    row.relativeBasisPoints = Number(checked(tolerance.relativeBasisPoints, "relativeBasisPoints"));
  }
  if (options.credentialTag !== undefined) row.credentialTag = options.credentialTag;
  if (options.meteredCredentials !== undefined) row.meteredCredentials = [...options.meteredCredentials];
  if (options.withhold !== undefined) row.withhold = [...options.withhold];
  return row;
}
