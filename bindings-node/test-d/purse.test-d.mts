// What the types promise. Nothing here runs: it compiles, and each marked line must not.

import Anthropic from "@anthropic-ai/sdk";
import {
  type Alert,
  type BudgetExceeded,
  type ClientStatement,
  type Decision,
  type Entry,
  type Fetch,
  type Hold,
  lintFocus,
  open,
  type Purse,
  parseMoney,
  type Reconciliation,
  type Statement,
  type Throttled,
  Usage,
} from "bursar";
import { ManualClock } from "bursar/testing";
import OpenAI from "openai";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const purse: Purse = open(":memory:", { policy: "bursar.toml", clock: new ManualClock(new Date()) });

// Money is text or a bigint, never a number.
parseMoney("1 USD");
parseMoney(1n);
// @ts-expect-error a number is no money
parseMoney(0.1);
const hold: Hold = purse.reserve({ model: "gpt-5", inputTokens: 1, maxOutputTokens: 1 });
hold.settleCost("0.1");
// @ts-expect-error a number is no money
hold.settleCost(0.1);
// @ts-expect-error a number is no money
purse.adjust(1, { by: 5, note: "x" });
same<typeof hold.bound, string>(true);
same<typeof hold.boundPico, bigint>(true);

// Counts settle for certain; an answer may not tell its usage.
same<ReturnType<typeof counted>, Entry>(true);
const counted = () => hold.settle({ inputTokens: 1, outputTokens: 2 });
const owned: Entry = hold.settle(new Usage({ inputUncached: 1 }));
const response = await new OpenAI().chat.completions.create({ model: "gpt-5-mini", messages: [] });
const answered: Entry | null = hold.settle(response);
// @ts-expect-error an answer may not tell its usage
const certain: Entry = hold.settle(response);

// A call says what it needs.
// @ts-expect-error without a bound on its input
purse.reserve({ model: "gpt-5" });
// @ts-expect-error an unknown option
purse.reserve({ model: "gpt-5", inputTokens: 1, maxTokens: 1 });
// @ts-expect-error a tag's value is text
purse.withTags({ team: 7 }, () => 0);
same<ReturnType<typeof asynchronous>, Promise<number>>(true);
const asynchronous = () => purse.withTags({ team: "data" }, async () => 1);

// A decision is one of six, and each has what only it has.
function tell(decision: Decision): string {
  switch (decision.kind) {
    case "admitted":
      return decision.hold.bound;
    case "exceeded":
      same<typeof decision.error, BudgetExceeded>(true);
      return `${decision.budget} ${decision.remaining} ${decision.affordableOutputTokens}`;
    case "throttled":
      same<typeof decision.error, Throttled>(true);
      return decision.downgradeTo ?? String(decision.retryAfterMs);
    case "suspended":
      return decision.until?.toISOString() ?? decision.agent ?? "";
    case "unpriced":
      return decision.error.code;
    case "untagged":
      return decision.missing.join();
    default:
      return decision satisfies never;
  }
}
const decision = purse.decide({ model: "gpt-5", inputTokens: 1 });
if (decision.isAdmitted) decision.hold.release();
// @ts-expect-error there may be no hold
decision.hold.release();
tell(decision);

// A wrapped client is what it was.
same<ReturnType<typeof wrapped>, OpenAI>(true);
const wrapped = () => purse.wrap(new OpenAI());
const anthropic: Anthropic = purse.wrap(new Anthropic(), { fit: true, provider: "anthropic" });
// @ts-expect-error text is no client
purse.wrap("client");
const fetched: Fetch = purse.fetch();
new OpenAI({ fetch: purse.fetch({ refusal: "response" }) });
new Anthropic({ fetch: purse.fetch({ refusal: "response" }) });

purse.on("alert", (alert: Alert) => alert.message);
// @ts-expect-error there is no such event
purse.on("bell", () => 0);
purse.report({ month: "2026-11", by: ["team", "model"] }).toCsv();
{
  using scoped = purse.reserve({ model: "gpt-5", inputTokens: 1, maxOutputTokens: 1 });
  scoped.release();
}

// What the books give, and that an export says of when.
const invoice: ClientStatement = purse.issueInvoice("acme", { month: "2026-11" });
same<typeof invoice.number, string | undefined>(true);
same<ReturnType<typeof purse.closePeriodLater>, Promise<Statement[]>>(true);
const found: Reconciliation = purse.reconcile([{ format: "openai_costs", pages: "costs.json" }], {
  provider: "openai",
  month: "2026-11",
});
purse.postTrueUps(found);
// @ts-expect-error true-ups are those of a reconciliation
purse.postTrueUps(invoice);
// @ts-expect-error no such system
purse.report().toJournal("sap");
// @ts-expect-error a number is no money
lintFocus("focus.csv", { payable: { "INV-1": 5 } });
