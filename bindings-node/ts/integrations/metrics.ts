/** The ledger as observable instruments of a meter of OpenTelemetry. */

import { taken } from "../error.js";
import { type NativeMetrics, native } from "../native.js";
import { globalMeterProvider, type MeterProvider } from "../otel.js";
import type { Purse } from "../purse.js";
import { tagsOf } from "../tags.js";

/** How metrics are shown. */
export interface MetricsOptions {
  /** The tags that become attributes: team, project, client and agent, if left out. */
  readonly attributes?: readonly string[];
  /** How many series of one instrument keep their attributes; the rest is summed into one. */
  readonly maxSeries?: number;
  /** The meter's name. Two ledgers need meters of two names. */
  readonly meter?: string;
}

/** Metrics that were registered. They end with the ledger, or when they are stopped. */
export class Registration {
  #metrics: NativeMetrics | undefined;

  constructor(metrics: NativeMetrics) {
    this.#metrics = metrics;
  }

  /** Shows nothing from now on; the instruments stay, since OpenTelemetry can't forget them. */
  stop(): void {
    this.#metrics = undefined;
  }

  /** What an instrument shows now. */
  points(name: string): { value: number; attributes: Readonly<Record<string, string>> }[] {
    if (this.#metrics === undefined) return [];
    return native
      .metricPoints(this.#metrics, name)
      .map(({ value, attributes }) => ({ value, attributes: tagsOf(attributes) }));
  }
}

/** Creates an observable instrument for each metric. */
export function registerMetrics(
  purse: Purse,
  provider: MeterProvider | undefined,
  options: MetricsOptions,
): Registration {
  const meters = provider ?? globalMeterProvider();
  if (meters === undefined)
    throw new TypeError("the program has no meter provider: give one to `registerMetrics`");
  const attributes = options.attributes === undefined ? undefined : [...options.attributes];
  const registration = new Registration(
    taken(native.openMetrics(purse.ledger, attributes, options.maxSeries)),
  );
  const meter = meters.getMeter(options.meter ?? "bursar");
  for (const { name, unit, description, isCounter } of native.instruments()) {
    const about = { unit, description };
    const instrument = isCounter
      ? meter.createObservableCounter(name, about)
      : meter.createObservableGauge(name, about);
    instrument.addCallback((result) => {
      for (const { value, attributes } of registration.points(name)) result.observe(value, attributes);
    });
  }
  return registration;
}
