/** What a program says of a call before it is sent, or once it has happened. */

import type { Answer } from "./answer.js";
import type { Model, Scope } from "./handles.js";
import type { Amount } from "./money.js";
import type { CallRow } from "./native.js";
import type { Tags } from "./tags.js";
import { flatOfTerms, type Terms } from "./terms.js";
import { type Counts, checked, Usage } from "./usage.js";

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
  /** Other models that may answer in its place, as where a router has fallbacks: the hold is that of the dearest. */
  readonly others?: readonly (string | Model)[];
}

/** A request to a model API, as it is sent: where it goes, or the name of its API. */
export interface RequestSource {
  readonly host?: string;
  readonly path?: string;
  /** The shape of the API, as `chat` or `messages`. */
  readonly api?: string;
}

/** How a request is held. */
export interface RequestOptions extends RequestSource {
  readonly scope?: Scope | Tags;
  /** Who answers, by its id in the price book, where the host doesn't tell. */
  readonly provider?: string | undefined;
  readonly key?: string;
}

/** An amount that may be spent: a tool's fee, or what a program that counts its own cost may use up. */
export interface AmountCall {
  /** What it is booked under, `provider/name` where a report shall tell who is paid. */
  readonly name: string;
  readonly scope?: Scope | Tags;
  readonly key?: string;
  readonly lifetimeMs?: number;
}

/** A call that has happened, as telemetry tells of one. */
export interface HappenedCall {
  readonly scope?: Scope | Tags;
  readonly model: string | Model;
  readonly provider?: string;
  /** What it consumed: counts, a `Usage`, or the provider's answer. */
  readonly usage?: Counts | Usage | Answer | object | string;
  /** Or what it cost. */
  readonly cost?: Amount;
  /** What the provider said that it cost, beside its usage. */
  readonly statedCost?: Amount;
  /** The same key again books nothing. */
  readonly key?: string;
  readonly terms?: Terms;
  readonly fingerprint?: number | bigint;
}

/** A call that has happened, and of which nobody knows what it cost. */
export interface UnresolvedCall extends Omit<HappenedCall, "usage" | "cost" | "statedCost"> {
  /** The most input tokens, as far as they are known. */
  readonly inputTokens?: number;
  /** The most output tokens; the model's own maximum, if left out. */
  readonly maxOutputTokens?: number;
  /** How long the hold lives until it becomes spend. */
  readonly lifetimeMs?: number;
}

/** What only few calls say; nothing for the others, which are the fast ones. */
export function rowOf(call: Call): CallRow | undefined {
  const { key, extra, terms, cache, fingerprint, lifetimeMs } = call;
  const isPlain = key === undefined && extra === undefined && terms === undefined && cache === undefined;
  if (isPlain && fingerprint === undefined && lifetimeMs === undefined) return undefined;
  const row: CallRow = {};
  if (key !== undefined) row.key = key;
  if (extra !== undefined) row.extra = (extra instanceof Usage ? extra : new Usage(extra)).flat();
  if (terms !== undefined) row.terms = flatOfTerms(terms);
  if (cache === false) row.isUncached = true;
  if (fingerprint !== undefined) row.fingerprint = BigInt(checked(fingerprint, "fingerprint"));
  if (lifetimeMs !== undefined) row.lifetimeMicros = microsOfMs(lifetimeMs);
  return row;
}

/** A time in milliseconds as whole microseconds. */
export function microsOfMs(ms: number): number {
  return Number(checked(Math.round(ms * 1000), "lifetimeMs"));
}
