/** The terms of a call. */

import type { Flat } from "./native.js";
import { snake } from "./usage.js";

/** Service tier, batch, region and the like. */
export interface Terms {
  readonly serviceTier?: string;
  /** The tier that the answer says it was served at. */
  readonly served?: string;
  /** As `batch`. */
  readonly processing?: string;
  readonly speed?: string;
  readonly region?: string;
  readonly dataResidency?: string;
  readonly resolution?: string;
  readonly search?: string;
}

const NAMES = [
  "service_tier",
  "served",
  "processing",
  "speed",
  "region",
  "data_residency",
  "resolution",
  "search",
];

/** Terms as the addon takes them. */
export function flatOfTerms(terms: Terms): Flat {
  const flat: Flat = [];
  for (const [key, value] of Object.entries(terms) as [string, unknown][]) {
    if (value === undefined || value === null) continue;
    const name = snake(key);
    if (!NAMES.includes(name)) {
      throw new TypeError(`\`${key}\` is no term of a call; allowed are \`${NAMES.join("`, `")}\``);
    }
    if (typeof value !== "string") throw new TypeError(`the term \`${key}\` is text, not ${typeof value}`);
    flat.push(name, value);
  }
  return flat;
}
