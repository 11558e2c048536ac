/** Agents of several teams spend against budgets, and the month's chargeback is printed. */

import { open } from "bursar";
import { ManualClock } from "bursar/testing";

const POLICY = `
[taxonomy]
required = ["team", "agent"]

[[budgets]]
name = "marketing"
match = { team = "marketing" }
limit = "2.00 USD"
period = "month"

[[budgets]]
name = "search"
match = { team = "search" }
limit = "0.50 USD"
period = "day"
steps = [
  { at = 50, do = "throttle", pace = true },
  { at = 100, do = "suspend" },
]

[[budgets]]
name = "agent"
match = {}
per = "agent"
limit = "0.60 USD"
period = "day"
steps = [
  { at = 80, do = "alert", level = "warning" },
  { at = 100, do = "suspend", what = "agent" },
]
`;

/** Who calls which model: team, client, agent, model, and tokens in and out. */
const AGENTS = [
  ["marketing", "acme-corp", "writer", "claude-sonnet-4-5", 3_000, 800],
  ["marketing", "globex", "editor", "gpt-5-mini", 6_000, 1_500],
  ["search", "acme-corp", "ranker", "gemini-2.5-flash", 9_000, 4_000],
  ["platform", "", "reviewer", "gpt-5", 12_000, 2_500],
];

// A program uses the machine's clock and a file; the scene plays on a day of its own, in memory.
const clock = new ManualClock(new Date("2026-11-23T08:00:00Z"));
const purse = open(":memory:", { policy: POLICY, clock });
// Alerts come when the event loop gets to them; the scene shows them at the end of each hour.
const alerts = [];
purse.on("alert", (alert) => alerts.push(`${alert.level}: ${alert.message}`));

/** One call: ask, send, settle. */
function work(scope, model, inputTokens, outputTokens) {
  const decision = purse.decide({ scope, model, inputTokens, maxOutputTokens: 4_000 });
  if (!decision.isAdmitted) {
    console.log(`refused: ${decision.error.message}`);
    return;
  }
  // Here the call goes out. Its answer says what it used.
  decision.hold.settle({ inputTokens, outputTokens });
}

for (let hour = 0; hour < 10; hour++) {
  for (const [team, client, agent, model, tokensIn, tokensOut] of AGENTS)
    for (let call = 0; call < 5; call++)
      work({ team, agent, ...(client && { client }) }, model, tokensIn, tokensOut);
  await purse.flushAlerts();
  for (const alert of alerts.splice(0)) console.log(alert);
  console.log(`-- ${9 + hour}:00`);
  clock.advance(60 * 60_000);
}

console.log(String(purse.report({ month: "2026-11" })));
