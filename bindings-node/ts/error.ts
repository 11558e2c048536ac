import type { Fault } from "./native.js";

/** What went wrong, with a stable code and the way out. */
export class BursarError extends Error {
  override readonly name = "BursarError";

  /** The stable code, the same in every language, as `money_invalid`. */
  readonly code: string;

  /** The way out, one imperative sentence. */
  readonly help: string;

  constructor(fault: Fault) {
    super(fault.message);
    this.code = fault.code;
    this.help = fault.help;
  }
}
