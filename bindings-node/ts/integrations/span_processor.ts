/**
 * OpenTelemetry: spans of model calls are booked as they end. Nothing here ever throws into the program.
 *
 * It observes: a span tells of a call that has happened, so nothing of it can be refused, but what it cost counts before
 * the next one is asked about.
 */

import type { UnresolvedCall } from "../call.js";
import { BursarError, Unpriced } from "../error.js";
import type { Model } from "../handles.js";
import { baggageOf, HOLD, type OtelContext, REFUSED } from "../otel.js";
import type { Purse } from "../purse.js";
import { currentTags, givenTags, ofBaggage, type Tags, tagsOf } from "../tags.js";
import { type Attributes, type SpanTold, tagsAmong, toldBy, usageOf } from "./span.js";

/** How spans are booked. */
export interface SpanProcessorOptions {
  /** Attributes that are tags too, beside the well-known ones. */
  readonly attributes?: readonly string[];
  /** Names that an instrumentation gives to providers, with those of the price book. */
  readonly providers?: Readonly<Record<string, string>>;
}

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
}

/** A span, as far as it is read here; of the SDK's first release and its second. */
interface ReadableSpan {
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly parentSpanId?: string;
  readonly attributes: Attributes;
  readonly resource?: { readonly attributes: Attributes };
  readonly status?: { readonly code: number };
  readonly events?: readonly { readonly name: string; readonly attributes?: Attributes }[];
  setAttribute?(key: string, value: boolean): unknown;
}

// Spans that have begun and not ended, of which we remember the tags; calls within one; warnings that are told once.
const MOST_LIVE = 65_536;
const MOST_INNER = 64;
const MOST_WARNINGS = 1_024;

const FAILED = 2;

/** A span under way: the tags around it, and the calls within it. */
interface Live {
  readonly span: ReadableSpan;
  readonly tags: Tags;
  readonly inner: SpanTold[];
  isHeld: boolean;
}

/** Books each span of a model call once, by its trace and span id, under the tags of its surroundings. */
export class BookingSpanProcessor {
  readonly #purse: Purse;
  readonly #attributes: readonly string[];
  readonly #providers: Readonly<Record<string, string>>;
  readonly #live = new Map<string, Live>();
  readonly #counts = new Map<string, number>();
  readonly #warned = new Set<string>();

  constructor(purse: Purse, { attributes = [], providers = {} }: SpanProcessorOptions) {
    this.#purse = purse;
    this.#attributes = attributes;
    this.#providers = providers;
  }

  /**
   * What became of the spans of calls: `booked`, of which `partial` told no output and have no bound; `unresolved`, which
   * are held until they expire; `refused`, before anything was generated; `held`, by a wrapped client or another hook;
   * `nested`, the same call as a span within it; and those that couldn't be booked, by the reason: `no_usage`, or an
   * error's code.
   */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Remembers the tags around a span. */
  onStart(span: unknown, context?: unknown): void {
    this.#guarded(() => {
      const started = span as ReadableSpan;
      const tags = context === undefined ? currentTags() : tagsIn(context as OtelContext);
      this.#live.set(keyOf(started.spanContext()), { span: started, tags, inner: [], isHeld: false });
      if (this.#live.size > MOST_LIVE) this.#live.delete(this.#live.keys().next().value as string);
    });
  }

  /** Books a span of a model call. */
  onEnd(span: unknown): void {
    this.#guarded(() => this.#end(span as ReadableSpan));
  }

  /** There is nothing to wait for: what has ended is booked. */
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  /** The ledger stays open; its purse closes it. */
  shutdown(): Promise<void> {
    this.#live.clear();
    return Promise.resolve();
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#count("fault");
      this.#warn("fault", "", String(error));
    }
  }

  #end(span: ReadableSpan): void {
    const key = keyOf(span.spanContext());
    const live = this.#live.get(key);
    this.#live.delete(key);
    const isHeld = HOLD in span.attributes || live?.isHeld === true;
    const around = this.#around(span);
    const told = toldBy(attributesOf(span));
    if (!told.isCall) {
      // What is noted on a span that says nothing of itself, as one of HTTP, is of the call around it.
      const outer = told.hasKind ? undefined : around[0];
      if (isHeld && outer !== undefined) outer.isHeld = true;
      if (REFUSED in span.attributes) outer?.span.setAttribute?.(REFUSED, true);
      return;
    }
    if (live !== undefined && isOfInner(told, live.inner)) {
      this.#count("nested");
      return;
    }
    for (const outer of around) {
      outer.inner.push(told);
      if (outer.inner.length > MOST_INNER) outer.inner.shift();
    }
    if (isHeld) this.#count("held");
    else this.#book(span, told, this.#tagsOf(span, live, around));
  }

  /** The spans around one that are still under way, the nearest first. */
  #around(span: ReadableSpan): Live[] {
    const found: Live[] = [];
    for (let parent = parentOf(span); parent !== undefined; ) {
      const live = this.#live.get(keyOf(parent));
      if (live === undefined) break;
      found.push(live);
      parent = parentOf(live.span);
    }
    return found;
  }

  /** A span's own tags, over those of the spans around it, the context it began in, and the resource. */
  #tagsOf(span: ReadableSpan, live: Live | undefined, around: readonly Live[]): Tags {
    return {
      ...tagsAmong(span.resource?.attributes ?? {}, this.#attributes),
      ...live?.tags,
      ...Object.assign(
        {},
        ...around.map((outer) => tagsAmong(outer.span.attributes, this.#attributes)).reverse(),
      ),
      ...tagsAmong(span.attributes, this.#attributes),
    };
  }

  #book(span: ReadableSpan, told: SpanTold, scope: Tags): void {
    const [name = ""] = told.models;
    if (told.end === "refused") {
      this.#count("refused");
      return;
    }
    if (told.isDisjoint) {
      this.#warn("disjoint", name, "it counts its input without what a cache held; the two were added");
    }
    try {
      const provider =
        told.provider === undefined ? undefined : (this.#providers[told.provider] ?? told.provider);
      const call: UnresolvedCall = {
        scope,
        model: this.#model(told.models, provider),
        key: keyOf(span.spanContext()),
        terms: tagsOf(told.terms),
      };
      if (told.end === "unresolved" && this.#isUnresolved(told, call)) return;
      const statedCost = told.statedCost === undefined ? {} : { statedCost: told.statedCost };
      this.#purse.record({ ...call, usage: usageOf(span.attributes), ...statedCost });
      this.#count("booked");
    } catch (error) {
      if (!(error instanceof BursarError)) throw error;
      const reason = told.hasUsage ? error.code : "no_usage";
      this.#count(reason);
      this.#warn(reason, name, `it isn't booked: ${error.message}`);
    }
  }

  /** Holds a call of which nobody knows what it cost; one without a bound is booked by what it tells. */
  #isUnresolved(told: SpanTold, call: UnresolvedCall): boolean {
    const [name = ""] = told.models;
    const most = told.maxOutputTokens === undefined ? {} : { maxOutputTokens: told.maxOutputTokens };
    try {
      const hold = this.#purse.recordUnresolved({ ...call, inputTokens: told.inputTokens, ...most });
      this.#count("unresolved");
      const until = hold.expiresAt?.toISOString();
      this.#warn(
        "unresolved",
        name,
        `nobody knows what it cost; ${hold.bound} USD are held, and spent at ${until}`,
      );
      return true;
    } catch (error) {
      const isWithoutBound = error instanceof BursarError && error.code === "bound_missing";
      if (!isWithoutBound || !told.hasUsage) throw error;
      this.#count("partial");
      this.#warn("partial", name, "it tells neither its end nor a bound; only what it tells is booked");
      return false;
    }
  }

  /** The model that served, or the one that was asked for where the book doesn't know that. */
  #model([served = "", ...others]: readonly string[], provider: string | undefined): Model {
    try {
      return this.#purse.model(served, provider === undefined ? {} : { provider });
    } catch (error) {
      if (!(error instanceof Unpriced) || others.length === 0) throw error;
      return this.#model(others, provider);
    }
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** Warns once of each reason and model; a program makes many calls that are alike. */
  #warn(reason: string, model: string, why: string): void {
    const kind = `${reason} ${model}`;
    if (this.#warned.has(kind) || this.#warned.size >= MOST_WARNINGS) return;
    this.#warned.add(kind);
    process.emitWarning(`a span of a call of \`${model}\`: ${why}`, { type: "BursarSpan" });
  }
}

function keyOf({ traceId, spanId }: SpanContext): string {
  return `${traceId}/${spanId}`;
}

/** A span's attributes, with its status and its exception in the words that OpenTelemetry has for them. */
function attributesOf(span: ReadableSpan): Attributes {
  if (span.status?.code !== FAILED) return span.attributes;
  const thrown = (span.events ?? []).filter(({ name }) => name === "exception");
  return Object.assign(
    { ...span.attributes, "otel.status_code": "ERROR" },
    ...thrown.map(({ attributes }) => attributes),
  );
}

function parentOf(span: ReadableSpan): SpanContext | undefined {
  if (span.parentSpanContext !== undefined) return span.parentSpanContext;
  return span.parentSpanId === undefined
    ? undefined
    : { traceId: span.spanContext().traceId, spanId: span.parentSpanId };
}

/** The tags around a span whose context was given, and needn't be the current one. */
function tagsIn(context: OtelContext): Tags {
  return { ...ofBaggage(baggageOf(context)), ...givenTags() };
}

/** Whether the calls within a span are its own call, told by another instrumentation too. */
function isOfInner(told: SpanTold, inner: readonly SpanTold[]): boolean {
  if (inner.length === 0) return false;
  if (told.response !== undefined && inner.some(({ response }) => response === told.response)) return true;
  if (!told.hasUsage) return true;
  const [input, output] = totalOf(told);
  const totals = inner.map(totalOf);
  const isSame = ([i, o]: readonly [number, number]) => i === input && o === output;
  return (
    totals.some(isSame) || isSame(totals.reduce<[number, number]>(([i, o], [a, b]) => [i + a, o + b], [0, 0]))
  );
}

function totalOf({ inputTokens, outputTokens }: SpanTold): [number, number] {
  return [inputTokens, outputTokens];
}
