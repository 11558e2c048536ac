/** What a request tells before it is sent. */

import { bodyOf } from "./answer.js";
import type { RequestSource } from "./call.js";
import { taken } from "./error.js";
import { native, type RequestRow } from "./native.js";
import { type Tags, tagsOf } from "./tags.js";
import { type Usage, usageOf } from "./usage.js";

/** A request to a model's API: its model, its terms and the most that it may use. */
export interface RequestTold extends Omit<RequestRow, "serverToolUses" | "terms"> {
  /** Uses of the provider's own tools that are charged by themselves, at the most. */
  readonly serverToolUses: Usage;
  /** The terms that are asked for, where they aren't the standard ones. */
  readonly terms: Tags;
}

/** Where a request goes, and what is known of its model. */
export interface ReadRequestOptions extends RequestSource {
  /** The model's context window in tokens, which bounds what nothing else does. */
  readonly contextWindow?: number;
}

/**
 * Reads what a request may use: text, bytes or an object, as it is sent.
 *
 * @throws Invalid `request_invalid`
 */
export function readRequest(body: unknown, options: ReadRequestOptions): RequestTold {
  const { api, host = "", path = "", contextWindow } = options;
  return toldOf(taken(native.readRequest(bodyOf(body), api, host, path, contextWindow)));
}

/** Reads the requests of a batch, each with the caller's id. */
export function readBatch(
  body: unknown,
  options: ReadRequestOptions,
): { id: string | undefined; request: RequestTold }[] {
  const { api, host = "", path = "", contextWindow } = options;
  const batch = taken(native.readBatch(bodyOf(body), api, host, path, contextWindow));
  return batch.map(({ id, request }) => ({ id, request: toldOf(request) }));
}

function toldOf({ serverToolUses, terms, ...rest }: RequestRow): RequestTold {
  return { ...rest, serverToolUses: usageOf(serverToolUses), terms: tagsOf(terms) };
}
