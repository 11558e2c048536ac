/** Prices: what usage costs, exactly, and why. */

import { taken } from "./error.js";
import { type Asked, native } from "./native.js";
import { flatOfTerms, type Terms } from "./terms.js";
import { microsOf } from "./time.js";
import { type Counts, flatOfCounts, Usage } from "./usage.js";

/** What is to be priced. */
export interface QuoteRequest {
  readonly model: string;
  /** Counts by OpenTelemetry's names, in which `inputTokens` includes what was cached, or a `Usage`. */
  readonly usage: Counts | Usage;
  readonly provider?: string;
  /** Now, if left out. */
  readonly at?: Date;
  readonly terms?: Terms;
}

/** One line of a quote: a quantity at a rate. */
export interface QuoteLine {
  /** What is charged for. */
  readonly dimension: string;
  readonly quantity: bigint;
  /** The price of one unit in USD, exact: a division where its decimals have no end. */
  readonly rate: string;
  /** What the line comes to, in USD. */
  readonly amount: string;
}

/** Usage priced, line by line. */
export interface Quote {
  /** The exact total in USD. */
  readonly total: string;
  /** The lines, which sum to the total. */
  readonly lines: readonly QuoteLine[];
  /** The model whose prices were used, `provider/model`. */
  readonly model: string;
  /** How the name led to the model: `exact`, `alias`, `normalised` …. */
  readonly matched: string;
  readonly priceVersion: string;
  /** What was taken for granted. */
  readonly assumptions: readonly string[];
  /** The whole of it in words. */
  readonly explanation: string;
}

/**
 * Prices usage at the prices of an instant, by the book that comes with the package.
 *
 * @throws Unpriced for a model, dimension or tier without a price; it is never taken for free
 *
 * @example
 * quote({ model: "gpt-5", usage: { inputTokens: 9126, cacheReadInputTokens: 4864, outputTokens: 3197 } }).total;
 * // "0.0379055"
 */
export function quote(request: QuoteRequest): Quote {
  return priced(request);
}

/** The same by the book of a ledger, where one is given. */
export function priced(request: QuoteRequest, ledger?: number): Quote {
  const { model, usage, provider, at = new Date(), terms = {} } = request;
  const isOwn = usage instanceof Usage;
  const asked: Asked = {
    model,
    usage: usage instanceof Usage ? usage.flat() : flatOfCounts(usage),
    isOwn,
    micros: microsOf(at),
    terms: flatOfTerms(terms),
  };
  if (provider !== undefined) asked.provider = provider;
  if (ledger !== undefined) asked.ledger = ledger;
  const { lines, ...rest } = taken(native.quoteUsage(asked));
  return { ...rest, lines: lines.map((line) => ({ ...line, quantity: BigInt(line.quantity) })) };
}
