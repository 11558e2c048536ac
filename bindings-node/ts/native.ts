/** The addon, as its Rust side declares it. Private: users see the faces beside this file. */

import { join } from "node:path";

/** What went wrong: the addon returns it, the face throws it. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly context: Readonly<Record<string, string>>;
  readonly isPassing: boolean;
}

/** A call that must not be sent, as the addon says it. */
export interface RefusalRow {
  readonly decision: "exceeded" | "throttled" | "suspended" | "untagged";
  readonly message: string;
  readonly budget?: string;
  readonly instance: string[];
  readonly bound?: string;
  readonly remaining?: string;
  readonly affordableOutputTokens?: number;
  readonly retryAfterMicros?: number;
  readonly downgradeTo?: string;
  /** In microseconds since 1970. */
  readonly until?: number;
  readonly agent?: string;
  readonly missing: string[];
}

/** Names with values: name, value, name, value …. */
export type Flat = string[];

declare const opaque: unique symbol;
/** Something of the addon's that only it can look into. */
interface Opaque<Name extends string> {
  readonly [opaque]: Name;
}
export type NativeAnswer = Opaque<"Answer">;
export type NativeReader = Opaque<"Reader">;
export type NativeClock = Opaque<"Clock">;
export type NativeStatement = Opaque<"Statement">;
export type NativeMetrics = Opaque<"Metrics">;
export type NativeSubscription = Opaque<"Subscription">;

export interface PolicySource {
  toml?: string;
  json?: string;
  path?: string;
}

export interface Opening {
  path: string;
  policy: PolicySource;
  durability: string;
  tags: Flat;
  resourceAttributes?: string;
  isReadOnly: boolean;
}

export interface ScopeFound {
  readonly number: number;
  readonly tags: Flat;
  readonly notes: string[];
}

export interface CallRow {
  key?: string;
  extra?: Flat;
  terms?: Flat;
  isUncached?: boolean;
  fingerprint?: bigint;
  lifetimeMicros?: number;
}

export interface RequestRowOptions {
  scope: number;
  api: string;
  path: string;
  provider?: string;
  key?: string;
}

/** The end of a decision that was made beside the event loop: one of the three. */
export interface DecidedLater {
  readonly hold?: number;
  readonly refusal?: RefusalRow;
  readonly fault?: Fault;
}

export interface ServedRow {
  model?: number;
  terms?: Flat;
}

export interface Told {
  readonly model?: string;
  readonly usage?: Flat;
  readonly unresolved?: string;
  readonly refused?: Fault;
  readonly statedCost?: string;
  readonly terms: Flat;
  readonly others: readonly { readonly kind: string; readonly model?: string; readonly usage: Flat }[];
}

export interface Asked {
  ledger?: number;
  provider?: string;
  model: string;
  usage: Flat;
  isOwn: boolean;
  micros: number;
  terms: Flat;
}

export interface Explained {
  readonly assumptions: string[];
  readonly explanation: string;
}

export interface ReportRow {
  period?: string;
  zone: string;
  by?: string[];
  filter?: string;
  previousPeriods?: number;
  drivers?: number;
}

export interface HappenedRow {
  scope: number;
  model: number;
  key?: string;
  fingerprint?: bigint;
  terms?: Flat;
  statedCost?: string;
}

export interface RequestRow {
  readonly model: string;
  readonly provider?: string;
  readonly otherModels: string[];
  readonly inputTokens: number;
  readonly lines: readonly { readonly tokens: number; readonly reason: string }[];
  readonly maxOutputTokens?: number;
  readonly isStreaming: boolean;
  readonly mayCache: boolean;
  readonly serverToolUses: Flat;
  readonly terms: Flat;
}

export interface InstrumentRow {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly isCounter: boolean;
}

/** A hold's number (negative for a replay), the refusal, or what is wrong. */
export type Decided = number | RefusalRow | Fault;

export interface Native {
  parseMoney(text: string): string | Fault;
  manualClock(micros: number): NativeClock;
  advanceClock(clock: NativeClock, micros: number): void;
  setClock(clock: NativeClock, micros: number): void;

  openLedger(opening: Opening, clock?: NativeClock): number | Fault;
  joinLedger(ledger: number): number | Fault;
  closeLedger(ledger: number): Fault | null;
  findScope(ledger: number, tags: Flat, parent?: number): ScopeFound | Fault;
  scopeNumber(ledger: number, tags: Flat): number | Fault;
  findModel(ledger: number, provider: string | undefined, name: string): number | Fault;
  modelName(ledger: number, model: number): string | Fault;

  reserve(ledger: number, scope: number, model: number, input: number, output: number): Decided;
  reserveWith(
    ledger: number,
    scope: number,
    model: number,
    input: number,
    output: number,
    options: CallRow,
  ): Decided;
  reserveRequest(ledger: number, options: RequestRowOptions, body: Uint8Array): Decided;
  reserveLater(
    ledger: number,
    scope: number,
    model: number,
    input: number,
    output: number,
    options: CallRow,
  ): Promise<DecidedLater>;
  reserveRequestLater(ledger: number, options: RequestRowOptions, body: Uint8Array): Promise<DecidedLater>;
  holdView(ledger: number, hold: number): string | Fault;
  settleTokens(ledger: number, hold: number, input: number, output: number): string | Fault;
  settleUsage(ledger: number, hold: number, usage: Flat, isOwn: boolean, served: ServedRow): string | Fault;
  settleCost(ledger: number, hold: number, cost: string, served: ServedRow): string | Fault;
  settleAnswer(ledger: number, hold: number, answer: NativeAnswer): string | null | Fault;
  releaseHold(ledger: number, hold: number): Fault | null;
  leaveUnresolved(ledger: number, hold: number): Fault | null;

  readAnswer(
    body: Uint8Array,
    api: string | undefined,
    host: string,
    path: string,
    contentType: string,
  ): NativeAnswer | Fault;
  told(answer: NativeAnswer): Told;
  streamReader(api: string, contentType: string): NativeReader | Fault;
  isStreamEnded(reader: NativeReader): boolean;
  pushPiece(reader: NativeReader, piece: Uint8Array): void;
  finishStream(reader: NativeReader): NativeAnswer | null;
  address(host: string, path: string): [api: string | null, provider: string | null];
  quoteUsage(asked: Asked): string | Fault;
  explainQuote(asked: Asked): Explained | Fault;

  recordUsage(ledger: number, happened: HappenedRow, usage: Flat, isOwn: boolean): string | Fault;
  recordCost(ledger: number, happened: HappenedRow, cost: string): string | Fault;
  recordAnswer(ledger: number, happened: HappenedRow, answer: NativeAnswer): string | Fault;
  reserveAmount(
    ledger: number,
    scope: number,
    amount: string,
    name: string,
    key: string | undefined,
    lifetimeMicros: number | undefined,
  ): Decided;
  readRequest(
    body: Uint8Array,
    api: string | undefined,
    host: string,
    path: string,
    contextWindow: number | undefined,
  ): RequestRow | Fault;
  readBatch(
    body: Uint8Array,
    api: string | undefined,
    host: string,
    path: string,
    contextWindow: number | undefined,
  ): { id?: string; request: RequestRow }[] | Fault;
  instruments(): InstrumentRow[];
  openMetrics(
    ledger: number,
    attributes: string[] | undefined,
    maxSeries: number | undefined,
  ): NativeMetrics | Fault;
  metricPoints(metrics: NativeMetrics, name: string): { value: number; attributes: Flat }[];

  budgets(ledger: number): string | Fault;
  applyPolicy(ledger: number, policy: PolicySource): Fault | null;
  addBudgets(ledger: number, policy: PolicySource): Fault | null;
  planPolicy(ledger: number, policy: PolicySource): string | Fault;
  loadPrices(ledger: number, book: Uint8Array, maxMove?: number): string | Fault;
  priceVersion(ledger: number): string | Fault;
  adjust(ledger: number, entry: number, by: string, note: string): number | Fault;
  resume(ledger: number, budget: string, agent?: string): Fault | null;
  closeUntil(ledger: number, micros: number): Fault | null;
  flush(ledger: number): Fault | null;
  now(ledger: number): number | Fault;
  isSlow(ledger: number): boolean | Fault;

  report(ledger: number, options: ReportRow): NativeStatement | Fault;
  reportLater(ledger: number, options: ReportRow): Promise<{ statement?: NativeStatement; fault?: Fault }>;
  verify(ledger: number): string[] | Fault;
  verifyLater(ledger: number): Promise<string[] | Fault>;
  statementJson(statement: NativeStatement): string;
  statementCsv(statement: NativeStatement): string;
  statementTable(statement: NativeStatement): string;

  onAlert(ledger: number, callback: (text: string) => void): NativeSubscription | Fault;
  flushAlerts(ledger: number, subscription: NativeSubscription): Fault | null;
  alertsLost(ledger: number): number | Fault;
}

/** The package that carries the addon for this platform. */
function packageName(): string {
  const { platform, arch } = process;
  if (platform === "win32") return `bursar-win32-${arch}-msvc`;
  if (platform !== "linux") return `bursar-${platform}-${arch}`;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return `bursar-linux-${arch}-${report?.header?.glibcVersionRuntime ? "gnu" : "musl"}`;
}

/** The addon beside the face, where it was built here; otherwise that of the platform's own package. */
function load(): Native {
  try {
    return require(join(__dirname, "bursar.node")) as Native;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw fault;
  }
  const name = packageName();
  try {
    return require(name) as Native;
  } catch (cause) {
    throw new Error(
      `bursar has no addon for this platform: install \`${name}\`, an optional dependency of it`,
      { cause },
    );
  }
}

export const native = load();
