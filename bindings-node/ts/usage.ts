/** What a call consumed. */

import type { Flat } from "./native.js";

/** A count of tokens, searches, seconds …: a whole number of zero or more. */
export type Count = number | bigint;

/**
 * Counts by OpenTelemetry's names, in either spelling: `inputTokens` includes what was read from or written to a cache,
 * `outputTokens` includes reasoning.
 */
export type Counts = Readonly<Record<string, Count | null | undefined>>;

const LARGEST = (1n << 64n) - 1n;

/** A count, checked: what is no whole number of zero or more is refused with the reason. */
export function checked(count: unknown, name: string): Count {
  if (typeof count === "number") {
    if (Number.isSafeInteger(count) && count >= 0) return count;
    if (!Number.isInteger(count)) throw new TypeError(`\`${name}\` is a whole number, not ${String(count)}`);
    throw new RangeError(
      `\`${name}\` is zero or more and a safe integer, not ${String(count)}: give a bigint`,
    );
  }
  if (typeof count === "bigint") {
    if (count >= 0n && count <= LARGEST) return count;
    throw new RangeError(`\`${name}\` is zero or more and below 2^64, not ${String(count)}`);
  }
  throw new TypeError(`\`${name}\` is a whole number, not ${typeof count}`);
}

/** The name in snake case that the core has, as `cache_write_5m` for `cacheWrite5m`. */
export function snake(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z]|[0-9])/g, "_").toLowerCase();
}

/** Counts as the addon takes them; what is null or undefined is left out. */
export function flatOfCounts(counts: Counts): Flat {
  const flat: Flat = [];
  for (const [name, count] of Object.entries(counts)) {
    if (count !== null && count !== undefined) flat.push(snake(name), String(checked(count, name)));
  }
  return flat;
}

/** What one call consumed, in disjoint dimensions: `input_uncached`, `cache_read`, `output` …. */
export class Usage {
  readonly #counts: ReadonlyMap<string, bigint>;

  /** Usage by our own names of dimensions, each apart from the others, in either spelling. */
  constructor(counts: Counts) {
    const flat = flatOfCounts(counts);
    this.#counts = new Map(
      flat.flatMap((name, at) => (at % 2 ? [] : [[name, BigInt(flat[at + 1] as string)]])),
    );
  }

  /** The count of a dimension. */
  get(dimension: string): bigint {
    return this.#counts.get(snake(dimension)) ?? 0n;
  }

  /** The dimensions whose count is above zero. */
  toJSON(): Record<string, number> {
    return Object.fromEntries(
      [...this.#counts].filter(([, count]) => count > 0n).map(([name, count]) => [name, Number(count)]),
    );
  }

  /** Usage as the addon takes it. */
  flat(): Flat {
    return [...this.#counts].flatMap(([name, count]) => [name, count.toString()]);
  }
}

/** Usage from a flat list of the addon's. */
export function usageOf(flat: Flat): Usage {
  return new Usage(
    Object.fromEntries(flat.flatMap((name, at) => (at % 2 ? [] : [[name, BigInt(flat[at + 1] as string)]]))),
  );
}

/** Whether an object holds counts alone, rather than an answer. */
export function isCounts(given: object): given is Counts {
  return Object.values(given).every(
    (count) =>
      count === null || count === undefined || typeof count === "number" || typeof count === "bigint",
  );
}
