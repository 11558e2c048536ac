import { BursarError } from "./error.js";
import { native } from "./native.js";

/**
 * Reads an amount such as `2500 USD` without loss, and returns it as decimal text: a number could not hold it.
 *
 * @throws BursarError `money_invalid`, `money_precision`, `money_overflow` or `currency_unsupported`
 *
 * @example
 * parseMoney("1e-6 USD"); // "0.000001"
 */
export function parseMoney(text: string): string {
  const answer = native.parseMoney(text);
  if (typeof answer !== "string") throw new BursarError(answer);
  return answer;
}
