/**
 * The AI SDK: a middleware for `wrapLanguageModel`, of its current and its previous specification.
 *
 * It can refuse: `doGenerate` and `doStream` are not called for what doesn't fit, and the SDK doesn't try a refusal again.
 * It sees each attempt of the SDK's own retries. What a provider's package retries by itself it can't see; give
 * `purse.fetch()` to the provider instead where that matters, which holds the requests themselves.
 */

import type { Hold } from "../hold.js";
import { type Answered, holdCall, settleCall } from "../model_call.js";
import { OuterCall } from "../outer.js";
import type { Purse } from "../purse.js";
import type { Counts } from "../usage.js";
import { messagesOf, type PromptMessage, type PromptTool, toolsOf } from "./ai_sdk_prompt.js";

/** How calls of the AI SDK are held. */
export interface AiSdkOptions<Version extends string = string> {
  /** The version of the middleware's specification: `v4` for the AI SDK 7, `v3` for 6. */
  readonly specificationVersion?: Version;
  /** Who answers, by its id in the price book; the model's own provider, if left out. */
  readonly provider?: string;
  /** Whether fewer output tokens are asked for where that makes a call fit. */
  readonly fit?: boolean;
}

interface Params {
  readonly prompt: readonly PromptMessage[];
  readonly tools?: readonly PromptTool[] | undefined;
  readonly responseFormat?: unknown;
  readonly maxOutputTokens?: number | undefined;
}

interface ModelFace {
  readonly provider: string;
  readonly modelId: string;
  doGenerate(params: Params): PromiseLike<Generated>;
  doStream(params: Params): PromiseLike<Streamed>;
}

interface UsageRow {
  readonly inputTokens: {
    readonly total: number | undefined;
    readonly cacheRead: number | undefined;
    readonly cacheWrite: number | undefined;
  };
  readonly outputTokens: { readonly total: number | undefined; readonly reasoning: number | undefined };
}

interface FlatUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly reasoningTokens?: number;
}

interface Generated {
  readonly usage: UsageRow | FlatUsage;
  readonly response?: { readonly modelId?: string };
}

type Part = { readonly type: string };
interface Streamed {
  readonly stream: ReadableStream<Part>;
}

interface Wrapped {
  readonly doGenerate: () => PromiseLike<Generated>;
  readonly doStream: () => PromiseLike<Streamed>;
  readonly params: Params;
  readonly model: ModelFace;
}

// The AI SDK's names of providers, and those of the price book. Models of others are found by their names alone.
const PROVIDERS: Readonly<Record<string, string>> = {
  "amazon-bedrock": "aws",
  anthropic: "anthropic",
  azure: "azure",
  "azure-openai": "azure",
  bedrock: "aws",
  cerebras: "cerebras",
  cohere: "cohere",
  deepinfra: "deepinfra",
  deepseek: "deepseek",
  fireworks: "fireworks",
  google: "google",
  groq: "groq",
  mistral: "mistral",
  moonshotai: "moonshotai",
  openai: "openai",
  openrouter: "openrouter",
  perplexity: "perplexity",
  togetherai: "together",
  vertex: "google",
  xai: "x-ai",
};

// biome-ignore lint/suspicious/noExplicitAny: what either version of a package says that isn't a dependency
type Any = any;

/** A middleware for `wrapLanguageModel`. Its types are wide: those of the SDK are the SDK's. */
export interface AiSdkMiddleware<Version extends string> {
  readonly specificationVersion: Version;
  wrapGenerate(options: { doGenerate: () => PromiseLike<Any>; params: Any; model: Any }): Promise<Any>;
  wrapStream(options: { doStream: () => PromiseLike<Any>; params: Any; model: Any }): Promise<Any>;
}

/** Makes the middleware. */
export function aiSdkMiddleware<Version extends string = "v4">(
  purse: Purse,
  options: AiSdkOptions<Version>,
): AiSdkMiddleware<Version> {
  const begin = async (params: Params, model: ModelFace) => {
    const provider = providerOf(model, options);
    const { hold, maxOutputTokens } = await holdCall(purse, {
      model: model.modelId,
      provider,
      messages: messagesOf(params.prompt),
      tools: toolsOf(params.tools),
      responseFormat: params.responseFormat,
      maxOutputTokens: params.maxOutputTokens,
      fit: options.fit,
    });
    const asked = maxOutputTokens === params.maxOutputTokens ? undefined : { ...params, maxOutputTokens };
    return { hold, provider, asked };
  };
  return {
    specificationVersion: options.specificationVersion ?? ("v4" as Version),
    async wrapGenerate({ doGenerate, params, model }: Wrapped) {
      const { hold, provider, asked } = await begin(params, model);
      const generated = await failing(purse, model, hold, asked ? () => model.doGenerate(asked) : doGenerate);
      settleCall(purse, hold, countsOf(generated.usage, provider), {
        model: generated.response?.modelId,
        provider,
      });
      return generated;
    },
    async wrapStream({ doStream, params, model }: Wrapped) {
      const { hold, provider, asked } = await begin(params, model);
      const streamed = await failing(purse, model, hold, asked ? () => model.doStream(asked) : doStream);
      return { ...streamed, stream: settling(purse, streamed.stream, hold, provider) };
    },
  };
}

function providerOf({ provider }: ModelFace, options: AiSdkOptions): string | undefined {
  if (options.provider !== undefined) return options.provider;
  return PROVIDERS[provider.split(".")[0] ?? provider];
}

async function failing<T>(purse: Purse, model: ModelFace, hold: Hold, run: () => PromiseLike<T>): Promise<T> {
  try {
    return await new OuterCall(purse, hold, model.modelId).run(run);
  } catch (error) {
    hold.fail(error);
    throw error;
  }
}

/** The stream as it was, settled by its last part; one that ends otherwise is unresolved. */
function settling(
  purse: Purse,
  stream: ReadableStream<Part>,
  hold: Hold,
  provider: string | undefined,
): ReadableStream<Part> {
  const reader = stream.getReader();
  let answered: Answered = { provider };
  const end = () => {
    if (!hold.isEnded) hold.unresolved();
  };
  const look = (part: Part) => {
    if (part.type === "response-metadata")
      answered = { provider, model: (part as { modelId?: string }).modelId };
    if (part.type === "finish")
      settleCall(purse, hold, countsOf((part as unknown as Generated).usage, provider), answered);
  };
  return new ReadableStream<Part>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (value !== undefined) look(value);
          if (!done) return controller.enqueue(value);
        } catch (error) {
          end();
          throw error;
        }
        end();
        controller.close();
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** The SDK's usage by OpenTelemetry's names. */
function countsOf(usage: UsageRow | FlatUsage | undefined, provider: string | undefined): Counts | undefined {
  if (usage === undefined) return undefined;
  if (typeof usage.inputTokens !== "object") return countsOfFlat(usage as FlatUsage, provider);
  const { inputTokens, outputTokens } = usage as UsageRow;
  if (inputTokens.total === undefined || outputTokens?.total === undefined) return undefined;
  return {
    inputTokens: inputTokens.total,
    cacheReadInputTokens: inputTokens.cacheRead,
    cacheCreationInputTokens: inputTokens.cacheWrite,
    outputTokens: outputTokens.total,
    reasoningOutputTokens: outputTokens.reasoning,
  };
}

/** The usage of the specification's second version, which Mastra takes too. */
function countsOfFlat(usage: FlatUsage, provider: string | undefined): Counts | undefined {
  const { inputTokens, outputTokens, cachedInputTokens = 0, reasoningTokens } = usage;
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  // Anthropic's package counted its input without what a cache held.
  const whole = provider === "anthropic" ? inputTokens + cachedInputTokens : inputTokens;
  return {
    inputTokens: whole,
    cacheReadInputTokens: cachedInputTokens,
    outputTokens,
    reasoningOutputTokens: reasoningTokens,
  };
}
