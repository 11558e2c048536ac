/** What the program's OpenTelemetry says, where it has one: read from the API's own registry, so that nothing is loaded. */

/** A context of OpenTelemetry. */
export interface OtelContext {
  getValue(key: symbol): unknown;
}

interface Baggage {
  getAllEntries(): [string, { value: string }][];
}

interface ActiveSpan {
  isRecording(): boolean;
  setAttribute(key: string, value: number | boolean): unknown;
}

interface Api {
  readonly context?: { active(): OtelContext };
  readonly metrics?: MeterProvider;
}

/** A meter, as far as it is used here. */
export interface Meter {
  createObservableCounter(name: string, options: object): Observable;
  createObservableGauge(name: string, options: object): Observable;
}

/** An instrument that is asked for what it shows. */
export interface Observable {
  addCallback(callback: (result: { observe(value: number, attributes: object): void }) => void): void;
}

/** What gives meters. */
export interface MeterProvider {
  getMeter(name: string, version?: string): Meter;
}

const API = Symbol.for("opentelemetry.js.api.1");
const BAGGAGE = Symbol.for("OpenTelemetry Baggage Key");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/** The attribute with the number of its hold that the span around a call gets. */
export const HOLD = "bursar.hold";
/** The one that says that a request was refused here, and never sent. */
export const REFUSED = "bursar.refused";

function api(): Api | undefined {
  return (globalThis as Record<symbol, unknown>)[API] as Api | undefined;
}

/** The entries of the baggage of a context, or of the active one. */
export function baggageOf(context: OtelContext | undefined = api()?.context?.active()): [string, string][] {
  const baggage = context?.getValue(BAGGAGE) as Baggage | undefined;
  return baggage?.getAllEntries().map(([key, entry]) => [key, entry.value]) ?? [];
}

/** Notes a hold on the active span: so that it is found in the ledger, and not booked twice. */
export function markHold(number: number): void {
  mark(HOLD, number);
}

/** Notes on the active span that its request was refused here, and never sent. */
export function markRefused(): void {
  mark(REFUSED, true);
}

function mark(attribute: string, value: number | boolean): void {
  const span = api()?.context?.active().getValue(SPAN) as ActiveSpan | undefined;
  if (span?.isRecording()) span.setAttribute(attribute, value);
}

/** What gives the program's meters, where it registered one. */
export function globalMeterProvider(): MeterProvider | undefined {
  return api()?.metrics;
}
