/** Sixty-four calls race for the last dollar: ten calls of ten cents fit, and not one more. */

import { open } from "bursar";

const POLICY = `
[[budgets]]
name = "dollar"
match = "everything"
limit = "1 USD"
period = "day"

[[prices.overrides]]
provider = "private"
model = "ten-cents"
input_mtok = "1"
output_mtok = "1"
`;

const purse = open(":memory:", { policy: POLICY });

/** A call of exactly ten cents; whether it was admitted. */
async function call() {
  const decision = purse.decide({
    scope: { team: "data" },
    model: "ten-cents",
    inputTokens: 50_000,
    maxOutputTokens: 50_000,
  });
  if (!decision.isAdmitted) return false;
  await new Promise((sent) => setImmediate(sent));
  decision.hold.settle({ inputTokens: 50_000, outputTokens: 50_000 });
  return true;
}

const answers = await Promise.all(Array.from({ length: 64 }, call));
const admitted = answers.filter(Boolean).length;
console.log(`${admitted} admitted, ${64 - admitted} refused`);
for (const budget of purse.budgets())
  console.log(`${budget.name}: ${budget.spent} USD spent, ${budget.held} USD held`);
