// The shared vectors of prices and of answers: the same files that Rust and Python run.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { BursarError, open, picoUsd, readUsage, Usage } from "bursar";
import { ManualClock } from "bursar/testing";

import { inPieces, told, vectors } from "../fixtures/support.mjs";

const folder = mkdtempSync(join(tmpdir(), "bursar-"));
after(() => rmSync(folder, { recursive: true }));

/** A purse on the case's own book, which its policy names as a file. */
function pricedBy(given) {
  const path = join(folder, "book");
  writeFileSync(path, typeof given.book === "string" ? given.book : JSON.stringify(given.book));
  const prices = { file: path, max_move: "any", overrides: given.overrides ?? [] };
  const everything = { name: "all", match: "everything", limit: "1e9 USD", period: "day" };
  const clock = new ManualClock(new Date(given.at));
  return open(":memory:", { policy: { prices, budgets: [everything] }, clock, resourceAttributes: "" });
}

/** Counts, which are text where a number of JSON would lose digits. */
function counts(given) {
  return Object.fromEntries(Object.entries(given).map(([name, count]) => [name, BigInt(count)]));
}

function present(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function checkQuote(given, purse) {
  const { expect, model, provider, terms } = given;
  const usage = "otel" in given ? counts(given.otel) : new Usage(counts(given.usage));
  const quote = purse.quote(present({ model, provider, terms, usage, at: purse.now() }));
  assert.equal(quote.total, expect.total);
  if (expect.matched !== undefined) assert.equal(quote.matched, expect.matched);
  if (expect.lines !== undefined) {
    const lines = quote.lines.map(({ dimension, quantity, amount }) => ({
      dimension,
      quantity: Number(quantity),
      amount,
    }));
    assert.deepEqual(
      lines,
      expect.lines.map((line) => ({ ...line, quantity: Number(line.quantity) })),
    );
  }
  assert.equal(sum(quote.lines.map((line) => line.amount)), femto(quote.total));
}

/** Amounts of quotes are exact in femto-dollars. */
function femto(text) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole) * 10n ** 15n + BigInt(fraction.padEnd(15, "0"));
}

function sum(amounts) {
  return amounts.reduce((total, amount) => total + femto(amount), 0n);
}

function checkBound(given, purse) {
  const { bound, model, provider, terms, expect } = given;
  const call = present({
    scope: {},
    model,
    provider,
    terms,
    inputTokens: bound.input_tokens,
    maxOutputTokens: bound.max_output_tokens,
    extra: bound.extra && counts(bound.extra),
    cache: bound.cache === "none" ? false : undefined,
  });
  const hold = purse.reserve(call);
  assert.equal(hold.bound, expect.bound.money);
  assert.equal(hold.boundPico, picoUsd(expect.bound.money));
  hold.release();
  if ("affordable" in expect) {
    const tight = { name: "all", match: "everything", limit: `${bound.remaining} USD`, period: "day" };
    purse.apply({ prices: { max_move: "any" }, budgets: [tight] });
    const decision = purse.decide(call);
    if (decision.kind === "exceeded")
      assert.equal(decision.affordableOutputTokens, Number(expect.affordable));
  }
}

for (const [, { cases }] of vectors("pricing")) {
  for (const given of cases) {
    test(`prices: ${given.name}`, () => {
      const code = given.expect.error;
      let found;
      let purse;
      try {
        purse = pricedBy(given);
        (given.bound === undefined ? checkQuote : checkBound)(given, purse);
      } catch (error) {
        if (!(error instanceof BursarError)) throw error;
        found = error.code;
      } finally {
        purse?.close();
      }
      // Prices of a policy are read with the policy, whose faults are its own.
      const isOfPolicy =
        code === "price_book_invalid" && given.overrides !== undefined && found === "policy_invalid";
      if (!isOfPolicy) assert.equal(found, code, given.law);
    });
  }
}

for (const [name, { answers }] of vectors("answers")) {
  for (const [index, given] of answers.entries()) {
    test(`answers: ${name} ${index}`, () => {
      const source = { api: given.api, contentType: given.content_type };
      assert.deepEqual(told(readUsage(given.body, source)), given.expect);
      const pieces = inPieces(given.api, Buffer.from(given.body), 7, given.content_type);
      assert.deepEqual(told(pieces), given.expect);
    });
  }
}
