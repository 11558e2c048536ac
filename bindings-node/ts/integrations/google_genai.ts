/**
 * The SDK of Google, `@google/genai`: its `fetch` asks the purse before every request.
 *
 * It can refuse every call before it is sent, whole or streamed, and holds each attempt of the SDK's retries by itself.
 * What it can't see: live sessions, which are no requests. Its client can't be copied, so the one that is given is held
 * itself.
 */

import { errorOfHeaders } from "../error.js";
import { type Fetch, heldFetch, isHeld } from "../fetch.js";
import type { Purse } from "../purse.js";
import type { WrapOptions } from "../wrap.js";

interface Client {
  readonly apiClient: {
    readonly clientOptions: { httpOptions?: { fetch?: Fetch } };
    requestStream?: unknown;
  };
}

/** Whether a client is one of Google's. */
export function isGoogle(client: object): client is Client {
  const { apiClient } = client as Partial<Client>;
  return typeof apiClient?.clientOptions === "object" && "models" in client;
}

/** Makes a client ask the purse before every attempt, and returns it. */
export function wrapGoogle(purse: Purse, client: Client, options: WrapOptions): Client {
  const { clientOptions, requestStream } = client.apiClient;
  // Earlier releases send by the global fetch, whatever they are told: their calls would not be held.
  if (!String(requestStream).includes(".fetch")) {
    throw new TypeError("this release of @google/genai takes no `fetch` in its `httpOptions`: upgrade it");
  }
  const { fetch = globalThis.fetch } = clientOptions.httpOptions ?? {};
  if (!isHeld(fetch)) {
    clientOptions.httpOptions = { ...clientOptions.httpOptions, fetch: throwing(purse, options, fetch) };
  }
  return client;
}

/** What the SDK reads of an answer that stands for a refusal is the refusal: thrown by `fetch`, it would be retried. */
function throwing(purse: Purse, options: WrapOptions, fetch: Fetch): Fetch {
  return heldFetch(purse, { ...options, fetch, refusal: "response" }, (response) => {
    const refusal = errorOfHeaders(response.headers);
    if (refusal !== undefined)
      Object.defineProperty(response, "json", { value: () => Promise.reject(refusal) });
    return response;
  });
}
