/** The plugin: a provider of OpenClaw whose model calls are held in a ledger. */

import { open } from "bursar";

import { held } from "./held.js";

/** The plugin's id, and that of the provider: `bursar/some-model` is a model whose calls are held. */
const ID = "bursar";

/** The codes of refusals. */
const REFUSALS = new Set(["budget_exceeded", "throttled", "suspended", "unpriced", "untagged"]);

export default {
  id: ID,
  name: "Bursar",
  description: "Holds each model call against budgets before it is sent.",

  register(api) {
    const { ledger, policy, tags = {} } = api.pluginConfig ?? {};
    let purse;
    // OpenClaw also registers a plugin only to see what it has: the ledger is opened by the first call.
    const opened = () => {
      purse ??= open(ledger, { policy, tags });
      return purse;
    };
    const wrap = ({ streamFn, agentId }) => streamFn && held(streamFn, opened, agentId);
    api.registerProvider({
      id: ID,
      label: "Bursar",
      auth: [],
      // The calls of agents, and those that OpenClaw makes beside them, as for the title of a session.
      wrapStreamFn: wrap,
      wrapSimpleCompletionStreamFn: wrap,
      // A refusal is no fault of the provider's: as the request's own fault it is neither tried again, nor does it put
      // the provider's key to rest for the other agents.
      classifyFailoverReason: ({ code }) => (REFUSALS.has(code) ? "format" : undefined),
    });
    api.on("gateway_stop", () => {
      purse?.close();
      purse = undefined;
    });
  },
};
