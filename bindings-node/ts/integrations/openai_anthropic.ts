/**
 * The SDKs of OpenAI and Anthropic: a copy of the client whose `fetch` asks the purse, and which throws its refusals.
 *
 * It can refuse every call before it is sent, whole, raw or streamed, also on Azure, Bedrock and Vertex. Each retry of the
 * SDK is held and settled by itself. What it can't see: realtime sessions, which are no requests.
 */

import { errorOfHeaders } from "../error.js";
import { type Fetch, heldFetch, isHeld } from "../fetch.js";
import type { Purse } from "../purse.js";
import type { WrapOptions } from "../wrap.js";

/** What clients of `openai` and `@anthropic-ai/sdk` have in common. */
interface Client {
  fetch: Fetch;
  withOptions(options: { fetch?: Fetch }): Client;
  makeStatusError(status: number, error: unknown, message: unknown, headers: unknown): Error;
}
type ClientClass = new (options?: object) => Client;

/** Whether a client is one of theirs. */
export function isFetching(client: object): client is Client {
  const { fetch, withOptions, makeStatusError } = client as Partial<Record<keyof Client, unknown>>;
  return [fetch, withOptions, makeStatusError].every((method) => typeof method === "function");
}

/** Returns a copy of a client that asks the purse before every attempt. */
export function wrapFetching(purse: Purse, client: Client, options: WrapOptions): Client {
  const held = (fetch: Fetch) =>
    isHeld(fetch) ? fetch : heldFetch(purse, { ...options, fetch, refusal: "response" });
  const copy = client.withOptions({ fetch: held(client.fetch) });
  Object.setPrototypeOf(copy, heldClass(client.constructor as ClientClass, held).prototype as object);
  return copy;
}

/** The class of a wrapped client: copies of it, as by `withOptions`, are held too. */
function heldClass(kind: ClientClass, held: (fetch: Fetch) => Fetch): ClientClass {
  const HeldClient = class extends kind {
    constructor(options?: object) {
      super(options);
      this.fetch = held(this.fetch);
    }

    // The SDK makes its error of the answer of status 402 that stands for a refusal; the caller gets the refusal.
    override makeStatusError(status: number, error: unknown, message: unknown, headers: unknown): Error {
      return errorOfHeaders(headers) ?? super.makeStatusError(status, error, message, headers);
    }
  };
  Object.defineProperty(HeldClient, "name", { value: kind.name });
  return HeldClient;
}
