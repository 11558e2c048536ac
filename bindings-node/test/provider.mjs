// A provider on loopback: it answers as it is told, and counts what reaches it.

import { createServer } from "node:http";
import { once } from "node:events";

/** The server. Its replies are used one after another; the last one stays. */
export class Provider {
  requests = [];
  #replies = [];
  #server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    this.requests.push({ path: request.url, headers: request.headers, body });
    const reply = this.#replies.length > 1 ? this.#replies.shift() : this.#replies[0];
    await reply(response, this.requests.at(-1));
  });

  /** A running server, which is gone when the test ends. */
  static async start(context) {
    const provider = new Provider();
    provider.#server.listen(0, "127.0.0.1");
    await once(provider.#server, "listening");
    context.after(() => {
      provider.#server.closeAllConnections();
      provider.#server.close();
    });
    return provider;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Answers so from now on. */
  will(...replies) {
    this.#replies = replies;
  }

  /** The bodies that came, read. */
  get bodies() {
    return this.requests.map(({ body }) => JSON.parse(body.toString()));
  }
}

/** An address at which nobody listens any more. */
export async function goneUrl() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

/** Answers with a whole body. */
export function whole(answer, status = 200, headers = {}) {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(answer));
  };
}

/** Answers with server-sent events, of objects or of [name, object]; `cut` breaks off in the middle. */
export function events(list, { done = true, cut = false, hang = false } = {}) {
  return async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of list) {
      const [name, data] = Array.isArray(event) ? event : [undefined, event];
      const head = name === undefined ? "" : `event: ${name}\n`;
      await new Promise((sent) => response.write(`${head}data: ${JSON.stringify(data)}\n\n`, sent));
    }
    if (cut) response.destroy();
    else if (!hang) response.end(done ? "data: [DONE]\n\n" : "");
  };
}

/** Never answers. */
export function silence() {
  return () => undefined;
}

/** A chat completion as OpenAI documents it. */
export function chat({ model = "race-model", prompt = 10, completion = 20 } = {}) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_795_000_000,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop", logprobs: null },
    ],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  };
}

/** The same as a stream, whose last event tells the usage. */
export function chunks({ model = "race-model", prompt = 10, completion = 20 } = {}) {
  const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_795_000_000, model };
  const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  return [
    { ...head, choices: [{ index: 0, delta: { role: "assistant", content: "ye" }, finish_reason: null }] },
    { ...head, choices: [{ index: 0, delta: { content: "s" }, finish_reason: "stop" }] },
    { ...head, choices: [], usage },
  ];
}
