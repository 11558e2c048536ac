/** A ledger entry: the immutable record of one thing that happened to money. */

import { dateOfText } from "./time.js";

/** Usage of one dimension and what it cost, in USD. */
export interface EntryLine {
  readonly dimension: string;
  readonly quantity: number;
  readonly amount: string;
  /** The price of one unit; nothing where the amount isn't quantity times rate. */
  readonly rate: string | undefined;
}

/** One record of the ledger. Amounts are in USD. */
export interface LedgerEntry {
  readonly number: number;
  readonly kind: "reserve" | "settle" | "release" | "unresolved" | "expire" | "adjust";
  readonly at: Date;
  /** Where its amount counts: when the hold was taken. */
  readonly effectiveAt: Date;
  readonly hold: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly model: string;
  /** What the hold took; of a reservation only. */
  readonly bound: string;
  /** The change of spend. */
  readonly amount: string;
  /** The cost that was known too: what the provider stated, or our price where what it stated was booked. */
  readonly beside: string | undefined;
  readonly priceVersion: string | undefined;
  /** The terms that it was priced by, such as `processing=batch`; nothing for the standard ones. */
  readonly terms: string | undefined;
  readonly expiresAt: Date | undefined;
  /** The entry that this one corrects. */
  readonly corrects: number | undefined;
  readonly isOverrun: boolean;
  readonly isLate: boolean;
  readonly isStated: boolean;
  readonly note: string | undefined;
  readonly lines: readonly EntryLine[];
}

interface EntryRow
  extends Pick<LedgerEntry, "number" | "kind" | "hold" | "tags" | "model" | "bound" | "amount"> {
  at: string;
  effective_at: string;
  beside: string | null;
  price_version: string | null;
  terms: string | null;
  expires_at: string | null;
  corrects: number | null;
  is_overrun: boolean;
  is_late: boolean;
  is_stated: boolean;
  note: string | null;
  lines: (Omit<EntryLine, "rate"> & { rate: string | null })[];
}

/** An entry of the core. */
export function entryOf(text: string): LedgerEntry {
  const row = JSON.parse(text) as EntryRow;
  return {
    number: row.number,
    kind: row.kind,
    at: dateOfText(row.at),
    effectiveAt: dateOfText(row.effective_at),
    hold: row.hold,
    tags: row.tags,
    model: row.model,
    bound: row.bound,
    amount: row.amount,
    beside: row.beside ?? undefined,
    priceVersion: row.price_version ?? undefined,
    terms: row.terms ?? undefined,
    expiresAt: row.expires_at === null ? undefined : dateOfText(row.expires_at),
    corrects: row.corrects ?? undefined,
    isOverrun: row.is_overrun,
    isLate: row.is_late,
    isStated: row.is_stated,
    note: row.note ?? undefined,
    lines: row.lines.map(({ rate, ...line }) => ({ ...line, rate: rate ?? undefined })),
  };
}
