/** The purse: a ledger with a policy, asked before every call. */

import { Answer, bodyOf, readUsage } from "./answer.js";
import { Books } from "./books.js";
import { type BudgetedOptions, budgetedFunction } from "./budgeted.js";
import {
  type AmountCall,
  type Call,
  type HappenedCall,
  microsOfMs,
  type RequestOptions,
  rowOf,
  type UnresolvedCall,
} from "./call.js";
import { admitted, type Decision, refused } from "./decision.js";
import { BursarError, done, errorOf, isFault, refusalOf, Throttled, taken } from "./error.js";
import { type Fetch, type FetchOptions, heldFetch } from "./fetch.js";
import { Model, Scope } from "./handles.js";
import { Entry, Hold } from "./hold.js";
import { type AiSdkMiddleware, type AiSdkOptions, aiSdkMiddleware } from "./integrations/ai_sdk.js";
import { LangChainHandler, type LangChainOptions } from "./integrations/langchain.js";
import { MastraProcessor } from "./integrations/mastra.js";
import { type MetricsOptions, type Registration, registerMetrics } from "./integrations/metrics.js";
import { BookingSpanProcessor, type SpanProcessorOptions } from "./integrations/span_processor.js";
import { type AlertListener, Listeners } from "./listeners.js";
import { type Amount, textOf } from "./money.js";
import {
  type CallRow,
  type Decided,
  type DecidedLater,
  type HappenedRow,
  native,
  type RequestRowOptions,
} from "./native.js";
import { type MeterProvider, markHold, markRefused } from "./otel.js";
import { type Policy, sourceOf } from "./policy.js";
import { priced, type Quote, type QuoteRequest } from "./quote.js";
import { type BudgetStatus, budgetsOf } from "./status.js";
import { currentTags, flatOfTags, laidOver, type Tags, tagged, tagsOf } from "./tags.js";
import { flatOfTerms } from "./terms.js";
import { dateOf } from "./time.js";
import { checked, flatOfCounts, isCounts, Usage } from "./usage.js";
import { type WrapOptions, wrapClient } from "./wrap.js";

const closing = new FinalizationRegistry<number>((ledger) => native.closeLedger(ledger));
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
export class Purse extends Books implements Disposable {
  readonly #listeners = new Listeners();

  constructor(ledger: number) {
    super(ledger);
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
    return refusing(() => this.#decision(this.#decided(call)));
  }

  /**
   * Reserves, and waits throttles out as long as they take no more than `waitMs` altogether. A ledger that waits for its
   * disk does it beside the event loop.
   */
  async reserveLater(
    call: Call,
    options: { readonly waitMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Hold> {
    // The tags around the call, not those around whatever resumes it.
    const asked = call.scope === undefined ? { ...call, scope: currentTags() } : call;
    const until = performance.now() + (options.waitMs ?? 0);
    for (;;) {
      options.signal?.throwIfAborted();
      const decision = this.isSlow ? await this.#decidedLater(asked) : this.decide(asked);
      if (decision.isAdmitted) return decision.hold;
      const wait = decision.error instanceof Throttled ? decision.error.retryAfterMs : undefined;
      if (wait === undefined || performance.now() + wait > until) throw decision.error;
      await elapsed(wait, options.signal);
    }
  }

  #decidedLater(call: Call): Promise<Decision> {
    return this.#later(undefined, () => {
      const { scope, model, input, output } = this.#numbers(call);
      return native.reserveLater(this.ledger, scope, model, input, output, this.#row(call) ?? {});
    });
  }

  /**
   * Holds the most that a request may cost, which is read from its body.
   *
   * @throws Refused; and Invalid for a request that can't be read
   */
  reserveRequest(body: unknown, options: RequestOptions): Hold {
    const decision = this.decideRequest(body, options);
    if (decision.isAdmitted) return decision.hold;
    throw decision.error;
  }

  /** The decision on a request, as a value. */
  decideRequest(body: unknown, options: RequestOptions): Decision {
    return noted(
      refusing(() => {
        const row = this.#requestRow(options);
        return this.#decision(native.reserveRequest(this.ledger, row, bodyOf(body)), row.api);
      }),
    );
  }

  /** The same for a ledger that waits for its disk, beside the event loop; others decide at once. */
  async decideRequestLater(body: unknown, options: RequestOptions): Promise<Decision> {
    if (!this.isSlow) return this.decideRequest(body, options);
    const ask = () => native.reserveRequestLater(this.ledger, this.#requestRow(options), bodyOf(body));
    return noted(await this.#later(options.api, ask));
  }

  /** Whether a call may wait for a disk to spin: in ledgers that survive loss of power. */
  get isSlow(): boolean {
    return taken(native.isSlow(this.ledger));
  }

  #requestRow({ host = "", path = "", key, ...options }: RequestOptions): RequestRowOptions {
    const [detected, told] = native.address(host, path);
    const api = options.api ?? detected;
    if (api === null) {
      throw new TypeError("it can't be told which API the request is for: give `host` and `path`, or `api`");
    }
    const row: RequestRowOptions = { scope: this.#scopeNumber(options.scope), api, path };
    const provider = options.provider ?? told;
    if (provider !== null) row.provider = provider;
    if (key !== undefined) row.key = key;
    return row;
  }

  #decision(decided: Decided, api?: string): Decision {
    if (typeof decided !== "number") return refused(refusal(decided));
    markHold(Math.abs(decided));
    return admitted(new Hold(this, decided, api));
  }

  async #later(api: string | undefined, ask: () => Promise<DecidedLater>): Promise<Decision> {
    const later = refusing(() => ask());
    if ("kind" in later) return later;
    const { hold, refusal, fault } = await later;
    return refusing(() => this.#decision((hold ?? refusal ?? fault) as Decided, api));
  }

  /** Holds an amount for something that isn't priced by tokens; it is settled to a cost. */
  reserveAmount(amount: Amount, call: AmountCall): Hold {
    const scope = this.#scopeNumber(call.scope);
    const lifetime = call.lifetimeMs === undefined ? undefined : microsOfMs(call.lifetimeMs);
    const decided = native.reserveAmount(this.ledger, scope, textOf(amount), call.name, call.key, lifetime);
    if (typeof decided === "number") return new Hold(this, decided);
    throw refusal(decided);
  }

  /**
   * Books a call that nobody asked about before it was sent: it counts in every budget that it touches, and none of them
   * can refuse it.
   */
  record(call: HappenedCall): Entry {
    const happened = this.#happened(call);
    if (call.statedCost !== undefined) happened.statedCost = textOf(call.statedCost);
    return new Entry(recorded(this.ledger, happened, call));
  }

  /**
   * Holds the most that a call may have cost which has happened and of which nobody knows what it cost: its stream was
   * left, its connection broke. It becomes spend when the hold expires, unless its cost is told before, by `record` with
   * its key or by the hold.
   *
   * @example
   * const call = { model: "gpt-5-mini", key: "job-17", inputTokens: 1000, maxOutputTokens: 500 };
   * purse.recordUnresolved(call).bound; // "0.00125"
   */
  recordUnresolved(call: UnresolvedCall): Hold {
    const input = Number(checked(call.inputTokens ?? 0, "inputTokens"));
    const output =
      call.maxOutputTokens === undefined ? -1 : Number(checked(call.maxOutputTokens, "maxOutputTokens"));
    const lifetime = call.lifetimeMs === undefined ? undefined : microsOfMs(call.lifetimeMs);
    const decided = native.recordUnresolved(this.ledger, this.#happened(call), input, output, lifetime);
    if (typeof decided === "number") return new Hold(this, decided);
    throw refusal(decided);
  }

  #happened(call: UnresolvedCall): HappenedRow {
    const happened: HappenedRow = {
      scope: this.#scopeNumber(call.scope),
      model: this.numberOfModel(call.model, call.provider),
    };
    if (call.key !== undefined) happened.key = call.key;
    if (call.fingerprint !== undefined)
      happened.fingerprint = BigInt(checked(call.fingerprint, "fingerprint"));
    if (call.terms !== undefined) happened.terms = flatOfTerms(call.terms);
    return happened;
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

  /** Returns a processor for Mastra's agents: `inputProcessors: [purse.mastra()]`. */
  mastra(options: Omit<AiSdkOptions, "specificationVersion"> = {}): MastraProcessor {
    return new MastraProcessor(this, options);
  }

  /** Returns a callback handler for LangChain: `callbacks: [purse.langchain()]`. */
  langchain(options: LangChainOptions = {}): LangChainHandler {
    return new LangChainHandler(this, options);
  }

  /** Returns a span processor that books what spans of model calls tell. It observes, and can't refuse. */
  spanProcessor(options: SpanProcessorOptions = {}): BookingSpanProcessor {
    return new BookingSpanProcessor(this, options);
  }

  /** Shows cost, tokens, calls, decisions and budgets as metrics of a meter provider of OpenTelemetry. */
  registerMetrics(provider?: MeterProvider, options: MetricsOptions = {}): Registration {
    return registerMetrics(this, provider, options);
  }

  /**
   * Gives a function tags, and a limit on what each call of it may spend with all that it calls.
   *
   * @example
   * const answer = purse.budgeted({ limit: "0.05 USD", tags: { team: "search" } }, async (question: string) => …);
   */
  budgeted<Arguments extends unknown[], Result>(
    options: BudgetedOptions,
    run: (...given: Arguments) => Result,
  ): (...given: Arguments) => Result {
    return budgetedFunction(this, options, run);
  }

  /** Returns what every budget stands at, in the order of the policy. */
  budgets(): BudgetStatus[] {
    return budgetsOf(taken(native.budgets(this.ledger)));
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

  /** What would change if another policy were put in force, in words. */
  plan(policy: Policy): string {
    return taken(native.planPolicy(this.ledger, sourceOf(policy)));
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

  /** Lifts a suspension. */
  resume(budget: string, options: { readonly agent?: string } = {}): void {
    done(native.resume(this.ledger, budget, options.agent));
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

  #numbers(call: Call): { scope: number; model: number; input: number; output: number } {
    const { inputTokens, maxOutputTokens } = call;
    return {
      scope: this.#scopeNumber(call.scope),
      model: this.numberOfModel(call.model, call.provider),
      input: Number(checked(inputTokens, "inputTokens")),
      // Negative is the addon's word for the model's own maximum.
      output: maxOutputTokens === undefined ? -1 : Number(checked(maxOutputTokens, "maxOutputTokens")),
    };
  }

  #decided(call: Call): Decided {
    const { scope, model, input, output } = this.#numbers(call);
    const row = this.#row(call);
    if (row === undefined) return native.reserve(this.ledger, scope, model, input, output);
    return native.reserveWith(this.ledger, scope, model, input, output, row);
  }

  #row(call: Call): CallRow | undefined {
    const others = call.others?.map((model) => this.numberOfModel(model));
    return others === undefined ? rowOf(call) : { ...rowOf(call), others };
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

function recorded(ledger: number, happened: HappenedRow, call: HappenedCall): string {
  const { usage, cost } = call;
  if ((usage === undefined) === (cost === undefined))
    throw new TypeError("give the usage or the provider's answer, or `cost`");
  if (cost !== undefined) return taken(native.recordCost(ledger, happened, textOf(cost)));
  if (usage instanceof Usage) return taken(native.recordUsage(ledger, happened, usage.flat(), true));
  if (
    typeof usage === "object" &&
    !(usage instanceof Answer) &&
    !ArrayBuffer.isView(usage) &&
    isCounts(usage)
  ) {
    return taken(native.recordUsage(ledger, happened, flatOfCounts(usage), false));
  }
  const answer = usage instanceof Answer ? usage : readUsage(usage);
  return taken(native.recordAnswer(ledger, happened, answer.native));
}

/** What is decided; a name that leads nowhere is a refusal too. */
function refusing<T>(decide: () => T): T | Decision {
  try {
    return decide();
  } catch (error) {
    if (error instanceof BursarError) return refused(error);
    throw error;
  }
}

/** Notes on the span around a request that it was refused. */
function noted(decision: Decision): Decision {
  if (!decision.isAdmitted) markRefused();
  return decision;
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
