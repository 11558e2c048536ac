/**
 * Calls that a framework makes: what it shows of one before it is sent, and of its usage afterwards.
 *
 * For hooks that see messages rather than a request: they are bounded as the same messages in a request would be.
 */

import { BudgetExceeded, Invalid, Unpriced } from "./error.js";
import type { Scope } from "./handles.js";
import type { Entry, Hold } from "./hold.js";
import type { Purse } from "./purse.js";
import { currentTags, type Tags } from "./tags.js";
import type { Counts } from "./usage.js";

const PATH = "/v1/chat/completions";

/** What a framework shows of a call, in the words of chat completions. */
export interface ModelCall {
  readonly model: string;
  readonly provider?: string | undefined;
  readonly messages: readonly unknown[];
  readonly tools?: readonly unknown[] | undefined;
  readonly responseFormat?: unknown;
  readonly maxOutputTokens?: number | undefined;
  readonly scope?: Scope | Tags;
  /** Whether fewer output tokens are asked for where that makes the call fit. */
  readonly fit?: boolean | undefined;
}

/** A call that was admitted, and the output tokens that it may ask for. */
export interface HeldCall {
  readonly hold: Hold;
  readonly maxOutputTokens: number | undefined;
}

/** Holds the most that a call with these messages and tools may cost, or throws the refusal. */
export function holdCall(purse: Purse, call: ModelCall): HeldCall {
  const decision = decide(purse, call);
  if (decision.isAdmitted) return { hold: decision.hold, maxOutputTokens: call.maxOutputTokens };
  const { error } = decision;
  if (call.fit && error instanceof BudgetExceeded && error.affordableOutputTokens > 0) {
    return holdCall(purse, { ...call, maxOutputTokens: error.affordableOutputTokens, fit: false });
  }
  throw error;
}

function decide(purse: Purse, call: ModelCall) {
  const body = {
    model: call.model,
    messages: call.messages,
    ...(call.tools?.length ? { tools: call.tools } : {}),
    ...(call.responseFormat === undefined ? {} : { response_format: call.responseFormat }),
    ...(call.maxOutputTokens === undefined ? {} : { max_tokens: call.maxOutputTokens }),
  };
  return purse.decideRequest(body, {
    api: "chat",
    path: PATH,
    provider: call.provider,
    scope: call.scope ?? currentTags(),
  });
}

/** Who answered a call, where the framework tells. */
export interface Answered {
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
}

/** Settles a call by what a framework tells of its usage; what it doesn't tell leaves the call unresolved. */
export function settleCall(
  purse: Purse,
  hold: Hold,
  usage: Counts | undefined,
  answered: Answered,
): Entry | null {
  // A hold that gave way to one within has ended; that one knows the answer.
  if (hold.isEnded) return null;
  const { inputTokens, outputTokens } = usage ?? {};
  if (usage === undefined || inputTokens === undefined || outputTokens === undefined) {
    hold.unresolved();
    return null;
  }
  const model = servedBy(purse, answered);
  try {
    return hold.settle(usage, model === undefined ? {} : { model });
  } catch (error) {
    // What contradicts itself or has no price leaves its hold, and the answer to its caller.
    if (!(error instanceof Invalid || error instanceof Unpriced)) throw error;
    hold.unresolved();
    return null;
  }
}

/** The model that served, at the provider that was asked; one that the book doesn't know is priced as the one asked. */
function servedBy(purse: Purse, { model, provider }: Answered) {
  if (model === undefined) return undefined;
  try {
    return purse.model(model, provider === undefined ? {} : { provider });
  } catch (error) {
    if (error instanceof Unpriced) return undefined;
    throw error;
  }
}
