/** A chargeback: who spent what, in every format from one model. */

import { taken } from "./error.js";
import { type Fault, type NativeStatement, native, type ReportRow } from "./native.js";
import { type PdfOptions, pdfLater, pdfOf } from "./pdf.js";
import { type Policy, sourceOf } from "./policy.js";
import { type PrintOptions, printRow } from "./print.js";
import { microsOf } from "./time.js";
import { checked } from "./usage.js";

/** What a report is asked for: the chargeback of the current month by team, if nothing is said. */
export interface ReportOptions {
  /** As `2026-11`. */
  readonly month?: string;
  /** A month, quarter, year, week or day by its ISO name, or two days with `/` between them. */
  readonly period?: string;
  /** An IANA name; `UTC` if left out. */
  readonly timeZone?: string;
  /** Tags, `model` and `provider`. */
  readonly by?: readonly string[];
  /** A selector, such as `team = "marketing"`. */
  readonly filter?: string;
  readonly previousPeriods?: number;
  readonly drivers?: number;
  /** Whether what could have been cheaper is looked for. */
  readonly opportunities?: boolean;
  /** Whether the statement has what proves it: entries, hashes, and a seal. */
  readonly evidence?: boolean;
  /** A price book by which opportunities are computed; the one in force if left out. */
  readonly prices?: Uint8Array;
}

/** What rules are tried on: the current month by team, if nothing is said. All calls count, for shares are shares of all. */
export type PreviewOptions = Omit<ReportOptions, "filter">;

/** A system that imports journals. */
export type JournalFormat = "netsuite" | "quickbooks_online" | "xero" | "generic";

/** By whose accounts a journal is booked, and when it is taken back. */
export interface JournalOptions {
  /** Names the accounts in its `[journal]`; the purse's if left out. */
  readonly policy?: Policy;
  /** Entries that take the journal back then. */
  readonly reversedAt?: Date;
}

/** The files of a journal by their names. */
export function journalOf(
  { policy, reversedAt }: JournalOptions,
  write: (source: ReturnType<typeof sourceOf> | undefined, at: number | undefined) => string[] | Fault,
): Readonly<Record<string, string>> {
  const at = reversedAt === undefined ? undefined : microsOf(reversedAt);
  const flat = taken(write(policy === undefined ? undefined : sourceOf(policy), at));
  const files: Record<string, string> = {};
  for (let place = 0; place + 1 < flat.length; place += 2) files[flat[place] ?? ""] = flat[place + 1] ?? "";
  return files;
}

/** The statement of a period. Amounts in its data are text with every digit. */
export class Statement {
  readonly #native: NativeStatement;
  #data: Readonly<Record<string, unknown>> | undefined;

  constructor(statement: NativeStatement) {
    this.#native = statement;
  }

  /** Reads a statement that was written as JSON. It has no accounts, accent and logo, which are the policy's. */
  static fromJson(text: string): Statement {
    return new Statement(taken(native.statementFromJson(text)));
  }

  /** The whole statement as objects and lists: what `toJson` gives. */
  get data(): Readonly<Record<string, unknown>> {
    this.#data ??= JSON.parse(this.toJson()) as Record<string, unknown>;
    return this.#data;
  }

  /** What was spent in the period, in USD. */
  get total(): string {
    return String(this.data["total"]);
  }

  /** The number of a final statement, as `CB-2026-11-001`. */
  get number(): string | undefined {
    const { number } = this.data["header"] as { number: string | null };
    return number ?? undefined;
  }

  /** Whether it is the statement that was sealed; nothing where it was asked for without evidence. */
  get isAsSealed(): boolean | undefined {
    return native.isStatementAsSealed(this.#native) ?? undefined;
  }

  /** The statement as JSON. */
  toJson(): string {
    return native.statementJson(this.#native);
  }

  /** One line per team, project, client, agent, provider and model, as CSV. */
  toCsv(): string {
    return native.statementCsv(this.#native);
  }

  /** The statement as text for a terminal. */
  toTable(): string {
    return native.statementTable(this.#native);
  }

  /** The statement as one HTML file that needs nothing else, with charts and tables that sort. */
  toHtml(options: PrintOptions = {}): string {
    return taken(native.statementHtml(this.#native, printRow(options)));
  }

  /** The statement as a spreadsheet (XLSX); its sheet `Detail` has every digit. */
  toXlsx(options: PrintOptions = {}): Buffer {
    return taken(native.statementXlsx(this.#native, printRow(options)));
  }

  /** The statement as PDF for the archive. It takes the package `bursar-pdf`. */
  toPdf({ template, ...options }: PdfOptions = {}): Buffer {
    return pdfOf(taken(native.statementLayout(this.#native, printRow(options))), template);
  }

  /** The same, laid out beside the event loop. */
  async toPdfLater({ template, ...options }: PdfOptions = {}): Promise<Buffer> {
    return pdfLater(taken(native.statementLayout(this.#native, printRow(options))), template);
  }

  /**
   * The files that an accounting system imports, by their names: charges on the accounts of the `[journal]`
   * of the purse's policy, or of another. With `reversedAt`, the entries that take them back then.
   *
   * @example
   * const files = statement.toJournal("xero");
   * for (const [name, text] of Object.entries(files)) writeFileSync(name, text);
   */
  toJournal(format: JournalFormat, options: JournalOptions = {}): Readonly<Record<string, string>> {
    return journalOf(options, (source, at) => native.statementJournal(this.#native, format, source, at));
  }

  /** The statement as FOCUS Invoice Detail, in CSV. */
  toInvoiceDetail(): string {
    return taken(native.statementInvoiceDetail(this.#native));
  }

  /** The statement as FOCUS Billing Period, in CSV. */
  toBillingPeriod(): string {
    return taken(native.statementBillingPeriod(this.#native));
  }

  /** The table. */
  toString(): string {
    return this.toTable();
  }

  /** What `JSON.stringify` takes. */
  toJSON(): unknown {
    return this.data;
  }
}

/** A report's options as the addon takes them. */
export function reportRow(options: ReportOptions): ReportRow {
  const row: ReportRow = { zone: options.timeZone ?? "UTC" };
  const period = options.month ?? options.period;
  if (period !== undefined) row.period = period;
  if (options.by !== undefined) row.by = [...options.by];
  if (options.filter !== undefined) row.filter = options.filter;
  if (options.previousPeriods !== undefined)
    row.previousPeriods = Number(checked(options.previousPeriods, "previousPeriods"));
  if (options.drivers !== undefined) row.drivers = Number(checked(options.drivers, "drivers"));
  if (options.opportunities !== undefined) row.opportunities = options.opportunities;
  if (options.evidence !== undefined) row.evidence = options.evidence;
  if (options.prices !== undefined) row.prices = options.prices;
  return row;
}
