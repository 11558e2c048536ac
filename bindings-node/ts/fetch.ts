/**
 * A `fetch` that asks the purse before every request to a model API. What is none passes untouched.
 *
 * It can refuse: nothing of a call that doesn't fit is sent. It sees each attempt, whole and streamed, with its answer.
 */

import { type Attempt, begin, type HoldOptions } from "./attempt.js";
import { BursarError, standFor } from "./error.js";
import type { Purse } from "./purse.js";
import { isModelApi, sentTo } from "./request.js";

/** The signature of `fetch`. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** How a `fetch` holds calls. */
export interface FetchOptions extends HoldOptions {
  /** What sends the requests; the global `fetch`, if left out. */
  readonly fetch?: Fetch;
  /**
   * How a refusal is told: thrown, or with `response` as an answer of status 402 that nobody tries again. SDKs that
   * retry whatever `fetch` throws want the answer.
   */
  readonly refusal?: "throw" | "response";
}

/** What a request may have as its body. */
type Body = NonNullable<RequestInit["body"]>;

const HELD = new WeakSet<object>();

/** Whether a `fetch` is one of ours. */
export function isHeld(fetch: unknown): boolean {
  return typeof fetch === "function" && HELD.has(fetch);
}

/** Makes a `fetch` that holds its calls in a purse; `told` may dress an answer that stands for a refusal. */
export function heldFetch(
  purse: Purse,
  options: FetchOptions,
  told: (answer: Response) => Response = (answer) => answer,
): Fetch {
  const send: Fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  const held: Fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    if (method.toUpperCase() !== "POST" || !isModelApi(url)) return send(input, init);
    const body = await bodyOf(input, init);
    const sent = sentTo(url, body.bytes);
    if (sent === undefined) return send(input, body.init(init));
    let attempt: Attempt;
    try {
      attempt = begin(purse, sent, options);
    } catch (error) {
      if (options.refusal === "response" && error instanceof BursarError) return told(answerOf(error));
      throw error;
    }
    const isChanged = attempt.sent.body !== body.bytes;
    return answered(attempt, () =>
      send(input, isChanged ? rewritten(input, init, attempt.sent.body) : body.init(init)),
    );
  };
  HELD.add(held);
  return held;
}

async function answered(attempt: Attempt, send: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await send();
  } catch (error) {
    attempt.fail(error);
    throw error;
  }
  const contentType = response.headers.get("content-type") ?? "";
  return attempt.answered(response.status, contentType) ? passing(response, attempt) : response;
}

/** The body of a request as bytes, and how it is sent after it was read. */
async function bodyOf(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<{ bytes: Uint8Array; init: (init: RequestInit | undefined) => RequestInit | undefined }> {
  const body = init?.body;
  const asItWas = (init: RequestInit | undefined) => init;
  if (typeof body === "string") return { bytes: Buffer.from(body), init: asItWas };
  if (body instanceof Uint8Array) return { bytes: body, init: asItWas };
  if (body === undefined || body === null) {
    const bytes = input instanceof Request ? await input.clone().arrayBuffer() : new ArrayBuffer(0);
    return { bytes: new Uint8Array(bytes), init: asItWas };
  }
  const bytes = new Uint8Array(await new Response(body as Body).arrayBuffer());
  // A stream can be read once: its bytes go in its place.
  const isSpent = body instanceof ReadableStream || Symbol.asyncIterator in (body as object);
  return { bytes, init: isSpent ? (init) => ({ ...init, body: bytes as Body }) : asItWas };
}

function rewritten(
  input: string | URL | Request,
  init: RequestInit | undefined,
  body: Uint8Array,
): RequestInit {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  headers.delete("content-length");
  return { ...init, headers, body: body as Body };
}

/** The answer with a body that is looked at while it is read. */
function passing(response: Response, attempt: Attempt): Response {
  if (response.body === null) {
    attempt.finish();
    return response;
  }
  const headers = new Headers(response.headers);
  if (attempt.sent.isUsageAsked) headers.delete("content-length");
  const { status, statusText, url, redirected, type } = response;
  const passed = new Response(looked(response.body, attempt), { status, statusText, headers });
  // What a constructed answer doesn't know of itself.
  for (const [name, value] of Object.entries({ url, redirected, type })) {
    Object.defineProperty(passed, name, { value, configurable: true });
  }
  return passed;
}

function looked(
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  attempt: Attempt,
): ReadableStream<Uint8Array> {
  // A `fetch` of another making may give a stream of Node.
  const stream = body instanceof ReadableStream ? body : ReadableStream.from<Uint8Array>(body);
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const passed = await next(reader, attempt);
        if (passed.piece.length > 0) controller.enqueue(passed.piece);
        if (passed.isLast) controller.close();
      },
      async cancel(reason) {
        attempt.finish();
        await reader.cancel(reason);
      },
    },
    // Nothing is read ahead of the caller.
    { highWaterMark: 0 },
  );
}

/** The next piece that the caller gets; with the last one the attempt is settled. */
async function next(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  attempt: Attempt,
): Promise<{ piece: Uint8Array; isLast: boolean }> {
  for (;;) {
    let read: Awaited<ReturnType<typeof reader.read>>;
    try {
      read = await reader.read();
    } catch (error) {
      attempt.finish();
      throw error;
    }
    if (read.done) {
      attempt.finish();
      return { piece: attempt.rest(), isLast: true };
    }
    const piece = attempt.passing(read.value);
    if (piece.length > 0) return { piece, isLast: false };
  }
}

/** A refusal as an answer that SDKs give up on at once. */
function answerOf(error: BursarError): Response {
  const told = { error: { type: "bursar", code: error.code, message: error.message, help: error.help } };
  const headers = { "content-type": "application/json", "x-should-retry": "false" };
  const response = new Response(JSON.stringify(told), { status: 402, headers });
  standFor(error, response.headers);
  return response;
}
