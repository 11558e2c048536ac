/** The purse: a ledger with a policy, asked before every call. */

import { fileURLToPath } from "node:url";

import { admitted, type Decision, refused } from "./decision.js";
import { BursarError, done, errorOf, isFault, refusalOf, taken, Throttled } from "./error.js";
import { type Fetch, type FetchOptions, heldFetch } from "./fetch.js";
import { Hold } from "./hold.js";
import { type AiSdkMiddleware, aiSdkMiddleware, type AiSdkOptions } from "./integrations/ai_sdk.js";
import { LangChainHandler, type LangChainOptions } from "./integrations/langchain.js";
import { type AlertListener, Listeners } from "./listeners.js";
import { type Amount, textOf } from "./money.js";
import { type CallRow, type Decided, native, type Opening, type ReportRow } from "./native.js";
import { type Policy, sourceOf } from "./policy.js";
import { priced, type Quote, type QuoteRequest } from "./quote.js";
import { type ReportOptions, Statement } from "./statement.js";
import { type BudgetStatus, budgetsOf } from "./status.js";
import { flatOfTags, laidOver, currentTags, tagged, type Tags, tagsOf } from "./tags.js";
import { flatOfTerms, type Terms } from "./terms.js";
import type { ManualClock } from "./testing.js";
import { dateOf, microsOf } from "./time.js";
import { checked, type Counts, Usage } from "./usage.js";
import { wrapClient, type WrapOptions } from "./wrap.js";

/** Tags resolved to the budgets that they touch, once. */
export class Scope {
  /** The purse that resolved it. */
  readonly purse: Purse;
  /** What the addon knows it by. */
  readonly number: number;
  /** The tags as they are booked, by their OpenTelemetry names. */
  readonly tags: Tags;
  /** What the taxonomy changed. */
  readonly notes: readonly string[];

  constructor(purse: Purse, number: number, tags: Tags, notes: readonly string[]) {
    this.purse = purse;
    this.number = number;
    this.tags = tags;
    this.notes = notes;
  }
}

/** A model's name resolved to its prices, once. */
export class Model {
  /** The purse that resolved it. */
  readonly purse: Purse;
  /** What the addon knows it by. */
  readonly number: number;

  constructor(purse: Purse, number: number) {
    this.purse = purse;
    this.number = number;
  }

  /** The canonical name, `provider/model`. */
  get name(): string {
    return taken(native.modelName(this.purse.ledger, this.number));
  }
}

/** A call, as it is asked for. */
export interface Call {
  /** Who pays: a `Scope`, tags, or nothing for the tags around the call. */
  readonly scope?: Scope | Tags;
  readonly model: string | Model;
  /** The most input tokens. */
  readonly inputTokens: number;
  /** The most output tokens; the model's own maximum, if left out. */
  readonly maxOutputTokens?: number;
  readonly provider?: string;
  /** The caller's own key, of at most 256 bytes: the same key gives the same hold. */
  readonly key?: string;
  /** Usage beside the tokens, by our own names of dimensions. */
  readonly extra?: Usage | Counts;
  readonly terms?: Terms;
  /** `false` where nothing is written to a cache, which is dearer than plain input. */
  readonly cache?: boolean;
  /** A hash of the request, by which loops are found. */
  readonly fingerprint?: number | bigint;
  /** How long the hold lives if nobody ends it. */
  readonly lifetimeMs?: number;
}

/** A request to a model API, as it is sent. */
export interface ApiRequest {
  readonly api: string;
  readonly path: string;
  readonly body: Uint8Array;
  readonly scope?: Scope | Tags;
  readonly provider?: string | undefined;
  readonly key?: string;
}

/** How a ledger is opened. */
export interface OpenOptions {
  readonly policy?: Policy;
  /** What a committed entry survives: the process (also `kill -9`), loss of power, or nothing. */
  readonly durability?: "process" | "power" | "memory";
  /** The tags of every call of the process, over those of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly tags?: Tags;
  /** What is read in the place of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resourceAttributes?: string;
  /** Looks at a file, also while another process writes it; no calls. */
  readonly readOnly?: boolean;
  readonly clock?: ManualClock;
}

const closing = new FinalizationRegistry<number>((ledger) => native.closeLedger(ledger));
const DURABILITIES = ["process", "power", "memory"];

/**
 * A ledger under a policy: it prices, holds, settles and reports.
 *
 * `reserve` holds the most that a call may cost before it is sent, or throws `BudgetExceeded`, `Throttled`, `Suspended`,
 * `Unpriced` or `Untagged`; `settle` books what it really cost.
 *
 * @example
 * const purse = open("ledger.db", { policy: "bursar.toml" });
 * using hold = purse.reserve({ scope: { team: "marketing" }, model: "gpt-5", inputTokens: 1200, maxOutputTokens: 800 });
 * hold.settle({ inputTokens: 1200, outputTokens: 312 });
 */
export class Purse implements Disposable {
  /** What the addon knows the ledger by. Another thread of this process may `join` it. */
  readonly ledger: number;
  readonly #listeners = new Listeners();

  constructor(ledger: number) {
    this.ledger = ledger;
    closing.register(this, ledger, this);
  }

  /**
   * Resolves tags to their budgets, once, over those around the call.
   *
   * With a `parent`, the scope of the agent that starts this one, what is spent here counts in its run too.
   */
  scope(tags: Tags = {}, options: { readonly parent?: Scope } = {}): Scope {
    const parent = options.parent === undefined ? undefined : this.#own(options.parent, "scope");
    const found = taken(native.findScope(this.ledger, flatOfTags(laidOver(tags)), parent));
    return new Scope(this, found.number, tagsOf(found.tags), found.notes);
  }

  /** Resolves a model's name to its prices, once. */
  model(name: string, options: { readonly provider?: string } = {}): Model {
    return new Model(this, this.#modelNumber(name, options.provider));
  }

  /** Runs a function with tags around it: every call within it carries them, also in what it awaits and starts. */
  withTags<T>(tags: Tags, run: () => T): T {
    flatOfTags(tags);
    return tagged(tags, run);
  }

  /**
   * Holds the most that a call may cost.
   *
   * @throws Refused `BudgetExceeded`, `Throttled`, `Suspended`, `Unpriced` or `Untagged`; then the call must not be sent
   */
  reserve(call: Call): Hold {
    const decided = this.#decided(call);
    if (typeof decided === "number") return new Hold(this, decided);
    throw refusal(decided);
  }

  /** Answers as `reserve` does, with the refusal as a value. */
  decide(call: Call): Decision {
    try {
      const decided = this.#decided(call);
      return typeof decided === "number" ? admitted(new Hold(this, decided)) : refused(refusal(decided));
    } catch (error) {
      // A name that leads nowhere is a refusal too.
      if (error instanceof BursarError) return refused(error);
      throw error;
    }
  }

  /** Reserves, and waits throttles out as long as they take no more than `waitMs` altogether. */
  async reserveLater(call: Call, options: { readonly waitMs?: number; readonly signal?: AbortSignal } = {}): Promise<Hold> {
    // The tags around the call, not those around whatever resumes it.
    const asked = call.scope === undefined ? { ...call, scope: currentTags() } : call;
    const until = performance.now() + (options.waitMs ?? 0);
    for (;;) {
      options.signal?.throwIfAborted();
      const decision = this.decide(asked);
      if (decision.isAdmitted) return decision.hold;
      const wait = decision.error instanceof Throttled ? decision.error.retryAfterMs : undefined;
      if (wait === undefined || performance.now() + wait > until) throw decision.error;
      await elapsed(wait, options.signal);
    }
  }

  /** The decision on a request's body, which gives its own bound. */
  decideRequest(request: ApiRequest): Decision {
    const { api, path, provider, body, key } = request;
    try {
      const scope = this.#scopeNumber(request.scope);
      const decided = native.reserveRequest(this.ledger, scope, api, path, provider, body, key);
      return typeof decided === "number" ? admitted(new Hold(this, decided, api)) : refused(refusal(decided));
    } catch (error) {
      if (error instanceof BursarError) return refused(error);
      throw error;
    }
  }

  /** A hold by its number, as that of an earlier process; its settlement is booked at any time. */
  hold(number: number): Hold {
    return new Hold(this, Number(checked(number, "number")));
  }

  /**
   * Returns a client of the same type whose every call is held against the budgets before it is sent.
   *
   * Takes clients of `openai`, `@anthropic-ai/sdk`, `@google/genai` and `@aws-sdk/client-bedrock-runtime`; for other SDKs
   * give `purse.fetch()` as their `fetch` option.
   */
  wrap<Client extends object>(client: Client, options: WrapOptions = {}): Client {
    return wrapClient(this, client, options);
  }

  /** Returns a `fetch` that holds every request to a model API before it is sent, and settles it by its answer. */
  fetch(options: FetchOptions = {}): Fetch {
    return heldFetch(this, options);
  }

  /**
   * Returns a middleware for `wrapLanguageModel` of the AI SDK.
   *
   * @example
   * const model = wrapLanguageModel({ model: openai("gpt-5"), middleware: purse.aiSdk() });
   */
  aiSdk<Version extends string = "v4">(options: AiSdkOptions<Version> = {}): AiSdkMiddleware<Version> {
    return aiSdkMiddleware(this, options);
  }

  /** Returns a callback handler for LangChain: `callbacks: [purse.langchain()]`. */
  langchain(options: LangChainOptions = {}): LangChainHandler {
    return new LangChainHandler(this, options);
  }

  /** Returns what every budget stands at, in the order of the policy. */
  budgets(): BudgetStatus[] {
    return budgetsOf(taken(native.budgets(this.ledger)));
  }

  /** Returns the chargeback of a period: of the current month by team, if nothing is said. */
  report(options: ReportOptions = {}): Statement {
    return new Statement(taken(native.report(this.ledger, reportRow(options))));
  }

  /** The same beside the event loop, for ledgers of millions of entries. */
  async reportLater(options: ReportOptions = {}): Promise<Statement> {
    const { statement, fault } = await native.reportLater(this.ledger, reportRow(options));
    if (statement === undefined) throw errorOf(fault as NonNullable<typeof fault>);
    return new Statement(statement);
  }

  /** Recomputes everything from the ledger's entries, and returns what differs: nothing. */
  verify(): string[] {
    return taken(native.verify(this.ledger));
  }

  /** The same beside the event loop. */
  async verifyLater(): Promise<string[]> {
    return taken(await native.verifyLater(this.ledger));
  }

  /** Prices usage by the purse's own price book, with the policy's prices in it. */
  quote(request: QuoteRequest): Quote {
    return priced(request, this.ledger);
  }

  /** Calls a listener with every alert from now on; what it throws is shown as a warning. */
  on(event: "alert", listener: AlertListener): this {
    onlyAlerts(event);
    this.#listeners.add(this.ledger, listener);
    return this;
  }

  /** Takes a listener away. */
  off(event: "alert", listener: AlertListener): this {
    onlyAlerts(event);
    this.#listeners.remove(listener);
    return this;
  }

  /** Waits until the alerts so far were told. */
  flushAlerts(): Promise<void> {
    return this.#listeners.flush(this.ledger);
  }

  /** How many alerts were lost because their listener didn't keep up. */
  get alertsLost(): number {
    return taken(native.alertsLost(this.ledger));
  }

  /** Puts another policy in force in mid-window, whole or not at all; no spend is lost. */
  apply(policy: Policy): void {
    done(native.applyPolicy(this.ledger, sourceOf(policy)));
  }

  /**
   * Replaces the price book while calls run, and returns its version.
   *
   * A price that moves by more than `maxMove` times is refused; `null` allows any.
   */
  loadPrices(book: Uint8Array, options: { readonly maxMove?: number | null } = {}): string {
    const { maxMove = 10 } = options;
    return taken(native.loadPrices(this.ledger, book, maxMove ?? 0));
  }

  /** The version of the price book in force. */
  get priceVersion(): string {
    return taken(native.priceVersion(this.ledger));
  }

  /** Corrects an entry by an amount, with the reason, and returns the number of the correction. */
  adjust(entry: number, correction: { readonly by: Amount; readonly note: string }): number {
    return taken(native.adjust(this.ledger, entry, textOf(correction.by), correction.note));
  }

  /** Lifts a suspension. */
  resume(budget: string, options: { readonly agent?: string } = {}): void {
    done(native.resume(this.ledger, budget, options.agent));
  }

  /** Closes the books before an instant: nothing is booked there any more, corrections come after it. */
  closeUntil(at: Date): void {
    done(native.closeUntil(this.ledger, microsOf(at)));
  }

  /** Writes whatever waits. */
  flush(): void {
    done(native.flush(this.ledger));
  }

  /** The instant now by the purse's clock. */
  now(): Date {
    return dateOf(taken(native.now(this.ledger)));
  }

  /** Writes what waits, and gives the ledger up; others of this process that joined it keep it. */
  close(): void {
    closing.unregister(this);
    done(native.closeLedger(this.ledger));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What the addon knows a model by. */
  numberOfModel(model: string | Model, provider?: string): number {
    if (typeof model === "string") return this.#modelNumber(model, provider);
    return this.#own(model, "model");
  }

  #decided(call: Call): Decided {
    const { inputTokens, maxOutputTokens } = call;
    const scope = this.#scopeNumber(call.scope);
    const model = this.numberOfModel(call.model, call.provider);
    const input = Number(checked(inputTokens, "inputTokens"));
    // Negative is the addon's word for the model's own maximum.
    const output = maxOutputTokens === undefined ? -1 : Number(checked(maxOutputTokens, "maxOutputTokens"));
    const row = rowOf(call);
    if (row === undefined) return native.reserve(this.ledger, scope, model, input, output);
    return native.reserveWith(this.ledger, scope, model, input, output, row);
  }

  #scopeNumber(scope: Scope | Tags | undefined): number {
    if (scope instanceof Scope) return this.#own(scope, "scope");
    return taken(native.scopeNumber(this.ledger, flatOfTags(scope ?? currentTags())));
  }

  #modelNumber(name: string, provider?: string): number {
    if (typeof name !== "string") throw new TypeError(`a model is a name or a Model, not ${typeof name}`);
    return taken(native.findModel(this.ledger, provider, name));
  }

  #own(handle: Scope | Model, what: string): number {
    if (handle?.purse === this) return handle.number;
    throw new TypeError(`a ${what} of this purse is expected: resolve it with \`purse.${what}\``);
  }
}

/** What only few calls say; nothing for the others, which are the fast ones. */
function rowOf(call: Call): CallRow | undefined {
  const { key, extra, terms, cache, fingerprint, lifetimeMs } = call;
  const isPlain = key === undefined && extra === undefined && terms === undefined && cache === undefined;
  if (isPlain && fingerprint === undefined && lifetimeMs === undefined) return undefined;
  const row: CallRow = {};
  if (key !== undefined) row.key = key;
  if (extra !== undefined) row.extra = (extra instanceof Usage ? extra : new Usage(extra)).flat();
  if (terms !== undefined) row.terms = flatOfTerms(terms);
  if (cache === false) row.isUncached = true;
  if (fingerprint !== undefined) row.fingerprint = BigInt(checked(fingerprint, "fingerprint"));
  if (lifetimeMs !== undefined) row.lifetimeMicros = Number(checked(Math.round(lifetimeMs * 1000), "lifetimeMs"));
  return row;
}

function reportRow(options: ReportOptions): ReportRow {
  const row: ReportRow = { zone: options.timeZone ?? "UTC" };
  const period = options.month ?? options.period;
  if (period !== undefined) row.period = period;
  if (options.by !== undefined) row.by = [...options.by];
  if (options.filter !== undefined) row.filter = options.filter;
  if (options.previousPeriods !== undefined) row.previousPeriods = Number(checked(options.previousPeriods, "previousPeriods"));
  if (options.drivers !== undefined) row.drivers = Number(checked(options.drivers, "drivers"));
  return row;
}

function refusal(decided: Exclude<Decided, number>): BursarError {
  return isFault(decided) ? errorOf(decided) : refusalOf(decided);
}

function onlyAlerts(event: string): void {
  if (event !== "alert") throw new TypeError(`a purse tells of \`alert\`, not of \`${event}\``);
}

function elapsed(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

/**
 * Opens a ledger, and makes it if it isn't there. `:memory:` is a ledger that is gone with the process.
 *
 * A file that this process has open already, in whichever thread, is shared if it is opened the same way.
 *
 * @throws LedgerError, PolicyError
 *
 * @example
 * const purse = open(":memory:", {
 *   policy: { budgets: [{ name: "all", match: "everything", limit: "100 USD", period: "month" }] },
 * });
 */
export function open(path: string | URL = ":memory:", options: OpenOptions = {}): Purse {
  const { policy, durability = "process", tags = {}, resourceAttributes, readOnly = false, clock } = options;
  if (!DURABILITIES.includes(durability)) {
    throw new TypeError(`\`${String(durability)}\` is no durability; allowed are \`process\`, \`power\` and \`memory\``);
  }
  const opening: Opening = {
    path: path instanceof URL ? fileURLToPath(path) : path,
    policy: sourceOf(policy),
    durability,
    tags: flatOfTags(tags),
    isReadOnly: readOnly,
  };
  if (resourceAttributes !== undefined) opening.resourceAttributes = resourceAttributes;
  return new Purse(taken(native.openLedger(opening, clock?.native)));
}

/**
 * Joins a ledger that another thread of this process has open, by the number that its `purse.ledger` gives.
 *
 * @example
 * new Worker("./agent.js", { workerData: { ledger: purse.ledger } });
 * // in the worker
 * const purse = join(workerData.ledger);
 */
export function join(ledger: number): Purse {
  return new Purse(taken(native.joinLedger(ledger)));
}
