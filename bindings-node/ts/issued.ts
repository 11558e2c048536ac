/** The documents that a ledger has issued. */

import { taken } from "./error.js";
import { native } from "./native.js";
import type { Window } from "./status.js";
import { dateOf } from "./time.js";

/** A document as it was issued. */
export interface IssuedDocument {
  /** The series, the period, and its place in the series, which has no gaps. */
  readonly number: string;
  /** `chargeback`, `showback`, `invoice`, `credit_note`, `debit_note` or `reconciliation`. */
  readonly kind: string;
  /** Whose it is: the filter of its calls, empty for all; of a reconciliation the provider. */
  readonly scope: string;
  readonly window: Window;
  readonly issuedAt: Date;
  /** The hash of the content when it was issued. */
  readonly sha256: string;
  /** Whether the content is what was issued. */
  readonly isIntact: boolean;
  /** The content: the JSON of the statement or the reconciliation. */
  readonly content: string;
}

/** The documents that were issued, in that order. */
export function documentsOf(ledger: number): IssuedDocument[] {
  return taken(native.documents(ledger)).map(({ start, end, issuedAt, ...row }) => ({
    ...row,
    window: { start: dateOf(start), end: dateOf(end) },
    issuedAt: dateOf(issuedAt),
  }));
}
