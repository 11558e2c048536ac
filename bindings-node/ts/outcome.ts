/** What an error proves of the call that it ended. */

import { Refused } from "./error.js";

// The provider refused the request before a model saw it: the bodies, keys, rights, addresses and rates of HTTP.
const BEFORE_GENERATION = new Set([400, 401, 403, 404, 405, 413, 415, 422, 429]);

// Connections that were never there: nothing was sent.
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether an answer of this status comes before anything was generated. */
export function isBeforeGeneration(status: number): boolean {
  return BEFORE_GENERATION.has(status);
}

/** Whether an error is proof that no token was generated. A timeout is none, nor is an abort. */
export function provesNothingWasGenerated(error: unknown): boolean {
  // Errors may go in a circle.
  for (let seen = 0; typeof error === "object" && error !== null && seen < 8; seen += 1) {
    const { code, status, statusCode, cause, errors } = error as Record<string, unknown>;
    if (error instanceof Refused) return true;
    if (typeof code === "string" && NEVER_SENT.has(code)) return true;
    const told = [status, statusCode].find((status) => typeof status === "number");
    if (told !== undefined) return isBeforeGeneration(told as number);
    // A host with several addresses fails with an error for each of them.
    if (Array.isArray(errors) && errors.length > 0) return errors.every(provesNothingWasGenerated);
    error = cause;
  }
  return false;
}
