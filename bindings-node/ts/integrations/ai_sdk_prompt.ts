/** Prompts and tools of the AI SDK in the words of chat completions, of which the core knows the bounds. */

/** A message of a prompt. */
export interface PromptMessage {
  readonly role: string;
  readonly content: string | readonly PromptPart[];
}

interface PromptPart {
  readonly type: string;
  readonly text?: string;
  readonly mediaType?: string;
  readonly data?: unknown;
  readonly toolCallId?: string;
  readonly toolName?: string;
  readonly input?: unknown;
  readonly output?: unknown;
}

/** A tool that a call offers. */
export interface PromptTool {
  readonly type: string;
  readonly name?: string;
  readonly id?: string;
  readonly description?: string;
  readonly inputSchema?: unknown;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** The messages of a prompt. */
export function messagesOf(prompt: readonly PromptMessage[]): unknown[] {
  return prompt.flatMap(({ role, content }) => {
    if (typeof content === "string") return [{ role, content }];
    // A result of a tool is a message of its own there.
    const results = content.filter(({ type }) => type === "tool-result").map(resultOf);
    const calls = content.filter(({ type }) => type === "tool-call").map(callOf);
    const parts = content.filter(({ type }) => type !== "tool-result" && type !== "tool-call").map(partOf);
    if (role === "tool" || (parts.length === 0 && calls.length === 0)) return results;
    return [{ role, content: parts, ...(calls.length ? { tool_calls: calls } : {}) }, ...results];
  });
}

/** The tools of a call: its own functions, and those that the provider runs. */
export function toolsOf(tools: readonly PromptTool[] | undefined): unknown[] | undefined {
  return tools?.map((tool) => {
    const { name, description, inputSchema: parameters } = tool;
    if (tool.type === "function") return { type: "function", function: { name, description, parameters } };
    return { ...tool.args, type: tool.id?.split(".").at(-1) ?? tool.type };
  });
}

function resultOf({ toolCallId, output }: PromptPart): unknown {
  return { role: "tool", tool_call_id: toolCallId, content: JSON.stringify(output ?? "") };
}

function callOf({ toolCallId, toolName, input }: PromptPart): unknown {
  const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
  return { id: toolCallId, type: "function", function: { name: toolName, arguments: text } };
}

function partOf(part: PromptPart): unknown {
  if (part.type === "file") return fileOf(part);
  // Text, reasoning, and what else is words: all of it counts.
  const text = part.text ?? JSON.stringify({ ...part, providerOptions: undefined });
  return { type: "text", text };
}

function fileOf({ mediaType = "", data }: PromptPart): unknown {
  const source = sourceOf(data);
  if (mediaType.startsWith("image")) {
    const url = source.url ?? `data:${mediaType.replace("*", "png")};base64,${source.base64}`;
    return { type: "image_url", image_url: { url } };
  }
  if (mediaType.startsWith("audio") && source.base64 !== undefined) {
    const format = mediaType.includes("wav") ? "wav" : "mp3";
    return { type: "input_audio", input_audio: { data: source.base64, format } };
  }
  if (source.base64 !== undefined) {
    return { type: "file", file: { file_data: `data:${mediaType};base64,${source.base64}` } };
  }
  return { type: "file", file: { file_url: source.url } };
}

/** Bytes as base64, or where they are; the newer specification says which in an object. */
function sourceOf(data: unknown): { base64?: string; url?: string } {
  if (data instanceof URL) return { url: data.href };
  if (data instanceof Uint8Array) return { base64: Buffer.from(data).toString("base64") };
  if (typeof data === "string") return /^https?:/.test(data) ? { url: data } : { base64: data };
  const told = (data ?? {}) as { data?: unknown; url?: unknown; text?: unknown };
  if (typeof told.text === "string") return { base64: Buffer.from(told.text).toString("base64") };
  return told.data === undefined && told.url === undefined ? {} : sourceOf(told.url ?? told.data);
}
