/**
 * One attempt of a call of a model API: held before it is sent, and settled from the answer that passes by.
 *
 * A retry of an SDK is an attempt of its own.
 */

import type { Answer } from "./answer.js";
import type { Decision } from "./decision.js";
import { BudgetExceeded, Invalid, Unpriced } from "./error.js";
import type { Hold } from "./hold.js";
import { isBeforeGeneration } from "./outcome.js";
import { coverOuter } from "./outer.js";
import type { Purse } from "./purse.js";
import { Reader } from "./reader.js";
import { type Sent, UsageFilter } from "./request.js";

/** How calls are held. */
export interface HoldOptions {
  /** Who answers, where the host doesn't tell. */
  readonly provider?: string;
  /** Whether fewer output tokens are asked for where that makes a call fit. */
  readonly fit?: boolean;
}

/** An attempt that was admitted. */
export class Attempt {
  readonly hold: Hold;
  /** The request that is to be sent; it may ask for less than the caller did. */
  readonly sent: Sent;
  readonly #filter: UsageFilter | undefined;
  #reader: Reader;
  #isOver = false;

  constructor(hold: Hold, sent: Sent) {
    this.hold = hold;
    this.sent = sent;
    this.#reader = new Reader(sent.api, "");
    this.#filter = sent.isUsageAsked ? new UsageFilter() : undefined;
  }

  /** Looks at the head of the answer; returns whether its body is to be read. */
  answered(status: number, contentType: string): boolean {
    if (status < 300) {
      this.#reader = new Reader(this.sent.api, contentType);
      return true;
    }
    this.#isOver = true;
    if (isBeforeGeneration(status)) this.hold.release();
    else this.hold.unresolved();
    return false;
  }

  /** Looks at a piece of the body, and returns what the caller gets of it. */
  passing(piece: Uint8Array): Uint8Array {
    this.#reader.push(piece);
    return this.#filter === undefined ? piece : this.#filter.push(piece);
  }

  /** What the caller still gets once the body has ended. */
  rest(): Uint8Array {
    return this.#filter?.rest() ?? new Uint8Array();
  }

  /** Settles by what the answer told; an answer that was cut off is unresolved. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    settleAnswered(this.hold, this.#reader.finish());
  }

  /** Ends the hold by what an error proves, unless the answer had come to its end before it. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    if (this.#reader.isEnded) {
      this.finish();
      return;
    }
    this.#isOver = true;
    this.hold.fail(error);
  }
}

/** Settles a hold; what contradicts itself or has no price leaves it unresolved, and the answer to its caller. */
function settleAnswered(hold: Hold, answer: Answer): void {
  try {
    hold.settle(answer);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Unpriced)) throw error;
    hold.unresolved();
  }
}

/** Holds what a request may cost, or throws the refusal. The request that is to be sent may ask for less. */
export async function begin(purse: Purse, sent: Sent, options: HoldOptions): Promise<Attempt> {
  let asked = sent;
  let decision = await decide(purse, asked, options);
  if (options.fit && !decision.isAdmitted && decision.error instanceof BudgetExceeded) {
    const tokens = decision.error.affordableOutputTokens;
    if (tokens > 0) {
      asked = asked.withMaxOutputTokens(tokens);
      decision = await decide(purse, asked, options);
    }
  }
  if (!decision.isAdmitted) throw decision.error;
  return new Attempt(decision.hold, asked);
}

function decide(purse: Purse, sent: Sent, options: HoldOptions): Promise<Decision> {
  coverOuter(purse, sent);
  const { api, path, body, provider } = sent;
  return purse.decideRequestLater(body, { api, path, provider: options.provider ?? provider });
}
