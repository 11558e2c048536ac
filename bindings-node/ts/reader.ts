/** The reader of an answer that passes by, whole or streamed. */

import { Answer } from "./answer.js";
import { taken } from "./error.js";
import { type NativeReader, native } from "./native.js";

/** Reads an answer piece by piece. */
export class Reader {
  readonly #native: NativeReader;

  /** A reader of an answer of this content type; an empty one where it isn't known. */
  constructor(api: string, contentType: string) {
    this.#native = taken(native.streamReader(api, contentType));
  }

  /** Whether the answer has come to its end. */
  get isEnded(): boolean {
    return native.isStreamEnded(this.#native);
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
