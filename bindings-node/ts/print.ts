/** How something is printed. */

import { textOf } from "./money.js";
import type { PrintRow } from "./native.js";
import { checked } from "./usage.js";

/** An exchange rate for a whole document, with its source. */
export interface Fx {
  /** As `EUR`. */
  readonly currency: string;
  /** What one US dollar is worth: decimal text. */
  readonly rate: string;
  /** Where the rate comes from, and of which day it is; both are printed as they are. */
  readonly source: string;
  readonly date: string;
}

/** How a document is printed. Accent and logo are those of the policy. */
export interface PrintOptions {
  /** A BCP 47 tag, which is said in the document and translates nothing by itself; `en` if left out. */
  readonly language?: string;
  /** The most rows of every table; the others are summed in one. */
  readonly maxRows?: number;
  /** Another text where a title, a label or a head of a column is printed exactly so. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Every amount in another currency. */
  readonly fx?: Fx;
}

/** The options as the addon takes them. */
export function printRow(options: PrintOptions): PrintRow {
  const row: PrintRow = {};
  if (options.language !== undefined) row.language = options.language;
  if (options.maxRows !== undefined) row.maxRows = Number(checked(options.maxRows, "maxRows"));
  if (options.texts !== undefined) row.texts = Object.entries(options.texts).flat();
  if (options.fx !== undefined) {
    const { currency, rate, source, date } = options.fx;
    row.fx = [currency, textOf(rate), source, date];
  }
  return row;
}
