/**
 * Mastra: an input processor that holds each call of an agent's model.
 *
 * It can refuse: it puts a model of ours around that of each step, which isn't called for what doesn't fit. It sees each
 * attempt of Mastra's own retries.
 */

import type { Purse } from "../purse.js";
import { type AiSdkOptions, aiSdkMiddleware } from "./ai_sdk.js";

type Call = (params: unknown) => PromiseLike<unknown>;

interface Model {
  readonly doGenerate: Call;
  readonly doStream: Call;
}

/** The processor: `inputProcessors: [purse.mastra()]`. */
export class MastraProcessor {
  readonly id = "bursar";
  readonly name = "bursar";
  readonly #wrap: (model: Model) => Model;

  constructor(purse: Purse, options: Omit<AiSdkOptions, "specificationVersion">) {
    const middleware = aiSdkMiddleware(purse, options);
    this.#wrap = (model) => {
      const doGenerate: Call = (params) =>
        middleware.wrapGenerate({ doGenerate: () => model.doGenerate(params), params, model });
      const doStream: Call = (params) =>
        middleware.wrapStream({ doStream: () => model.doStream(params), params, model });
      return dressed(model, { doGenerate, doStream });
    };
  }

  /** Puts the model of a step into one that is held. */
  processInputStep(step: { readonly model: unknown }): { model: never } {
    // Whatever the package's type of a model is, it is the same with two of its methods held.
    return { model: this.#wrap(step.model as Model) as never };
  }
}

/** A model with other methods; its own ones still find what is private in it. */
function dressed(model: Model, calls: Model): Model {
  return new Proxy(model, {
    get(target, name) {
      if (name === "doGenerate" || name === "doStream") return calls[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
