/**
 * What a span of a model call tells: in the words of OpenTelemetry, old and new, of OpenInference and of OpenLLMetry.
 *
 * A span's kind is told, never guessed: spans of agents, workflows and tools carry the usage of all their calls too.
 */

import { SHORT, type Tags } from "../tags.js";

/** Attributes of a span. */
export type Attributes = Readonly<Record<string, unknown>>;

// What tells the kind of a span, the clearest first, with the values that mean a call of a model.
const KINDS: readonly (readonly [string, readonly string[]])[] = [
  ["gen_ai.operation.name", ["chat", "completion", "embeddings", "generate_content", "text_completion"]],
  ["openinference.span.kind", ["LLM", "EMBEDDING"]],
  ["traceloop.span.kind", []],
  ["llm.request.type", ["chat", "completion", "embedding"]],
];

const MODELS = [
  "gen_ai.response.model",
  "gen_ai.request.model",
  "llm.response.model",
  "llm.request.model",
  "llm.model_name",
  "embedding.model_name",
];
const PROVIDERS = ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"];
const SERVICE_TIERS = [
  "openai.response.service_tier",
  "gen_ai.openai.response.service_tier",
  "anthropic.response.service_tier",
];

const INPUT = "input_tokens";
const CACHED = ["cache_read.input_tokens", "cache_write.input_tokens"];

// Each count by the name that usage is read by, with its spellings in the field, today's first.
const COUNTS: Readonly<Record<string, readonly string[]>> = {
  input_tokens: [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "llm.token_count.prompt",
  ],
  output_tokens: [
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
  ],
  "cache_read.input_tokens": [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cache_read_input_tokens",
    "gen_ai.usage.cached_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "llm.token_count.prompt_details.cache_read",
  ],
  "cache_write.input_tokens": [
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.details.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "llm.token_count.prompt_details.cache_write",
  ],
  cache_write_1h: ["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"],
  "reasoning.output_tokens": [
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.details.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "llm.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
  ],
  "audio.input_tokens": [
    "gen_ai.usage.audio.input_tokens",
    "gen_ai.usage.details.input_audio_tokens",
    "llm.token_count.prompt_details.audio",
  ],
  "audio.output_tokens": [
    "gen_ai.usage.audio.output_tokens",
    "gen_ai.usage.details.output_audio_tokens",
    "llm.token_count.completion_details.audio",
  ],
  "image.input_tokens": ["gen_ai.usage.image.input_tokens"],
  "video.input_tokens": ["gen_ai.usage.video.input_tokens"],
};
// Tokens that are told beside the call's own.
const BESIDE: readonly (readonly [string, string])[] = [
  [INPUT, "anthropic.usage.compaction.input_tokens"],
  ["output_tokens", "anthropic.usage.compaction.output_tokens"],
];

// Other spellings of our tags.
const TAGS: Tags = {
  "deployment.environment": "environment",
  "session.id": "run",
  "traceloop.association.properties.session_id": "run",
  "traceloop.association.properties.user_id": "user",
  ...Object.fromEntries(
    Object.values(SHORT).map((short) => [`traceloop.association.properties.${short}`, short]),
  ),
  ...SHORT,
};
const MOST_BYTES = 256;

/** What a span told of its call. */
export interface SpanTold {
  readonly provider: string | undefined;
  /** The model that served, and the one that was asked for. */
  readonly models: readonly string[];
  /** Counts by OpenTelemetry's names; none where the span doesn't tell them. */
  readonly usage: Readonly<Record<string, number>>;
  readonly serviceTier: string | undefined;
  /** What the provider said that the call cost, in USD. */
  readonly statedCost: string | undefined;
  /** The provider's id of the answer. */
  readonly response: string | undefined;
  /** Whether the input was counted without what a cache held. */
  readonly isDisjoint: boolean;
}

/** Whether a span is one call of a model. */
export function isCall(attributes: Attributes): boolean {
  const [key, calls] = KINDS.find(([key]) => key in attributes) ?? ["", []];
  return calls.includes(String(attributes[key]));
}

/** Whether a span tells what part of an agent it is. */
export function hasKind(attributes: Attributes): boolean {
  return KINDS.some(([key]) => key in attributes);
}

/** What the span of a call tells. */
export function toldBy(attributes: Attributes): SpanTold {
  const { usage, isDisjoint } = usageOf(attributes);
  const models = MODELS.map((name) => textOf(attributes[name])).filter((model) => model !== undefined);
  return {
    provider: first(attributes, PROVIDERS),
    models: [...new Set(models)],
    usage,
    serviceTier: first(attributes, SERVICE_TIERS),
    statedCost: statedCost(attributes),
    response: textOf(attributes["gen_ai.response.id"]),
    isDisjoint,
  };
}

/** The tags among attributes, and those of the keys that were asked for beside them. */
export function tagsAmong(attributes: Attributes, more: readonly string[] = []): Tags {
  const names = [...Object.entries(TAGS), ...more.map((key) => [key, SHORT[key] ?? key] as const)];
  const found = names.map(([key, short]) => [short, attributes[key]] as const);
  // A tag that can't be one is left out: the call is to be booked all the same.
  const texts = found.filter(([, value]) => value !== undefined && value !== null && !Array.isArray(value));
  const fitting = texts
    .map(([short, value]) => [short, String(value)] as const)
    .filter(([, text]) => {
      return text.trim() !== "" && Buffer.byteLength(text) <= MOST_BYTES;
    });
  return Object.fromEntries(fitting);
}

function usageOf(attributes: Attributes): { usage: Record<string, number>; isDisjoint: boolean } {
  const usage: Record<string, number> = {};
  for (const [name, spellings] of Object.entries(COUNTS)) {
    const count = countOf(attributes, spellings);
    if (count !== undefined) usage[name] = count;
  }
  const cached = CACHED.reduce((sum, part) => sum + (usage[part] ?? 0), 0);
  const isDisjoint = cached > (usage[INPUT] ?? 0);
  // More was cached than went in: then the input was counted without it, as some instrumentations do.
  if (isDisjoint) usage[INPUT] = (usage[INPUT] ?? 0) + cached;
  for (const [name, beside] of BESIDE) {
    const count = countOf(attributes, [beside]) ?? 0;
    if (count > 0) usage[name] = (usage[name] ?? 0) + count;
  }
  return { usage, isDisjoint };
}

function countOf(attributes: Attributes, names: readonly string[]): number | undefined {
  const counts = names.map((name) => attributes[name]);
  return counts.find((count): count is number => Number.isSafeInteger(count) && (count as number) >= 0);
}

/** The cost that the provider said; one that an instrumentation computed is its own guess. */
function statedCost(attributes: Attributes): string | undefined {
  const amount = attributes["gen_ai.usage.cost.amount"];
  const isTheirs = attributes["gen_ai.usage.cost.source"] === "provider";
  const isUsd = (attributes["gen_ai.usage.cost.currency"] ?? "USD") === "USD";
  if (!isTheirs || !isUsd || typeof amount !== "number") return undefined;
  // No entry holds more than a million.
  return Number.isFinite(amount) && amount >= 0 && amount < 1_000_000 ? amount.toFixed(12) : undefined;
}

function first(attributes: Attributes, names: readonly string[]): string | undefined {
  return names.map((name) => textOf(attributes[name])).find((text) => text !== undefined);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
