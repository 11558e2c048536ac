/** The tags around a call: who pays for what happens here. */

import { AsyncLocalStorage } from "node:async_hooks";

import type { Flat } from "./native.js";
import { baggageOf } from "./otel.js";

/** Tags by their names, short (`team`) or OpenTelemetry's (`team.name`). */
export type Tags = Readonly<Record<string, string>>;

// The short names of the keys that OpenTelemetry has longer ones for.
export const SHORT: Tags = {
  "team.name": "team",
  "project.name": "project",
  "client.name": "client",
  "gen_ai.agent.name": "agent",
  "deployment.environment.name": "environment",
  "user.id": "user",
  "gen_ai.conversation.id": "run",
};
const KNOWN = new Set([...Object.keys(SHORT), ...Object.values(SHORT)]);

const around = new AsyncLocalStorage<Tags>();
const NONE: Tags = Object.freeze({});

/** Runs a function with tags over those around it; they stay with everything that it awaits and starts. */
export function tagged<T>(tags: Tags, run: () => T): T {
  return around.run(over(around.getStore() ?? NONE, tags), run);
}

/** The tags that the program laid around the call, without those of baggage. */
export function givenTags(): Tags {
  return around.getStore() ?? NONE;
}

/** The tags around the call. */
export function currentTags(): Tags {
  const ambient = givenTags();
  const baggage = ofBaggage(baggageOf());
  return baggage === undefined ? ambient : over(baggage, ambient);
}

/** Tags over those around the call. */
export function laidOver(tags: Tags): Tags {
  return over(currentTags(), tags);
}

/** Tags as the addon takes them. */
export function flatOfTags(tags: Tags): Flat {
  if (typeof tags !== "object" || tags === null || Array.isArray(tags)) {
    throw new TypeError("a scope is a Scope, an object of tags, or nothing for the tags around the call");
  }
  const flat: Flat = [];
  for (const [key, value] of Object.entries(tags)) {
    // What is undefined was left out, as in `{ team: process.env.TEAM }`; the taxonomy says whether it may be.
    if (value === undefined) continue;
    if (typeof value !== "string") throw new TypeError(`the tag \`${key}\` is text, not ${typeof value}`);
    flat.push(key, value);
  }
  return flat;
}

/** The tags of a flat list. */
export function tagsOf(flat: Flat): Tags {
  const tags: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2)
    tags[flat[index] as string] = flat[index + 1] as string;
  return Object.freeze(tags);
}

function over(under: Tags, tags: Tags): Tags {
  const laid: Record<string, string> = { ...under };
  for (const [key, value] of Object.entries(tags)) laid[SHORT[key] ?? key] = value;
  return Object.freeze(laid);
}

/** The tags that came with a request, as OpenTelemetry baggage; of our keys only, since anybody may send baggage. */
export function ofBaggage(entries: readonly [string, string][]): Tags | undefined {
  const ours = entries
    .filter(([key]) => KNOWN.has(key))
    .map(([key, value]) => [SHORT[key] ?? key, value] as const);
  return ours.length > 0 ? Object.fromEntries(ours) : undefined;
}
