/**
 * LangChain.js: a callback handler for models, chains and graphs.
 *
 * It can refuse: it is awaited before a model is called, and what it throws ends the run. It sees one call for all of the
 * retries that LangChain makes of it; where each attempt counts, give `purse.fetch({ refusal: "response" })` to the
 * model's own client instead. A stream that its reader leaves early is unresolved, and charged when its hold expires.
 */

import type { Hold } from "../hold.js";
import { holdCall, settleCall } from "../model_call.js";
import type { Purse } from "../purse.js";
import type { Counts } from "../usage.js";

/** How calls of LangChain are held. */
export interface LangChainOptions {
  /** Who answers, by its id in the price book, where the model's name alone doesn't tell. */
  readonly provider?: string;
}

interface Message {
  getType?(): string;
  readonly content: unknown;
  readonly tool_calls?: readonly { readonly id?: string; readonly name: string; readonly args: unknown }[];
  readonly tool_call_id?: string;
  readonly usage_metadata?: UsageRow;
  readonly response_metadata?: { readonly model_name?: string; readonly model?: string };
}

interface UsageRow {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly input_token_details?: { readonly cache_read?: number; readonly cache_creation?: number };
  readonly output_token_details?: { readonly reasoning?: number };
}

interface Extra {
  readonly invocation_params?: Readonly<Record<string, unknown>>;
}

interface Ended {
  readonly generations: readonly (readonly { readonly message?: Message }[])[];
}

/** Runs that are remembered; of more, the oldest is left to its expiry. */
const MAX_RUNS = 10_000;

const ROLES: Readonly<Record<string, string>> = { human: "user", ai: "assistant", generic: "user" };

/** The handler: `callbacks: [purse.langchain()]`. */
export class LangChainHandler {
  readonly name = "bursar";
  // Without these LangChain runs a handler in the background, where it can't refuse.
  readonly awaitHandlers = true;
  readonly raiseError = true;
  readonly ignoreLLM = false;
  readonly ignoreChain = true;
  readonly ignoreAgent = true;
  readonly ignoreRetriever = true;
  readonly ignoreCustomEvent = true;
  readonly #purse: Purse;
  readonly #options: LangChainOptions;
  readonly #holds = new Map<string, Hold>();

  constructor(purse: Purse, options: LangChainOptions) {
    this.#purse = purse;
    this.#options = options;
  }

  /** Holds a call of a chat model before it is sent. */
  handleChatModelStart(
    _: unknown,
    messages: readonly (readonly unknown[])[],
    run: string,
    __?: string,
    extra?: unknown,
  ): void {
    const all = messages.flat() as Message[];
    this.#begin(run, all.flatMap(messageOf), extra as Extra | undefined);
  }

  /** Holds a call of a text model before it is sent. */
  handleLLMStart(_: unknown, prompts: readonly string[], run: string, __?: string, extra?: unknown): void {
    this.#begin(
      run,
      prompts.map((content) => ({ role: "user", content })),
      extra as Extra | undefined,
    );
  }

  /** Settles a call by the usage of its message; one without usage is unresolved. */
  handleLLMEnd(output: unknown, run: string): void {
    const hold = this.#taken(run);
    if (hold === undefined) return;
    const message = (output as Ended).generations[0]?.[0]?.message;
    const { model_name, model = model_name } = message?.response_metadata ?? {};
    settleCall(this.#purse, hold, countsOf(message?.usage_metadata), {
      model,
      provider: this.#options.provider,
    });
  }

  /** Ends a call by what its error proves. */
  handleLLMError(error: unknown, run: string): void {
    this.#taken(run)?.fail(error);
  }

  #begin(run: string, messages: readonly unknown[], extra: Extra | undefined): void {
    const params = extra?.invocation_params ?? {};
    const { hold } = holdCall(this.#purse, {
      model: String(params["model"] ?? params["model_name"] ?? params["modelId"] ?? ""),
      provider: this.#options.provider,
      messages,
      tools: params["tools"] as unknown[] | undefined,
      responseFormat: params["response_format"],
      maxOutputTokens: limitOf(params),
    });
    if (this.#holds.size >= MAX_RUNS) this.#holds.delete(this.#holds.keys().next().value as string);
    this.#holds.set(run, hold);
  }

  #taken(run: string): Hold | undefined {
    const hold = this.#holds.get(run);
    this.#holds.delete(run);
    return hold;
  }
}

function limitOf(params: Readonly<Record<string, unknown>>): number | undefined {
  const names = ["max_completion_tokens", "max_tokens", "maxOutputTokens", "max_output_tokens", "maxTokens"];
  const given = names.map((name) => params[name]).find((limit) => typeof limit === "number" && limit >= 0);
  return given as number | undefined;
}

function messageOf(message: Message): unknown[] {
  const type = message.getType?.() ?? "human";
  const role = ROLES[type] ?? type;
  const calls = message.tool_calls?.map(({ id, name, args }) => {
    return { id, type: "function", function: { name, arguments: JSON.stringify(args ?? {}) } };
  });
  const call = message.tool_call_id === undefined ? {} : { tool_call_id: message.tool_call_id };
  return [{ role, content: message.content, ...call, ...(calls?.length ? { tool_calls: calls } : {}) }];
}

/** LangChain's usage by OpenTelemetry's names: its input includes what was cached. */
function countsOf(usage: UsageRow | undefined): Counts | undefined {
  if (usage?.input_tokens === undefined || usage.output_tokens === undefined) return undefined;
  return {
    inputTokens: usage.input_tokens,
    cacheReadInputTokens: usage.input_token_details?.cache_read,
    cacheCreationInputTokens: usage.input_token_details?.cache_creation,
    outputTokens: usage.output_tokens,
    reasoningOutputTokens: usage.output_token_details?.reasoning,
  };
}
