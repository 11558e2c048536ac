// LangChain.js with its real OpenAI package against a provider on loopback, by the handler and by the fetch of a purse.

import { ChatOpenAI } from "@langchain/openai";

import { laws } from "../fixtures/laws.mjs";
import { chat, chunks, events, whole } from "../fixtures/provider.mjs";

const replies = {
  answer: (completion) => whole(chat({ completion })),
  pieces: (completion) => events(chunks({ completion })),
  cut: () => events(chunks().slice(0, 1), { hang: true }),
  call: (make, tokens) => make(tokens).invoke("hello"),
  stream: (make, tokens, signal) => make(tokens).stream("hello", { signal }),
};

const maker =
  (url, options, configuration = {}) =>
  (maxTokens) =>
    new ChatOpenAI({
      model: "race-model",
      maxTokens,
      apiKey: "k",
      streamUsage: true,
      configuration: { baseURL: `${url}/v1`, ...configuration },
      ...options,
    });

laws("LangChain by its handler", {
  ...replies,
  client: (purse, url) => maker(url, { maxRetries: 5, callbacks: [purse.langchain()] }),
  retrying: (purse, url) => maker(url, { maxRetries: 1, callbacks: [purse.langchain()] }),
  seesAttempts: false,
});

laws("LangChain by the fetch of a purse", {
  ...replies,
  client: (purse, url) => maker(url, { maxRetries: 5 }, { fetch: purse.fetch({ refusal: "response" }) }),
  retrying: (purse, url) => maker(url, { maxRetries: 1 }, { fetch: purse.fetch({ refusal: "response" }) }),
  seesAttempts: true,
});
