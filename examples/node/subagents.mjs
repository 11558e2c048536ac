/** An agent and its sub-agents spend from one run: whatever they start counts in its budget. */

import { BudgetExceeded, open } from "bursar";

const POLICY = `
[[budgets]]
name = "a run"
match = "everything"
limit = "0.10 USD"
period = "run"
`;

const purse = open(":memory:", { policy: POLICY });

/** One call: ask, send, settle. */
function work(who, scope) {
  try {
    const hold = purse.reserve({
      scope,
      model: "claude-sonnet-4-5",
      inputTokens: 4_000,
      maxOutputTokens: 2_000,
    });
    const entry = hold.settle({ inputTokens: 4_000, outputTokens: 1_500 });
    console.log(`${who}: ${entry.cost} USD, of ${entry.bound} USD held`);
  } catch (refusal) {
    if (!(refusal instanceof BudgetExceeded)) throw refusal;
    const { remaining, affordableOutputTokens } = refusal;
    console.log(
      `${who}: refused, ${remaining} USD are left and ${affordableOutputTokens} output tokens would fit`,
    );
  }
}

const planner = purse.scope({ team: "data", agent: "planner", run: "ticket-17" });
work("planner", planner);
for (const agent of ["searcher", "writer", "checker"])
  work(agent, purse.scope({ team: "data", agent, run: agent }, { parent: planner }));
// Another ticket has an amount of its own.
work("planner of another ticket", purse.scope({ team: "data", agent: "planner", run: "ticket-18" }));
