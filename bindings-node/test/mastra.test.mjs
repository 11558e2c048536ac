// Mastra's agents with a real provider package against a server on loopback.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Agent } from "@mastra/core/agent";
import { createOpenAICompatible as createOfVersion5 } from "openai-compatible5";

import { laws } from "../fixtures/laws.mjs";
import { chat, chunks, events, whole } from "../fixtures/provider.mjs";

function agent(create, purse, url, maxRetries) {
  const models = create({
    name: "private",
    baseURL: `${url}/v1`,
    apiKey: "k",
    includeUsage: true,
  });
  return new Agent({
    id: "writer",
    name: "writer",
    instructions: "write",
    model: models("race-model"),
    maxRetries,
    inputProcessors: [purse.mastra()],
  });
}

const asked = (maxOutputTokens, abortSignal) => ({
  modelSettings: { maxOutputTokens },
  maxSteps: 1,
  abortSignal,
});

for (const [version, create] of [
  ["7", createOpenAICompatible],
  ["5", createOfVersion5],
]) {
  laws(`Mastra, models of the AI SDK ${version}`, {
    client: (purse, url) => agent(create, purse, url, 0),
    retrying: (purse, url) => agent(create, purse, url, 1),
    seesAttempts: true,
    call: (writer, tokens) => writer.generate("hello", asked(tokens)),
    stream: async (writer, tokens, signal) => {
      const streamed = await writer.stream("hello", asked(tokens, signal));
      return (async function* () {
        for await (const part of streamed.fullStream) {
          if (part.type === "error") throw part.payload.error;
          // What comes before the first text comes before the model is called.
          if (part.type === "text-delta") yield part;
        }
      })();
    },
    answer: (completion) => whole(chat({ completion })),
    pieces: (completion) => events(chunks({ completion })),
    cut: () => events(chunks().slice(0, 1), { hang: true }),
  });
}
