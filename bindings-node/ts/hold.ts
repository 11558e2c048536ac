/** Money held for one call, and how it ends. */

import { Answer, bodyOf } from "./answer.js";
import { done, taken } from "./error.js";
import type { Model } from "./handles.js";
import { type Amount, decimal, textOf } from "./money.js";
import { native, type ServedRow } from "./native.js";
import { provesNothingWasGenerated } from "./outcome.js";
import type { Purse } from "./purse.js";
import { flatOfTerms, type Terms } from "./terms.js";
import { dateOf } from "./time.js";
import { type Counts, checked, flatOfCounts, isCounts, Usage } from "./usage.js";

/** What a settlement booked. */
export class Entry {
  readonly #line: string;

  constructor(line: string) {
    this.#line = line;
  }

  #word(at: number): string {
    return this.#line.split(" ")[at] ?? "";
  }

  /** The number of the ledger entry; 0 when a repetition booked nothing. */
  get number(): number {
    return Number(this.#word(0));
  }

  /** What the call cost, in USD. */
  get cost(): string {
    return decimal(this.costPico);
  }

  /** What the call cost, in pico-dollars. */
  get costPico(): bigint {
    return BigInt(this.#word(1));
  }

  /** What it had held, in USD. */
  get bound(): string {
    return decimal(this.boundPico);
  }

  /** What it had held, in pico-dollars. */
  get boundPico(): bigint {
    return BigInt(this.#word(2));
  }

  /** Whether it cost more than it held. */
  get isOverrun(): boolean {
    return this.#word(3).includes("o");
  }

  /** Whether it came after the hold had ended, and the difference was booked. */
  get isLate(): boolean {
    return this.#word(3).includes("l");
  }

  /** Whether it repeats an earlier settlement. */
  get isReplay(): boolean {
    return this.#word(3).includes("r");
  }
}

/** Where a hold is in its life. */
export type HoldState = "open" | "unresolved" | "settled" | "released" | "expired";

/** Who answered, where it wasn't the model that was asked, and on which terms. */
export interface Served {
  readonly model?: string | Model;
  readonly terms?: Terms;
}

/**
 * Money held for one call. With `using` it ends with its block: what wasn't settled by then is unresolved, and becomes
 * spend when it expires.
 */
export class Hold implements Disposable {
  readonly #purse: Purse;
  readonly #number: number;
  readonly #isReplay: boolean;
  readonly #api: string | undefined;
  #view: string[] | undefined;
  #isEnded = false;

  constructor(purse: Purse, number: number, api?: string) {
    this.#purse = purse;
    this.#number = Math.abs(number);
    this.#isReplay = number < 0;
    this.#api = api;
  }

  /** What never changes of it is asked once. */
  #viewed(at: number): string {
    if (this.#view === undefined) this.#now(at);
    return this.#view?.[at] ?? "";
  }

  #now(at: number): string {
    this.#view = taken(native.holdView(this.#purse.ledger, this.#number)).split(" ");
    return this.#view[at] ?? "";
  }

  /** The hold's number, unique in its ledger. */
  get number(): number {
    return this.#number;
  }

  /** What is held in every budget that the call touches, in USD. */
  get bound(): string {
    return decimal(this.boundPico);
  }

  /** The same in pico-dollars. */
  get boundPico(): bigint {
    return BigInt(this.#viewed(0));
  }

  /** When it was taken. */
  get reservedAt(): Date {
    return dateOf(Number(this.#viewed(2)));
  }

  /** When the hold becomes spend if nobody ends it. */
  get expiresAt(): Date {
    return dateOf(Number(this.#viewed(3)));
  }

  /** Where it is in its life, asked anew. */
  get state(): HoldState {
    return this.#now(4) as HoldState;
  }

  /** What was booked for it so far, in USD, asked anew. */
  get cost(): string {
    return decimal(BigInt(this.#now(1)));
  }

  /** Whether a repeated key gave back an earlier hold. */
  get isReplay(): boolean {
    return this.#isReplay;
  }

  /** Whether it was settled, released or given up by this handle. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Books what the call cost, and gives the rest back.
   *
   * Takes counts by OpenTelemetry's names, a `Usage`, or the provider's answer: its object, its text or its bytes. An
   * answer that doesn't tell its usage books nothing and returns `null`: its hold is unresolved.
   */
  settle(usage: Counts | Usage, served?: Served): Entry;
  settle(answer: object | string, served?: Served): Entry | null;
  settle(given: object | string, served: Served = {}): Entry | null {
    const line = this.#booked(given, served);
    this.#isEnded = true;
    return line === null ? null : new Entry(line);
  }

  /** Books an amount that is known. */
  settleCost(cost: Amount, served: Served = {}): Entry {
    const line = taken(
      native.settleCost(this.#purse.ledger, this.#number, textOf(cost), this.#served(served)),
    );
    this.#isEnded = true;
    return new Entry(line);
  }

  #booked(given: object | string, served: Served): string | null {
    const ledger = this.#purse.ledger;
    if (given instanceof Usage) {
      return taken(native.settleUsage(ledger, this.#number, given.flat(), true, this.#served(served)));
    }
    if (given instanceof Answer) return taken(native.settleAnswer(ledger, this.#number, given.native));
    if (typeof given === "object" && given !== null && !ArrayBuffer.isView(given) && isCounts(given)) {
      return this.#counted(given, served);
    }
    const answer = taken(native.readAnswer(bodyOf(given), this.#api, "", "", ""));
    return taken(native.settleAnswer(ledger, this.#number, answer));
  }

  #counted(counts: Counts, served: Served): string {
    const { inputTokens, outputTokens, ...others } = counts;
    const input = inputTokens ?? 0;
    const output = outputTokens ?? 0;
    // An object without counts tells nothing, which is not two zeros.
    const isGiven = (inputTokens ?? outputTokens) != null;
    if (
      isGiven &&
      typeof input === "number" &&
      typeof output === "number" &&
      isEmpty(others) &&
      isEmpty(served)
    ) {
      // Two numbers cross the border faster than a list.
      checked(input, "inputTokens");
      checked(output, "outputTokens");
      return taken(native.settleTokens(this.#purse.ledger, this.#number, input, output));
    }
    const flat = flatOfCounts(counts);
    return taken(native.settleUsage(this.#purse.ledger, this.#number, flat, false, this.#served(served)));
  }

  #served(served: Served): ServedRow {
    const row: ServedRow = {};
    if (served.model !== undefined) row.model = this.#purse.numberOfModel(served.model);
    if (served.terms !== undefined) row.terms = flatOfTerms(served.terms);
    return row;
  }

  /** Gives the money back: for certain nothing was generated. */
  release(): void {
    done(native.releaseHold(this.#purse.ledger, this.#number));
    this.#isEnded = true;
  }

  /** Notes that nobody knows how the call ended: the hold becomes spend when it expires. */
  unresolved(): void {
    done(native.leaveUnresolved(this.#purse.ledger, this.#number));
    this.#isEnded = true;
  }

  /** Ends the hold by what an error proves: released where nothing was generated, else unresolved. */
  fail(error: unknown): void {
    if (this.#isEnded) return;
    if (provesNothingWasGenerated(error)) this.release();
    else this.unresolved();
  }

  [Symbol.dispose](): void {
    if (!this.#isEnded) this.unresolved();
  }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
