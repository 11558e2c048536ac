/** A ledger's books: what was spent, closed, issued, exported and compared with providers' bills. */

import { type BillDocument, billRow, type ReconcileOptions, reconcileRow } from "./bill.js";
import { entryOf, type LedgerEntry } from "./entry.js";
import { done, taken } from "./error.js";
import { type Exported, type ExportOptions, exportedOf, exportRow, type FocusOptions } from "./export.js";
import { documentsOf, type IssuedDocument } from "./issued.js";
import { type Amount, textOf } from "./money.js";
import { type ClientRow, type Fault, native } from "./native.js";
import { type Policy, sourceOf } from "./policy.js";
import { ClientStatement, CreditNote, Margin, Preview, Reconciliation } from "./reading.js";
import { type PreviewOptions, type ReportOptions, reportRow, Statement } from "./statement.js";
import { microsOf } from "./time.js";
import { checked } from "./usage.js";

/** What a client's statement is asked for: that of the current month, if nothing is said. */
export interface ClientOptions {
  /** As `2026-11`. */
  readonly month?: string;
  /** A period of whole months in the client's time zone, as `2026-Q4`. */
  readonly period?: string;
  /** How many months before are shown; twelve if left out. */
  readonly previousMonths?: number;
}

/** The books of a ledger. What reads all of it has a form with `Later`, which does it beside the event loop. */
export abstract class Books {
  /** What the addon knows the ledger by. Another thread of this process may `join` it. */
  readonly ledger: number;

  constructor(ledger: number) {
    this.ledger = ledger;
  }

  /**
   * Returns one ledger entry, as a settlement or an alert names it.
   *
   * @example
   * purse.entry(booked.number).amount; // "0.00045"
   */
  entry(number: number): LedgerEntry {
    return entryOf(taken(native.entry(this.ledger, Number(checked(number, "number")))));
  }

  /** Corrects an entry by an amount, with the reason, and returns the number of the correction. */
  adjust(entry: number, correction: { readonly by: Amount; readonly note: string }): number {
    return taken(native.adjust(this.ledger, entry, textOf(correction.by), correction.note));
  }

  /** Recomputes everything from the ledger's entries, and returns what differs: nothing. */
  verify(): string[] {
    return taken(native.verify(this.ledger));
  }

  /** The same beside the event loop. */
  async verifyLater(): Promise<string[]> {
    return taken(await native.verifyLater(this.ledger));
  }

  /** Returns the chargeback of a period: of the current month by team, if nothing is said. */
  report(options: ReportOptions = {}): Statement {
    return one(native.report(this.ledger, reportRow(options)), Statement);
  }

  /** The same beside the event loop, for ledgers of millions of entries. */
  async reportLater(options: ReportOptions = {}): Promise<Statement> {
    return one(await native.reportLater(this.ledger, reportRow(options)), Statement);
  }

  /** Returns what another policy's virtual tags and allocation would charge to whom. Nothing is changed. */
  previewRules(policy: Policy, options: PreviewOptions = {}): Preview {
    return one(native.previewRules(this.ledger, sourceOf(policy), reportRow(options)), Preview);
  }

  /** The same beside the event loop. */
  async previewRulesLater(policy: Policy, options: PreviewOptions = {}): Promise<Preview> {
    return one(await native.previewRulesLater(this.ledger, sourceOf(policy), reportRow(options)), Preview);
  }

  /** Closes the books before an instant: nothing is booked there any more, corrections come after it. */
  closeUntil(at: Date): void {
    done(native.closeUntil(this.ledger, microsOf(at)));
  }

  /**
   * Closes a period that is over and issues its statements: that of all calls, and one for each recipient of the policy.
   * They are numbered, final and kept in the ledger. Closing again gives what was issued.
   *
   * @example
   * const [all] = purse.closePeriod({ month: "2026-10" });
   * all?.number; // "CB-2026-10-001"
   */
  closePeriod(options: ReportOptions = {}): Statement[] {
    return each(native.closePeriod(this.ledger, reportRow(options)), Statement);
  }

  /** The same beside the event loop. */
  async closePeriodLater(options: ReportOptions = {}): Promise<Statement[]> {
    return each(await native.closePeriodLater(this.ledger, reportRow(options)), Statement);
  }

  /** Returns the documents that were issued, in that order. */
  documents(): IssuedDocument[] {
    return documentsOf(this.ledger);
  }

  /** Returns a statement that was issued, by its number: the same to the last byte, for ever. */
  statement(number: string): Statement {
    return one(native.issuedStatement(this.ledger, number), Statement);
  }

  /** Returns what a client pays for a period by the policy's `[[clients]]`, as it stands. */
  clientStatement(client: string, options: ClientOptions = {}): ClientStatement {
    return one(native.clientStatement(this.ledger, clientRow(client, options, false)), ClientStatement);
  }

  /** The same beside the event loop. */
  async clientStatementLater(client: string, options: ClientOptions = {}): Promise<ClientStatement> {
    const row = clientRow(client, options, false);
    return one(await native.clientStatementLater(this.ledger, row), ClientStatement);
  }

  /** Issues a client's invoice for a period whose books are closed; what was issued before is given again. */
  issueInvoice(client: string, options: ClientOptions = {}): ClientStatement {
    return one(native.clientStatement(this.ledger, clientRow(client, options, true)), ClientStatement);
  }

  /** The same beside the event loop. */
  async issueInvoiceLater(client: string, options: ClientOptions = {}): Promise<ClientStatement> {
    const row = clientRow(client, options, true);
    return one(await native.clientStatementLater(this.ledger, row), ClientStatement);
  }

  /** Returns an invoice that was issued, by its number. */
  invoice(number: string): ClientStatement {
    return one(native.issuedInvoice(this.ledger, number), ClientStatement);
  }

  /** Issues a credit note, or a debit note, on an invoice whose usage or cost was corrected since; nothing otherwise. */
  issueCreditNote(invoice: string): CreditNote | undefined {
    return each(native.issueCreditNote(this.ledger, invoice), CreditNote)[0];
  }

  /** The same beside the event loop. */
  async issueCreditNoteLater(invoice: string): Promise<CreditNote | undefined> {
    return each(await native.issueCreditNoteLater(this.ledger, invoice), CreditNote)[0];
  }

  /** Returns what is left of what clients pay for a period of whole months, by client, project and agent. */
  margin(options: ReportOptions = {}): Margin {
    return one(native.margin(this.ledger, reportRow(options)), Margin);
  }

  /** The same beside the event loop. */
  async marginLater(options: ReportOptions = {}): Promise<Margin> {
    return one(await native.marginLater(this.ledger, reportRow(options)), Margin);
  }

  /** Writes what was spent in a period as FOCUS Cost and Usage, in CSV. The file is there when it is whole. */
  exportFocus(path: string, options: FocusOptions): Exported {
    return exportedOf(taken(native.exportFile(this.ledger, exportRow("focus", path, options))));
  }

  /** The same beside the event loop. */
  async exportFocusLater(path: string, options: FocusOptions): Promise<Exported> {
    return exportedOf(taken(await native.exportFileLater(this.ledger, exportRow("focus", path, options))));
  }

  /** Writes the entries that count in a period as Parquet, or all of them, a row for each charge line. */
  exportParquet(path: string, options: ExportOptions = {}): Exported {
    return exportedOf(taken(native.exportFile(this.ledger, exportRow("parquet", path, options))));
  }

  /** The same beside the event loop. */
  async exportParquetLater(path: string, options: ExportOptions = {}): Promise<Exported> {
    return exportedOf(taken(await native.exportFileLater(this.ledger, exportRow("parquet", path, options))));
  }

  /**
   * Compares a provider's bills with what was booked in a period of whole UTC days. Nothing is changed.
   *
   * @example
   * const files = [{ format: "anthropic_cost", pages: "cost_report.json" }] as const;
   * const found = purse.reconcile(files, { provider: "anthropic", month: "2026-11" });
   * if (found.isClosed) purse.postTrueUps(found);
   */
  reconcile(files: readonly BillDocument[], options: ReconcileOptions): Reconciliation {
    return one(native.reconcile(this.ledger, files.map(billRow), reconcileRow(options)), Reconciliation);
  }

  /** The same beside the event loop, where the bills are read too. */
  async reconcileLater(files: readonly BillDocument[], options: ReconcileOptions): Promise<Reconciliation> {
    const found = await native.reconcileLater(this.ledger, files.map(billRow), reconcileRow(options));
    return one(found, Reconciliation);
  }

  /**
   * Keeps a reconciliation in the ledger, with what was accepted and signed off, and returns its number. A policy may let
   * a period be closed only when its bills are reconciled; the latest that was kept of a provider and period counts.
   *
   * @example
   * purse.keepReconciliation(found.signOff({ by: "Ann", note: "known" })); // "REC-2026-11-001"
   */
  keepReconciliation(found: Reconciliation): string {
    const [number] = taken(native.keepReconciliation(this.ledger, own(found)));
    return number as string;
  }

  /** The same beside the event loop. */
  async keepReconciliationLater(found: Reconciliation): Promise<string> {
    const [number] = taken(await native.keepReconciliationLater(this.ledger, own(found)));
    return number as string;
  }

  /** Returns a reconciliation that was kept, by its number. */
  reconciliation(number: string): Reconciliation {
    return one(native.keptReconciliation(this.ledger, number), Reconciliation);
  }

  /** Posts the true-ups of a reconciliation as corrections, each once, and returns the numbers of the new entries. */
  postTrueUps(found: Reconciliation): number[] {
    return taken(native.postTrueUps(this.ledger, own(found)));
  }

  /** The same beside the event loop. */
  async postTrueUpsLater(found: Reconciliation): Promise<number[]> {
    return taken(await native.postTrueUpsLater(this.ledger, own(found)));
  }
}

function clientRow(client: string, options: ClientOptions, isInvoice: boolean): ClientRow {
  const row: ClientRow = { client, isInvoice };
  const period = options.month ?? options.period;
  if (period !== undefined) row.period = period;
  if (options.previousMonths !== undefined)
    row.previousMonths = Number(checked(options.previousMonths, "previousMonths"));
  return row;
}

function own(found: Reconciliation): Reconciliation["native"] {
  if (found instanceof Reconciliation) return found.native;
  throw new TypeError("true-ups are those of a Reconciliation: pass what `reconcile` gave");
}

/** What the addon answered with, each in its class. */
function each<Native, Face>(answer: Native[] | Fault, face: new (own: Native) => Face): Face[] {
  return taken(answer).map((own) => new face(own));
}

function one<Native, Face>(answer: Native[] | Fault, face: new (own: Native) => Face): Face {
  const [own] = taken(answer);
  return new face(own as Native);
}
