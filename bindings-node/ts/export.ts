/** Files that other systems import. */

import { taken } from "./error.js";
import { type Amount, textOf } from "./money.js";
import { type ExportRow, native } from "./native.js";

/** Of when an export is. FOCUS wants `month` or `period`; entries are all of the ledger's without. */
export interface ExportOptions {
  /** As `2026-11`. */
  readonly month?: string;
  /** A month, quarter, year, week or day by its ISO name, or two days with `/` between them. */
  readonly period?: string;
  /** An IANA name; `UTC` if left out. */
  readonly timeZone?: string;
}

/** What a FOCUS export is asked for. */
export interface FocusOptions extends ExportOptions {
  /** Which columns the file has: those of FOCUS 1.2, or those that later releases added too, if left out. */
  readonly level?: "1.2" | "newest";
  /** A selector, such as `team = "marketing"`. */
  readonly filter?: string;
  /** The invoice that all of it is on. */
  readonly invoice?: string;
  /** The account that the providers bill. */
  readonly account?: { readonly id: string; readonly name: string };
  /** A tag, such as `team`: shared cost is divided among its values as the policy says, a row for each part. */
  readonly allocated?: string;
}

/** What an export wrote. */
export interface Exported {
  /** Rows, without the head. */
  readonly rows: number;
  /** The sum of what was billed in them, in USD. */
  readonly billed: string;
}

/** A place where a FOCUS file breaks a rule. */
export interface Finding {
  /** The row, from 1; 0 for the head and for the file as a whole. */
  readonly row: number;
  readonly column: string;
  /** The rule, as `value_missing`. */
  readonly rule: string;
  readonly message: string;
}

/**
 * Checks a FOCUS Cost and Usage file of anybody's, and returns what is wrong with it.
 *
 * `payable` has invoices, each with what is to be paid of it.
 */
export function lintFocus(
  path: string,
  options: { readonly payable?: Readonly<Record<string, Amount>> } = {},
): Finding[] {
  const payable = Object.entries(options.payable ?? {}).flatMap(([invoice, due]) => [invoice, textOf(due)]);
  return taken(native.lintFocus(path, payable));
}

/** An export's options as the addon takes them. */
export function exportRow(format: "focus" | "parquet", path: string, options: FocusOptions): ExportRow {
  const { month, period = month, timeZone: zone = "UTC" } = options;
  const row: ExportRow = { path, format, zone };
  if (format === "focus") Object.assign(row, spanOf(options));
  else if (period !== undefined) row.period = period;
  if (options.level !== undefined) row.level = options.level;
  if (options.filter !== undefined) row.filter = options.filter;
  if (options.invoice !== undefined) row.invoice = options.invoice;
  if (options.account !== undefined) row.account = [options.account.id, options.account.name];
  if (options.allocated !== undefined) row.allocated = options.allocated;
  return row;
}

/** The period that was asked for, in its time zone. */
export function spanOf({ month, period, timeZone }: ExportOptions): { period: string; zone: string } {
  const named = month ?? period;
  if (named === undefined) throw new TypeError("give `month` or `period`, as `2026-11`");
  return { period: named, zone: timeZone ?? "UTC" };
}

/** What an export wrote, of the addon. */
export function exportedOf([rows = "0", billed = "0"]: readonly string[]): Exported {
  return { rows: Number(rows), billed };
}
