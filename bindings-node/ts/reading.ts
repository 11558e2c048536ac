/** What is read out of a ledger beside statements: each in the formats that it has. */

import { taken } from "./error.js";
import { type NativeReading, native } from "./native.js";
import { type PdfOptions, pdfLater, pdfOf } from "./pdf.js";
import { type PrintOptions, printRow } from "./print.js";
import { type JournalFormat, type JournalOptions, journalOf } from "./statement.js";
import { microsOf } from "./time.js";
import { checked } from "./usage.js";

/** A model of the core. Amounts in its data are text with every digit. */
abstract class Reading {
  /** What the addon knows it by. */
  readonly native: NativeReading;
  #data: Readonly<Record<string, unknown>> | undefined;

  constructor(reading: NativeReading) {
    this.native = reading;
  }

  /** The whole of it as objects and lists: what `toJson` gives. */
  get data(): Readonly<Record<string, unknown>> {
    this.#data ??= JSON.parse(this.toJson()) as Record<string, unknown>;
    return this.#data;
  }

  /** It as JSON. */
  toJson(): string {
    return native.readingJson(this.native);
  }

  /** What `JSON.stringify` takes. */
  toJSON(): unknown {
    return this.data;
  }
}

/** A reading that is printed. */
abstract class PrintedReading extends Reading {
  /** The document as one HTML file. */
  toHtml(options: PrintOptions = {}): string {
    return taken(native.readingHtml(this.native, printRow(options))) ?? "";
  }

  /** The document as PDF for the archive. It takes the package `bursar-pdf`. */
  toPdf({ template, ...options }: PdfOptions = {}): Buffer {
    return pdfOf(taken(native.readingLayout(this.native, printRow(options))) ?? "", template);
  }

  /** The same, laid out beside the event loop. */
  async toPdfLater({ template, ...options }: PdfOptions = {}): Promise<Buffer> {
    return pdfLater(taken(native.readingLayout(this.native, printRow(options))) ?? "", template);
  }
}

/** What a client pays for a period, or the invoice of it, in the client's currency. */
export class ClientStatement extends PrintedReading {
  /** What is to be paid, with every digit. */
  get total(): string {
    return String(this.data["total"]);
  }

  /** The total in whole minor units of the currency. */
  get payable(): string {
    return String(this.data["payable"]);
  }

  /** The number of an invoice, as `INV-2026-11-001`. */
  get number(): string | undefined {
    return numberOf(this.data);
  }

  /** Its lines as CSV. */
  toCsv(): string {
    return native.readingCsv(this.native) ?? "";
  }

  /** The document as a spreadsheet (XLSX). */
  toXlsx(options: PrintOptions = {}): Buffer {
    return taken(native.readingXlsx(this.native, printRow(options))) as Buffer;
  }

  /**
   * The files that an accounting system imports, by their names: receivable against revenue, by project, on the accounts
   * of the `[journal]` of the purse's policy, or of another.
   */
  toJournal(format: JournalFormat, options: JournalOptions = {}): Readonly<Record<string, string>> {
    return journalOf(options, (source, at) => native.readingJournal(this.native, format, source, at));
  }
}

/** What is given back on an invoice, or asked for on top of it. */
export class CreditNote extends PrintedReading {
  /** Its number, as `CN-2026-11-001`. */
  get number(): string | undefined {
    return numberOf(this.data);
  }

  /**
   * The files that an accounting system imports, by their names: receivable against revenue, by project, on the accounts
   * of the `[journal]` of the purse's policy, or of another.
   */
  toJournal(format: JournalFormat, options: JournalOptions = {}): Readonly<Record<string, string>> {
    return journalOf(options, (source, at) => native.readingJournal(this.native, format, source, at));
  }
}

/** What is left of what clients pay, by client, project and agent. */
export class Margin extends PrintedReading {
  /** The margin as text for a terminal. */
  toTable(): string {
    return native.readingTable(this.native) ?? "";
  }

  /** The table. */
  override toString(): string {
    return this.toTable();
  }
}

/** What other rules for reports would charge to whom, beside what those in force charge. */
export class Preview extends PrintedReading {
  /** The comparison as text for a terminal. */
  toTable(): string {
    return native.readingTable(this.native) ?? "";
  }

  /** The table. */
  override toString(): string {
    return this.toTable();
  }
}

/** A person's word on a reconciliation: who, why, and when, which is now if left out. */
export interface Word {
  readonly by: string;
  readonly note: string;
  readonly at?: Date;
}

/** A provider's bill beside the ledger: what matches, what differs, and why. */
export class Reconciliation extends Reading {
  /** What the bill has more than the ledger, in USD. */
  get difference(): string {
    return String(this.data["difference"]);
  }

  /** What no cause was found for, in USD. */
  get unexplained(): string {
    return String(this.data["unexplained"]);
  }

  /** The same with an open line accepted by a person. */
  accept(line: number, word: Word): Reconciliation {
    return this.#with(Number(checked(line, "line")), word);
  }

  /** The same, signed off as a whole by a person, open lines too. */
  signOff(word: Word): Reconciliation {
    return this.#with(undefined, word);
  }

  #with(line: number | undefined, { by, note, at }: Word): Reconciliation {
    const micros = at === undefined ? undefined : microsOf(at);
    const [own] = taken(native.acceptReconciliation(this.native, line, by, note, micros));
    return new Reconciliation(own as NativeReading);
  }

  /** Whether what is unexplained is within the tolerance that was asked for, so that the period may be closed. */
  get isClosed(): boolean {
    return native.isReconciliationClosed(this.native);
  }

  /** A line for each part of a difference, and one for each key that agrees, as CSV. */
  toCsv(): string {
    return native.readingCsv(this.native) ?? "";
  }

  /** The reconciliation as text for a terminal. */
  toTable(): string {
    return native.readingTable(this.native) ?? "";
  }

  /** The table. */
  override toString(): string {
    return this.toTable();
  }
}

function numberOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const { number } = data["header"] as { number: string | null };
  return number ?? undefined;
}
