/**
 * In-process cost control for AI agents.
 *
 * Every model call is priced, tagged and held against its budgets before it is sent, and settled to what it really
 * cost; the same ledger prints the chargeback.
 */

export { Answer, type AnswerSource, type OtherUsage, readUsage } from "./answer.js";
export { type ReadRequestOptions, type RequestTold, readBatch, readRequest } from "./asking.js";
export type { HoldOptions } from "./attempt.js";
export type { BillDocument, BillFormat, BillPage, ExchangeRate, ReconcileOptions } from "./bill.js";
export type { ClientOptions } from "./books.js";
export type { BudgetedOptions } from "./budgeted.js";
export type {
  AmountCall,
  Call,
  HappenedCall,
  RequestOptions,
  RequestSource,
  UnresolvedCall,
} from "./call.js";
export type {
  AdmittedDecision,
  Decision,
  ExceededDecision,
  SuspendedDecision,
  ThrottledDecision,
  UnpricedDecision,
  UntaggedDecision,
} from "./decision.js";
export type { EntryLine, LedgerEntry } from "./entry.js";
export {
  BudgetExceeded,
  BursarError,
  HoldError,
  Invalid,
  LedgerError,
  LimitReached,
  PolicyError,
  Refused,
  Suspended,
  Throttled,
  Unpriced,
  Untagged,
} from "./error.js";
export {
  type Exported,
  type ExportOptions,
  type Finding,
  type FocusOptions,
  lintFocus,
} from "./export.js";
export type { Fetch, FetchOptions } from "./fetch.js";
export { Model, Scope } from "./handles.js";
export { Entry, Hold, type HoldState, type Served } from "./hold.js";
export type { MetricsOptions, Registration } from "./integrations/metrics.js";
export type { BookingSpanProcessor, SpanProcessorOptions } from "./integrations/span_processor.js";
export type { IssuedDocument } from "./issued.js";
export type { AlertListener } from "./listeners.js";
export { type Amount, parseMoney, picoUsd } from "./money.js";
export { join, type OpenOptions, open } from "./open.js";
export type { PdfOptions, PdfTemplate } from "./pdf.js";
export type { Policy } from "./policy.js";
export type { Fx, PrintOptions } from "./print.js";
export { Purse } from "./purse.js";
export { Quote, type QuoteLine, type QuoteRequest, quote } from "./quote.js";
export { ClientStatement, CreditNote, Margin, Preview, Reconciliation, type Word } from "./reading.js";
export {
  type JournalFormat,
  type JournalOptions,
  type PreviewOptions,
  type ReportOptions,
  Statement,
} from "./statement.js";
export type { Alert, BudgetStatus, Window } from "./status.js";
export type { Tags } from "./tags.js";
export type { Terms } from "./terms.js";
export { type Count, type Counts, Usage } from "./usage.js";
export type { WrapOptions } from "./wrap.js";
