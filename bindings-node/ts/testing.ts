/** For tests of programs that use Bursar: a clock that is turned by hand. */

import { type NativeClock, native } from "./native.js";
import { microsOf } from "./time.js";

/**
 * A clock that stands still until it is told otherwise.
 *
 * @example
 * const clock = new ManualClock(new Date("2026-11-23T12:00:00Z"));
 * const purse = open(":memory:", { clock });
 * clock.advance(90_000);
 */
export class ManualClock {
  /** What the addon knows it by. */
  readonly native: NativeClock;

  constructor(now: Date) {
    this.native = native.manualClock(microsOf(now));
  }

  /** Turns the clock on by milliseconds. */
  advance(ms: number): void {
    if (!(ms >= 0))
      throw new RangeError(`a clock is turned on by zero or more milliseconds, not ${String(ms)}`);
    native.advanceClock(this.native, Math.round(ms * 1000));
  }

  /** Sets the clock, also back. */
  set(now: Date): void {
    native.setClock(this.native, microsOf(now));
  }
}
