/** Prices: what usage costs, exactly, and why. */

import { taken } from "./error.js";
import { type Asked, type Explained, native } from "./native.js";
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
export class Quote {
  readonly #asked: Asked;
  readonly #told: readonly string[];
  #explained: Explained | undefined;

  constructor(asked: Asked, told: string) {
    this.#asked = asked;
    this.#told = told.split("\n");
  }

  /** The exact total in USD. */
  get total(): string {
    return this.#told[0] ?? "";
  }

  /** The model whose prices were used, `provider/model`. */
  get model(): string {
    return this.#told[1] ?? "";
  }

  /** How the name led to the model: `exact`, `alias`, `normalised` …. */
  get matched(): string {
    return this.#told[2] ?? "";
  }

  get priceVersion(): string {
    return this.#told[3] ?? "";
  }

  /** The lines, which sum to the total. */
  get lines(): readonly QuoteLine[] {
    const lines: QuoteLine[] = [];
    for (let at = 4; at + 3 < this.#told.length; at += 4) {
      const [dimension = "", quantity = "0", rate = "", amount = ""] = this.#told.slice(at, at + 4);
      lines.push({ dimension, quantity: BigInt(quantity), rate, amount });
    }
    return lines;
  }

  /** What was taken for granted. */
  get assumptions(): readonly string[] {
    return this.#explain().assumptions;
  }

  /** The whole of it in words. */
  get explanation(): string {
    return this.#explain().explanation;
  }

  /** Asked of few quotes, and dearer than the price. */
  #explain(): Explained {
    this.#explained ??= taken(native.explainQuote(this.#asked));
    return this.#explained;
  }

  /** What `JSON.stringify` takes; counts beyond a number's digits are text there. */
  toJSON(): unknown {
    const { total, model, matched, priceVersion } = this;
    const lines = this.lines.map((line) => ({ ...line, quantity: String(line.quantity) }));
    return { total, model, matched, priceVersion, lines };
  }
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
  return new Quote(asked, taken(native.quoteUsage(asked)));
}
