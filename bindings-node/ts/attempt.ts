/**
 * One attempt of a call of a model API: held before it is sent, and settled from the answer that passes by.
 *
 * A retry of an SDK is an attempt of its own.
 */

import type { Decision } from "./decision.js";
import { BudgetExceeded, taken } from "./error.js";
import type { Hold } from "./hold.js";
import { Answer } from "./answer.js";
import { native, type NativeReader } from "./native.js";
import { isBeforeGeneration } from "./outcome.js";
import type { Purse } from "./purse.js";
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
  readonly #reader: NativeReader;
  readonly #filter: UsageFilter | undefined;
  #isOver = false;

  constructor(hold: Hold, sent: Sent) {
    this.hold = hold;
    this.sent = sent;
    this.#reader = taken(native.streamReader(sent.api));
    this.#filter = sent.isUsageAsked ? new UsageFilter() : undefined;
  }

  /** Looks at the head of the answer; returns whether its body is to be read. */
  answered(status: number): boolean {
    if (status < 300) return true;
    this.#isOver = true;
    if (isBeforeGeneration(status)) this.hold.release();
    else this.hold.unresolved();
    return false;
  }

  /** Looks at a piece of the body, and returns what the caller gets of it. */
  passing(piece: Uint8Array): Uint8Array {
    native.pushPiece(this.#reader, piece);
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
    const answer = native.finishStream(this.#reader);
    if (answer === null) this.hold.unresolved();
    else this.hold.settle(new Answer(answer));
  }

  /** Ends the hold by what an error proves. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.hold.fail(error);
  }
}

/** Holds what a request may cost, or throws the refusal. */
export function begin(purse: Purse, sent: Sent, options: HoldOptions): Attempt {
  let asked = sent;
  let decision = decide(purse, asked, options);
  if (options.fit && !decision.isAdmitted && decision.error instanceof BudgetExceeded) {
    const tokens = decision.error.affordableOutputTokens;
    if (tokens > 0) {
      asked = asked.withMaxOutputTokens(tokens);
      decision = decide(purse, asked, options);
    }
  }
  if (!decision.isAdmitted) throw decision.error;
  return new Attempt(decision.hold, asked);
}

function decide(purse: Purse, { api, path, body, provider }: Sent, options: HoldOptions): Decision {
  return purse.decideRequest({ api, path, body, provider: options.provider ?? provider });
}
