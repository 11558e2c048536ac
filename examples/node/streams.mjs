/** A stream is settled to the usage that it tells; one that breaks off is charged in full, once its hold expires. */

import { open, readUsage } from "bursar";
import { ManualClock } from "bursar/testing";

const POLICY = `
[[budgets]]
name = "search"
match = { team = "search" }
limit = "1 USD"
period = "day"
`;

/** What a provider sends, as it arrives. */
const EVENTS = [
  'data: {"model": "gpt-5-mini", "choices": [{"delta": {"content": "Yes"}}]}\n\n',
  'data: {"model": "gpt-5-mini", "choices": [{"finish_reason": "stop"}]}\n\nda',
  'ta: {"choices": [], "usage": {"prompt_tokens": 900, "completion_tokens": 120}}\n\ndata: [DONE]\n\n',
];

const clock = new ManualClock(new Date("2026-11-23T08:00:00Z"));
const purse = open(":memory:", { policy: POLICY, clock });

function reserve() {
  return purse.reserve({
    scope: { team: "search" },
    model: "gpt-5-mini",
    inputTokens: 1_000,
    maxOutputTokens: 400,
  });
}

/** Settles to what the events told. A wrapped client does it as they pass by. */
function read(hold, events) {
  const answer = readUsage(events.join(""), { api: "chat", contentType: "text/event-stream" });
  const entry = hold.settle(answer);
  console.log(
    entry === null
      ? "nobody knows what the stream cost"
      : `the stream came to its end: ${entry.cost} USD`,
  );
}

function show() {
  for (const budget of purse.budgets())
    console.log(`${budget.name}: ${budget.spent} USD spent, ${budget.held} USD held`);
}

const hold = reserve();
console.log(`held ${hold.bound} USD`);
read(hold, EVENTS);
show();

read(reserve(), EVENTS.slice(0, 1));
show();
clock.advance(16 * 60_000);
console.log("sixteen minutes later");
show();
