/**
 * Amazon Bedrock's client, `@aws-sdk/client-bedrock-runtime`: its request handler asks the purse before every attempt.
 *
 * It can refuse Converse, ConverseStream, InvokeModel and their like before a byte is sent, and sees each retry of the
 * SDK. Requests are signed by then, so that `fit` can't change them.
 */

import { Transform } from "node:stream";
import { bodyOf } from "../answer.js";
import { type Attempt, begin } from "../attempt.js";
import type { Purse } from "../purse.js";
import { sentTo } from "../request.js";
import type { WrapOptions } from "../wrap.js";

interface HttpRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly body?: unknown;
}

interface HttpResponse {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

interface Handler {
  handle(request: HttpRequest, options?: unknown): Promise<{ response: HttpResponse }>;
}

interface Client {
  readonly config: { readonly serviceId?: string; readonly requestHandler: Handler };
}

/** Whether a client is one of Bedrock's runtime. */
export function isBedrock(client: object): client is Client {
  const { config } = client as Partial<Client>;
  return config?.serviceId === "Bedrock Runtime" && typeof config.requestHandler?.handle === "function";
}

/** Returns a copy of a client, on the same connections, that asks the purse before every attempt. */
export function wrapBedrock(purse: Purse, client: Client, options: WrapOptions): Client {
  const { requestHandler } = client.config;
  const held = Object.create(requestHandler, {
    handle: {
      value: (request: HttpRequest, given: unknown) =>
        handled(purse, options, requestHandler, request, given),
    },
  }) as Handler;
  const copy = Object.create(Object.getPrototypeOf(client) as object) as Client;
  return Object.assign(copy, client, { config: { ...client.config, requestHandler: held } });
}

async function handled(
  purse: Purse,
  options: WrapOptions,
  handler: Handler,
  request: HttpRequest,
  given: unknown,
): Promise<{ response: HttpResponse }> {
  const url = new URL(
    `${request.protocol}//${request.hostname}${request.port ? `:${request.port}` : ""}${request.path}`,
  );
  const sent = request.method === "POST" && request.body ? sentTo(url, bodyOf(request.body)) : undefined;
  if (sent === undefined) return handler.handle(request, given);
  const attempt = begin(purse, sent, { ...options, fit: false });
  try {
    const { response, ...rest } = await handler.handle(request, given);
    const contentType = headerOf(response, "content-type");
    if (attempt.answered(response.statusCode, contentType)) response.body = looked(response.body, attempt);
    return { response, ...rest };
  } catch (error) {
    attempt.fail(error);
    throw error;
  }
}

function headerOf({ headers = {} }: HttpResponse, name: string): string {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? "";
}

/** The body of an answer, looked at while it passes by. */
function looked(body: unknown, attempt: Attempt): unknown {
  const stream = body as NodeJS.ReadableStream | undefined;
  if (typeof stream?.pipe !== "function") {
    if (body instanceof Uint8Array) attempt.passing(body);
    attempt.finish();
    return body;
  }
  const passing = new Transform({
    transform: (piece: Uint8Array, _, pass) => pass(null, attempt.passing(piece)),
    flush: (end) => {
      attempt.finish();
      end(null);
    },
    destroy: (error, end) => {
      // A body that isn't read to its end is cut off.
      attempt.finish();
      end(error);
    },
  });
  stream.on("error", (error) => passing.destroy(error));
  stream.on("close", () => {
    if (!passing.writableEnded)
      passing.destroy(new Error("the connection was closed before the answer's end"));
  });
  passing.on("close", () => (stream as { destroy?: () => void }).destroy?.());
  return stream.pipe(passing);
}
