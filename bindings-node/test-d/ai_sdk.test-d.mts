// The middleware is one that either version of the AI SDK takes.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { wrapLanguageModel } from "ai";
import { wrapLanguageModel as wrapPrevious } from "ai6";
import { open } from "bursar";
import { createOpenAICompatible as createPrevious } from "openai-compatible6";

const purse = open();
const models = { name: "private", baseURL: "http://localhost" };
wrapLanguageModel({ model: createOpenAICompatible(models)("m"), middleware: purse.aiSdk() });
wrapPrevious({ model: createPrevious(models)("m"), middleware: purse.aiSdk({ specificationVersion: "v3" }) });
createOpenAICompatible({ ...models, fetch: purse.fetch() });
