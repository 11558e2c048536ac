/** A request to a model API as it is sent, and what has to be asked for so that its answer tells its usage. */

import { native } from "./native.js";

// Hosts that tell the usage of a stream without being asked, and refuse a request that asks.
const TELL_UNASKED = ["api.mistral.ai", "codestral.mistral.ai", "api.cohere.com", "api.perplexity.ai"];

// Where each API has its limit on output tokens; of several, the first is written where none is given.
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  chat: ["max_completion_tokens", "max_tokens"],
  google_chat: ["max_tokens", "max_completion_tokens"],
  responses: ["max_output_tokens"],
  messages: ["max_tokens"],
};

type Json = Record<string, unknown>;

/** A request to a model API. */
export class Sent {
  /** The shape of the API, as `chat`. */
  readonly api: string;
  /** Who answers, by the host. */
  readonly provider: string | undefined;
  readonly host: string;
  readonly path: string;
  readonly body: Uint8Array;
  /** Whether the usage of the stream was asked for by us, and is kept from the caller. */
  readonly isUsageAsked: boolean;

  constructor(sent: Pick<Sent, "api" | "provider" | "host" | "path" | "body" | "isUsageAsked">) {
    this.api = sent.api;
    this.provider = sent.provider;
    this.host = sent.host;
    this.path = sent.path;
    this.body = sent.body;
    this.isUsageAsked = sent.isUsageAsked;
  }

  /** The request with the usage of its stream asked for, where it would not be told. */
  askingForUsage(): Sent {
    const isChat = this.api === "chat" || this.api === "google_chat";
    if (!isChat || TELL_UNASKED.includes(this.host) || !this.path.endsWith("/completions")) return this;
    const body = parsed(this.body);
    if (body?.["stream"] !== true) return this;
    const asked = (body["stream_options"] ?? {}) as Json;
    if (asked["include_usage"]) return this;
    return this.#with({ ...body, stream_options: { ...asked, include_usage: true } }, true);
  }

  /** The request with another limit on its output. */
  withMaxOutputTokens(tokens: number): Sent {
    const body = parsed(this.body);
    if (body === undefined) return this;
    if (this.api === "generate_content") {
      return this.#with({
        ...body,
        generationConfig: { ...(body["generationConfig"] as Json), maxOutputTokens: tokens },
      });
    }
    if (this.api === "converse") {
      return this.#with({
        ...body,
        inferenceConfig: { ...(body["inferenceConfig"] as Json), maxTokens: tokens },
      });
    }
    const names = LIMITS[this.api];
    const name = names?.find((name) => body[name] !== undefined && body[name] !== null) ?? names?.[0];
    return name === undefined ? this : this.#with({ ...body, [name]: tokens });
  }

  #with(body: Json, isUsageAsked = this.isUsageAsked): Sent {
    return new Sent({ ...this, body: Buffer.from(JSON.stringify(body)), isUsageAsked });
  }
}

/** The request, if it is one to a model API. */
export function sentTo(url: URL, body: Uint8Array): Sent | undefined {
  const [api, provider] = native.address(url.host, url.pathname);
  if (api === null) return undefined;
  const { host, pathname: path } = url;
  return new Sent({
    api,
    provider: provider ?? undefined,
    host,
    path,
    body,
    isUsageAsked: false,
  }).askingForUsage();
}

/** Whether requests to an address are held. */
export function isModelApi(url: URL): boolean {
  return native.address(url.host, url.pathname)[0] !== null;
}

function parsed(body: Uint8Array): Json | undefined {
  try {
    const value = JSON.parse(
      Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(),
    ) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

const NOTHING = Buffer.alloc(0);

/** Takes the last event of a stream of chat completions out: the one with usage and no choices. */
export class UsageFilter {
  #held: Buffer = NOTHING;

  /** The whole events so far that the caller asked for. */
  push(piece: Uint8Array): Uint8Array {
    this.#held = Buffer.concat([this.#held, piece]);
    const passed: Buffer[] = [];
    for (let end = endOfEvent(this.#held); end !== undefined; end = endOfEvent(this.#held)) {
      const event = this.#held.subarray(0, end);
      this.#held = this.#held.subarray(end);
      if (!isUsage(event)) passed.push(event);
    }
    return passed.length === 1 ? (passed[0] as Buffer) : Buffer.concat(passed);
  }

  /** What is left without an end. */
  rest(): Uint8Array {
    const held = this.#held;
    this.#held = NOTHING;
    return isUsage(held) ? NOTHING : held;
  }
}

function endOfEvent(held: Buffer): number | undefined {
  let first: number | undefined;
  for (const end of ["\n\n", "\r\n\r\n", "\r\r"]) {
    const at = held.indexOf(end);
    if (at >= 0 && (first === undefined || at + end.length < first)) first = at + end.length;
  }
  return first;
}

function isUsage(event: Buffer): boolean {
  if (!event.includes('"usage"') || !event.includes('"choices"')) return false;
  const lines = event.toString().split(/\r\n|\r|\n/);
  const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5));
  const told = parsed(Buffer.from(data.join("")));
  return Array.isArray(told?.["choices"]) && told["choices"].length === 0 && Boolean(told["usage"]);
}
