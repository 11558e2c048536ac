import assert from "node:assert/strict";
import { test } from "node:test";

import { BursarError, Invalid, parseMoney, picoUsd } from "bursar";

import { purseOf } from "../fixtures/support.mjs";

test("an amount is decimal text with every digit", () => {
  assert.equal(parseMoney("0.0379055 USD"), "0.0379055");
  assert.equal(
    parseMoney("170141183460469231731687303.715884105727"),
    "170141183460469231731687303.715884105727",
  );
});

test("an amount is whole pico-dollars, in which sums are exact", () => {
  assert.equal(picoUsd("0.10") + picoUsd("0.20"), picoUsd("0.30"));
  assert.equal(picoUsd("-0.000000000001"), -1n);
  assert.equal(parseMoney(-1_500_000_000_000n), "-1.5");
  assert.equal(picoUsd(parseMoney(123_456_789_012_345n)), 123_456_789_012_345n);
});

test("an error has a code, a message and a way out", () => {
  assert.throws(
    () => parseMoney("ten dollars"),
    (error) => {
      assert.ok(error instanceof BursarError);
      assert.ok(error instanceof Invalid);
      assert.ok(error instanceof Error);
      assert.equal(error.name, "Invalid");
      assert.equal(error.code, "currency_unsupported");
      assert.equal(error.message, "`dollars` is no currency code");
      assert.equal(error.help, "use an ISO 4217 code, such as `USD`");
      assert.equal(error.isPassing, false);
      return true;
    },
  );
});

test("money is never a number", () => {
  const { purse } = purseOf();
  const hold = purse.reserve({ scope: {}, model: "race-model", inputTokens: 0, maxOutputTokens: 100_000 });
  const message =
    'an amount of money is decimal text or pico-dollars as a bigint, not the number 0.1: write "0.1 USD"';
  assert.throws(() => hold.settleCost(0.1), { name: "TypeError", message });
  assert.throws(() => parseMoney(0.1), { name: "TypeError", message });
  assert.throws(() => parseMoney(null), TypeError);
  assert.equal(hold.settleCost(50_000_000_000n).cost, "0.05");
});
