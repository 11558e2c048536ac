/** Who is told of alerts: the listeners of one purse, on the event loop of its thread. */

import { done, taken } from "./error.js";
import { type NativeSubscription, native } from "./native.js";
import { type Alert, alertOf } from "./status.js";

/** What is called with each alert. */
export type AlertListener = (alert: Alert) => unknown;

/** The listeners of a purse. What one of them throws is shown as a warning and changes nothing. */
export class Listeners {
  readonly #listeners = new Set<AlertListener>();
  readonly #flushed: (() => void)[] = [];
  #subscription: NativeSubscription | undefined;

  /** Adds a listener; the first one subscribes to the ledger. */
  add(ledger: number, listener: AlertListener): void {
    if (typeof listener !== "function") throw new TypeError("a listener is a function");
    this.#subscription ??= taken(native.onAlert(ledger, (text) => this.#tell(text)));
    this.#listeners.add(listener);
  }

  remove(listener: AlertListener): void {
    this.#listeners.delete(listener);
  }

  /** Waits until the alerts so far were told. */
  async flush(ledger: number): Promise<void> {
    const subscription = this.#subscription;
    if (subscription === undefined) return;
    // Alerts keep no program running, but whoever waits for them does.
    const alive = setInterval(() => undefined, 60_000);
    try {
      const flushed = new Promise<void>((resolve) => this.#flushed.push(resolve));
      done(native.flushAlerts(ledger, subscription));
      await flushed;
    } finally {
      clearInterval(alive);
    }
  }

  #tell(text: string): void {
    if (text === "") {
      this.#flushed.shift()?.();
      return;
    }
    const alert = alertOf(text);
    for (const listener of this.#listeners) void this.#told(listener, alert);
  }

  async #told(listener: AlertListener, alert: Alert): Promise<void> {
    try {
      await listener(alert);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)), {
        type: "BursarAlertListener",
      });
    }
  }
}
