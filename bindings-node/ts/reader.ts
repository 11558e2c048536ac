/** Readers of answers that pass by, whole or streamed. */

import { Answer } from "./answer.js";
import { taken } from "./error.js";
import { type NativeReader, native } from "./native.js";

/** Reads an answer piece by piece. */
export interface Reader {
  push(piece: Uint8Array): void;
  finish(): Answer;
}

// APIs whose streams are JSON too, so that the pieces alone don't tell a whole answer from a stream that broke off.
const STREAMS_OF_JSON = new Set(["generate_content", "cohere", "ollama"]);

/** The reader of an answer of this media type. */
export function readerOf(api: string, contentType: string): Reader {
  if (STREAMS_OF_JSON.has(api) && contentType.startsWith("application/json")) return new WholeReader(api);
  // Who asks for messages of Anthropic's on Bedrock gets its events in Amazon's frames.
  const isFramed = api === "messages" && contentType.startsWith("application/vnd.amazon.eventstream");
  return new StreamReader(isFramed ? "invoke" : api);
}

class StreamReader implements Reader {
  readonly #native: NativeReader;

  constructor(api: string) {
    this.#native = taken(native.streamReader(api));
  }

  push(piece: Uint8Array): void {
    native.pushPiece(this.#native, piece);
  }

  finish(): Answer {
    const answer = native.finishStream(this.#native);
    if (answer === null) throw new Error("the stream has been finished already");
    return new Answer(answer);
  }
}

/** Keeps an answer until it is there as a whole, and reads it as one. */
class WholeReader implements Reader {
  readonly #api: string;
  readonly #pieces: Uint8Array[] = [];

  constructor(api: string) {
    this.#api = api;
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
  }

  finish(): Answer {
    const body = Buffer.concat(this.#pieces);
    // Google streams a list of answers under the same media type.
    const isOne = body.toString("utf8", 0, 64).trimStart().startsWith("{");
    const contentType = isOne ? "application/json" : "application/x-ndjson";
    return new Answer(taken(native.readAnswer(body, this.#api, "", "", contentType)));
  }
}
