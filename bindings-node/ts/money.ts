/** Amounts of money: decimal text in USD, and whole pico-dollars as a bigint. Never a number. */

import { taken } from "./error.js";
import { native } from "./native.js";

/** An amount that is given: decimal text, such as `0.25` or `2500 USD`, or pico-dollars as a bigint. */
export type Amount = string | bigint;

const DIGITS = 12;
const PICO = 10n ** BigInt(DIGITS);

/**
 * Reads an amount such as `2500 USD` without loss, and returns it as decimal text: a number could not hold it.
 *
 * @throws BursarError `money_invalid`, `money_precision`, `money_overflow` or `currency_unsupported`
 * @throws TypeError for a number
 *
 * @example
 * parseMoney("1e-6 USD"); // "0.000001"
 */
export function parseMoney(amount: Amount): string {
  return taken(native.parseMoney(textOf(amount)));
}

/**
 * Returns an amount as whole pico-dollars, in which sums are exact.
 *
 * @example
 * picoUsd("0.10") + picoUsd("0.20"); // 300000000000n
 */
export function picoUsd(amount: Amount): bigint {
  if (typeof amount === "bigint") return amount;
  const text = parseMoney(amount);
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const pico = BigInt(whole) * PICO + BigInt(fraction.padEnd(DIGITS, "0"));
  return text.startsWith("-") ? -pico : pico;
}

/** An amount as the addon takes it. */
export function textOf(amount: Amount): string {
  if (typeof amount === "string") return amount;
  if (typeof amount === "bigint") return decimal(amount);
  const shown = typeof amount === "number" ? ` ${String(amount)}: write "${String(amount)} USD"` : "";
  throw new TypeError(
    `an amount of money is decimal text or pico-dollars as a bigint, not the ${typeof amount}${shown}`,
  );
}

/** Pico-dollars as decimal text in USD, with the digits that matter. */
export function decimal(pico: bigint): string {
  const size = pico < 0n ? -pico : pico;
  const fraction = (size % PICO).toString().padStart(DIGITS, "0").replace(/0+$/, "");
  const whole = `${pico < 0n ? "-" : ""}${size / PICO}`;
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
