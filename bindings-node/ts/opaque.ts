/** What the addon's declarations name: things that only it can look into, and the shapes of its answers. */

import type { Fault, Refusal } from "./addon.js";

declare const opaque: unique symbol;
/** Something of the addon's that only it can look into. */
interface Opaque<Name extends string> {
  readonly [opaque]: Name;
}
export type Answer = Opaque<"Answer">;
export type Reader = Opaque<"Reader">;
export type Clock = Opaque<"Clock">;
export type Reading = Opaque<"Reading">;
export type Statement = Opaque<"Statement">;
export type Metrics = Opaque<"Metrics">;
export type Subscription = Opaque<"Subscription">;

/** A value, or what is wrong. */
export type Answered<Value> = Value | Fault;

/** A hold's number (negative for a replay), or the refusal. */
export type Decided = number | Refusal;
