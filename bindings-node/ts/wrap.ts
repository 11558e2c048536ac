/** Clients of SDKs: a copy of the client whose `fetch` asks the purse, and which throws its refusals as they are. */

import type { HoldOptions } from "./attempt.js";
import { type Fetch, heldFetch, isHeld, refusalOfHeaders } from "./fetch.js";
import type { Purse } from "./purse.js";

/** How a client is wrapped. */
export interface WrapOptions extends HoldOptions {}

/** What clients of `openai` and `@anthropic-ai/sdk` have in common. */
interface Client {
  fetch: Fetch;
  withOptions(options: { fetch?: Fetch }): Client;
  makeStatusError(status: number, error: unknown, message: unknown, headers: unknown): Error;
}
type ClientClass = new (options?: object) => Client;

/** Returns a client of the same type that asks the purse before every attempt. */
export function wrapClient<Given extends object>(purse: Purse, client: Given, options: WrapOptions): Given {
  if (!isClient(client)) {
    const name = (client as object | null)?.constructor?.name ?? typeof client;
    throw new TypeError(
      `a client of openai or @anthropic-ai/sdk can be wrapped, not ${name}: give \`purse.fetch()\` as its \`fetch\` option, or use \`reserve\` and \`settle\` around its calls`,
    );
  }
  const held = (fetch: Fetch) =>
    isHeld(fetch) ? fetch : heldFetch(purse, { ...options, fetch, refusal: "response" });
  const copy = client.withOptions({ fetch: held(client.fetch) });
  Object.setPrototypeOf(copy, heldClass(client.constructor as ClientClass, held).prototype as object);
  return copy as unknown as Given;
}

function isClient(client: unknown): client is Client {
  const given = client as Partial<Record<keyof Client, unknown>> | null;
  return (
    typeof given === "object" &&
    typeof given?.fetch === "function" &&
    typeof given.withOptions === "function" &&
    typeof given.makeStatusError === "function"
  );
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
      return refusalOfHeaders(headers) ?? super.makeStatusError(status, error, message, headers);
    }
  };
  Object.defineProperty(HeldClient, "name", { value: kind.name });
  return HeldClient;
}
