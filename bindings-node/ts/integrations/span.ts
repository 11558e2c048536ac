/** A span's attributes as the core reads them. */

import { taken } from "../error.js";
import { type Flat, native } from "../native.js";
import { type Tags, tagsOf } from "../tags.js";
import { type Usage, usageOf as usageOfFlat } from "../usage.js";

/** Attributes of a span. */
export type Attributes = Readonly<Record<string, unknown>>;

/** What a span told of its call. */
export type SpanTold = ReturnType<typeof native.readSpan>;

// Texts of messages are longer, and tell nothing here.
const MOST_CHARACTERS = 1024;

/** What a span tells. */
export function toldBy(attributes: Attributes): SpanTold {
  return native.readSpan(flatOf(attributes));
}

/** The usage that it tells. */
export function usageOf(attributes: Attributes): Usage {
  return usageOfFlat(taken(native.usageOfSpan(flatOf(attributes))));
}

/** The tags among attributes, and those of the keys that were asked for beside them. */
export function tagsAmong(attributes: Attributes, more: readonly string[]): Tags {
  return tagsOf(native.tagsAmong(flatOf(attributes), [...more]));
}

/** Attributes as texts; of a list its first element, by the list's name and its place. */
function flatOf(attributes: Attributes): Flat {
  const flat: Flat = [];
  for (const [name, value] of Object.entries(attributes)) {
    const [key, first] = Array.isArray(value) ? [`${name}.0`, value[0]] : [name, value];
    if (first === undefined || first === null) continue;
    const text = String(first);
    if (text.length <= MOST_CHARACTERS) flat.push(key, text);
  }
  return flat;
}
