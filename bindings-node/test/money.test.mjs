import assert from "node:assert/strict";
import { test } from "node:test";

import { BursarError, parseMoney } from "bursar";

test("an amount is decimal text with every digit", () => {
  assert.equal(parseMoney("0.0379055 USD"), "0.0379055");
  assert.equal(
    parseMoney("170141183460469231731687303.715884105727"),
    "170141183460469231731687303.715884105727",
  );
});

test("an error has a code, a message and a way out", () => {
  assert.throws(
    () => parseMoney("ten dollars"),
    (error) => {
      assert.ok(error instanceof BursarError);
      assert.ok(error instanceof Error);
      assert.equal(error.name, "BursarError");
      assert.equal(error.code, "currency_unsupported");
      assert.equal(error.message, "`dollars` is no currency code");
      assert.equal(error.help, "use an ISO 4217 code, such as `USD`");
      return true;
    },
  );
});
