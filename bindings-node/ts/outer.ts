/**
 * A call that a hook of a framework holds, around the requests that it sends.
 *
 * Where such a request is held by itself, because its client is wrapped by the same purse, the hold of the hook gives
 * way: the innermost hold knows each attempt and its answer, and a call is never charged twice.
 */

import { AsyncLocalStorage } from "node:async_hooks";

import type { Hold } from "./hold.js";
import type { Purse } from "./purse.js";
import type { Sent } from "./request.js";

const around = new AsyncLocalStorage<OuterCall>();

/** A call as a hook sees it: covered once a request of it is held by itself. */
export class OuterCall {
  readonly #purse: Purse;
  readonly #hold: Hold;
  readonly #model: string;

  constructor(purse: Purse, hold: Hold, model: string) {
    this.#purse = purse;
    this.#hold = hold;
    this.#model = model;
  }

  /** Runs what sends the call's requests. */
  run<T>(send: () => T): T {
    return around.run(this, send);
  }

  /** Whether a request is one of this call's: it names the same model. */
  isSenderOf(purse: Purse, sent: Sent): boolean {
    if (this.#purse !== purse) return false;
    return Buffer.from(sent.body).includes(this.#model) || sent.path.includes(this.#model);
  }

  /** Gives way to a hold within: nothing was sent so far that it won't count. */
  cover(): void {
    if (!this.#hold.isEnded) this.#hold.release();
  }
}

/** Lets the call that a request belongs to give way to the hold of the request. */
export function coverOuter(purse: Purse, sent: Sent): void {
  const outer = around.getStore();
  if (outer?.isSenderOf(purse, sent)) outer.cover();
}
