/** Instants: dates at the face, whole microseconds underneath. */

const LAST_MS = 8.64e15;

/** The date of an instant. A date holds milliseconds; one beyond its range is its last. */
export function dateOf(micros: number): Date {
  return new Date(Math.max(-LAST_MS, Math.min(LAST_MS, Math.floor(micros / 1000))));
}

/** The date of RFC 3339 text. */
export function dateOfText(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  return new Date(text.startsWith("-") ? -LAST_MS : LAST_MS);
}

/** Microseconds since 1970. */
export function microsOf(at: Date): number {
  if (!(at instanceof Date) || Number.isNaN(at.getTime())) throw new TypeError("an instant is a valid Date");
  return at.getTime() * 1000;
}
