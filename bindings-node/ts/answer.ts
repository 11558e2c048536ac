/** Providers' answers in whatever form a program has them. */

import { errorOf, taken } from "./error.js";
import { type NativeAnswer, native } from "./native.js";
import { type Tags, tagsOf } from "./tags.js";
import { type Usage, usageOf } from "./usage.js";

/** An answer's JSON: of bytes, text, or a provider's own object. */
export function bodyOf(answer: unknown): Uint8Array {
  if (answer instanceof Uint8Array) return answer;
  if (answer instanceof ArrayBuffer) return new Uint8Array(answer);
  if (typeof answer === "string") return Buffer.from(answer);
  if (typeof answer !== "object" || answer === null) {
    throw new TypeError(
      `an answer is an object, text or bytes, not ${answer === null ? "null" : typeof answer}`,
    );
  }
  return Buffer.from(JSON.stringify(answer));
}

/** Usage beside an answer's own. */
export interface OtherUsage {
  readonly kind: string;
  readonly model: string | undefined;
  readonly usage: Usage;
}

/** What an answer told of its cost. */
export class Answer {
  readonly #native: NativeAnswer;
  /** The model that served. */
  readonly model: string | undefined;
  /** Why the usage isn't known, in a word; nothing where it is. */
  readonly unresolved: string | undefined;
  /** The cost in USD that the answer states. */
  readonly statedCost: string | undefined;
  /** The terms on which it was served, where they aren't the standard ones. */
  readonly terms: Tags;
  /** Usage beside the answer's own, as that of a model that was asked on the way. */
  readonly others: readonly OtherUsage[];
  readonly #usage: () => Usage | undefined;

  constructor(answer: NativeAnswer) {
    const told = native.told(answer);
    this.#native = answer;
    this.model = told.model;
    this.unresolved = told.unresolved;
    this.statedCost = told.statedCost;
    this.terms = tagsOf(told.terms);
    this.others = told.others.map(({ kind, model, usage }) => ({ kind, model, usage: usageOf(usage) }));
    this.#usage = () => {
      if (told.refused) throw errorOf(told.refused);
      return told.usage && usageOf(told.usage);
    };
  }

  /**
   * The usage; nothing where the answer doesn't tell it.
   *
   * @throws BursarError `usage_invalid` where the answer contradicts itself
   */
  get usage(): Usage | undefined {
    return this.#usage();
  }

  /** What the addon knows it by. */
  get native(): NativeAnswer {
    return this.#native;
  }
}

/** Where an answer comes from. */
export interface AnswerSource {
  readonly host?: string;
  readonly path?: string;
  /** The shape of the API, as `chat` or `messages`. */
  readonly api?: string;
  readonly contentType?: string;
}

/**
 * Reads what an answer tells of its cost: the usage in disjoint dimensions, the model that served, the stated cost.
 *
 * `body` is bytes, text (a whole answer or a stream) or the provider's own object. `host` and `path` tell which API it
 * comes from, or `api` names it; left out, the answer's own fields do.
 *
 * @example
 * readUsage({ object: "chat.completion", model: "gpt-5-mini", choices: [], usage: { prompt_tokens: 9 } }).model;
 * // "gpt-5-mini"
 */
export function readUsage(body: unknown, source: AnswerSource = {}): Answer {
  const { host = "", path = "", api, contentType = "" } = source;
  return new Answer(taken(native.readAnswer(bodyOf(body), api, host, path, contentType)));
}
