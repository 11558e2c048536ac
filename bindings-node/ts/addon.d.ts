/** The addon's exports: written by `npm run types` from its Rust side, and not by hand. */

import type {
  Answer,
  Answered,
  Clock,
  Decided,
  Metrics,
  Reader,
  Reading,
  Statement,
  Subscription,
} from "./opaque.js";

/** Calls back with every alert as JSON. */
export declare function onAlert(number: number, callback: (arg: string) => void): Answered<Subscription>;

/** Waits until the alerts so far are on their way to the event loop, then sends an empty text after them. */
export declare function flushAlerts(number: number, subscription: Subscription): Fault | null;

/** How many alerts found a full queue. */
export declare function alertsLost(number: number): Answered<number>;

/** What the face shows of an answer. */
export interface Told {
  model?: string;
  /** The usage in our own dimensions, as a flat list; nothing where the answer doesn't tell it. */
  usage?: Array<string>;
  /** Why the usage isn't known, in a word. */
  unresolved?: string;
  /** What is wrong with the usage that it tells. */
  refused?: Fault;
  statedCost?: string;
  /** The terms on which it was served, where they aren't the standard ones. */
  terms: Array<string>;
  others: Array<OtherTold>;
}

/** Usage beside the answer's own. */
export interface OtherTold {
  kind: string;
  model?: string;
  usage: Array<string>;
}

/** Reads an answer by its API, by its address, or by itself. */
export declare function readAnswer(body: Uint8Array, api: string | undefined | null, host: string, path: string, contentType: string): Answered<Answer>;

/** What an answer told. */
export declare function told(answer: Answer): Told;

/** A reader of an answer of this content type that passes by. */
export declare function streamReader(api: string, contentType: string): Answered<Reader>;

/** Whether the answer has come to its end. */
export declare function isStreamEnded(reader: Reader): boolean;

/** Looks at the next piece. */
export declare function pushPiece(reader: Reader, piece: Uint8Array): void;

/** What the stream told; nothing the second time. */
export declare function finishStream(reader: Reader): Answer | null;

/** The API of an address, and the provider of the price book that answers there. */
export declare function address(host: string, path: string): [api: string | null, provider: string | null];

/** What a client's statement is asked for. */
export interface ClientOptions {
  client: string;
  period?: string;
  previousMonths?: number;
  /** Whether it is issued as an invoice. */
  isInvoice: boolean;
}

/** What a client pays for a period, or the invoice of it. */
export declare function clientStatement(number: number, options: ClientOptions): Answered<Array<Reading>>;

/** The same, beside the event loop. */
export declare function clientStatementLater(number: number, options: ClientOptions): Promise<Answered<Array<Reading>>>;

/** An invoice that was issued. */
export declare function issuedInvoice(number: number, document: string): Answered<Array<Reading>>;

/** A credit or debit note on an invoice; none where nothing differs. */
export declare function issueCreditNote(number: number, invoice: string): Answered<Array<Reading>>;

/** The same, beside the event loop. */
export declare function issueCreditNoteLater(number: number, invoice: string): Promise<Answered<Array<Reading>>>;

/** What is left of what clients pay. */
export declare function margin(number: number, options: ReportOptions): Answered<Array<Reading>>;

/** The same, beside the event loop. */
export declare function marginLater(number: number, options: ReportOptions): Promise<Answered<Array<Reading>>>;

/** What a call is beside its scope, its model and its tokens. */
export interface CallOptions {
  key?: string;
  /** Usage beside the tokens, as a flat list of our own dimensions. */
  extra?: Array<string>;
  terms?: Array<string>;
  isUncached?: boolean;
  fingerprint?: bigint;
  lifetimeMicros?: number;
  /** Other models that may answer. */
  others?: Array<number>;
}

/** Holds the most that a call may cost. A negative `output` asks for the model's own maximum. */
export declare function reserve(number: number, scope: number, model: number, input: number, output: number): Answered<Decided>;

/** The same with everything that a call may say. */
export declare function reserveWith(number: number, scope: number, model: number, input: number, output: number, options: CallOptions): Answered<Decided>;

/** Where a request goes, and who pays. */
export interface RequestOptions {
  scope: number;
  api: string;
  path: string;
  provider?: string;
  key?: string;
}

/** The decision on a request's body, which gives its own bound. */
export declare function reserveRequest(number: number, options: RequestOptions, body: Uint8Array): Answered<Decided>;

/** A clock that stands at an instant. */
export declare function manualClock(micros: number): Clock;

/** Turns a clock on. */
export declare function advanceClock(clock: Clock, micros: number): void;

/** Sets a clock, also back. */
export declare function setClock(clock: Clock, micros: number): void;

/** What an export is asked for. */
export interface ExportOptions {
  path: string;
  /** All of the ledger, if left out. */
  period?: string;
  zone: string;
  /** `focus` or `parquet`. */
  format: string;
  level?: string;
  filter?: string;
  invoice?: string;
  /** Id and name. */
  account?: Array<string>;
}

/** Writes an export into a file: rows, sum. */
export declare function exportFile(number: number, options: ExportOptions): Answered<Array<string>>;

/** The same, beside the event loop. */
export declare function exportFileLater(number: number, options: ExportOptions): Promise<Answered<Array<string>>>;

/** A place where a file breaks a rule. */
export interface FindingRow {
  row: number;
  column: string;
  rule: string;
  message: string;
}

/** What is wrong with a FOCUS file. `payable` has invoices, each with what is to be paid of it. */
export declare function lintFocus(path: string, payable: Array<string>): Answered<Array<FindingRow>>;

/** What the face throws as a `BursarError`. */
export interface Fault {
  /** The stable code, as `money_invalid`. */
  code: string;
  /** What was found and what was allowed. */
  message: string;
  /** The way out, one imperative sentence. */
  help: string;
  /** What it was about, by name. */
  context: Record<string, string>;
  /** Whether the same call may succeed later as it is. */
  isPassing: boolean;
}

/** That a PDF was asked for, and the package that lays it out isn't there. */
export declare function pdfMissing(): Fault;

/** The model that served, where it was another one, and the terms on which it did. */
export interface Served {
  model?: number;
  terms?: Array<string>;
}

/**
 * What a hold is, with blanks between: bound and what was booked in pico-dollars, when it was taken and when it expires
 * in microseconds, and where it is in its life.
 */
export declare function holdView(number: number, hold: number): Answered<string>;

/** Books input and output tokens: the commonest settlement, by numbers alone. */
export declare function settleTokens(number: number, hold: number, input: number, output: number): Answered<string>;

/** Books usage by OpenTelemetry's names, as a flat list, or by our own with `is_own`. */
export declare function settleUsage(number: number, hold: number, usage: Array<string>, isOwn: boolean, served: Served): Answered<string>;

/** Books an amount that is known. */
export declare function settleCost(number: number, hold: number, cost: string, served: Served): Answered<string>;

/** Books what an answer told; nothing where it doesn't tell its usage, and the hold is unresolved. */
export declare function settleAnswer(number: number, hold: number, answer: Answer): Answered<string | null>;

/** Gives the money back: for certain nothing was generated. */
export declare function releaseHold(number: number, hold: number): Fault | null;

/** Notes that nobody knows how the call ended. */
export declare function leaveUnresolved(number: number, hold: number): Fault | null;

/** Closes a period that is over; its final statements. */
export declare function closePeriod(number: number, options: ReportOptions): Answered<Array<Statement>>;

/** The same, beside the event loop. */
export declare function closePeriodLater(number: number, options: ReportOptions): Promise<Answered<Array<Statement>>>;

/** A statement that was issued. */
export declare function issuedStatement(number: number, document: string): Answered<Array<Statement>>;

/** A document that was issued, with what it is and whose. */
export interface IssuedRow {
  number: string;
  kind: string;
  scope: string;
  start: number;
  end: number;
  issuedAt: number;
  sha256: string;
  isIntact: boolean;
  content: string;
}

/** The documents that were issued, in that order. */
export declare function documents(number: number): Answered<Array<IssuedRow>>;

/** What every budget stands at, as JSON. */
export declare function budgets(number: number): Answered<string>;

/** A ledger entry as JSON. */
export declare function entry(number: number, entry: number): Answered<string>;

/** Puts another policy in force, whole or not at all; the budgets of functions stay over it. */
export declare function applyPolicy(number: number, policy: PolicySource): Fault | null;

/** Adds the budgets of a policy to the one in force, which stay when another is put in force. */
export declare function addBudgets(number: number, policy: PolicySource): Fault | null;

/** What would change if another policy were put in force. */
export declare function planPolicy(number: number, policy: PolicySource): Answered<string>;

/** Replaces the price book, unless a price moves by more than so many times; 0 allows any move. */
export declare function loadPrices(number: number, book: Uint8Array, maxMove?: number | undefined | null): Answered<string>;

/** The version of the price book in force. */
export declare function priceVersion(number: number): Answered<string>;

/** Corrects an entry by an amount, with the reason; the number of the correction. */
export declare function adjust(number: number, entry: number, by: string, note: string): Answered<number>;

/** Lifts a suspension. */
export declare function resume(number: number, budget: string, agent?: string | undefined | null): Fault | null;

/** Closes the books before an instant. */
export declare function closeUntil(number: number, micros: number): Fault | null;

/** Writes whatever waits. */
export declare function flush(number: number): Fault | null;

/** The instant now by the ledger's clock, in microseconds since 1970. */
export declare function now(number: number): Answered<number>;

/** Whether a call may wait for a disk to spin. */
export declare function isSlow(number: number): Answered<boolean>;

/** The end of a decision that was made beside the event loop: one of the three. */
export interface DecidedLater {
  hold?: number;
  refusal?: Refusal;
  fault?: Fault;
}

/** Decides on a call beside the event loop. */
export declare function reserveLater(number: number, scope: number, model: number, input: number, output: number, options: CallOptions): Promise<DecidedLater>;

/** Decides on a request beside the event loop. */
export declare function reserveRequestLater(number: number, options: RequestOptions, body: Uint8Array): Promise<DecidedLater>;

/** Opens a ledger, or joins the one that this process has open with the same file and the same options. */
export declare function openLedger(opening: Opening, clock?: Clock | undefined | null): Answered<number>;

/** Gives whoever was told a ledger's number, as another thread, a number of its own. */
export declare function joinLedger(number: number): Answered<number>;

/** Closes a number; the last of a ledger writes what waits, and gives the file up. */
export declare function closeLedger(number: number): Fault | null;

/** How something is printed; what is left out is as the policy says, or as it always is. */
export interface PrintOptions {
  language?: string;
  maxRows?: number;
  /** Texts that are printed, each with the one instead of it. */
  texts?: Array<string>;
  /** Currency, rate, source and date. */
  fx?: Array<string>;
}

/** An instrument. */
export interface Instrument {
  name: string;
  unit: string;
  description: string;
  isCounter: boolean;
}

/** A point of an instrument. Amounts are the nearest number: OpenTelemetry has no other. */
export interface Point {
  value: number;
  attributes: Array<string>;
}

/** Every instrument. */
export declare function instruments(): Array<Instrument>;

/** Opens the metrics: the tags that become attributes, and how many series an instrument may have. */
export declare function openMetrics(number: number, attributes?: Array<string> | undefined | null, maxSeries?: number | undefined | null): Answered<Metrics>;

/** The points of an instrument; none where there is no such instrument. */
export declare function metricPoints(metrics: Metrics, name: string): Array<Point>;

/** Reads an amount and returns all of its digits that matter. */
export declare function parseMoney(text: string): Answered<string>;

/** A scope's number, with what the face shows of it. */
export interface ScopeFound {
  number: number;
  /** The tags as they are booked, as a flat list. */
  tags: Array<string>;
  /** What the taxonomy changed. */
  notes: Array<string>;
}

/** Resolves tags to their budgets; with a parent, inside of its runs. */
export declare function findScope(number: number, tags: Array<string>, parent?: number | undefined | null): Answered<ScopeFound>;

/** The number of a scope, for a call that is made once. */
export declare function scopeNumber(number: number, tags: Array<string>): Answered<number>;

/** Resolves a model's name to its prices. */
export declare function findModel(number: number, provider: string | undefined | null, name: string): Answered<number>;

/** The canonical name of a model, `provider/model`. */
export declare function modelName(number: number, model: number): Answered<string>;

/** A policy in one of its forms; none of them is the empty policy. */
export interface PolicySource {
  toml?: string;
  json?: string;
  path?: string;
}

/** What a ledger is opened with; equal for whoever shares it. */
export interface Opening {
  path: string;
  policy: PolicySource;
  /** `process`, `power` or `memory`; the face has checked it. */
  durability: string;
  tags: Array<string>;
  resourceAttributes?: string;
  isReadOnly: boolean;
  isShared: boolean;
}

/** Why a price is what it is. */
export interface Explained {
  assumptions: Array<string>;
  explanation: string;
}

/** What is asked for a price. */
export interface Asked {
  ledger?: number;
  provider?: string;
  model: string;
  usage: Array<string>;
  isOwn: boolean;
  micros: number;
  terms: Array<string>;
}

/**
 * Prices usage by the book that comes with the package, or by that of a ledger. The answer is one text, which crosses
 * faster than an object: total, model, way of the match and version, then dimension, quantity, rate and amount of each
 * line, with a line's end after each.
 */
export declare function quoteUsage(asked: Asked): Answered<string>;

/** Explains the same price. */
export declare function explainQuote(asked: Asked): Answered<Explained>;

/** A reading as JSON. */
export declare function readingJson(reading: Reading): string;

/** A reading as CSV; nothing for a kind without. */
export declare function readingCsv(reading: Reading): string | null;

/** A reading as text for a terminal; nothing for a kind without. */
export declare function readingTable(reading: Reading): string | null;

/** A reading as one HTML file; nothing for a kind without. */
export declare function readingHtml(reading: Reading, options: PrintOptions): Answered<string | undefined | null>;

/** A client's statement as a spreadsheet; nothing for other kinds. */
export declare function readingXlsx(reading: Reading, options: PrintOptions): Answered<Buffer | undefined | null>;

/** A reading as the printed document that is laid out as PDF; nothing for a kind without. */
export declare function readingLayout(reading: Reading, options: PrintOptions): Answered<string | undefined | null>;

/** A bill: the paths of its files, and pages that are there. */
export interface BillRow {
  format: string;
  paths: Array<string>;
  pages: Array<Uint8Array>;
  /** The provider of a FOCUS file. */
  provider?: string;
  /** How a table is read, in TOML. */
  mapping?: string;
  fetchedAt?: number;
}

/** What a reconciliation is asked for. */
export interface ReconcileOptions {
  provider: string;
  period: string;
  zone: string;
  /** The most in USD that may stay unexplained. */
  absolute?: string;
  relativeBasisPoints?: number;
  /** Currency, USD for one unit, source; and so on. */
  rates: Array<string>;
  credentialTag?: string;
  meteredCredentials?: Array<string>;
  withhold?: Array<string>;
}

/** Compares bills with what was booked. */
export declare function reconcile(number: number, bills: Array<BillRow>, options: ReconcileOptions): Answered<Array<Reading>>;

/** The same, beside the event loop, where the bills are read too. */
export declare function reconcileLater(number: number, bills: Array<BillRow>, options: ReconcileOptions): Promise<Answered<Array<Reading>>>;

/** Posts the true-ups of a reconciliation; the numbers of the new entries. */
export declare function postTrueUps(number: number, reading: Reading): Answered<Array<number>>;

/** The same, beside the event loop. */
export declare function postTrueUpsLater(number: number, reading: Reading): Promise<Answered<Array<number>>>;

/** Whether what is unexplained is within the tolerance that was asked for. */
export declare function isReconciliationClosed(reading: Reading): boolean;

/** What is known of a call that has happened, beside what it consumed. */
export interface Happened {
  scope: number;
  model: number;
  key?: string;
  fingerprint?: bigint;
  terms?: Array<string>;
  statedCost?: string;
}

/** Books the usage of a call that nobody asked about before it was sent. */
export declare function recordUsage(number: number, happened: Happened, usage: Array<string>, isOwn: boolean): Answered<string>;

/** Books the cost of one. */
export declare function recordCost(number: number, happened: Happened, cost: string): Answered<string>;

/** Books what one's provider answered. */
export declare function recordAnswer(number: number, happened: Happened, answer: Answer): Answered<string>;

/** Holds a call of which nobody knows what it cost. A negative `output` asks for the model's own maximum. */
export declare function recordUnresolved(number: number, happened: Happened, input: number, output: number, lifetimeMicros?: number | undefined | null): Answered<Decided>;

/** Holds an amount for something that is booked under a name. */
export declare function reserveAmount(number: number, scope: number, amount: string, name: string, key?: string | undefined | null, lifetimeMicros?: number | undefined | null): Answered<Decided>;

/** What the face throws as a `Refused`, or returns as a decision. What a kind of refusal doesn't have is left out. */
export interface Refusal {
  decision: 'exceeded' | 'throttled' | 'suspended' | 'untagged';
  /** One sentence that names what decided. */
  message: string;
  budget?: string;
  instance: Array<string>;
  bound?: string;
  remaining?: string;
  affordableOutputTokens?: number;
  retryAfterMicros?: number;
  downgradeTo?: string;
  /** In microseconds since 1970. */
  until?: number;
  agent?: string;
  missing: Array<string>;
}

/** What a report is asked for. */
export interface ReportOptions {
  period?: string;
  zone: string;
  by?: Array<string>;
  filter?: string;
  previousPeriods?: number;
  drivers?: number;
  opportunities?: boolean;
  evidence?: boolean;
  prices?: Uint8Array;
}

/** The statement of a period. */
export declare function report(number: number, options: ReportOptions): Answered<Array<Statement>>;

/** The statement of a period, made beside the event loop. */
export declare function reportLater(number: number, options: ReportOptions): Promise<Answered<Array<Statement>>>;

/** What differs between the ledger's entries and everything that is made of them. */
export declare function verify(number: number): Answered<Array<string>>;

/** What differs, looked for beside the event loop. */
export declare function verifyLater(number: number): Promise<Answered<Array<string>>>;

/** What another policy's rules for reports would charge to whom. */
export declare function previewRules(number: number, policy: PolicySource, options: ReportOptions): Answered<Array<Reading>>;

/** The same, beside the event loop. */
export declare function previewRulesLater(number: number, policy: PolicySource, options: ReportOptions): Promise<Answered<Array<Reading>>>;

/** A request to a model's API: its model, its terms and the most that it may use. */
export interface RequestTold {
  model: string;
  provider?: string;
  otherModels: Array<string>;
  inputTokens: number;
  lines: Array<BoundLine>;
  maxOutputTokens?: number;
  isStreaming: boolean;
  mayCache: boolean;
  serverToolUses: Array<string>;
  terms: Array<string>;
}

/** A part of the input tokens, with the reason for it. */
export interface BoundLine {
  tokens: number;
  reason: string;
}

/** A request of a batch, with the caller's id. */
export interface BatchedTold {
  id?: string;
  request: RequestTold;
}

/** Reads a request by its address or its API. */
export declare function readRequest(body: Uint8Array, api: string | undefined | null, host: string, path: string, contextWindow?: number | undefined | null): Answered<RequestTold>;

/** Reads the requests of a batch. */
export declare function readBatch(body: Uint8Array, api: string | undefined | null, host: string, path: string, contextWindow?: number | undefined | null): Answered<Array<BatchedTold>>;

/** What the span of a call of a model tells. */
export interface SpanTold {
  isCall: boolean;
  hasKind: boolean;
  provider?: string;
  models: Array<string>;
  hasUsage: boolean;
  inputTokens: number;
  outputTokens: number;
  isDisjoint: boolean;
  terms: Array<string>;
  statedCost?: string;
  response?: string;
  /** How the call ended: `answered`, `unresolved` or `refused`. */
  end: string;
  maxOutputTokens?: number;
}

/** Reads the attributes of a span, a flat list of names and texts. */
export declare function readSpan(attributes: Array<string>): SpanTold;

/** The usage that a span tells, in our own dimensions. */
export declare function usageOfSpan(attributes: Array<string>): Answered<Array<string>>;

/** The tags among attributes by their short names, with those of the keys that are asked for beside them. */
export declare function tagsAmong(attributes: Array<string>, more: Array<string>): Array<string>;

/** A statement as JSON. */
export declare function statementJson(statement: Statement): string;

/** A statement as CSV. */
export declare function statementCsv(statement: Statement): string;

/** A statement as text for a terminal. */
export declare function statementTable(statement: Statement): string;

/** A statement that was written as JSON. */
export declare function statementFromJson(text: string): Answered<Statement>;

/** Whether a statement is the one that was sealed; nothing where it has no seal. */
export declare function isStatementAsSealed(statement: Statement): boolean | null;

/** A statement as one HTML file. */
export declare function statementHtml(statement: Statement, options: PrintOptions): Answered<string>;

/** A statement as the printed document that is laid out as PDF. */
export declare function statementLayout(statement: Statement, options: PrintOptions): Answered<string>;

/** A statement as a spreadsheet. */
export declare function statementXlsx(statement: Statement, options: PrintOptions): Answered<Buffer>;

/**
 * The files that an accounting system imports: name, text, name, text …. Without a policy they are booked to the
 * accounts of the statement's own; with an instant, they take it back then.
 */
export declare function statementJournal(statement: Statement, format: string, policy?: PolicySource | undefined | null, reversedAt?: number | undefined | null): Answered<Array<string>>;

/** A statement as FOCUS Invoice Detail. */
export declare function statementInvoiceDetail(statement: Statement): Answered<string>;

/** A statement as FOCUS Billing Period. */
export declare function statementBillingPeriod(statement: Statement): Answered<string>;
