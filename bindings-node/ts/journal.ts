/** Journals: what was spent and billed, as the double entry that an accounting system imports. */

import { taken } from "./error.js";
import { type Amount, textOf } from "./money.js";
import { type NativeJournal, native } from "./native.js";
import { ClientStatement } from "./reading.js";
import { microsOf } from "./time.js";

/** A system that imports journals. */
export type JournalFormat = "netsuite" | "quickbooks_online" | "xero" | "generic";

/** Journal entries, each in balance. A journal never changes; what adds to it gives another. */
export class Journal {
  readonly #native: NativeJournal;

  constructor(journal: NativeJournal) {
    this.#native = journal;
  }

  /**
   * This with an issued invoice: what the client owes against revenue, and what it cost against clearing. `cost` is what
   * the client's calls cost, in the invoice's currency.
   *
   * @example
   * const invoice = purse.issueInvoice("acme", { month: "2026-10" });
   * const files = statement.journal().withInvoice(invoice, { cost: "1" }).toFiles("xero");
   */
  withInvoice(invoice: ClientStatement, { cost }: { readonly cost: Amount }): Journal {
    if (!(invoice instanceof ClientStatement)) throw new TypeError("pass what `issueInvoice` gave");
    return new Journal(taken(native.journalWithInvoice(this.#native, invoice.native, textOf(cost))));
  }

  /** The entries that take all of these back at an instant, the same however often they are made. */
  reversal(at: Date): Journal {
    return new Journal(native.journalReversal(this.#native, microsOf(at)));
  }

  /** The files that an accounting system imports, by their names. No entry is divided between two. */
  toFiles(format: JournalFormat): Readonly<Record<string, string>> {
    const flat = taken(native.journalFiles(this.#native, format));
    const files: Record<string, string> = {};
    for (let place = 0; place + 1 < flat.length; place += 2) files[flat[place] ?? ""] = flat[place + 1] ?? "";
    return files;
  }
}
